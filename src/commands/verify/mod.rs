//! `verify`: whether these credentials can pull these images, by asking.

mod running;

use crate::commands::inspect;
use crate::commands::options::{VerifiedCredentials, VerifyOptions};
use crate::diagnose::hints;
use crate::distribution::PullCheck;
use crate::error::{Error, Failures};
use crate::kubelet::{self, Candidate, Reference};
use crate::output::table::first_few;
use crate::output::{Listing, verification_report};
use crate::registry::credential::Credential;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::selection::pull_secret::{self, Holder};
use crate::selection::replay::Replay;
use crate::selection::verification::{self, Asked};
use crate::selection::{self, SelectionOptions};
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages;
use crate::system::output_stream;

/// What a Secret or a file would make the kubelet try.
#[derive(Default)]
struct Held {
    /// By image, in its place.
    tried: Vec<Vec<Credential>>,
    /// Where no image was named.
    logins: Vec<(RegistryKey, Credential)>,
}

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::NotVerified`] for each that the registry does
/// not say yes to.
pub(crate) fn run(
    options: VerifyOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let VerifyOptions { images, credentials, manifests, trust, output } = options;
    let images = [images, selection::images_of_manifests(&manifests)?].concat();
    let registries = trust.registries(environment);
    let holders = match &credentials {
        VerifiedCredentials::Cluster(secret) => {
            vec![pull_secret::from_cluster(secret, environment)?]
        }
        VerifiedCredentials::File(path) => pull_secret::from_file(path)?,
        VerifiedCredentials::Running(options) => {
            return running::run(options, &registries, output, environment);
        }
        VerifiedCredentials::Selection(selection) => {
            let chosen = choose(selection, &images, environment, &mut replay)?;
            selection::report(&chosen);
            let asked = verification::questions(&chosen.entries, &images)?;
            let verdicts = verification::ask(&registries, &asked);
            let shown = show(output, &asked, &verdicts);
            replay.show();
            let mut failures = chosen.failures;
            failures.extend(verification::failures(&asked, &verdicts));
            return Failures::both(shown.map_err(Failures::from), Failures::check(failures));
        }
    };
    let held = held(&holders, &images)?;
    let asked = asked(&held, &images);
    let verdicts = verification::ask(&registries, &asked);
    show(output, &asked, &verdicts)?;
    Failures::check(verification::failures(&asked, &verdicts))
}

/// The credentials that would be written; for an image without one, none.
fn choose(
    options: &SelectionOptions,
    images: &[ImageReference],
    environment: &Environment,
    replay: &mut Replay,
) -> Result<selection::Chosen, Failures> {
    if options.typed.is_some() {
        return selection::choose(options, images, environment, replay);
    }
    if images.is_empty() || options.all || !options.registries.is_empty() {
        return selection::choose(options, &[], environment, replay);
    }
    selection::choose_known(options, images.iter(), environment)
}

/// What the kubelet would try of these Secrets.
fn held(holders: &[Holder], images: &[ImageReference]) -> Result<Held, Error> {
    if images.is_empty() {
        let mut logins = Vec::new();
        for holder in holders {
            let entries =
                holder.value.entries().map_err(|fault| inspect::not_inspectable(holder, &fault))?;
            logins.extend(entries.iter().filter_map(|entry| entry.credential(clock::now())));
        }
        return Ok(Held { tried: Vec::new(), logins });
    }
    let references: Vec<Reference<'_>> = holders
        .iter()
        .map(|holder| Reference { name: &holder.name, state: holder.value.state() })
        .collect();
    let mut tried = Vec::new();
    for image in images {
        let diagnosis = kubelet::diagnose(&references, &image.repository(), clock::now());
        if let Some(fatal) = diagnosis.findings.iter().find(|it| it.problem.is_fatal()) {
            return Err(Error::NotInspectable {
                origin: messages::clean(fatal.secret.as_deref().unwrap_or_default()),
                reason: fatal.problem.to_string(),
                hint: hints::WRITE_SECRET.to_owned(),
            });
        }
        let candidates = diagnosis.candidates.into_iter().map(|(_, candidate)| candidate);
        tried.push(candidates.filter_map(Candidate::sent).collect());
    }
    Ok(Held { tried, logins: Vec::new() })
}

fn asked<'a>(held: &'a Held, images: &'a [ImageReference]) -> Vec<Asked<'a>> {
    let pulls = images.iter().zip(&held.tried);
    let pulls = pulls.map(|(image, tried)| verification::pull(image, tried.iter().collect()));
    let logins = held.logins.iter().map(|(key, credential)| verification::login(key, credential));
    pulls.chain(logins).collect()
}

fn show(form: Listing, asked: &[Asked<'_>], verdicts: &[PullCheck]) -> Result<(), Error> {
    let logins = asked.iter().filter(|asked| asked.image.is_none());
    let logins: Vec<&str> = logins.map(|asked| asked.what.as_str()).collect();
    if !logins.is_empty() {
        messages::note(&format!(
            "only the login was checked, not the right to pull: {}; name an image to check that",
            first_few(&logins, ", ")
        ));
    }
    let rows: Vec<verification_report::Row<'_>> = asked
        .iter()
        .zip(verdicts)
        .map(|(asked, verdict)| {
            verification_report::Row::new(&asked.what, asked.image.as_deref(), verdict)
        })
        .collect();
    Ok(output_stream::print(&verification_report::render(&rows, form)?)?)
}
