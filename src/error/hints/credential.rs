//! What to do where there is no credential to write.

use super::docker_login;
use crate::error::credential::{CredentialError, FirstLogin};
use crate::registry::key::RegistryKey;
use crate::registry::{hosts, kind};
use crate::sources::Remedy;
use crate::system::hint::Hint;
use crate::system::messages::first_few;
use crate::system::shell;

pub(in crate::error) fn hint(error: &CredentialError) -> Hint {
    match error {
        CredentialError::NotFound { registry, remedy: None, .. } => {
            let account = hosts::account_of(registry.registry());
            let sentence = account.map_or("log in".to_owned(), |account| {
                format!("log in with the user and the token of {account}")
            });
            docker_login(sentence, &[], registry)
        }
        CredentialError::NotFound { remedy: Some(remedy), .. } => of_source(remedy),
        CredentialError::NothingKnown { remedy, .. } => first_login(*remedy),
        CredentialError::ChooseRegistry { known } => {
            let host = known.first().map_or_else(|| "HOST".to_owned(), |it| it.key.to_string());
            Hint::new("use --all, or pick with --registry (can be repeated)")
                .command(["--registry", &host])
        }
        CredentialError::Unusable { registry, refusal, .. } => Hint::from(refusal.hint(registry)),
    }
}

fn of_source(remedy: &Remedy) -> Hint {
    match remedy {
        Remedy::LogIn(registry) => {
            Hint::new("log in").command(["kubectl", "regcred", "login", &registry.to_string()])
        }
        Remedy::AccessToken => {
            Hint::new("log in with a personal access token").shell("docker login --username USER")
        }
        Remedy::UseOneOf(registries) if registries.is_empty() => {
            first_login(FirstLogin::AnotherFile)
        }
        Remedy::UseOneOf(registries) => {
            let names: Vec<String> = registries.iter().map(ToString::to_string).collect();
            format!("choose a registry that it has: {}", first_few(&names, 3)).into()
        }
        Remedy::UseRegistry(registry) => Hint::new("did you mean another registry")
            .command(["--registry", &registry.to_string()]),
        Remedy::PipePassword(registry) => pipe_password(registry),
        Remedy::UseEntry => Hint::new("use the entry in the file anyway").shell("--ignore-helpers"),
    }
}

/// A password that needs no helper: of Amazon's registries it is made by its own tool.
pub(super) fn pipe_password(registry: &RegistryKey) -> Hint {
    let host = shell::word(&registry.to_string());
    let region = kind::ecr_region(registry.registry());
    if let Some(region) = region {
        return Hint::new("pipe a token").shell(format!(
            "aws ecr get-login-password --region {region} | kubectl regcred secret --registry {host} --username AWS --password-stdin"
        ));
    }
    Hint::new("pipe the password")
        .shell(format!("--registry {host} --username USER --password-stdin <token.txt"))
}

fn first_login(remedy: FirstLogin) -> Hint {
    match remedy {
        FirstLogin::Docker => Hint::new("log in").shell("docker login HOST"),
        FirstLogin::DockerOrPipe => {
            Hint::new("log in first: docker login HOST; or pipe a password")
                .shell("--registry HOST --username USER --password-stdin <token.txt")
        }
        FirstLogin::AnotherFile => {
            "name a file or Secret that holds credentials, or name none to look where docker does"
                .into()
        }
    }
}
