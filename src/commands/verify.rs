//! `verify`: whether these credentials can pull these images, by asking.

use serde::Serialize;

use crate::apply::payload;
use crate::cli::{Listing, VerifyArguments};
use crate::distribution::Verdict;
use crate::error::{Error, Failures};
use crate::kubelet::{self, Reference};
use crate::output::entries;
use crate::registry::credential::{self, Credential, Login};
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::selection;
use crate::selection::pull_secret::{self, Holder};
use crate::selection::replay::Replay;
use crate::selection::verification::{self, Asked};
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages;

/// The answer; its JSON is a contract: fields are added, never renamed, and
/// null is "not looked at".
#[derive(Serialize)]
struct Answer<'a> {
    images: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    /// None where only a login was tried.
    image: Option<&'a str>,
    registry: &'a str,
    outcome: &'static str,
    username: Option<&'a str>,
    message: &'a str,
    hint: &'a str,
}

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
pub fn run(
    arguments: &VerifyArguments,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    check(arguments)?;
    let named = selection::parse_images(&arguments.references)?;
    let images = [named, selection::images(&arguments.choosing)?].concat();
    // A file of certificates that is none ends it before anybody types.
    let registries = verification::registries(&arguments.trust, environment)?;
    let holders = match (&arguments.secret, &arguments.secret_file) {
        (Some(name), _) => {
            let namespace = arguments.namespace.as_deref();
            vec![pull_secret::from_cluster(name, namespace, &arguments.kubectl, environment)?]
        }
        (None, Some(path)) => pull_secret::from_file(path)?,
        (None, None) => {
            let chosen = choose(arguments, &images, environment, &mut replay)?;
            selection::tell(&chosen);
            let asked = verification::questions(&chosen.entries, &images)?;
            let verdicts = verification::ask(&registries, &asked);
            let shown = show(arguments.output, &asked, &verdicts);
            replay.show();
            let mut failures = chosen.failures;
            failures.extend(verification::failures(&asked, &verdicts));
            return Failures::both(shown.map_err(Failures::from), Failures::check(failures));
        }
    };
    let held = held(&holders, &images)?;
    let asked = asked(&held, &images);
    let verdicts = verification::ask(&registries, &asked);
    show(arguments.output, &asked, &verdicts)?;
    Failures::check(verification::failures(&asked, &verdicts))
}

fn check(arguments: &VerifyArguments) -> Result<(), Error> {
    if arguments.secret.is_none() && !arguments.kubectl.passed_on().is_empty() {
        let problem = "flags for the cluster are of use with --secret only";
        return Err(Error::usage(problem, "name the Secret: --secret NAME, or leave them out"));
    }
    Ok(())
}

/// The credentials that would be written; for an image without one, none.
fn choose(
    arguments: &VerifyArguments,
    images: &[ImageReference],
    environment: &Environment,
    replay: &mut Replay,
) -> Result<selection::Chosen, Failures> {
    let choosing = &arguments.choosing;
    if choosing.username.is_some() || choosing.password_stdin {
        return selection::choose(choosing, images, environment, replay);
    }
    if images.is_empty() || choosing.all || !choosing.registries.is_empty() {
        return selection::choose(choosing, &[], environment, replay);
    }
    selection::choose_known(choosing, images.iter(), environment)
}

/// What the kubelet would try of these Secrets.
fn held(holders: &[Holder], images: &[ImageReference]) -> Result<Held, Error> {
    if images.is_empty() {
        let mut logins = Vec::new();
        for holder in holders {
            let entries = holder.entries().map_err(|fault| holder.error(fault))?;
            logins.extend(entries.into_iter().filter_map(login));
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
                hint: "write it with: kubectl regcred secret",
            });
        }
        let candidates = diagnosis.candidates.into_iter().map(|(_, candidate)| candidate);
        tried.push(candidates.filter_map(pull_secret::sent).collect());
    }
    Ok(Held { tried, logins: Vec::new() })
}

fn login(entry: kubelet::SecretEntry) -> Option<(RegistryKey, Credential)> {
    let key = RegistryKey::from_docker(&entry.key).registry()?;
    let (username, password) = entry.login?;
    let login = Login::basic(username, password);
    let (credential, _) = credential::usable(&key, login, clock::now()).ok()?;
    Some((key, credential))
}

fn asked<'a>(held: &'a Held, images: &'a [ImageReference]) -> Vec<Asked<'a>> {
    let pulls = images.iter().zip(&held.tried);
    let pulls = pulls.map(|(image, tried)| verification::pull(image, tried.iter().collect()));
    let logins = held.logins.iter().map(|(key, credential)| verification::login(key, credential));
    pulls.chain(logins).collect()
}

fn show(form: Listing, asked: &[Asked<'_>], verdicts: &[Verdict]) -> Result<(), Error> {
    for login in asked.iter().filter(|asked| asked.image.is_none()) {
        messages::note(&format!(
            "{}: only the login was tried, for no image was named",
            login.what
        ));
    }
    let text = match form {
        Listing::Table => {
            let mut lines = vec![vec!["IMAGE", "OUTCOME", "USERNAME"]];
            lines.extend(asked.iter().zip(verdicts).map(|(asked, verdict)| {
                let username = verdict.username.as_deref().unwrap_or("-");
                vec![asked.what.as_str(), verdict.outcome.name(), username]
            }));
            entries::columns(&lines)
        }
        Listing::Json => {
            let images = asked.iter().zip(verdicts).map(|(asked, verdict)| Row {
                image: asked.image.as_deref(),
                registry: &verdict.registry,
                outcome: verdict.outcome.name(),
                username: verdict.username.as_deref(),
                message: &verdict.message,
                hint: &verdict.hint,
            });
            let answer = Answer { images: images.collect() };
            payload::json(&answer)?
        }
    };
    payload::print(&text)
}
