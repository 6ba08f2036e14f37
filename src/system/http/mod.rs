//! HTTP requests: one at a time, with a limit of time and on what is read, and
//! certificates always checked. No redirect is followed here.

pub mod fault;
mod lookup;
mod proxy;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use ureq::http::{self, HeaderMap, HeaderValue, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};
use zeroize::Zeroizing;

pub use fault::Fault;
pub use proxy::Proxies;
pub use trust::Trust;

/// Most bytes of an answer's body that are read: more than any token has.
/// Source of the figure: go-containerregistry 0.22, `transport/bearer.go`.
const MAX_BODY: u64 = 64 * 1024;

/// Most bytes of an answer's headers.
const MAX_HEADERS: usize = 64 * 1024;

/// Connections kept open to one host.
const KEPT_CONNECTIONS: usize = 8;

/// How this program calls itself.
const AGENT: &str = concat!("kubectl-regcred/", env!("CARGO_PKG_VERSION"));

/// What is sent.
#[derive(Debug)]
pub struct Request<'a> {
    /// `http` or `https`, with a host.
    pub url: &'a Uri,
    /// How.
    pub method: Method<'a>,
    /// The kinds of answer that are wanted.
    pub accept: &'static str,
    /// The value of `Authorization`.
    pub authorization: Option<&'a SecretString>,
}

/// The methods in use.
#[derive(Clone, Copy, Debug)]
pub enum Method<'a> {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST` of an encoded form.
    Post(&'a SecretString),
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status, 100 to 599.
    pub status: u16,
    headers: HeaderMap,
    /// The body; it may hold a token.
    pub body: SecretString,
}

impl Answer {
    /// The first value of a header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

/// Sends requests with one set of trusted certificates; connections are kept,
/// and shared between threads.
#[derive(Debug)]
pub struct Client {
    direct: Agent,
    proxies: Proxies,
    proxied: [Option<(Agent, String)>; 2],
}

impl Client {
    /// A client that trusts these certificates, and waits `patience` for the
    /// whole of an answer.
    ///
    /// # Errors
    /// [`Fault::Proxy`] where a variable names a proxy that is none.
    pub fn new(roots: &RootCerts, proxies: Proxies, patience: Duration) -> Result<Self, Fault> {
        let through = |proxy: Option<Proxy>| {
            let named = proxy.as_ref().map(|proxy| proxy.host().to_owned());
            named.map(|name| (agent(roots.clone(), proxy, patience), name))
        };
        let proxied = [through(proxies.for_http()?), through(proxies.for_https()?)];
        Ok(Self { direct: agent(roots.clone(), None, patience), proxies, proxied })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn send(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let [http, https] = &self.proxied;
        let proxied = if request.url.scheme_str() == Some("https") { https } else { http };
        let proxied = proxied.as_ref().filter(|_| !self.proxies.bypass(request.url));
        let (agent, proxy) = match proxied {
            Some((agent, name)) => (agent, Some(name.as_str())),
            None => (&self.direct, None),
        };
        exchange(agent, request).map_err(|error| Fault::of(&error, proxy))
    }
}

fn exchange(agent: &Agent, request: &Request<'_>) -> Result<Answer, ureq::Error> {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post(_) => http::Method::POST,
    };
    let mut message = http::Request::builder().method(method).uri(request.url.clone());
    message = message.header(header::ACCEPT, request.accept);
    if let Some(authorization) = request.authorization {
        let mut value =
            HeaderValue::from_str(authorization.expose_secret()).map_err(http::Error::from)?;
        value.set_sensitive(true);
        message = message.header(header::AUTHORIZATION, value);
    }
    let mut answer = if let Method::Post(form) = request.method {
        message = message.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        agent.run(message.body(form.expose_secret())?)?
    } else {
        agent.run(message.body(())?)?
    };
    let body = Zeroizing::new(answer.body_mut().with_config().limit(MAX_BODY).read_to_vec()?);
    let body = String::from_utf8_lossy(&body).into_owned();
    let status = answer.status().as_u16();
    Ok(Answer { status, headers: std::mem::take(answer.headers_mut()), body: body.into() })
}

fn agent(roots: RootCerts, proxy: Option<Proxy>, patience: Duration) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider);
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(MAX_HEADERS)
        .max_idle_connections_per_host(KEPT_CONNECTIONS)
        .max_idle_connections(2 * KEPT_CONNECTIONS)
        .timeout_global(Some(patience))
        .user_agent(AGENT)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), lookup::SystemResolver)
}
