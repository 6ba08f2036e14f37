//! Where credentials come from. A source answers found, not found, or fails
//! with the reason why it could not look; these three are never confused.
//!
//! Sources know nothing of Kubernetes.

pub mod auths;
pub mod docker;
pub mod helper;
pub mod keyring;
pub mod podman;
pub mod prompt;
pub mod store;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::Error;
use crate::registry::credential::Login;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;

/// How many registries are looked up side by side at most.
const MAX_SIDE_BY_SIDE: usize = 8;

/// A registry for which a credential is wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The key to write if the whole registry's credential is found.
    pub key: RegistryKey,
    /// The path of the image that needs it; a credential of a path may then serve.
    pub image_path: Option<String>,
}

impl Wanted {
    /// A registry, or a path in it, that was named.
    pub fn registry(key: RegistryKey) -> Self {
        Self { key, image_path: None }
    }

    /// The registry of an image.
    pub fn image(image: &ImageReference) -> Self {
        Self { key: RegistryKey::of_image(image), image_path: Some(image.path().to_owned()) }
    }

    /// The path for which a credential of a path may serve.
    fn path(&self) -> &str {
        self.image_path.as_deref().unwrap_or(self.key.path())
    }
}

/// A credential as a source holds it.
#[derive(Debug)]
pub struct Found {
    /// The key to write.
    pub key: RegistryKey,
    /// As it stands in the source.
    pub login: Login,
    /// Where it is from, for messages.
    pub origin: String,
    /// What is odd about it.
    pub notes: Vec<String>,
}

/// What a search came to.
#[derive(Debug)]
pub enum Lookup {
    /// A credential.
    Found(Found),
    /// None, and nothing went wrong.
    NotFound {
        /// Where it was looked for, and what was there instead.
        looked: Vec<String>,
        /// What may help, if anything special does.
        hint: Option<String>,
    },
}

/// Looks up several registries, side by side since helpers may take their time.
/// The answers stand in the order of the questions.
pub fn look_up_all(
    wanted: &[Wanted],
    look_up: impl Fn(&Wanted) -> Result<Lookup, Error> + Sync,
) -> Vec<Result<Lookup, Error>> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(wanted.len()));
    let work = || {
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(wanted) = wanted.get(index)
        {
            let answer = look_up(wanted);
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((index, answer));
        }
    };
    thread::scope(|scope| {
        for _ in 1..wanted.len().min(MAX_SIDE_BY_SIDE) {
            scope.spawn(work);
        }
        work();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_the_order_of_the_questions() {
        let wanted: Vec<_> = (0..50)
            .map(|n| Wanted::registry(RegistryKey::parse(&format!("r{n}.example.com")).unwrap()))
            .collect();
        let answers = look_up_all(&wanted, |wanted| {
            Ok(Lookup::NotFound { looked: vec![wanted.key.to_string()], hint: None })
        });
        let looked: Vec<_> = answers
            .into_iter()
            .map(|answer| match answer {
                Ok(Lookup::NotFound { looked, .. }) => looked.concat(),
                other => panic!("{other:?}"),
            })
            .collect();
        let asked: Vec<_> = wanted.iter().map(|wanted| wanted.key.to_string()).collect();
        assert_eq!(looked, asked);
    }
}
