//! Registries that do not say yes.

use super::*;
use crate::distribution::Remedy;
use crate::registry::authority::Authority;

#[test]
fn outcomes() {
    let outcomes = [
        Outcome::Ok,
        Outcome::Unauthorized,
        Outcome::Denied,
        Outcome::NotFound,
        Outcome::NoCredential,
        Outcome::RateLimited,
        Outcome::Unreachable,
        Outcome::Untrusted,
    ];
    let errors = outcomes.map(|outcome| Error::NotVerified {
        what: "[::1]:5000/app".to_owned(),
        verdict: PullCheck {
            registry: "[::1]:5000".to_owned(),
            outcome,
            username: None,
            message: outcome.name().to_owned(),
            remedy: Some(Remedy::Wait),
            can_push: false,
        },
    });
    assert_snapshot!(all_shown(errors), @r#"
    1 [::1]:5000/app: ok
      hint: wait, then run the same command again
    3 [::1]:5000/app: unauthorized
      hint: wait, then run the same command again
    3 [::1]:5000/app: denied
      hint: wait, then run the same command again
    3 [::1]:5000/app: not-found
      hint: wait, then run the same command again
    3 [::1]:5000/app: no-credential
      hint: wait, then run the same command again
    1 [::1]:5000/app: rate-limited
      hint: wait, then run the same command again
    1 [::1]:5000/app: unreachable
      hint: wait, then run the same command again
    1 [::1]:5000/app: untrusted
      hint: wait, then run the same command again
    "#);
}

fn remedies(registry: &str) -> String {
    let host = || Authority::new(registry);
    let registry = || key(registry);
    let repository = || format!("{}/team/app", host());
    let remedies = [
        Remedy::LogIn(registry()),
        Remedy::LogInAgain(registry()),
        Remedy::LogInWithAccess(registry()),
        Remedy::GrantAccess {
            username: "janedoe".to_owned(),
            repository: repository(),
            registry: registry(),
        },
        Remedy::LogInForLimit(registry()),
        Remedy::CheckImage(repository()),
        Remedy::Wait,
        Remedy::AskOperator(host()),
        Remedy::RenewCertificate(host()),
        Remedy::CheckHost(host()),
        Remedy::CheckRunning(host()),
        Remedy::CheckSpelling(host()),
        Remedy::ShowAddress(host()),
        Remedy::Reach(host()),
        Remedy::MeasureTime(host()),
        Remedy::AllowPlainHttp,
        Remedy::NameAuthority,
        Remedy::UseCertificateName(host()),
        Remedy::SetClock,
        Remedy::BypassProxy(host()),
    ];
    remedies.map(|remedy| registry_hint(&remedy).to_string()).join("\n")
}

#[test]
fn hints_that_name_a_host() {
    assert_snapshot!(remedies("registry.example"), @r#"
    log in: docker login registry.example
    log in again: docker login registry.example
    log in as a user with access: docker login registry.example
    grant janedoe read access to registry.example/team/app at the registry, or log in as a user with access: docker login registry.example
    log in, which has a rate limit of its own: docker login registry.example
    check the spelling of registry.example/team/app and of its tag
    wait, then run the same command again
    ask the operators of registry.example
    ask the operators of registry.example to renew the certificate
    check whether registry.example is the registry's host and port
    check whether registry.example is the right host and port, and is running
    check whether registry.example is spelled correctly: nslookup registry.example
    check the address of registry.example: nslookup registry.example
    check whether registry.example can be reached from here: curl -v https://registry.example/v2/
    check how long registry.example takes to answer: curl -v https://registry.example/v2/
    if the network is safe for a password in the clear: --plain-http
    trust the certificate's authority: --ca-file FILE
    use a name from its certificate: openssl s_client -connect registry.example:443
    set the clock of this machine
    correct HTTPS_PROXY, or bypass the proxy: NO_PROXY=registry.example
    "#);
}

#[test]
fn hints_that_name_an_ipv6_host() {
    assert_snapshot!(remedies("[::1]:5000"), @r#"
    log in: docker login '[::1]:5000'
    log in again: docker login '[::1]:5000'
    log in as a user with access: docker login '[::1]:5000'
    grant janedoe read access to [::1]:5000/team/app at the registry, or log in as a user with access: docker login '[::1]:5000'
    log in, which has a rate limit of its own: docker login '[::1]:5000'
    check the spelling of [::1]:5000/team/app and of its tag
    wait, then run the same command again
    ask the operators of [::1]:5000
    ask the operators of [::1]:5000 to renew the certificate
    check whether [::1]:5000 is the registry's host and port
    check whether [::1]:5000 is the right host and port, and is running
    check whether [::1]:5000 is spelled correctly: nslookup ::1
    check the address of [::1]:5000: nslookup ::1
    check whether [::1]:5000 can be reached from here: curl -v 'https://[::1]:5000/v2/'
    check how long [::1]:5000 takes to answer: curl -v 'https://[::1]:5000/v2/'
    if the network is safe for a password in the clear: --plain-http
    trust the certificate's authority: --ca-file FILE
    use a name from its certificate: openssl s_client -connect '[::1]:5000'
    set the clock of this machine
    correct HTTPS_PROXY, or bypass the proxy: NO_PROXY=::1
    "#);
}
