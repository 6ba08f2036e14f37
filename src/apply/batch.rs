//! Many namespaces by few calls. kubectl's answers do not say which namespace
//! they are about, so the Secrets are read before and after; what is not as
//! wanted then is sent once more alone, for its error.

use secrecy::SecretString;

use crate::apply::cluster::Cluster;
use crate::apply::notes::{Note, Notes};
use crate::apply::reconcile::{self, Change, is_written};
use crate::apply::{Applier, Done, LiveSecretPolicy, Results};
use crate::cluster::Owners;
use crate::cluster::apply::{ApplyMode, Conflicts, Documents, DryRun, MAX_DOCUMENTS};
use crate::cluster::error::ClusterError;
use crate::cluster::refusal::Reply;
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret, Owner};
use crate::error::Error;
use crate::manifest::changes::EntryChange;
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::manifest::render::{Format, render};
use crate::system::messages::{self, clean};
use crate::system::parallel;

/// After so many failures the further ones are only named.
const MAX_FAILURES: usize = 20;

/// A Secret to send.
struct Plan<'a> {
    target: Target<'a>,
    document: Document,
    value: SecretString,
    conflicts: Conflicts,
    has_copy: bool,
    notes: Vec<Note>,
    /// What would become of its entries, where that is not done.
    changes: Vec<EntryChange>,
    /// Whether kubectl reported a failure in the call that this Secret was part of.
    is_doubtful: bool,
}

/// An object to write.
#[derive(Clone, Copy)]
struct Target<'a> {
    /// Its index among all of them.
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

/// Whether the Secrets are read again by one call after they were sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reread {
    /// What was written and what was not is known then.
    Yes,
    /// Of a call that failed, any part may have been written.
    No,
}

/// The Secrets before anything is sent.
struct Before {
    /// In the order of the namespaces; none is no Secret.
    live: Vec<Result<Option<LiveSecret>, Error>>,
    reread: Reread,
}

/// The Secrets after they were sent.
struct After<'a> {
    written: Vec<Plan<'a>>,
    unwritten: Vec<Plan<'a>>,
}

impl<'a> After<'a> {
    /// Trusts the calls that reported no failure.
    fn by_calls(plans: Vec<Plan<'a>>) -> Self {
        let (unwritten, written) = plans.into_iter().partition(|plan| plan.is_doubtful);
        Self { written, unwritten }
    }
}

impl<C: Cluster> Applier<'_, C> {
    /// Applies the Secret in each namespace.
    ///
    /// # Errors
    /// What keeps all of them from being written.
    pub(super) fn secrets_in_batches(
        &self,
        payload: &Payload,
        secrets: &[Metadata],
    ) -> Result<Results, Error> {
        let mut results = Results::of(secrets.len());
        let Before { live, reread } = self.read_before(secrets)?;
        let mut plans = Vec::new();
        for (index, (metadata, live)) in secrets.iter().zip(live).enumerate() {
            match live.and_then(|live| self.plan(payload, (index, metadata), live.as_ref())) {
                Ok(Some(plan)) => plans.push(plan),
                Ok(None) => results.add(index, Ok(Done::Unchanged)),
                Err(error) => results.add(index, Err(error)),
            }
        }
        self.send(&mut plans)?;
        let After { written, mut unwritten } = self.read_after(plans, reread, &mut results);
        unwritten.extend(self.remove_copies(written, &mut results)?);
        let left: Vec<_> = unwritten.iter().map(|plan| plan.target).collect();
        send_alone(&left, reread, &mut results, |target, notes| {
            self.secret(payload, target.metadata, notes)
        });
        Ok(results)
    }

    /// Applies Pods.
    ///
    /// # Errors
    /// `ManifestError::Render`.
    pub(super) fn pods_in_batches(&self, pods: &[&Document]) -> Result<Results, Error> {
        let mut results = Results::of(pods.len());
        let mut left = Vec::new();
        for (number, part) in pods.chunks(MAX_DOCUMENTS).enumerate() {
            let is_applied = self.apply_together(part, self.options.mode)?;
            for (offset, pod) in part.iter().enumerate() {
                let index = number * MAX_DOCUMENTS + offset;
                if is_applied {
                    results.add(index, Ok(Done::Applied));
                } else {
                    left.push(Target { index, metadata: pod.metadata(), done: Done::Applied });
                }
            }
        }
        send_alone(&left, Reread::No, &mut results, |target, _| {
            pods.get(target.index).map_or(Ok(Done::Applied), |pod| self.pod(pod))
        });
        Ok(results)
    }

    /// Reads the Secrets by one call, or one by one where that alone is allowed.
    fn read_before(&self, secrets: &[Metadata]) -> Result<Before, Error> {
        if self.options.live == LiveSecretPolicy::Replace {
            let live = secrets.iter().map(|_| Ok(None)).collect();
            return Ok(Before { live, reread: Reread::No });
        }
        let name = secrets.first().map(Metadata::name).unwrap_or_default();
        match self.cluster.secrets_named(name, Owners::Read)? {
            Reply::Accepted(found) => {
                let mut found = found.by_namespace();
                let mut take = |metadata: &Metadata| found.remove(metadata.namespace()?);
                let live = secrets.iter().map(|metadata| Ok(take(metadata))).collect();
                let reread = match self.options.mode.dry_run {
                    DryRun::Off => Reread::Yes,
                    DryRun::Server => Reread::No,
                };
                Ok(Before { live, reread })
            }
            Reply::Refused(refusal) if refusal.is_forbidden() => {
                let read = |metadata: &Metadata| {
                    Ok(self.cluster.secret(metadata.namespace(), metadata.name())?)
                };
                Ok(Before { live: parallel::map_parallel(secrets, read), reread: Reread::No })
            }
            Reply::Refused(refusal) => Err(refusal.error(None).into()),
        }
    }

    /// Returns what is to be sent; nothing where nothing would change.
    fn plan<'m>(
        &self,
        payload: &Payload,
        (index, metadata): (usize, &'m Metadata),
        live: Option<&LiveSecret>,
    ) -> Result<Option<Plan<'m>>, Error> {
        let change = Change::new(payload, metadata, live)?;
        if change.is_written && !change.has_copy {
            return Ok(None);
        }
        let done = self.done(&change);
        let mut conflicts = self.options.mode.conflicts;
        let mut notes = Vec::new();
        if change.owner == Owner::Person && conflicts == Conflicts::Refuse {
            conflicts = Conflicts::Force;
            notes.push(Note::TakenOver);
        }
        let changes = self.changes(&change, live);
        if !change.kept.is_empty() {
            notes.push(Note::Kept(change.kept));
        }
        let metadata_at_version = metadata.at_version(change.version.as_deref());
        Ok(Some(Plan {
            target: Target { index, metadata, done },
            document: Document::pull_secret(metadata_at_version, &change.value),
            value: change.value,
            conflicts,
            has_copy: change.has_copy,
            notes,
            changes,
            is_doubtful: false,
        }))
    }

    /// Sends all Secrets, those whose fields are taken over by calls of their own.
    fn send(&self, plans: &mut [Plan<'_>]) -> Result<(), Error> {
        for conflicts in [Conflicts::Refuse, Conflicts::Force] {
            let mode = ApplyMode { conflicts, ..self.options.mode };
            let mut plans: Vec<_> =
                plans.iter_mut().filter(|plan| plan.conflicts == conflicts).collect();
            for part in plans.chunks_mut(MAX_DOCUMENTS) {
                let documents: Vec<&Document> = part.iter().map(|plan| &plan.document).collect();
                let is_applied = self.apply_together(&documents, mode)?;
                for plan in part {
                    plan.is_doubtful = !is_applied;
                }
            }
        }
        Ok(())
    }

    /// Applies documents by one call; whether all of them were applied. What became
    /// of each is found out by reading.
    fn apply_together(&self, documents: &[&Document], mode: ApplyMode) -> Result<bool, Error> {
        let text = render(documents, Format::Yaml)?;
        let count = documents.len();
        let mut show = |done| messages::progress(&format!("applied {done} of {count}"));
        let documents = Documents { text: &text, count, on_progress: Some(&mut show) };
        let reply = self.cluster.apply(None, documents, mode);
        messages::progress_ended();
        Ok(matches!(reply, Ok(Reply::Accepted(()))))
    }

    /// Finds out which Secrets were written.
    fn read_after<'m>(
        &self,
        mut plans: Vec<Plan<'m>>,
        reread: Reread,
        results: &mut Results,
    ) -> After<'m> {
        let name = match plans.first() {
            Some(plan) if reread == Reread::Yes => plan.target.metadata.name(),
            _ => return After::by_calls(plans),
        };
        let found = self.cluster.secrets_named(name, Owners::LeftOut);
        let found = match found.and_then(|reply| reply.accepted(None)) {
            Ok(found) => found.by_namespace(),
            Err(error) => {
                let After { written, unwritten: unknown } = After::by_calls(plans);
                if !unknown.is_empty() {
                    results.fail(error.into());
                    results.fail(unknown_namespaces(unknown.iter().map(|plan| plan.target)));
                }
                return After { written, unwritten: Vec::new() };
            }
        };
        for plan in &mut plans {
            let live = found.get(plan.target.namespace());
            plan.has_copy = live.is_some_and(reconcile::has_copy);
        }
        let (written, unwritten) = plans.into_iter().partition(|plan| {
            let live = found.get(plan.target.namespace());
            live.is_some_and(|live| is_written(live, plan.target.metadata, &plan.value))
        });
        After { written, unwritten }
    }

    /// Removes the copies of old credentials, and records what was written. Returns
    /// the Secrets whose copy may still be there.
    fn remove_copies<'m>(
        &self,
        written: Vec<Plan<'m>>,
        results: &mut Results,
    ) -> Result<Vec<Plan<'m>>, Error> {
        let removes_copy =
            |plan: &Plan<'_>| plan.has_copy && self.options.mode.dry_run == DryRun::Off;
        let with_copy: Vec<Document> = written
            .iter()
            .filter(|plan| removes_copy(plan))
            .map(|plan| Document::SecretName { metadata: plan.target.metadata.clone() })
            .collect();
        let mut all_removed = true;
        for part in with_copy.chunks(MAX_DOCUMENTS) {
            let text = render(part, Format::Yaml)?;
            let documents = Documents { text: &text, count: part.len(), on_progress: None };
            let reply = self.cluster.remove_annotation(None, documents, LAST_APPLIED);
            all_removed &= matches!(reply, Ok(Reply::Accepted(())));
        }
        let (finished, left): (Vec<_>, Vec<_>) =
            written.into_iter().partition(|plan| all_removed || !removes_copy(plan));
        for plan in finished {
            let namespace = Some(plan.target.namespace());
            if removes_copy(&plan) {
                results.notes.add(Note::CopyRemoved, namespace);
            }
            results.notes.add_changes(namespace, plan.changes);
            for note in plan.notes {
                results.notes.add(note, namespace);
            }
            results.add(plan.target.index, Ok(plan.target.done));
        }
        Ok(left)
    }
}

/// Sends each object alone. Where the objects were read again, none of them is
/// written yet; otherwise many may be, which shows as long as any succeeds.
fn send_alone(
    left: &[Target<'_>],
    reread: Reread,
    results: &mut Results,
    mut attempt: impl FnMut(Target<'_>, &mut Notes) -> Result<Done, Error>,
) {
    let (mut failures, mut successes) = (0, 0);
    let mut rest = Vec::new();
    for (number, target) in left.iter().enumerate() {
        if failures >= MAX_FAILURES && (reread == Reread::Yes || successes == 0) {
            rest.push(*target);
            continue;
        }
        messages::progress(&format!("trying {} of {} again", number + 1, left.len()));
        match attempt(*target, &mut results.notes) {
            Ok(_) => {
                successes += 1;
                // If it is unchanged now, the call before has written it.
                results.add(target.index, Ok(target.done));
            }
            Err(error) => {
                failures += 1;
                results.add(target.index, Err(error));
            }
        }
    }
    messages::progress_ended();
    if !rest.is_empty() {
        results.fail(match reread {
            Reread::Yes => more_namespaces("further namespaces were not written", rest),
            Reread::No => unknown_namespaces(rest),
        });
    }
}

fn unknown_namespaces<'a>(targets: impl IntoIterator<Item = Target<'a>>) -> Error {
    more_namespaces("whether these namespaces were written is not known", targets)
}

fn more_namespaces<'a>(
    problem: &'static str,
    targets: impl IntoIterator<Item = Target<'a>>,
) -> Error {
    let namespaces = targets.into_iter().map(|target| clean(target.namespace())).collect();
    Error::from(ClusterError::MoreNamespaces { problem, namespaces })
}
