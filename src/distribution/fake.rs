//! A registry for tests: plain HTTP, HTTPS and a proxy at one port of loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the fake does with a request.
pub(super) enum Reply {
    /// Status, header lines and body.
    Answer(u16, String, String),
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// Nothing, for long.
    Hang,
    /// A body without end.
    Endless,
}

/// `Reply::Answer`.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Answer(status, headers.to_owned(), body.to_owned())
}

/// Request line and headers as they came, then the body.
type Handler = dyn Fn(&str) -> Reply + Send + Sync;

/// A certificate with its key, and that of the authority that signed it.
pub(super) struct Identity {
    pub(super) authority: String,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// For these names, as `change` makes it.
    pub(super) fn new(names: &[&str], change: impl Fn(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self {
            authority: authority_pem,
            certificates: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// One that signed itself.
    pub(super) fn of_itself(names: &[&str], change: impl Fn(&mut CertificateParams)) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            authority: certificate.pem(),
            certificates: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// The same certificate in the hands of one who has not its key.
    pub(super) fn with_another_key(&self) -> Self {
        let key = KeyPair::generate().unwrap();
        Self {
            authority: self.authority.clone(),
            certificates: self.certificates.clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// The server's certificate, without its authority's.
    pub(super) fn certificate_pem(&self) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(&self.certificates[0]);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        // Not `with_single_cert`, which finds out that a key is another's.
        let key = rustls::crypto::ring::sign::any_supported_type(&self.key).unwrap();
        let certified = Arc::new(CertifiedKey::new(self.certificates.clone(), key));
        Arc::new(builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified))))
    }
}

/// A registry that listens until its test ends.
pub(super) struct Fake {
    /// `127.0.0.1:PORT`
    pub(super) address: String,
    requests: Arc<Mutex<Vec<String>>>,
    tunnels: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// With HTTPS where there is an identity.
    pub(super) fn start(
        identity: Option<&Identity>,
        handler: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let tunnels = Arc::new(Mutex::new(Vec::new()));
        let (log, tunnel_log) = (Arc::clone(&requests), Arc::clone(&tunnels));
        let tls = identity.map(Identity::server);
        let handler: Arc<Handler> = Arc::new(handler);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, log, handler) = (tls.clone(), Arc::clone(&log), Arc::clone(&handler));
                let tunnels = Arc::clone(&tunnel_log);
                thread::spawn(move || accept(stream, tls, &log, &tunnels, handler.as_ref()));
            }
        });
        Self { address, requests, tunnels }
    }

    /// All requests so far, `METHOD URL` each.
    pub(super) fn requests(&self) -> Vec<String> {
        first_lines(&self.requests)
    }

    /// The hosts that it was asked for as a proxy, each after the kind of proxy.
    pub(super) fn tunnels(&self) -> Vec<String> {
        first_lines(&self.tunnels)
    }

    /// Each request as it came.
    pub(super) fn all(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// All that was received.
    pub(super) fn received(&self) -> String {
        self.requests.lock().unwrap().join("\n")
    }
}

fn first_lines(requests: &Mutex<Vec<String>>) -> Vec<String> {
    let line = |text: &String| text.split(" HTTP/").next().unwrap().to_owned();
    requests.lock().unwrap().iter().map(line).collect()
}

fn accept(
    mut stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    log: &Mutex<Vec<String>>,
    tunnels: &Mutex<Vec<String>>,
    handler: &Handler,
) {
    let mut first = [0];
    if stream.peek(&mut first).is_err() {
        return;
    }
    let tunnel = match first {
        [b'C'] => read(&mut stream).inspect(|_| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        }),
        [4] => socks4(&mut stream),
        [5] => socks5(&mut stream),
        _ => None,
    };
    if let Some(tunnel) = tunnel {
        tunnels.lock().unwrap().push(tunnel);
        let _ = stream.peek(&mut first);
    }
    match (first == [0x16], tls) {
        (true, Some(tls)) => {
            let stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), stream);
            converse(stream, log, handler);
        }
        (true, None) => {
            let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nspeak HTTP\n");
        }
        (false, _) => converse(stream, log, handler),
    }
}

/// Lets through whom SOCKS4A asks for by name: `SOCKS4 HOST:PORT`.
fn socks4(stream: &mut TcpStream) -> Option<String> {
    let mut head = [0; 8];
    stream.read_exact(&mut head).ok()?;
    let [_, _, high, low, ..] = head;
    let mut text = |()| {
        let mut byte = [0];
        let mut text = String::new();
        while stream.read_exact(&mut byte).is_ok() && byte != [0] {
            text.push(char::from(byte[0]));
        }
        text
    };
    let (_user, host) = (text(()), text(()));
    stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).ok()?;
    Some(format!("SOCKS4 {host}:{} HTTP/", u16::from_be_bytes([high, low])))
}

/// The same of SOCKS5, with a user name and a password where they are offered.
fn socks5(stream: &mut TcpStream) -> Option<String> {
    let mut sized = |before: usize, after: usize| {
        let mut head = vec![0; before + 1];
        stream.read_exact(&mut head).ok()?;
        let mut rest = vec![0; usize::from(head[before]) + after];
        stream.read_exact(&mut rest).ok().map(|()| (rest, stream.try_clone().unwrap()))
    };
    let (methods, mut out) = sized(1, 0)?;
    if methods.contains(&2) {
        out.write_all(&[5, 2]).ok()?;
        sized(1, 0)?;
        sized(0, 0)?.1.write_all(&[1, 0]).ok()?;
    } else {
        out.write_all(&[5, 0]).ok()?;
    }
    let (mut host, mut out) = sized(4, 2)?;
    let port = host.split_off(host.len() - 2);
    out.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    Some(format!("SOCKS5 {}:{port} HTTP/", String::from_utf8(host).unwrap()))
}

fn converse(mut stream: impl Read + Write, log: &Mutex<Vec<String>>, handler: &Handler) {
    while let Some(request) = read(&mut stream) {
        log.lock().unwrap().push(request.clone());
        match handler(&request) {
            Reply::Answer(status, headers, body) => {
                let length = body.len();
                let body = if request.starts_with("HEAD") { "" } else { &body };
                let text = format!(
                    "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
                );
                if stream.write_all(text.as_bytes()).is_err() {
                    return;
                }
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
                return;
            }
            Reply::Hang => thread::sleep(Duration::from_secs(30)),
            Reply::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                while stream.write_all(&[b'{'; 4096]).is_ok() {}
                return;
            }
        }
        let _ = stream.flush();
    }
}

/// A request with its body; none at the end.
fn read(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.extend(byte);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).and_then(|it| it.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        while !body.ends_with(b"0\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            body.extend(byte);
        }
    } else {
        stream.read_exact(&mut body).ok()?;
    }
    Some(head + &String::from_utf8(body).unwrap())
}
