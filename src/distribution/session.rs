//! One registry, asked as container runtimes ask it.
//! Source: distribution-spec 1.1; containerd 2.2, `core/remotes/docker`.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use ureq::http::Uri;

use crate::distribution::challenge::{Bearer, Challenge};
use crate::distribution::finding::{Finding, RedirectFault, TokenFault};
use crate::distribution::realm::{self, Namer, Network, PlainHttp, RealmFault};
use crate::distribution::redirect::{Reached, follow, shown_authority};
use crate::distribution::token;
use crate::registry::authority::Authority;
use crate::registry::credential::Credential;
use crate::registry::reference::ImageReference;
use crate::system::clock;
use crate::system::http::{Answer, Client, Deadline, Fault, Method, Request, address};
use crate::system::messages;
use crate::system::secrets;
use crate::system::untrusted::Untrusted;

/// All forms of an image, as containerd asks for them.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json, */*";

const JSON: &str = "application/json";

/// A token, shared by all images of a repository.
type Slot = Arc<OnceLock<Result<SecretString, Finding>>>;

/// A registry that is asked several times.
#[derive(Debug)]
pub(super) struct Session {
    /// Host with port, as it is asked.
    host: Authority,
    client: Client,
    plain_http: PlainHttp,
    endpoint: OnceLock<Result<Endpoint, Finding>>,
    tokens: Mutex<Vec<(TokenKey, Slot)>>,
    /// The fewest pulls that the registry said are left.
    pulls_left: Mutex<Option<u64>>,
}

#[derive(Clone, Debug)]
struct Endpoint {
    /// `https://HOST`, or `http://HOST`.
    base: String,
    login: Authentication,
}

/// The authentication that a registry asks for at `/v2/`.
#[derive(Clone, Debug)]
enum Authentication {
    /// None; it may ask for one at an image.
    None,
    Wanted(Challenge),
    /// Another host asks for one, which a redirect of `/v2/` leads to.
    Elsewhere(Authority),
}

#[derive(Debug)]
struct TokenKey {
    realm: String,
    scope: Option<String>,
    credential: Option<Credential>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(default)]
    errors: Vec<ErrorEntry>,
    /// Some token servers answer in `OAuth2`'s form.
    details: Option<Untrusted>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Untrusted,
}

impl Session {
    /// For a host, which may be asked by plain HTTP where HTTPS fails, if
    /// `plain_http` is for it.
    pub(super) fn new(host: Authority, client: Client, plain_http: PlainHttp) -> Self {
        let (endpoint, tokens) = (OnceLock::new(), Mutex::new(Vec::new()));
        Self { host, client, plain_http, endpoint, tokens, pulls_left: Mutex::default() }
    }

    /// Whether an image can be pulled with a credential, or anonymously.
    pub(super) fn pull(
        &self,
        image: &ImageReference,
        credential: Option<&Credential>,
        deadline: &Deadline,
    ) -> Finding {
        if let Some(credential) = credential {
            secrets::hide_login(&credential.username, &credential.password);
        }
        self.try_pull(image, credential, deadline).unwrap_or_else(|finding| finding)
    }

    /// Whether a login works.
    pub(super) fn log_in(&self, credential: &Credential, deadline: &Deadline) -> Finding {
        secrets::hide_login(&credential.username, &credential.password);
        self.try_log_in(credential, deadline).unwrap_or_else(|finding| finding)
    }

    fn try_log_in(&self, credential: &Credential, deadline: &Deadline) -> Result<Finding, Finding> {
        let endpoint = self.endpoint(deadline)?;
        let challenge = match &endpoint.login {
            Authentication::None => return Ok(Finding::Open),
            Authentication::Wanted(challenge) => challenge,
            Authentication::Elsewhere(host) => return Err(wants_login(host.clone())),
        };
        let base_url = parse(&format!("{}/v2/", endpoint.base))?;
        let login =
            LoginRequest { scope: None, credential: Some(credential), url: &base_url, deadline };
        let authorization = self.authorize(challenge, login)?;
        let request = get(&base_url, authorization.as_ref());
        let answer = self.ask(&request, deadline)?;
        match answer.status {
            200 => Ok(Finding::Ok { can_push: false }),
            401 => Ok(Finding::Unauthorized(words(&answer).1)),
            403 => Ok(Finding::Denied(words(&answer).1)),
            _ => Err(unusual(&answer)),
        }
    }

    fn try_pull(
        &self,
        image: &ImageReference,
        credential: Option<&Credential>,
        deadline: &Deadline,
    ) -> Result<Finding, Finding> {
        let endpoint = self.endpoint(deadline)?;
        let reference = image.digest().or(image.tag()).unwrap_or("latest");
        let url = parse(&format!("{}/v2/{}/manifests/{reference}", endpoint.base, image.path()))?;
        let scope = format!("repository:{}:pull", image.path());
        let login = LoginRequest { scope: Some(&scope), credential, url: &url, deadline };
        let mut sent = None;
        if let Authentication::Wanted(challenge) = &endpoint.login {
            sent = self.authorize(challenge, login)?;
        }
        let mut answer = self.head(&url, sent.as_ref(), deadline)?;
        if answer.status == 401
            && let Some(challenge) = other_challenge(&answer, sent.is_some(), &scope)?
        {
            sent = self.authorize(&challenge, login)?;
            answer = self.head(&url, sent.as_ref(), deadline)?;
        }
        judge(&answer, credential, sent.as_ref())
    }

    fn head(
        &self,
        url: &Uri,
        authorization: Option<&SecretString>,
        deadline: &Deadline,
    ) -> Result<Answer, Finding> {
        let request = Request { url, method: Method::Head, accept: MANIFESTS, authorization };
        let answer = self.ask(&request, deadline)?;
        if let Some(left) = pulls_left(&answer) {
            let mut fewest = self.pulls_left.lock().unwrap_or_else(PoisonError::into_inner);
            *fewest = Some(fewest.map_or(left, |fewest| fewest.min(left)));
        }
        Ok(answer)
    }

    /// Returns how many pulls the registry said are left, if it did.
    pub(super) fn pulls_left(&self) -> Option<u64> {
        *self.pulls_left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request of the registry. A login that another host asks
    /// for, which a redirect led to, is none of the registry's.
    fn ask(&self, request: &Request<'_>, deadline: &Deadline) -> Result<Answer, Finding> {
        let reached = follow(&self.client, request, deadline, |_| Ok(()))?;
        match reached {
            Reached { answer, elsewhere: Some(host) } if answer.status == 401 => {
                Err(wants_login(host))
            }
            Reached { answer, .. } => Ok(answer),
        }
    }

    /// Returns the endpoint, which whoever asks first pings.
    fn endpoint(&self, deadline: &Deadline) -> Result<&Endpoint, Finding> {
        self.endpoint.get_or_init(|| self.ping(deadline)).as_ref().map_err(Clone::clone)
    }

    fn ping(&self, deadline: &Deadline) -> Result<Endpoint, Finding> {
        let secure = format!("https://{}", self.host);
        let fault = match self.ping_at(&secure, deadline) {
            Err(Finding::Fault(fault)) => fault,
            other => return other,
        };
        let may_be_plain = self.plain_http == PlainHttp::Anywhere || self.host.is_loopback();
        let may_be_http = match fault {
            Fault::PlainHttp | Fault::Closed => true,
            // Without a port the two are different ports, and one may be closed.
            Fault::Refused => self.host.port().is_none(),
            _ => false,
        };
        if !may_be_plain || !may_be_http {
            return Err(Finding::Fault(fault));
        }
        let plain = self.ping_at(&format!("http://{}", self.host), deadline);
        plain.map_err(|finding| match finding {
            Finding::Fault(Fault::TooSlow | Fault::OutOfTime { .. }) => finding,
            Finding::Fault(_) => Finding::Fault(fault),
            other => other,
        })
    }

    fn ping_at(&self, base: &str, deadline: &Deadline) -> Result<Endpoint, Finding> {
        let base_url = parse(&format!("{base}/v2/"))?;
        let reached = follow(&self.client, &get(&base_url, None), deadline, |_| Ok(()))?;
        let answer = reached.answer;
        let login = match (answer.status, reached.elsewhere) {
            (401, Some(host)) => Authentication::Elsewhere(host),
            (401, None) => {
                let challenge = Challenge::read(answer.headers("www-authenticate"));
                Authentication::Wanted(challenge.map_err(Finding::Challenge)?)
            }
            (429 | 500.., _) => return Err(unusual(&answer)),
            // Whatever else it says here, it may ask for a login at the image.
            _ => Authentication::None,
        };
        messages::detail(&format!("{base}/v2/: {}", answer.status));
        Ok(Endpoint { base: base.to_owned(), login })
    }

    /// Returns the value of `Authorization` that answers a challenge.
    fn authorize(
        &self,
        challenge: &Challenge,
        login: LoginRequest<'_>,
    ) -> Result<Option<SecretString>, Finding> {
        match (challenge, login.credential) {
            (Challenge::Basic, Some(credential)) => Ok(Some(token::basic(credential))),
            (Challenge::Basic, None) => Err(Finding::NoCredential),
            (Challenge::Bearer(bearer), _) => {
                let wanted = bearer.scope.as_deref().filter(|_| login.scope.is_some());
                let scope = wanted.or(login.scope);
                let token = self.token(bearer, LoginRequest { scope, ..login })?;
                Ok(Some(token::bearer(&token)))
            }
        }
    }

    /// Returns a token, the same one to all who ask for the same.
    fn token(&self, bearer: &Bearer, login: LoginRequest<'_>) -> Result<SecretString, Finding> {
        let slot = {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            let known = tokens.iter().find(|(key, _)| key.is(bearer, login));
            let known = known.map(|(_, slot)| Arc::clone(slot));
            known.unwrap_or_else(|| {
                let slot = Slot::default();
                let key = TokenKey {
                    realm: bearer.realm.clone(),
                    scope: login.scope.map(str::to_owned),
                    credential: login.credential.cloned(),
                };
                tokens.push((key, Arc::clone(&slot)));
                slot
            })
        };
        slot.get_or_init(|| self.fetch_token(bearer, login)).clone()
    }

    fn fetch_token(
        &self,
        bearer: &Bearer,
        LoginRequest { scope, credential, url: base_url, deadline }: LoginRequest<'_>,
    ) -> Result<SecretString, Finding> {
        let host = host_of(&bearer.realm);
        let is_public = self.client.is_public();
        let network = if is_public { Network::Public } else { Network::Private };
        let namer = Namer { url: base_url, network, plain_http: self.plain_http };
        let guard = |url: &str| {
            let refused = |fault| Finding::Realm { host: host_of(url), fault };
            realm::check(url, namer).map_err(refused)
        };
        let url = guard(&bearer.realm)?;
        let username = credential.map(|credential| credential.username.as_str());
        let asked = with_query(&url, &token::query(bearer, scope, username))?;
        let authorization = credential.map(token::basic);
        let ask = |request: &Request<'_>| {
            let check = |next: &Uri| guard(&next.to_string()).map(|_| ());
            let reached = follow(&self.client, request, deadline, check);
            reached.map_err(|finding| of_token_server(&host, finding))
        };
        let mut reached = ask(&get(&asked, authorization.as_ref()))?;
        if let Some(credential) = credential
            && matches!(reached.answer.status, 400 | 404 | 405 | 501)
        {
            let form = token::form(bearer, scope, credential);
            let method = Method::Post(&form);
            reached = ask(&Request { url: &url, method, accept: JSON, authorization: None })?;
        }
        let answer = reached.answer;
        messages::detail(&format!("{host}, asked for a token: {}", answer.status));
        if let (401, Some(elsewhere), Some(_)) = (answer.status, reached.elsewhere, credential) {
            return Err(Finding::TokenServer { host, fault: TokenFault::WantsLogin(elsewhere) });
        }
        read_token(&answer, credential, host)
    }
}

/// What a login is for.
#[derive(Clone, Copy)]
struct LoginRequest<'a> {
    /// The right that is asked for; none where only the login is tried.
    scope: Option<&'a str>,
    /// Who logs in; none is anonymous.
    credential: Option<&'a Credential>,
    /// The URL whose challenge is answered.
    url: &'a Uri,
    /// When the whole question ends.
    deadline: &'a Deadline,
}

impl TokenKey {
    fn is(&self, bearer: &Bearer, login: LoginRequest<'_>) -> bool {
        let same_credential = match (&self.credential, login.credential) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => {
                ours.username == theirs.username
                    && ours.password.expose_secret() == theirs.password.expose_secret()
            }
            _ => false,
        };
        same_credential && self.realm == bearer.realm && self.scope.as_deref() == login.scope
    }
}

/// A host that a redirect led to wants a login of its own.
fn wants_login(host: Authority) -> Finding {
    Finding::Redirect(RedirectFault::WantsLogin(host))
}

/// A fault of a token server, rather than of the registry that named it.
fn of_token_server(host: &Authority, finding: Finding) -> Finding {
    let host = host.clone();
    match finding {
        Finding::Fault(Fault::Private) => Finding::Realm { host, fault: RealmFault::Private },
        Finding::Fault(fault) => Finding::TokenServer { host, fault: TokenFault::Fault(fault) },
        other => other,
    }
}

/// The challenge to answer after a 401: any where nothing was sent, and one
/// that wants more than was asked for.
fn other_challenge(
    answer: &Answer,
    was_sent: bool,
    scope: &str,
) -> Result<Option<Challenge>, Finding> {
    match Challenge::read(answer.headers("www-authenticate")) {
        Ok(challenge) if !was_sent => Ok(Some(challenge)),
        Ok(Challenge::Bearer(bearer)) => {
            let wants_more = bearer.scope.as_deref().is_some_and(|wanted| wanted != scope);
            Ok(wants_more.then_some(Challenge::Bearer(bearer)))
        }
        Err(fault) if !was_sent => Err(Finding::Challenge(fault)),
        _ => Ok(None),
    }
}

/// Reads how many pulls are left, of `76;w=21600`: what Docker Hub says with each manifest;
/// asking with HEAD takes none away.
/// Source: Docker Hub's documentation of its pull limit, 2026.
fn pulls_left(answer: &Answer) -> Option<u64> {
    let text = answer.header("ratelimit-remaining")?;
    text.split(';').next()?.trim().parse().ok()
}

/// What the answer about an image means.
fn judge(
    answer: &Answer,
    credential: Option<&Credential>,
    sent: Option<&SecretString>,
) -> Result<Finding, Finding> {
    let token = sent.and_then(|sent| sent.expose_secret().strip_prefix("Bearer "));
    match answer.status {
        200 if answer.header("content-type").is_some_and(|it| it.starts_with("text/html")) => {
            Err(Finding::NotRegistry)
        }
        200 if sent.is_none() || credential.is_none() => Ok(Finding::Open),
        200 => {
            let can_push = token.is_some_and(|token| token::can_push(&SecretString::from(token)));
            Ok(Finding::Ok { can_push })
        }
        401 | 403 if credential.is_none() => Ok(Finding::NoCredential),
        // The token server knew the user: what is missing is the right.
        401 if token.is_none() => Ok(Finding::Unauthorized(words(answer).1)),
        401 | 403 => Ok(Finding::Denied(words(answer).1)),
        404 => Ok(Finding::NotFound),
        _ => Err(unusual(answer)),
    }
}

fn read_token(
    answer: &Answer,
    credential: Option<&Credential>,
    host: Authority,
) -> Result<SecretString, Finding> {
    match answer.status {
        200 => token::read(&answer.body)
            .inspect(secrets::hide)
            .map_err(|fault| Finding::TokenServer { host, fault }),
        401 | 403 if credential.is_none() => Err(Finding::NoCredential),
        401 => Err(Finding::Unauthorized(words(answer).1)),
        403 => match words(answer) {
            (code, words) if code == "UNAUTHORIZED" => Err(Finding::Unauthorized(words)),
            (_, words) => Err(Finding::Denied(words)),
        },
        429 => Err(unusual(answer)),
        status => Err(Finding::TokenServer { host, fault: TokenFault::Status(status) }),
    }
}

/// A status that says neither yes nor no.
fn unusual(answer: &Answer) -> Finding {
    if answer.status != 429 {
        return Finding::Status(answer.status);
    }
    let after = answer.header("retry-after").map(str::trim);
    let seconds = after.and_then(|after| after.parse().ok()).or_else(|| {
        let at = httpdate::parse_http_date(after?).ok()?;
        let at = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        Some(at.saturating_sub(clock::now()))
    });
    Finding::RateLimited(seconds)
}

/// The code and the words of a registry's refusal, made safe to show.
fn words(answer: &Answer) -> (String, Option<String>) {
    let body = answer.body.expose_secret();
    let Ok(refusal) = serde_json::from_str::<ErrorAnswer>(body) else {
        return (String::new(), None);
    };
    let first = refusal.errors.into_iter().next();
    let (code, message) = first.map_or_else(Default::default, |it| (it.code, it.message));
    let is_empty = message.raw().is_empty();
    let message = if is_empty { refusal.details.unwrap_or_default() } else { message };
    let shown = message.to_string();
    (code, Some(shown).filter(|shown| !shown.is_empty()))
}

fn get<'a>(url: &'a Uri, authorization: Option<&'a SecretString>) -> Request<'a> {
    Request { url, method: Method::Get, accept: JSON, authorization }
}

fn parse(url: &str) -> Result<Uri, Finding> {
    url.parse().map_err(|_| Finding::Redirect(RedirectFault::NotUrl))
}

fn with_query(url: &Uri, query: &str) -> Result<Uri, Finding> {
    let separator = if url.query().is_some() { "&" } else { "?" };
    if query.is_empty() { Ok(url.clone()) } else { parse(&format!("{url}{separator}{query}")) }
}

/// Returns the host of a URL for messages, with its port; a stand-in for what is no host.
fn host_of(url: &str) -> Authority {
    let parsed = url.parse::<Uri>().ok();
    let authority = parsed.as_ref().and_then(Uri::authority);
    match authority.filter(|authority| address::is_host(authority.host())) {
        Some(authority) => shown_authority(authority),
        None => Authority::new("an invalid host"),
    }
}
