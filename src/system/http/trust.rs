//! The certificates that are trusted: those of the system, those that the
//! person names, and for one registry those that docker has for it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::system::environment::Environment;
use crate::system::{files, messages};

/// Most bytes of a file of certificates.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Where certificates come from.
#[derive(Debug)]
pub(crate) struct Trust {
    named: Vec<CertificateDer<'static>>,
    folders: Vec<PathBuf>,
    system: OnceLock<Vec<CertificateDer<'static>>>,
}

impl Trust {
    /// The system's certificates, and those that docker has.
    pub(crate) fn new(environment: &Environment) -> Self {
        Self { named: Vec::new(), folders: docker_folders(environment), system: OnceLock::new() }
    }

    /// Trusts the certificates in a text in PEM too; `false` where it holds none,
    /// or one that cannot be read.
    #[must_use]
    pub(crate) fn add(&mut self, pem: &[u8]) -> bool {
        let parsed = parse(pem);
        let is_pem = parsed.is_some();
        self.named.extend(parsed.unwrap_or_default());
        is_pem
    }

    /// What is trusted when `host`, with its port, is asked.
    pub(crate) fn roots(&self, host: &str) -> Vec<CertificateDer<'static>> {
        let system = self.system.get_or_init(system);
        let mut roots = system.clone();
        roots.extend(self.named.iter().cloned());
        for folder in &self.folders {
            roots.extend(of_folder(&folder.join(host)));
        }
        roots
    }
}

/// `SSL_CERT_FILE` and `SSL_CERT_DIR` name others, as for programs in Go.
fn system() -> Vec<CertificateDer<'static>> {
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        messages::detail(&format!("certificates: {}", messages::clean(&error.to_string())));
    }
    loaded.certs
}

/// Source: moby 29, `registry/config.go`, and Docker Desktop's manual for the
/// folder in the home; `~/.config/docker` is that of docker without root.
fn docker_folders(environment: &Environment) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if cfg!(windows) {
        let data = environment.get("PROGRAMDATA").map(PathBuf::from);
        folders.extend(data.map(|data| data.join("docker").join("certs.d")));
    } else {
        folders.push(PathBuf::from("/etc/docker/certs.d"));
        let own = environment.configuration_folder();
        folders.extend(own.map(|own| own.join("docker").join("certs.d")));
    }
    folders.extend(environment.home().map(|home| home.join(".docker").join("certs.d")));
    folders
}

/// Docker takes each `.crt` in the folder of a registry as an authority's.
fn of_folder(folder: &Path) -> Vec<CertificateDer<'static>> {
    let mut certificates = Vec::new();
    for path in files::list(folder).unwrap_or_default() {
        if path.extension().is_none_or(|extension| extension != "crt") {
            continue;
        }
        match files::read(&path, MAX_BYTES).ok().and_then(|text| parse(&text)) {
            Some(found) => certificates.extend(found),
            None => messages::warning(&format!(
                "{} holds no certificate in PEM that can be read",
                messages::clean(&path.to_string_lossy())
            )),
        }
    }
    certificates
}

/// The certificates in a text, if there are any and each can be read.
fn parse(text: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    certificates.ok().filter(|found| !found.is_empty())
}
