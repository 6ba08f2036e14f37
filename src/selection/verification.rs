//! Asking registries about credentials that are about to be written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use secrecy::ExposeSecret;

use crate::distribution::{Outcome, PlainHttp, PullCheck, Question, Registries, Remedy, TIMEOUT};
use crate::error::{Error, Failures};
use crate::kubelet::prove;
use crate::manifest::dockerconfigjson;
use crate::registry::credential::Credential;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::selection::Entry;
use crate::selection::manifests;
use crate::sources::Source;
use crate::system::environment::Environment;
use crate::system::http::{Proxies, Trust};
use crate::system::messages;
use crate::system::parallel;

/// A question with what it is called.
pub(crate) struct Asked<'a> {
    /// The whole image, or the registry where only the login is tried.
    pub(crate) what: String,
    /// The image as it was written.
    pub(crate) image: Option<String>,
    /// The question.
    pub(crate) question: Question<'a>,
    /// What the credential that is tried first is for, and its source, where known.
    pub(crate) source: Option<(&'a RegistryKey, Source)>,
}

/// How registries are reached.
#[derive(Debug)]
pub(crate) struct TrustOptions {
    trust: Trust,
    plain_http: bool,
}

impl TrustOptions {
    /// Reads the authorities that are to be trusted too.
    ///
    /// # Errors
    /// `FileError::Unreadable`; a usage error where the file holds no certificate.
    pub(crate) fn read(
        ca_file: Option<&Path>,
        plain_http: bool,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let mut trust = Trust::new(environment);
        if let Some(path) = ca_file {
            let text = manifests::read(path)?;
            if !trust.add(text.as_bytes()) {
                return Err(Error::usage(
                    format!("{} holds no certificate in PEM", manifests::shown(path)),
                    "name the authority's certificate, which starts with -----BEGIN CERTIFICATE-----",
                ));
            }
        }
        Ok(Self { trust, plain_http })
    }

    /// Returns the registries, reached in this way.
    pub(crate) fn registries(self, environment: &Environment) -> Registries {
        let plain_http = if self.plain_http { PlainHttp::Anywhere } else { PlainHttp::Loopback };
        Registries::new(self.trust, Proxies::of(environment), plain_http, TIMEOUT)
    }
}

/// Asks the registries side by side, and notes credentials that can push too.
pub(crate) fn ask(registries: &Registries, asked: &[Asked<'_>]) -> Vec<PullCheck> {
    let verdicts = parallel::map_parallel(asked, |asked| ask_one(registries, asked));
    let pushing: BTreeSet<(&str, &str)> = verdicts
        .iter()
        .filter(|verdict| verdict.can_push)
        .map(|verdict| (verdict.registry.as_str(), verdict.username.as_deref().unwrap_or_default()))
        .collect();
    for (registry, username) in pushing {
        messages::note(&format!(
            "{registry}: {username} may push too; whoever reads a pull Secret can do all that it can: prefer a credential that only reads"
        ));
    }
    verdicts
}

/// The verdicts that are not yes.
pub(crate) fn failures(asked: &[Asked<'_>], verdicts: &[PullCheck]) -> Vec<Error> {
    let not_ok = asked.iter().zip(verdicts).filter(|(_, verdict)| verdict.outcome != Outcome::Ok);
    not_ok
        .map(|(asked, verdict)| Error::NotVerified {
            what: asked.what.clone(),
            verdict: verdict.clone(),
        })
        .collect()
}

/// Where it is wanted, whether these entries can pull these images; an entry that
/// serves none of them has its login tried.
///
/// # Errors
/// [`Error::NotVerified`] for each that cannot.
pub(crate) fn prove(
    verify: Option<TrustOptions>,
    entries: &BTreeMap<String, Entry>,
    images: &[ImageReference],
    environment: &Environment,
) -> Result<(), Failures> {
    let Some(trust) = verify else { return Ok(()) };
    let registries = trust.registries(environment);
    let asked = questions(entries, images)?;
    check(&registries, &asked)
}

/// Asks a registry about a credential that was typed or piped, and is to be kept.
pub(crate) fn ask_login(
    registries: &Registries,
    key: &RegistryKey,
    credential: &Credential,
) -> PullCheck {
    let asked = Asked { source: Some((key, Source::Prompt)), ..login(key, credential) };
    let mut verdict = ask_one(registries, &asked);
    if verdict.outcome == Outcome::Denied {
        verdict.remedy = Some(Remedy::UseOtherUser);
    }
    verdict
}

fn ask_one(registries: &Registries, asked: &Asked<'_>) -> PullCheck {
    let mut verdict = registries.ask(&asked.question);
    if let (Outcome::Unauthorized, Some((key, source))) = (verdict.outcome, asked.source) {
        verdict.remedy = Some(after_rejection(key, source));
    }
    verdict
}

/// Returns what would help after a registry rejected a credential of this source.
fn after_rejection(key: &RegistryKey, source: Source) -> Remedy {
    match source {
        Source::Prompt => Remedy::CheckPassword,
        Source::Keyring => Remedy::LogInToKeyring(key.clone()),
        Source::Docker => Remedy::LogInAgain(key.clone()),
        Source::Podman => Remedy::LogInWithPodman(key.clone()),
    }
}

fn check(registries: &Registries, asked: &[Asked<'_>]) -> Result<(), Failures> {
    let verdicts = ask(registries, asked);
    for (asked, verdict) in asked.iter().zip(&verdicts) {
        if verdict.outcome == Outcome::Ok {
            let only = if asked.image.is_none() { "; no image was named to try" } else { "" };
            messages::note(&format!("{}: {}{only}", asked.what, verdict.message));
        }
    }
    Failures::check(failures(asked, &verdicts))
}

/// A login alone.
pub(crate) fn login<'a>(key: &'a RegistryKey, credential: &'a Credential) -> Asked<'a> {
    let question = Question::Login(key, credential);
    Asked { what: key.to_string(), image: None, question, source: None }
}

/// A pull with these credentials in their order.
pub(crate) fn pull<'a>(image: &'a ImageReference, credentials: Vec<&'a Credential>) -> Asked<'a> {
    let question = Question::Pull(image, credentials);
    Asked {
        image: Some(messages::clean(image.as_written())),
        what: messages::clean(&image.full()),
        question,
        source: None,
    }
}

/// Returns what to ask: each image with the credentials that the kubelet would try,
/// and the login of each entry that is tried for no image.
///
/// # Errors
/// What keeps the entries from being written.
pub(crate) fn questions<'a>(
    entries: &'a BTreeMap<String, Entry>,
    images: &'a [ImageReference],
) -> Result<Vec<Asked<'a>>, Error> {
    let credentials = entries.iter().map(|(key, entry)| (key.clone(), &entry.credential)).collect();
    let value = dockerconfigjson::render(&credentials, None)?;
    let keyring = prove::keyring(value.expose_secret())?;
    let mut used = BTreeSet::new();
    let mut asked = Vec::new();
    for image in images {
        let lookup = keyring.lookup(&image.repository());
        let keys = lookup.candidates.iter().map(|candidate| candidate.key.as_str());
        let tried: Vec<(&String, &Entry)> =
            keys.filter_map(|key| entries.get_key_value(key)).collect();
        used.extend(tried.iter().map(|(key, _)| key.as_str()));
        let source = tried.first().map(|(_, entry)| (&entry.key, entry.source));
        let credentials = tried.iter().map(|(_, entry)| &entry.credential).collect();
        asked.push(Asked { source, ..pull(image, credentials) });
    }
    let unused = entries.iter().filter(|(key, _)| !used.contains(key.as_str()));
    asked.extend(unused.map(|(_, entry)| Asked {
        source: Some((&entry.key, entry.source)),
        ..login(&entry.key, &entry.credential)
    }));
    Ok(asked)
}
