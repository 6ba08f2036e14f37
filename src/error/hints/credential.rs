//! What to do where there is no credential to write.

use super::docker_login;
use crate::error::credential::{CredentialError, FirstLogin};
use crate::registry::hosts;
use crate::sources::Remedy;
use crate::system::hint::Hint;

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
        Remedy::UseEntry => Hint::new("use the entry in the file anyway").shell("--ignore-helpers"),
    }
}

fn first_login(remedy: FirstLogin) -> Hint {
    match remedy {
        FirstLogin::Docker => Hint::new("log in").shell("docker login HOST"),
        FirstLogin::DockerOrPipe => {
            Hint::new("log in first: docker login HOST; or pipe a password")
                .shell("--registry HOST --username USER --password-stdin")
        }
        FirstLogin::AskStore => "ask the store itself: leave --from-file out".into(),
    }
}
