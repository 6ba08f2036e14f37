//! Arguments as people know them from kubectl and docker: `TYPE NAME`, `TYPE/NAME`,
//! `KEY=FILE`; and arguments that look like something else, which are questioned.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::system::files;
use crate::system::untrusted::argument;

/// How kubectl names Secrets.
const SECRETS: [&str; 2] = ["secret", "secrets"];

/// How kubectl names service accounts.
const ACCOUNTS: [&str; 3] = ["serviceaccount", "serviceaccounts", "sa"];

/// The types that `kubectl create secret` knows.
const SECRET_TYPES: [&str; 2] = ["docker-registry", "generic"];

/// Ends of host names that are neither two letters nor the end of a file's name.
const TOP_LEVEL_DOMAINS: [&str; 26] = [
    "app",
    "arpa",
    "aws",
    "biz",
    "cloud",
    "com",
    "corp",
    "dev",
    "edu",
    "example",
    "gov",
    "home",
    "info",
    "int",
    "internal",
    "invalid",
    "lan",
    "local",
    "localhost",
    "mil",
    "net",
    "online",
    "org",
    "svc",
    "tech",
    "test",
];

/// Reads the name of the Secret that `secret` writes; none where none was named.
/// `kubectl create secret` has the type before it.
///
/// # Errors
/// A usage error.
pub(super) fn secret_name(
    first: Option<String>,
    second: Option<String>,
) -> Result<Option<String>, Error> {
    let Some(first) = first else { return Ok(None) };
    let is_type = SECRET_TYPES.contains(&first.as_str());
    match second {
        Some(name) if is_type || SECRETS.contains(&first.as_str()) => Ok(Some(name)),
        Some(_) => Err(Error::usage(
            "secret accepts one NAME (not shown, it may be a password)",
            "name registries with a flag: kubectl regcred secret NAME --registry HOST",
        )),
        None if is_type => Err(Error::usage(
            format!("`{first}` is the type that secret always writes, and no name follows it"),
            format!("name the Secret: kubectl regcred secret {first} NAME"),
        )),
        None => Ok(Some(without_kind(first, &SECRETS))),
    }
}

/// Questions the name of a Secret that looks like a registry where no registry was
/// named: the credential of another one would be written under its name.
///
/// # Errors
/// A usage error.
pub(super) fn question_secret_name(name: &str) -> Result<(), Error> {
    if !is_registry(name) {
        return Ok(());
    }
    let shown = argument(name);
    let hint = format!("kubectl regcred secret --registry {}", argument(host(name)));
    // Nothing with a port can be a name.
    let hint = if name.contains([':', '/']) {
        hint
    } else {
        format!("{hint} (or --secret-name {shown}, if the name is meant)")
    };
    Err(Error::usage(
        format!("`{shown}` looks like a registry, not like the name of a Secret"),
        hint,
    ))
}

/// Reads the name of the Secret that `inspect` shows.
///
/// # Errors
/// A usage error.
pub(super) fn inspected(
    first: Option<String>,
    second: Option<String>,
) -> Result<Option<String>, Error> {
    let Some(first) = first else { return Ok(None) };
    let Some(name) = second else {
        let kind = first.split_once('/').map(|(kind, _)| kind.to_ascii_lowercase());
        return match kind {
            Some(kind) if !SECRETS.contains(&kind.as_str()) && !is_registry(&first) => {
                let hint = format!("kubectl regcred diagnose {}", argument(&first));
                Err(Error::usage("inspect shows Secrets only", hint))
            }
            _ => Ok(Some(without_kind(first, &SECRETS))),
        };
    };
    if SECRETS.contains(&first.to_ascii_lowercase().as_str()) {
        return Ok(Some(name));
    }
    Err(Error::usage(
        "inspect accepts one NAME (not shown, it may be a password)",
        "inspect one Secret at a time: kubectl regcred inspect NAME",
    ))
}

/// Reads what `diagnose` looks at, as `KIND/NAME` or the name of a Pod.
///
/// # Errors
/// A usage error.
pub(super) fn diagnosed(first: String, second: Option<String>) -> Result<String, Error> {
    match second {
        None => {
            let is_deep = first.matches('/').count() > 1 && is_registry(&first);
            if is_deep || (is_image(&first) && first.contains([':', '@'])) {
                return Err(Error::usage(
                    format!("`{}` looks like an image, not like a Pod", argument(&first)),
                    format!("kubectl regcred diagnose --image {} -f FILE", argument(&first)),
                ));
            }
            Ok(first)
        }
        Some(name) if !first.contains('/') && !name.contains('/') => Ok(format!("{first}/{name}")),
        Some(_) => Err(Error::usage(
            "diagnose accepts one Pod (not shown, it may be a password)",
            "diagnose one at a time: kubectl regcred diagnose KIND/NAME",
        )),
    }
}

/// Reads the names of service accounts, before which kubectl has the kind.
pub(super) fn accounts(words: Vec<String>) -> Vec<String> {
    let is_kind = |word: &String| ACCOUNTS.contains(&word.as_str());
    let skipped = usize::from(words.len() > 1 && words.first().is_some_and(is_kind));
    words.into_iter().skip(skipped).map(|word| without_kind(word, &ACCOUNTS)).collect()
}

/// Questions the name of a Pod that is an image.
///
/// # Errors
/// A usage error.
pub(super) fn question_pod_name(name: &str) -> Result<(), Error> {
    if !is_image(name) {
        return Ok(());
    }
    let shown = argument(name);
    Err(Error::usage(
        format!("`{shown}` looks like an image, not like the name of a Pod"),
        format!("kubectl regcred pod NAME --image {shown}"),
    ))
}

/// Questions an image that is only a registry: docker would take it for an image of
/// Docker Hub.
///
/// # Errors
/// A usage error.
pub(super) fn question_image(text: &str) -> Result<(), Error> {
    let without_scheme = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_bare = !without_scheme.unwrap_or(text).trim_end_matches('/').contains('/');
    if !is_bare || text.contains('@') || !is_registry(text) {
        return Ok(());
    }
    let host = argument(host(text));
    Err(Error::usage(
        format!("`{}` is a registry, not an image", argument(text)),
        format!("--registry {host} (an image of this name is docker.io/library/{host})"),
    ))
}

/// Questions a registry that is an image: it has a tag or a digest.
///
/// # Errors
/// A usage error.
pub(super) fn question_registry(text: &str, meant: &str) -> Result<(), Error> {
    let Some((registry, path)) = text.split_once('/') else { return Ok(()) };
    let has_digest = path.contains("@sha256:");
    let has_tag = !text.contains("://") && !path.contains('@') && path.contains(':');
    if !(has_digest || has_tag) || !is_registry(registry) {
        return Ok(());
    }
    Err(Error::usage(
        format!("`{}` is an image, not a registry", argument(text)),
        format!("{meant}{}", argument(registry)),
    ))
}

/// Returns the path of `--from-file`, before which `kubectl create secret generic`
/// has the key.
pub(super) fn from_file(path: PathBuf) -> PathBuf {
    let file = path.to_str().and_then(|text| text.strip_prefix(".dockerconfigjson="));
    let file = file.map(PathBuf::from);
    file.filter(|_| files::check_readable(&path).is_err()).unwrap_or(path)
}

/// Whether a path is given as `-` by leaving it out: something is piped.
pub(super) fn piped() -> Vec<PathBuf> {
    let standard_input = || Path::new(OsStr::new("-")).to_path_buf();
    if crate::system::terminal::stdin_is_piped() { vec![standard_input()] } else { Vec::new() }
}

fn without_kind(word: String, kinds: &[&str]) -> String {
    match word.split_once('/') {
        Some((kind, name)) if kinds.contains(&kind.to_ascii_lowercase().as_str()) => {
            name.to_owned()
        }
        _ => word,
    }
}

/// The registry in what looks like one, without a scheme.
fn host(text: &str) -> &str {
    let text =
        text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    text.trim_end_matches('/')
}

/// Whether a text can hardly be anything but a registry, or a path in one: a host
/// with a port, or one that ends as host names do.
fn is_registry(text: &str) -> bool {
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    let authority = host(text).split('/').next().unwrap_or_default();
    let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !name.split('.').all(is_label) || !(port.is_empty() || is_port) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let is_domain = name.rsplit_once('.').is_some_and(|(_, end)| is_top_level_domain(end));
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    has_scheme
        || is_domain
        || is_address
        || (name == "localhost" && (is_port || text.contains('/')))
}

fn is_top_level_domain(end: &str) -> bool {
    let is_country = end.len() == 2 && end.bytes().all(|byte| byte.is_ascii_lowercase());
    is_country || TOP_LEVEL_DOMAINS.contains(&end)
}

/// Whether a text can only be an image: no name holds a slash, a tag or a digest.
fn is_image(text: &str) -> bool {
    text.contains(['/', ':', '@']) && !text.contains(char::is_whitespace)
}
