//! HTTP requests: one at a time, with a limit of time and on what is read, and
//! certificates always checked. No redirect is followed here.

pub(crate) mod address;
mod certificate;
pub(crate) mod fault;
mod lookup;
mod no_proxy;
mod proxy;
mod resolver;
mod tls;
mod trust;
mod tunnel;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;

use secrecy::{ExposeSecret, SecretString};
use ureq::http::{self, HeaderMap, HeaderValue, Uri, header};
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, SocksConnector, TcpConnector,
};
use ureq::{Agent, Proxy};
use zeroize::Zeroizing;

pub(crate) use fault::Fault;
pub(crate) use proxy::Proxies;
use resolver::{GuardedResolver, Neighbourhood};
use tls::TlsConnector;
pub(crate) use trust::Trust;
use tunnel::TunnelLimit;

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
pub(crate) struct Request<'a> {
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
pub(crate) enum Method<'a> {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST` of an encoded form.
    Post(&'a SecretString),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status, 100 to 599.
    pub status: u16,
    headers: HeaderMap,
    /// The body; it may hold a token.
    pub body: SecretString,
}

impl Answer {
    /// The first value of a header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

/// The end of the time for several requests together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// None where it is later than this machine can count.
    at: Option<Instant>,
    total: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(total: Duration) -> Self {
        Self { at: Instant::now().checked_add(total), total }
    }

    fn left(&self) -> Duration {
        self.at.map_or(self.total, |at| at.saturating_duration_since(Instant::now()))
    }
}

/// Sends the requests that serve one registry, with one set of trusted
/// certificates; connections are kept, and shared between threads.
#[derive(Debug)]
pub(crate) struct Client {
    direct: Agent,
    proxies: Proxies,
    proxied: [Option<(Agent, String)>; 2],
    neighbourhood: Arc<Neighbourhood>,
    timeout: Duration,
}

impl Client {
    /// A client for a registry, its port after a colon, that trusts these
    /// certificates, and waits `timeout` for the whole of an answer.
    ///
    /// # Errors
    /// [`Fault::Proxy`] where a variable names a proxy that is none.
    pub(crate) fn new(
        registry: &str,
        roots: &[CertificateDer<'static>],
        proxies: Proxies,
        timeout: Duration,
    ) -> Result<Self, Fault> {
        let tls = certificate::config(roots).map_err(|error| Fault::of_tls(&error))?;
        let authority = registry.parse::<http::uri::Authority>();
        let host = authority.as_ref().map_or(registry, http::uri::Authority::host);
        let neighbourhood = Arc::new(Neighbourhood::new(host));
        let through = |proxy: Option<Proxy>| {
            let named = proxy.as_ref().map(|proxy| proxy.host().to_owned());
            named.map(|name| (agent(&tls, proxy, &neighbourhood), name))
        };
        let proxied = [through(proxies.for_http()?), through(proxies.for_https()?)];
        let direct = agent(&tls, None, &neighbourhood);
        Ok(Self { direct, proxies, proxied, neighbourhood, timeout })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn send(&self, request: &Request<'_>, deadline: &Deadline) -> Result<Answer, Fault> {
        let [http, https] = &self.proxied;
        let proxied = if request.url.scheme_str() == Some("https") { https } else { http };
        let proxied = proxied.as_ref().filter(|_| !self.proxies.bypass(request.url));
        let (agent, proxy) = match proxied {
            Some((agent, name)) => (agent, Some(name.as_str())),
            None => (&self.direct, None),
        };
        let left = deadline.left();
        let out_of_time = || {
            let host = request.url.authority().map_or("", |authority| authority.as_str());
            let host = host.rsplit('@').next().unwrap_or_default();
            Fault::OutOfTime { host: host.to_owned(), seconds: deadline.total.as_secs() }
        };
        if left.is_zero() {
            return Err(out_of_time());
        }
        exchange(agent, request, left.min(self.timeout)).map_err(|error| {
            match Fault::of(&error, proxy) {
                Fault::TooSlow if left < self.timeout => out_of_time(),
                fault => fault,
            }
        })
    }

    /// Whether the registry is of the public internet, as far as is known by now.
    pub(crate) fn is_public(&self) -> bool {
        self.neighbourhood.is_public()
    }

    /// Whether the registry may not lead to a host, judged by its spelling. Names
    /// are judged by their address when it is connected to; a proxy looks names up
    /// itself, and leaves this alone.
    pub(crate) fn refuses(&self, host: &str) -> bool {
        self.neighbourhood.refuses(host)
    }
}

fn exchange(agent: &Agent, request: &Request<'_>, time: Duration) -> Result<Answer, ureq::Error> {
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
        run(agent, message.body(form.expose_secret())?, time)?
    } else {
        run(agent, message.body(())?, time)?
    };
    let body = Zeroizing::new(answer.body_mut().with_config().limit(MAX_BODY).read_to_vec()?);
    let body = String::from_utf8_lossy(&body).into_owned();
    let status = answer.status().as_u16();
    Ok(Answer { status, headers: std::mem::take(answer.headers_mut()), body: body.into() })
}

fn run(
    agent: &Agent,
    message: http::Request<impl ureq::AsSendBody>,
    time: Duration,
) -> Result<http::Response<ureq::Body>, ureq::Error> {
    agent.run(agent.configure_request(message).timeout_global(Some(time)).build())
}

fn agent(
    tls: &Arc<ClientConfig>,
    proxy: Option<Proxy>,
    neighbourhood: &Arc<Neighbourhood>,
) -> Agent {
    let at = proxy.as_ref().map(|proxy| proxy.uri().clone());
    let connector = SocksConnector::default()
        .chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(TlsConnector::new(Arc::clone(tls)))
        .chain(TunnelLimit { proxy: at.clone() });
    let resolver = GuardedResolver {
        neighbourhood: Arc::clone(neighbourhood),
        proxy: at,
        system: lookup::SystemResolver,
    };
    let config = Agent::config_builder()
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(MAX_HEADERS)
        .max_idle_connections_per_host(KEPT_CONNECTIONS)
        .max_idle_connections(2 * KEPT_CONNECTIONS)
        .user_agent(AGENT)
        .build();
    Agent::with_parts(config, connector, resolver)
}
