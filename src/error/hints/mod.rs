//! What a person can do about each failure: the one place that joins the rules of
//! the rooms below with the options of this program.

pub(super) mod cluster;
pub(super) mod credential;
pub(super) mod registry;
pub(super) mod sources;
pub(super) mod usage;

use crate::manifest::edit;
use crate::manifest::error::ManifestError;
use crate::registry::key::RegistryKey;
use crate::system::file_error::FileError;
use crate::system::hint::Hint;

pub(super) fn file(error: &FileError) -> Option<Hint> {
    match error {
        FileError::Unreadable { .. } | FileError::Unwritable { .. } => None,
        FileError::Changed { .. } => Some("run the same command again".into()),
    }
}

pub(super) fn manifest(error: &ManifestError) -> Option<Hint> {
    Some(match error {
        ManifestError::TooLarge { .. } => {
            Hint::new("name the registries that are needed").shell("--registry HOST")
        }
        ManifestError::Template { .. } => Hint::new("render it first")
            .shell("helm template RELEASE CHART | kubectl regcred inject -f -"),
        ManifestError::NotEditable { reason, .. } if *reason == edit::NO_LIST => {
            Hint::new("let it be made a list").shell("--fix")
        }
        ManifestError::NotEditable { .. } => {
            "add imagePullSecrets there by hand, or leave the file out".into()
        }
        ManifestError::NoImageOf { registries, found } => {
            let wanted = registries.first().map_or("", String::as_str);
            let distance = |name: &&String| strsim::damerau_levenshtein(name, wanted);
            let found = found.iter().min_by_key(distance).map_or("HOST", String::as_str);
            Hint::new("check the spelling, or name another registry").command(["--registry", found])
        }
        ManifestError::InvalidMetadata { .. }
        | ManifestError::Invalid { .. }
        | ManifestError::NoMatch { .. }
        | ManifestError::Render(_) => return None,
    })
}

/// Returns a sentence with the `docker login` for a registry, and options before its host.
fn docker_login(sentence: impl Into<String>, options: &[&str], registry: &RegistryKey) -> Hint {
    let host = (!registry.is_docker_hub()).then(|| registry.registry().as_str());
    let words = ["docker", "login"].into_iter().chain(options.iter().copied()).chain(host);
    Hint::new(sentence).command(words)
}
