//! Asks registries whether a credential can pull an image. Nothing is pulled.

mod challenge;
#[cfg(test)]
mod fake;
mod finding;
#[cfg(any(test, fuzzing))]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a property that does not hold stops the test"
)]
pub mod properties;
mod realm;
mod redirect;
mod remedy;
mod session;
#[cfg(test)]
mod tests;
mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) use finding::Outcome;
use finding::{Asked, Finding};
pub(crate) use realm::PlainHttp;
pub(crate) use remedy::Remedy;
use session::Session;

use crate::registry::authority::Authority;
use crate::registry::credential::Credential;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::system::http::{Client, Deadline, Proxies, Trust};
use crate::system::messages::clean;

/// Longest time until an answer is complete.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// Longest time for a question, in times of the longest answer: all redirects,
/// tokens and credentials of an image together.
const TIMEOUT_OF_QUESTION: u32 = 4;

/// Where Docker Hub's images are; `docker.io` is its name only.
/// Source: distribution/reference 0.6.0; moby 29, `registry/config.go`.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";

/// What is to be found out.
#[derive(Debug)]
pub(crate) enum Question<'a> {
    /// Whether an image can be pulled; with each credential in turn, as the
    /// kubelet does, and without any where there are none.
    Pull(&'a ImageReference, Vec<&'a Credential>),
    /// Whether a login works.
    Login(&'a RegistryKey, &'a Credential),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullCheck {
    /// The registry's name.
    pub registry: String,
    /// In a word.
    pub outcome: Outcome,
    /// The user name of the credential that decided, as it may be shown.
    pub username: Option<String>,
    /// In a sentence that says what the registry does.
    pub message: String,
    /// What would help; none where nothing is wrong, or nothing helps.
    pub remedy: Option<Remedy>,
    /// Whether the token says that the credential can do more than pull.
    pub can_push: bool,
}

/// The registries that are asked, each with its connections and tokens.
#[derive(Debug)]
pub(crate) struct Registries {
    trust: Trust,
    proxies: Proxies,
    plain_http: PlainHttp,
    timeout: Duration,
    sessions: Mutex<HashMap<Authority, Result<Arc<Session>, Finding>>>,
}

impl Registries {
    /// Returns registries, none of them connected to yet. `plain_http` says which may be
    /// asked by plain HTTP where they do not speak HTTPS.
    pub(crate) fn new(
        trust: Trust,
        proxies: Proxies,
        plain_http: PlainHttp,
        timeout: Duration,
    ) -> Self {
        Self { trust, proxies, plain_http, timeout, sessions: Mutex::default() }
    }

    /// Asks; may be called from several threads.
    pub(crate) fn ask(&self, question: &Question<'_>) -> PullCheck {
        let deadline = Deadline::after(self.timeout.saturating_mul(TIMEOUT_OF_QUESTION));
        match question {
            Question::Login(key, credential) => {
                let asked = Asked { registry: key, repository: None, username: None };
                let finding = match self.session(key.registry()) {
                    Ok(session) => session.log_in(credential, &deadline),
                    Err(finding) => finding,
                };
                verdict(&finding, asked, Some(credential), 1)
            }
            Question::Pull(image, credentials) => self.ask_for_image(image, credentials, &deadline),
        }
    }

    /// Returns the registries that said how many pulls are left, with the fewest.
    pub(crate) fn pulls_left(&self) -> Vec<(Authority, u64)> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left: Vec<(Authority, u64)> = sessions
            .iter()
            .filter_map(|(host, session)| {
                Some((host.clone(), session.as_ref().ok()?.pulls_left()?))
            })
            .collect();
        left.sort();
        left
    }

    fn ask_for_image(
        &self,
        image: &ImageReference,
        credentials: &[&Credential],
        deadline: &Deadline,
    ) -> PullCheck {
        let key = RegistryKey::of_image(image);
        let asked =
            |repository| Asked { registry: &key, repository: Some(repository), username: None };
        let session = match self.session(image.domain()) {
            Ok(session) => session,
            Err(finding) => return verdict(&finding, asked(image.repository()), None, 0),
        };
        if credentials.is_empty() {
            let finding = session.pull(image, None, deadline);
            return verdict(&finding, asked(image.repository()), None, 0);
        }
        let mut first = None;
        for credential in credentials {
            let finding = session.pull(image, Some(credential), deadline);
            let is_conclusive = !finding.outcome().depends_on_credential();
            let found =
                verdict(&finding, asked(image.repository()), Some(credential), credentials.len());
            if is_conclusive {
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| verdict(&Finding::NoCredential, asked(image.repository()), None, 0))
    }

    fn session(&self, domain: &Authority) -> Result<Arc<Session>, Finding> {
        let hub = Authority::new(DOCKER_HUB_HOST);
        let host = if *domain == "docker.io" { &hub } else { domain };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.entry(host.clone());
        known.or_insert_with(|| self.connect(host).map(Arc::new)).clone()
    }

    fn connect(&self, host: &Authority) -> Result<Session, Finding> {
        let roots = self.trust.roots(host);
        let client = Client::new(host, &roots, self.proxies.clone(), self.timeout);
        let client = client.map_err(Finding::Fault)?;
        Ok(Session::new(host.clone(), client, self.plain_http))
    }
}

fn verdict(
    finding: &Finding,
    asked: Asked<'_>,
    credential: Option<&Credential>,
    tried: usize,
) -> PullCheck {
    let username = credential.map(|credential| clean(&credential.shown_username()));
    let asked = Asked { username: username.as_deref(), ..asked };
    let mut message = finding.message(&asked);
    if tried > 1 && finding.outcome().depends_on_credential() {
        message = format!("{message}; {tried} credentials were tried, none works");
    }
    PullCheck {
        registry: asked.registry.registry().to_string(),
        outcome: finding.outcome(),
        remedy: finding.remedy(&asked),
        message,
        can_push: matches!(finding, Finding::Ok { can_push: true }),
        username,
    }
}
