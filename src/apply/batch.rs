//! Many namespaces by few calls. kubectl's answers do not say which namespace
//! they are about, so what is there is read before and after; what is not as
//! wanted then is sent once more alone, for its words.

use secrecy::SecretString;

use crate::apply::live::{self, has_copy, is_written};
use crate::apply::notes::{Note, Notes};
use crate::apply::payload::Written;
use crate::apply::{Applier, Done, Results};
use crate::cluster::Documents;
use crate::cluster::secrets::LAST_APPLIED;
use crate::cluster::secrets::{LiveSecret, Owner};
use crate::error::Error;
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::render::{Format, render};
use crate::system::messages::{self, clean};
use crate::system::parallel;

/// Most documents of one call.
const MAX_DOCUMENTS: usize = 1_000;

/// After so many failures the further ones are only named.
const MAX_WORDS: usize = 20;

/// A Secret to send.
struct Plan<'a> {
    target: Target<'a>,
    document: Document,
    value: SecretString,
    force: bool,
    is_copied: bool,
    notes: Vec<Note>,
    /// Whether kubectl reported a failure in the call that it was part of.
    in_trouble: bool,
}

/// An object to write.
#[derive(Clone, Copy)]
struct Target<'a> {
    /// Its place among all of them.
    index: usize,
    metadata: &'a Metadata,
    /// What it will have been.
    done: Done,
}

impl<'a> Target<'a> {
    fn namespace(&self) -> &'a str {
        self.metadata.namespace().unwrap_or_default()
    }
}

/// What is there, in the order of the namespaces; none is no Secret.
type Looks = Vec<Result<Option<LiveSecret>, Error>>;

impl Applier<'_> {
    /// Applies the Secret in each namespace.
    ///
    /// # Errors
    /// What keeps all of them from being written.
    pub(super) fn many(
        &self,
        written: &Written<'_>,
        secrets: &[Metadata],
        notes: &mut Notes,
    ) -> Result<Results, Error> {
        let mut results = Results::of(secrets.len());
        let (looks, can_look_again) = self.look(secrets)?;
        let mut plans = Vec::new();
        for (index, (metadata, look)) in secrets.iter().zip(looks).enumerate() {
            match look.and_then(|live| self.plan(written, (index, metadata), live.as_ref())) {
                Ok(Some(plan)) => plans.push(plan),
                Ok(None) => results.add(index, Ok(Done::Unchanged)),
                Err(error) => results.add(index, Err(error)),
            }
        }
        self.send(&mut plans)?;
        let (there, mut left) = self.check(plans, can_look_again, &mut results);
        left.extend(self.finish(there, &mut results, notes)?);
        let left: Vec<_> = left.iter().map(|plan| plan.target).collect();
        alone(&left, can_look_again, &mut results, |target| {
            self.secret(written, target.metadata, notes)
        });
        Ok(results)
    }

    /// Applies Pods.
    ///
    /// # Errors
    /// [`Error::Render`].
    pub(super) fn many_pods(&self, pods: &[&Document]) -> Result<Results, Error> {
        let mut results = Results::of(pods.len());
        let mut left = Vec::new();
        for (number, part) in pods.chunks(MAX_DOCUMENTS).enumerate() {
            let is_clean = self.apply_together(part, self.forces_conflicts())?;
            for (place, pod) in part.iter().enumerate() {
                let index = number * MAX_DOCUMENTS + place;
                if is_clean {
                    results.add(index, Ok(Done::Applied));
                } else {
                    left.push(Target { index, metadata: pod.metadata(), done: Done::Applied });
                }
            }
        }
        alone(&left, false, &mut results, |target| {
            pods.get(target.index).map_or(Ok(Done::Applied), |pod| self.pod(pod))
        });
        Ok(results)
    }

    /// What is there, and whether that may be asked again by one call.
    fn look(&self, secrets: &[Metadata]) -> Result<(Looks, bool), Error> {
        if self.replaces() {
            return Ok((secrets.iter().map(|_| Ok(None)).collect(), false));
        }
        let name = secrets.first().map(Metadata::name).unwrap_or_default();
        match self.kubectl.secrets_named(name, true)? {
            Ok(found) => {
                let mut found = found.by_namespace();
                let mut look = |metadata: &Metadata| found.remove(metadata.namespace()?);
                Ok((secrets.iter().map(|metadata| Ok(look(metadata))).collect(), !self.dry_run))
            }
            // The right may be there for each of them.
            Err(refused) if refused.is_forbidden() => {
                let look = |metadata: &Metadata| {
                    self.kubectl.secret(metadata.namespace(), metadata.name())
                };
                Ok((parallel::ask_all(secrets, look), false))
            }
            Err(refused) => Err(refused.error(None)),
        }
    }

    /// What is to be sent; nothing where nothing would change.
    fn plan<'m>(
        &self,
        written: &Written<'_>,
        (index, metadata): (usize, &'m Metadata),
        live: Option<&LiveSecret>,
    ) -> Result<Option<Plan<'m>>, Error> {
        let merged = live.map(|live| live::merged(written, live, metadata)).transpose()?;
        let (value, kept) = merged
            .map_or_else(|| (written.value.clone(), vec![]), |merged| (merged.value, merged.kept));
        let is_copied = live.is_some_and(has_copy);
        if !is_copied && live.is_some_and(|live| is_written(live, metadata, &value)) {
            return Ok(None);
        }
        let is_own = live.is_some_and(|live| live::owner(live, metadata) == Owner::Person);
        let mut notes = Vec::new();
        notes.extend((is_own && !self.forces_conflicts()).then_some(Note::TakenOver));
        notes.extend((!kept.is_empty()).then_some(Note::Kept(kept)));
        let version = live.map(|live| live.metadata.resource_version.as_str());
        let done = match (live, self.replaces()) {
            (_, true) => Done::Applied,
            (Some(_), _) => Done::Updated,
            (None, _) => Done::Created,
        };
        Ok(Some(Plan {
            target: Target { index, metadata, done },
            document: Document::pull_secret(metadata.at_version(version), &value),
            value,
            force: is_own || self.forces_conflicts(),
            is_copied,
            notes,
            in_trouble: false,
        }))
    }

    /// Sends them all, those whose fields are taken over by calls of their own.
    fn send(&self, plans: &mut [Plan<'_>]) -> Result<(), Error> {
        for force in [false, true] {
            let mut plans: Vec<_> = plans.iter_mut().filter(|plan| plan.force == force).collect();
            for part in plans.chunks_mut(MAX_DOCUMENTS) {
                let documents: Vec<&Document> = part.iter().map(|plan| &plan.document).collect();
                let is_clean = self.apply_together(&documents, force)?;
                for plan in part {
                    plan.in_trouble = !is_clean;
                }
            }
        }
        Ok(())
    }

    /// Whether all of them were applied: what became of each is found out by looking.
    fn apply_together(&self, documents: &[&Document], force: bool) -> Result<bool, Error> {
        let text = render(documents, Format::Yaml)?;
        let count = documents.len();
        let mut tell = |done| messages::progress(&format!("applied {done} of {count}"));
        let sent = Documents { text: &text, count, told: Some(&mut tell) };
        let answer = self.kubectl.apply(None, sent, force, self.dry_run);
        messages::progress_ended();
        Ok(matches!(answer, Ok(Ok(()))))
    }

    /// Those that are there now, and those that are left to be sent alone.
    fn check<'m>(
        &self,
        mut plans: Vec<Plan<'m>>,
        can_look: bool,
        results: &mut Results,
    ) -> (Vec<Plan<'m>>, Vec<Plan<'m>>) {
        let name = match plans.first() {
            Some(plan) if can_look => plan.target.metadata.name(),
            _ => return plans.into_iter().partition(|plan| !plan.in_trouble),
        };
        let found = self.kubectl.secrets_named(name, false);
        match found.and_then(|found| found.map_err(|refused| refused.error(None))) {
            Ok(found) => {
                let found = found.by_namespace();
                for plan in &mut plans {
                    plan.is_copied = found.get(plan.target.namespace()).is_some_and(has_copy);
                }
                plans.into_iter().partition(|plan| {
                    let live = found.get(plan.target.namespace());
                    live.is_some_and(|live| is_written(live, plan.target.metadata, &plan.value))
                })
            }
            Err(error) => {
                let (there, unknown): (Vec<_>, Vec<_>) =
                    plans.into_iter().partition(|plan| !plan.in_trouble);
                if !unknown.is_empty() {
                    results.fail(error);
                    results.fail(not_known(unknown.iter().map(|plan| plan.target)));
                }
                (there, Vec::new())
            }
        }
    }

    /// Removes the copies of old credentials, and notes what was written. Gives
    /// back those whose copy is still there.
    fn finish<'m>(
        &self,
        there: Vec<Plan<'m>>,
        results: &mut Results,
        notes: &mut Notes,
    ) -> Result<Vec<Plan<'m>>, Error> {
        let is_removed = |plan: &Plan<'_>| plan.is_copied && !self.dry_run;
        let copied: Vec<Document> = there
            .iter()
            .filter(|plan| is_removed(plan))
            .map(|plan| Document::SecretName { metadata: plan.target.metadata.clone() })
            .collect();
        let mut is_clean = true;
        for part in copied.chunks(MAX_DOCUMENTS) {
            let text = render(part, Format::Yaml)?;
            let named = Documents { text: &text, count: part.len(), told: None };
            let answer = self.kubectl.remove_annotation(None, named, LAST_APPLIED);
            is_clean &= matches!(answer, Ok(Ok(())));
        }
        let (done, left): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|plan| is_clean || !is_removed(plan));
        for plan in done {
            let namespace = Some(plan.target.namespace());
            let removed = is_removed(&plan).then_some(Note::CopyRemoved);
            plan.notes.into_iter().chain(removed).for_each(|note| notes.add(note, namespace));
            results.add(plan.target.index, Ok(plan.target.done));
        }
        Ok(left)
    }
}

/// Sends each of them alone. `is_known`: that they are not as wanted; otherwise
/// many of them may be, and are told apart as long as any succeeds.
fn alone(
    left: &[Target<'_>],
    is_known: bool,
    results: &mut Results,
    mut attempt: impl FnMut(Target<'_>) -> Result<Done, Error>,
) {
    let (mut failures, mut successes) = (0, 0);
    let mut rest = Vec::new();
    for (number, target) in left.iter().enumerate() {
        if failures >= MAX_WORDS && (is_known || successes == 0) {
            rest.push(*target);
            continue;
        }
        messages::progress(&format!("trying {} of {} again", number + 1, left.len()));
        // If it is unchanged now, the call before has written it.
        let result = attempt(*target).map(|_| target.done);
        *(if result.is_ok() { &mut successes } else { &mut failures }) += 1;
        results.add(target.index, result);
    }
    messages::progress_ended();
    if !rest.is_empty() {
        results.fail(if is_known { not_written(rest) } else { not_known(rest) });
    }
}

fn not_written<'a>(targets: impl IntoIterator<Item = Target<'a>>) -> Error {
    more("further namespaces were not written", targets)
}

fn not_known<'a>(targets: impl IntoIterator<Item = Target<'a>>) -> Error {
    more("whether these namespaces were written is not known", targets)
}

fn more<'a>(problem: &'static str, targets: impl IntoIterator<Item = Target<'a>>) -> Error {
    let namespaces = targets.into_iter().map(|target| clean(target.namespace())).collect();
    Error::MoreNamespaces { problem, namespaces }
}
