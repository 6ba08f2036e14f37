//! Servers at addresses of the test's own network, and the binary among them.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::converse;

pub const USER: &str = "jane";
pub const PASSWORD: &str = "hunTer2/sEcret+9";

/// Every name and address that a server here may be asked by.
const NAMES: [&str; 16] = [
    "reg.example",
    "auth.example",
    "cdn.example",
    "evil.example",
    "away.localhost",
    "reg.corp.example",
    "priv.example",
    "auth.corp.example",
    "carrier.example",
    "meta.example",
    "bench.example",
    "nat.example",
    "meta6.example",
    "10.0.0.5",
    "10.0.0.6",
    "169.254.169.254",
];

/// Stops a test that was started outside of its network.
pub fn check_inside() {
    let is_marked = std::env::var_os("KUBECTL_REGCRED_ATTACKS").is_some();
    let devices = std::fs::read_to_string("/proc/net/dev").unwrap();
    let others = devices.lines().skip(2).filter(|line| !line.trim_start().starts_with("lo:"));
    assert!(is_marked && others.count() == 0, "run these tests with tests/attacks/run");
}

/// An authority, and one certificate for all names.
pub struct Authority {
    pub pem: String,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let names = NAMES.map(str::to_owned).to_vec();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Self { pem, certificate: certificate.der().clone(), key }
    }

    fn config(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let chain = vec![self.certificate.clone()];
        Arc::new(builder.with_single_cert(chain, self.key.clone_key()).unwrap())
    }
}

type Handler = dyn Fn(&str) -> String + Send + Sync;

/// A server that is stopped at the end of its test.
pub struct Server {
    address: String,
    received: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// At `ADDRESS:PORT`, with HTTPS where there is an authority.
    pub fn start(
        address: &str,
        authority: Option<&Authority>,
        handler: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        check_inside();
        let listener = TcpListener::bind(address).unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (log, over) = (Arc::clone(&received), Arc::clone(&is_over));
        let tls = authority.map(Authority::config);
        let handler: Arc<Handler> = Arc::new(move |request: &str| {
            log.lock().unwrap().push(request.to_owned());
            handler(request)
        });
        let listening = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (tls, handler) = (tls.clone(), Arc::clone(&handler));
                thread::spawn(move || match tls {
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        converse(StreamOwned::new(connection, stream), &*handler);
                    }
                    None => converse(stream, &*handler),
                });
            }
        });
        Self { address: address.to_owned(), received, is_over, listening: Some(listening) }
    }

    /// Each request as it came.
    pub fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    /// Whether the credential came, in any shape that it is sent in.
    pub fn has_credential(&self) -> bool {
        let basic = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let all = self.received().join("\n");
        all.contains(&basic) || all.contains(PASSWORD) || all.contains("hunTer2%2FsEcret%2B9")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Ok(stream) = TcpStream::connect(&self.address) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

/// An answer without redirects.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub fn moved(location: &str) -> String {
    answer(307, &format!("Location: {location}\r\n"), "")
}

/// A registry whose token server is there.
pub fn wants_token(realm: &str) -> impl Fn(&str) -> String + Send + Sync + 'static {
    let challenge = format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"s\"\r\n");
    move |request| {
        if request.contains("Bearer t0ken") {
            return answer(200, "Content-Type: application/json\r\n", "");
        }
        answer(401, &challenge, "")
    }
}

/// A token server that gives a token to everybody.
pub fn gives_token(_: &str) -> String {
    answer(200, "", r#"{"token":"t0ken"}"#)
}

/// What the program printed, and how it ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stderr: String,
}

/// Runs the program with a login for a registry.
pub fn run(registry: &str, authority: &str, arguments: &[&str], proxy: Option<&str>) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    std::fs::create_dir(home.path().join(".docker")).unwrap();
    let config = format!(r#"{{"auths":{{"{registry}":{{"auth":"{auth}"}}}}}}"#);
    std::fs::write(home.path().join(".docker/config.json"), config).unwrap();
    let authority_file = home.path().join("ca.pem");
    std::fs::write(&authority_file, authority).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-regcred"));
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
    command.envs(proxy.map(|proxy| ("HTTPS_PROXY", proxy)));
    command.args(arguments).arg("--ca-file").arg(&authority_file).stdin(Stdio::null());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains(PASSWORD) && !stderr.contains(&auth), "{stderr}");
    Outcome { code: output.status.code(), stderr }
}
