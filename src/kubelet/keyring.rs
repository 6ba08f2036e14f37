//! The kubelet's index of credentials, and what it tries for an image.
//! Source: Kubernetes 1.37, `pkg/credentialprovider/keyring.go`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use super::decode::{self, Malformed, MalformedReason, PullSecret, SecretKind};
use super::go::glob::is_match;
use super::go::json::{self, Text};
use super::go::url::{self, Url};
use super::index_key::index_key;
use super::prefixes::Prefixes;
use crate::registry::credential::Credential;

/// The key that serves Docker Hub where nothing else does.
const DEFAULT_REGISTRY: &str = "index.docker.io";

/// So many lookups go through all keys before these are sorted.
const FEW_LOOKUPS: usize = 2;

/// A credential that the kubelet hands to the container runtime.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The index of its Secret in the list, from 0.
    pub secret: usize,
    /// Its key in `auths`, as written.
    pub key: String,
    /// May be empty: an empty entry counts as a match all the same.
    pub username: String,
    /// May be empty.
    pub password: SecretString,
}

impl Candidate {
    /// Returns what a container runtime sends of the candidate: without user name or
    /// password, nothing.
    pub fn sent(self) -> Option<Credential> {
        let Self { username, password, .. } = self;
        let is_sent = !username.is_empty() && !password.expose_secret().is_empty();
        is_sent.then_some(Credential { username, password, expires_at: None })
    }
}

/// What the kubelet tries for an image.
#[derive(Debug)]
pub struct Lookup {
    /// In the order in which they are tried; without any, the pull is anonymous.
    pub candidates: Vec<Candidate>,
    /// Whether that order is always the same: Go's maps have none, so two
    /// spellings of one registry in one Secret come in any order.
    pub ordered: bool,
}

impl Lookup {
    /// Returns the first of the candidates that one Secret brings in any order.
    pub fn unordered(&self) -> Option<&Candidate> {
        let mut pairs = self.candidates.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
        let pair = pairs.find(|(one, other)| {
            differ(one, other) && index_key(&one.key) == index_key(&other.key)
        });
        pair.map(|(one, _)| one)
    }
}

/// All credentials of a Pod's pull Secrets, as one index. They are proved to be
/// readable; read are those that are looked up.
#[derive(Default)]
pub struct Keyring<'a> {
    /// Sorted by the keys of the kubelet's index, descending byte by byte, then by
    /// the Secrets' order: so they are tried.
    index: Vec<Indexed<'a>>,
    /// The keys of the index without a wildcard in their host, by what they match;
    /// sorted once more than a few repositories are looked up.
    plain: OnceLock<Prefixes>,
    /// How many repositories were looked up before that.
    lookups: AtomicUsize,
    /// The keys of the index that have one.
    globs: Vec<Glob>,
    /// Keys that are no URLs: only these entries are skipped.
    ignored_keys: Vec<String>,
}

/// An entry in the index.
struct Indexed<'a> {
    /// The index of its Secret in the list, from 0.
    secret: usize,
    /// Its key in `auths`, as written.
    key: Text<'a>,
    /// The key of the index, host and path, where it is another.
    index_key: Option<Box<str>>,
    /// Its JSON, proved to be readable.
    entry: Text<'a>,
}

impl<'a> Keyring<'a> {
    /// Builds the index of these Secrets, in the order of `imagePullSecrets`.
    ///
    /// # Errors
    /// `Malformed` where one of them cannot be decoded: the kubelet then pulls
    /// no image of the Pod.
    pub fn new(secrets: &[PullSecret<'a>]) -> Result<Self, Malformed> {
        let mut keyring = Self::default();
        for (secret, PullSecret { kind, value }) in secrets.iter().enumerate() {
            let entries = match json::text(value) {
                Text::AsItIs(text) => keyring.read(secret, *kind, text),
                Text::Changed(text) => keyring
                    .read(secret, *kind, &text)
                    .map(|entries| entries.into_iter().map(Indexed::into_owned).collect()),
            };
            let entries = entries.map_err(|reason| Malformed { secret, reason })?;
            // Mostly there is one Secret, whose entries stay where they are.
            if keyring.index.is_empty() {
                keyring.index = entries;
            } else {
                keyring.index.extend(entries);
            }
        }
        // What is equal keeps its order: that of the Secrets.
        keyring.index.sort_by(|one, other| other.index_key().cmp(one.index_key()));
        let mut keys: Vec<&str> = keyring.index.iter().map(Indexed::index_key).collect();
        keys.dedup();
        keyring.globs = keys.into_iter().filter(is_glob).filter_map(Glob::new).collect();
        Ok(keyring)
    }

    /// The entries of one Secret, each proved to be readable.
    fn read<'t>(
        &mut self,
        secret: usize,
        kind: SecretKind,
        text: &'t str,
    ) -> Result<Vec<Indexed<'t>>, MalformedReason> {
        let entries = decode::checked(decode::config(kind, text)?, text)?;
        let mut indexed = Vec::with_capacity(entries.len());
        for (key, entry) in entries {
            let Some(index_key) = index_key(&key) else {
                self.ignored_keys.push(key.to_owned());
                continue;
            };
            let index_key = (*index_key != *key).then(|| Box::from(&*index_key));
            let entry = Text::AsItIs(entry.get());
            indexed.push(Indexed { secret, key, index_key, entry });
        }
        Ok(indexed)
    }

    /// Keys that are no URLs, whose entries the kubelet skips.
    pub fn ignored_keys(&self) -> &[String] {
        &self.ignored_keys
    }

    /// The credentials for a repository: domain and path, without tag and digest.
    pub fn lookup(&self, repository: &str) -> Lookup {
        let mut keys = Vec::new();
        if let Some(target) = url::parse(repository) {
            let globs = self.globs.iter().filter(|glob| glob.matches(&target));
            keys.extend(self.plain_keys(&target));
            keys.extend(globs.map(|glob| &*glob.key));
        }
        keys.sort_unstable_by(|one, other| other.cmp(one));
        keys.dedup();
        if keys.is_empty() && is_default_registry(repository) {
            keys.push(DEFAULT_REGISTRY);
        }
        let groups: Vec<Vec<Candidate>> = keys.into_iter().map(|key| self.group(key)).collect();
        Lookup {
            ordered: groups.iter().all(|group| is_ordered(group)),
            candidates: groups.into_iter().flatten().collect(),
        }
    }

    /// Docker Hub's entry, where it would serve and what was found does instead.
    pub fn shadowed(&self, repository: &str, found: &Lookup) -> Option<Candidate> {
        if !is_default_registry(repository) {
            return None;
        }
        let default = self.group(DEFAULT_REGISTRY).into_iter().next()?;
        found.candidates.iter().all(|one| one.key != default.key).then_some(default)
    }

    /// The keys without a wildcard that match a repository. The first few lookups go
    /// through all keys: to sort them takes longer.
    fn plain_keys(&self, target: &Url<'_>) -> Vec<&str> {
        let keys = || self.index.iter().map(Indexed::index_key).filter(|key| !is_glob(key));
        if self.plain.get().is_none() && self.lookups.fetch_add(1, Ordering::Relaxed) < FEW_LOOKUPS
        {
            let name = url::split_port(target.host).0;
            let is_near = |key: &&str| key.starts_with(name) || key.starts_with('[');
            return keys().filter(is_near).filter(|key| matches(key, target)).collect();
        }
        let plain = self.plain.get_or_init(|| {
            let mut keys: Vec<&str> = keys().collect();
            keys.dedup();
            Prefixes::new(keys.into_iter())
        });
        plain.of(target).collect()
    }

    /// Whether the kubelet tries the entry of this key for a repository. Quicker than
    /// looking all of them up.
    pub fn tries(&self, key: &str, repository: &str) -> bool {
        if !serves(key, repository) {
            return false;
        }
        let Some(index) = index_key(key) else { return false };
        if *index == *DEFAULT_REGISTRY {
            return self.lookup(repository).candidates.iter().any(|one| one.key == key);
        }
        self.range(&index).iter().any(|one| *one.key == *key)
    }

    /// What stands under one key of the index.
    fn group(&self, key: &str) -> Vec<Candidate> {
        self.range(key).iter().filter_map(Indexed::candidate).collect()
    }

    fn range(&self, key: &str) -> &[Indexed<'a>] {
        let from = self.index.partition_point(|one| one.index_key() > key);
        let to = self.index.partition_point(|one| one.index_key() >= key);
        self.index.get(from..to).unwrap_or_default()
    }
}

impl Indexed<'_> {
    fn index_key(&self) -> &str {
        self.index_key.as_deref().unwrap_or(&self.key)
    }

    fn into_owned(self) -> Indexed<'static> {
        let Self { secret, key, index_key, entry } = self;
        Indexed { secret, key: key.into_owned(), index_key, entry: entry.into_owned() }
    }

    /// Always one, since the entry was proved to be readable.
    fn candidate(&self) -> Option<Candidate> {
        let entry: &RawValue = serde_json::from_str(&self.entry).ok()?;
        let decode::Entry { username, password } = decode::Entry::read(entry, "").ok()?;
        let (secret, key) = (self.secret, self.key.to_owned());
        Some(Candidate { secret, key, username, password })
    }
}

/// Whether the kubelet takes the entry of this key for this repository, where no
/// other entry is in its way.
pub(crate) fn serves(key: &str, repository: &str) -> bool {
    let Some(key) = index_key(key) else { return false };
    let is_default = *key == *DEFAULT_REGISTRY && is_default_registry(repository);
    is_default || url::parse(repository).is_some_and(|target| matches(&key, &target))
}

/// Whether the host of a key holds a wildcard.
fn is_glob(key: &&str) -> bool {
    host_of(key).contains('*')
}

/// A key or repository up to its path.
fn host_of(key: &str) -> &str {
    key.split('/').next().unwrap_or(key)
}

fn matches(key: &str, target: &Url<'_>) -> bool {
    Glob::new(key).is_some_and(|glob| glob.matches(target))
}

/// A key of the index as a pattern of hosts and ports, and the start of a path.
struct Glob {
    key: Box<str>,
    host: String,
    port: String,
    path: String,
    labels: usize,
}

impl Glob {
    /// Takes a key apart; none where it matches nothing.
    fn new(key: &str) -> Option<Self> {
        // A key can stop being a URL once its path is unescaped.
        let Url { host, path } = url::parse(key)?;
        let (host, port) = url::split_port(host);
        // An IPv6 address without a port is a class of characters to Go's glob.
        (!host.starts_with('[')).then(|| Self {
            key: Box::from(key),
            host: host.to_owned(),
            port: port.to_owned(),
            path: path.into_owned(),
            labels: host.split('.').count(),
        })
    }

    fn matches(&self, target: &Url<'_>) -> bool {
        let (host, port) = url::split_port(target.host);
        self.port == port
            && target.path.starts_with(&self.path)
            && self.labels == host.split('.').count()
            && self.host.split('.').zip(host.split('.')).all(|(glob, label)| is_match(glob, label))
    }
}

/// Whether no Secret brings two different credentials under this key.
fn is_ordered(group: &[Candidate]) -> bool {
    !group.windows(2).any(|pair| matches!(pair, [one, other] if differ(one, other)))
}

/// Reports whether one Secret brings two different credentials.
fn differ(one: &Candidate, other: &Candidate) -> bool {
    one.secret == other.secret
        && (one.username != other.username
            || one.password.expose_secret() != other.password.expose_secret())
}

/// Whether Docker Hub's credential may be tried for a repository.
fn is_default_registry(repository: &str) -> bool {
    match repository.split_once('/') {
        None => !repository.is_empty(),
        Some((first, _)) => {
            matches!(first, "docker.io" | DEFAULT_REGISTRY)
                || (!first.is_empty() && !first.contains(['.', ':']))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(json: &str) -> PullSecret<'_> {
        PullSecret { kind: SecretKind::DockerConfigJson, value: json.as_bytes() }
    }

    fn users(json: &str, repository: &str) -> Vec<String> {
        let keyring = Keyring::new(&[secret(json)]).unwrap();
        let lookup = keyring.lookup(repository);
        lookup.candidates.iter().map(|candidate| candidate.username.clone()).collect()
    }

    #[test]
    fn the_longer_path_of_one_host_is_tried_first() {
        let json = r#"{"auths":{"r.io":{"username":"all"},"r.io/team":{"username":"team"},"*.io":{"username":"any"}}}"#;
        assert_eq!(users(json, "r.io/team/app"), ["team", "all", "any"]);
        assert_eq!(users(json, "r.io/other"), ["all", "any"]);
        // A plain prefix of text, not of segments.
        assert_eq!(users(json, "r.io/teamwork"), ["team", "all", "any"]);
    }

    #[test]
    fn docker_hubs_key_serves_only_where_nothing_else_does() {
        let json = r#"{"auths":{"https://index.docker.io/v1/":{"username":"hub"},"docker.io/org":{"username":"org"}}}"#;
        assert_eq!(users(json, "docker.io/library/nginx"), ["hub"]);
        assert_eq!(users(json, "docker.io/org/app"), ["org"]);
        assert!(users(json, "quay.io/org/app").is_empty());
    }

    #[test]
    fn a_key_alone_serves_or_not() {
        for (key, repository, expected) in [
            ("https://index.docker.io/v1/", "docker.io/library/nginx", true),
            ("https://index.docker.io/v1", "docker.io/library/nginx", false),
            ("*.example.com", "a.example.com/x", true),
            ("ghcr.io:443", "ghcr.io/x", false),
            ("a b", "ghcr.io/x", false),
        ] {
            assert_eq!(serves(key, repository), expected, "{key}");
        }
    }

    #[test]
    fn what_does_not_count_is_decoded_all_the_same() {
        for auths in [
            r#""auths":{"r.io":{"auth":"%"},"r.io":{"auth":"dTpw"}}"#,
            r#""auths":{"r.io":{"auth":"%"}},"auths":null"#,
            r#""auths":{},"HttpHeaders":{"a":1},"HttpHeaders":{}"#,
        ] {
            assert!(Keyring::new(&[secret(&format!("{{{auths}}}"))]).is_err(), "{auths}");
        }
        let json = r#"{"auths":{"r.io":{"username":"a"}},"Authſ":{"r.io":{"uſername":"b"}}}"#;
        assert_eq!(users(json, "r.io/x"), ["b"], "the last of two counts");
        assert!(users(r#"{"auths":{"r.io":{}},"auths":null}"#, "r.io/x").is_empty());
    }

    #[test]
    fn the_default_key_is_tried_only_where_nothing_else_is() {
        let json = r#"{"auths":{"https://index.docker.io/v1/":{"username":"hub"},"docker.io/org":{"username":"org"}}}"#;
        let secrets = [secret(json)];
        let keyring = Keyring::new(&secrets).unwrap();
        assert!(keyring.tries("https://index.docker.io/v1/", "docker.io/library/nginx"));
        assert!(!keyring.tries("https://index.docker.io/v1/", "docker.io/org/app"));
        assert!(keyring.tries("docker.io/org", "docker.io/org/app"));
        assert!(!keyring.tries("docker.io/or", "docker.io/org/app"), "it is not in the Secret");
    }

    #[test]
    fn a_malformed_secret_names_itself_and_quotes_nothing() {
        let good = secret("{}");
        let bad = secret(r#"{"auths":{"r.io":{"auth":"hunter2!"}}}"#);
        let malformed = Keyring::new(&[good, bad]).err().unwrap();
        assert_eq!(malformed.secret, 1);
        assert!(!malformed.to_string().contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            for kind in [SecretKind::DockerConfigJson, SecretKind::DockerConfig] {
                let _ = Keyring::new(&[PullSecret { kind, value: &value }]);
            }
        }

        #[test]
        fn any_key_and_repository_are_matched_or_not(key in ".{0,40}", repository in ".{0,40}") {
            let json = serde_json::json!({"auths": {key.as_str(): {}}}).to_string();
            Keyring::new(&[secret(&json)]).unwrap().lookup(&repository);
        }

        #[test]
        fn what_is_looked_up_is_what_each_key_serves(
            keys in proptest::collection::btree_set("(https://)?(a|b|\\*|a\\*)(\\.(a|\\*))?(:|:1)?(/(v1/)?[ab]{0,2}(%61|%25|%3f|\\?b|#a)?(/[ab]?)?)?", 0..12),
            repository in "(a|b|aa)(\\.a)?(:|:1)?/[ab]{1,2}(/[ab]{1,2})?",
        ) {
            let entries: Vec<String> = keys.iter().map(|key| format!(r#""{key}":{{"username":"{key}"}}"#)).collect();
            let json = format!(r#"{{"auths":{{{}}}}}"#, entries.join(","));
            let secrets = [secret(&json)];
            let keyring = Keyring::new(&secrets).unwrap();
            // The first go through all keys, the later ones through sorted ones.
            for _ in 0..=FEW_LOOKUPS {
                let found = keyring.lookup(&repository).candidates.into_iter().map(|one| one.key);
                let found: std::collections::BTreeSet<String> = found.collect();
                for key in &keys {
                    prop_assert_eq!(found.contains(key), serves(key, &repository), "{} {}", key, repository);
                    prop_assert_eq!(found.contains(key), keyring.tries(key, &repository));
                }
            }
        }

        #[test]
        fn the_order_in_the_file_does_not_matter(mut keys in proptest::collection::vec("[ab]{1,2}\\.io(/[ab]){0,2}", 1..6)) {
            let json = |keys: &[String]| {
                let entries: Vec<String> = keys.iter().map(|key| format!(r#""{key}":{{"username":"{key}"}}"#)).collect();
                format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))
            };
            let forwards = json(&keys);
            keys.reverse();
            let backwards = json(&keys);
            for repository in ["a.io/a/b", "b.io/b", "ab.io/a/a"] {
                prop_assert_eq!(users(&forwards, repository), users(&backwards, repository));
            }
        }
    }
}
