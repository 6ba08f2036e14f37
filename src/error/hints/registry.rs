//! What to do where a registry did not say yes.

use super::docker_login;
use crate::distribution::Remedy;
use crate::registry::authority::Authority;
use crate::registry::key::RegistryKey;
use crate::system::hint::Hint;

/// Returns how a person does what would help.
pub(crate) fn hint(remedy: &Remedy) -> Hint {
    match remedy {
        Remedy::LogIn(registry) => docker_login("log in", &[], registry),
        Remedy::LogInAgain(registry) => docker_login("log in again", &[], registry),
        Remedy::CheckPassword => "check the password and try again".into(),
        Remedy::UseOtherUser => "use the credential of a user who has access".into(),
        Remedy::LogInToKeyring(registry) => log_in_again(&["kubectl", "regcred"], registry),
        Remedy::LogInWithPodman(registry) => log_in_again(&["podman"], registry),
        Remedy::LogInWithAccess(registry) => {
            docker_login("log in as a user with access", &[], registry)
        }
        Remedy::GrantAccess { username, repository, registry } => docker_login(
            format!(
                "grant {username} read access to {repository} at the registry, or log in as a user with access"
            ),
            &[],
            registry,
        ),
        Remedy::LogInForLimit(registry) => {
            docker_login("log in, which has a rate limit of its own", &[], registry)
        }
        Remedy::CheckImage(repository) => {
            Hint::new(format!("check the spelling of {repository} and of its tag"))
        }
        Remedy::Wait => "wait, then run the same command again".into(),
        Remedy::AskOperator(host) => Hint::new(format!("ask the operators of {host}")),
        Remedy::RenewCertificate(host) => {
            Hint::new(format!("ask the operators of {host} to renew the certificate"))
        }
        Remedy::CheckHost(host) => {
            Hint::new(format!("check whether {host} is the registry's host and port"))
        }
        Remedy::CheckRunning(host) => {
            Hint::new(format!("check whether {host} is the right host and port, and is running"))
        }
        Remedy::CheckSpelling(host) => {
            look_up(format!("check whether {host} is spelled correctly"), host)
        }
        Remedy::ShowAddress(host) => look_up(format!("check the address of {host}"), host),
        Remedy::Reach(host) => curl(format!("check whether {host} can be reached from here"), host),
        Remedy::MeasureTime(host) => curl(format!("check how long {host} takes to answer"), host),
        Remedy::AllowPlainHttp => {
            Hint::new("if the network is safe for a password in the clear").shell("--plain-http")
        }
        Remedy::NameAuthority => {
            Hint::new("trust the certificate's authority").shell("--ca-file FILE")
        }
        Remedy::UseCertificateName(host) => Hint::new("use a name from its certificate").command([
            "openssl",
            "s_client",
            "-connect",
            &host.with_port(443),
        ]),
        Remedy::SetClock => "set the clock of this machine".into(),
        Remedy::BypassProxy(host) => Hint::new("correct HTTPS_PROXY, or bypass the proxy")
            .shell(crate::system::shell::flag("NO_PROXY", host.host())),
    }
}

fn log_in_again(program: &[&str], registry: &RegistryKey) -> Hint {
    let registry = registry.to_string();
    let words = program.iter().copied().chain(["login", &registry]);
    Hint::new("log in again").command(words)
}

fn look_up(sentence: String, host: &Authority) -> Hint {
    Hint::new(sentence).command(["nslookup", host.host()])
}

fn curl(sentence: String, host: &Authority) -> Hint {
    Hint::new(sentence).command(["curl", "-v", &format!("https://{host}/v2/")])
}
