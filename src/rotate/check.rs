//! Whether another credential can pull what runs with the old ones: asked of the registry
//! before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret;

use crate::cluster::pods::Pod;
use crate::distribution::{Outcome, PullCheck, Registries};
use crate::error::{Error, Failures};
use crate::kubelet::{Keyring, PullSecret};
use crate::registry::credential::Credential;
use crate::registry::reference::ImageReference;
use crate::rotate::plan::{Action, Planned};
use crate::selection::Entry;
use crate::selection::verification::{self, Asked};
use crate::system::{clock, messages};

/// An image that runs with entries that change.
struct Used {
    image: ImageReference,
    /// The credentials of these entries, each once.
    old: Vec<Credential>,
}

/// Asks the registry about the images of these Pods, or about the login alone where none
/// of them runs with an entry that changes.
///
/// # Errors
/// [`Error::NotVerified`] for each image that the registry did not say yes to and that the
/// old credential could pull.
pub(crate) fn check(
    registries: &Registries,
    plan: &[Planned],
    pods: &[Pod],
    entry: &Entry,
) -> Result<(), Failures> {
    let used = used(plan, pods);
    let source = Some((&entry.key, entry.source));
    if used.is_empty() {
        let asked = [Asked { source, ..verification::login(&entry.key, &entry.credential) }];
        let verdicts = verification::ask(registries, &asked);
        let failures = verification::failures(&asked, &verdicts);
        if failures.is_empty() {
            let what = &entry.key;
            messages::note(&format!(
                "{what}: the registry accepts the login; no image that runs with it was found to try"
            ));
        }
        return Failures::check(failures);
    }
    let asked: Vec<Asked<'_>> = used
        .iter()
        .map(|used| Asked { source, ..verification::pull(&used.image, vec![&entry.credential]) })
        .collect();
    let verdicts = verification::ask(registries, &asked);
    let failures = failures(registries, &used, &asked, &verdicts);
    let accepted = verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Ok).count();
    if failures.is_empty() {
        messages::note(&format!(
            "{}: the new credential can pull {accepted} of {} images that run with these Secrets",
            entry.key,
            used.len()
        ));
    }
    Failures::check(failures)
}

/// Returns what speaks against the new credential: it is rejected, an image that an old
/// one can pull is refused, or the registry did not answer.
fn failures(
    registries: &Registries,
    used: &[Used],
    asked: &[Asked<'_>],
    verdicts: &[PullCheck],
) -> Vec<Error> {
    let is_refused =
        |verdict: &PullCheck| matches!(verdict.outcome, Outcome::Denied | Outcome::NotFound);
    let indexes: Vec<usize> = verdicts
        .iter()
        .zip(used)
        .enumerate()
        .filter(|(_, (verdict, used))| is_refused(verdict) && !used.old.is_empty())
        .map(|(index, _)| index)
        .collect();
    let questions = indexes.iter().filter_map(|index| used.get(*index));
    let questions =
        questions.map(|used| verification::pull(&used.image, used.old.iter().collect()));
    let answers = verification::ask(registries, &questions.collect::<Vec<_>>());
    let answers = indexes.into_iter().zip(answers);
    let lost: BTreeSet<usize> = answers
        .filter(|(_, answer)| answer.outcome == Outcome::Ok)
        .map(|(index, _)| index)
        .collect();
    let mut failures = Vec::new();
    for (index, (asked, verdict)) in asked.iter().zip(verdicts).enumerate() {
        let speaks_against = match verdict.outcome {
            Outcome::Ok => false,
            Outcome::Denied | Outcome::NotFound => lost.contains(&index),
            Outcome::Unauthorized
            | Outcome::NoCredential
            | Outcome::RateLimited
            | Outcome::Unreachable
            | Outcome::Untrusted => true,
        };
        if speaks_against {
            let (what, verdict) = (asked.what.clone(), verdict.clone());
            failures.push(Error::NotVerified { what, verdict });
        } else if verdict.outcome != Outcome::Ok {
            let text = "the old credential cannot pull it either";
            messages::warning(&format!("{}: {}; {text}", asked.what, verdict.message));
        }
    }
    failures
}

/// Returns the images of these Pods for which the kubelet tries an entry that changes,
/// each once.
fn used(plan: &[Planned], pods: &[Pod]) -> Vec<Used> {
    let mut by_secret: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for pod in pods {
        for name in pod.pull_secrets() {
            let images = by_secret.entry((pod.namespace(), name)).or_default();
            images.extend(pod.pulled_images());
        }
    }
    let mut used: BTreeMap<String, Used> = BTreeMap::new();
    for planned in plan.iter().filter(|planned| planned.action == Action::Update) {
        let (Some(images), Some(value)) = (by_secret.get(&planned.place()), &planned.value) else {
            continue;
        };
        let value = value.expose_secret().as_bytes();
        let Ok(keyring) = Keyring::new(&[PullSecret { kind: planned.found.kind, value }]) else {
            continue;
        };
        for image in images.iter().filter_map(|image| ImageReference::parse(image).ok()) {
            let repository = image.repository();
            for entry in &planned.found.entries {
                if !keyring.tries(&entry.key, &repository) {
                    continue;
                }
                let used = used
                    .entry(image.full())
                    .or_insert_with(|| Used { image: image.clone(), old: Vec::new() });
                if let Some((_, old)) = entry.credential(clock::now())
                    && !used.old.iter().any(|known| known.is(&old.username, &old.password))
                {
                    used.old.push(old);
                }
            }
        }
    }
    used.into_values().collect()
}
