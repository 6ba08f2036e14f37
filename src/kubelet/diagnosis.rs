//! What the kubelet does for one image with the pull Secrets of a Pod, and the
//! problems with them.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret;

use super::decode::{MalformedReason, PullSecret, SecretKind};
use super::entries::{SecretEntry, entries};
use super::keyring::{Candidate, Keyring};
use super::miss::{self, Miss};
use super::problem_code::ProblemCode;
use super::shape::Shape;
use crate::registry::expiry::{self, UnixSeconds};

/// The largest value that is looked at for another shape, in bytes.
const MAX_MISSHAPEN: usize = 64 * 1024;

/// A Secret that the Pod refers to.
pub struct Reference<'a> {
    /// Its name.
    pub name: &'a str,
    /// The Secret of that name.
    pub state: State<'a>,
}

/// The Secret that has a name.
pub enum State<'a> {
    /// Nothing.
    Missing,
    /// A Secret of this type, which the kubelet skips.
    OtherType(&'a str),
    /// A Secret without this key, or with nothing under it, which the kubelet skips.
    WithoutKey(&'static str),
    /// `data` that is no base64, which the API server refuses.
    NotBase64,
    /// A pull Secret.
    Value(PullSecret<'a>),
}

/// A problem of a pull. Texts from a Secret in it are not made safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The kubelet continues without it.
    #[error(
        "the Pod references this Secret, but it does not exist: the kubelet continues without it"
    )]
    SecretMissing,
    /// The kubelet skips it.
    #[error("the Secret is of type {0}: the kubelet skips it")]
    WrongType(String),
    /// The kubelet skips it.
    #[error("the Secret has nothing under `{0}`: the kubelet skips it")]
    MissingKey(&'static str),
    /// The API server refuses it.
    #[error("the Secret's data is not base64: the API server refuses it")]
    NotBase64,
    /// The kubelet pulls nothing.
    #[error("the Secret {0}: the kubelet pulls no image of the Pod")]
    Malformed(MalformedReason),
    /// The kubelet finds no entry.
    #[error("the Secret {0}: the kubelet finds no entry in it")]
    WrongShape(Shape),
    /// The pull is anonymous.
    #[error("no entry matches the image, and the pull is anonymous{}", nearest(.0.as_ref()))]
    NoMatch(Option<Miss>),
    /// Runtimes then pull anonymously.
    #[error("the entry matches, but its user name or password is empty: the pull is anonymous")]
    EmptyCredential,
    /// The kubelet ignores it.
    #[error("the entry matches, but has only an identity token, which the kubelet ignores")]
    IdentityToken,
    /// The registry will refuse it.
    #[error("the credential expired at {}", expiry::rfc3339(*.0))]
    Expired(UnixSeconds),
    /// Docker Hub's own key is a fall-back.
    #[error("Docker Hub's entry is not tried: it counts only where no other entry matches")]
    Shadowed,
    /// Go's maps have no order.
    #[error(
        "several entries of one Secret are for this registry: the kubelet tries them in any order"
    )]
    AmbiguousOrder,
    /// The pull is anonymous.
    #[error(
        "neither the Pod nor its service account references a pull Secret: the pull is anonymous"
    )]
    NoPullSecret,
    /// Kubernetes drops it; in words of the place.
    #[error("{0}")]
    MisplacedReference(String),
    /// The kubelet tries it as often.
    #[error(
        "the Secret is referenced {0} times: the kubelet tries its entries as often, and the Pod starts late"
    )]
    RepeatedReference(usize),
    /// The kubelet does not try.
    #[error("the image name is not valid: {0}")]
    InvalidImage(String),
}

fn nearest(miss: Option<&Miss>) -> String {
    miss.map(|miss| format!("; the nearest entry: {miss}")).unwrap_or_default()
}

impl Problem {
    /// Returns the code for programs.
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::SecretMissing => ProblemCode::SecretMissing,
            Self::WrongType(_) => ProblemCode::WrongType,
            Self::MissingKey(_) => ProblemCode::MissingKey,
            Self::NotBase64 | Self::Malformed(_) => ProblemCode::Malformed,
            Self::WrongShape(_) => ProblemCode::WrongShape,
            Self::NoMatch(_) => ProblemCode::NoMatch,
            Self::EmptyCredential => ProblemCode::EmptyCredential,
            Self::IdentityToken => ProblemCode::IdentityToken,
            Self::Expired(_) => ProblemCode::Expired,
            Self::Shadowed => ProblemCode::Shadowed,
            Self::AmbiguousOrder => ProblemCode::AmbiguousOrder,
            Self::NoPullSecret => ProblemCode::NoPullSecret,
            Self::MisplacedReference(_) => ProblemCode::MisplacedReference,
            Self::RepeatedReference(_) => ProblemCode::RepeatedReference,
            Self::InvalidImage(_) => ProblemCode::InvalidImage,
        }
    }

    /// Returns whether the kubelet continues without the Secret.
    pub fn is_skipped(&self) -> bool {
        matches!(
            self,
            Self::SecretMissing | Self::WrongType(_) | Self::MissingKey(_) | Self::WrongShape(_)
        )
    }

    /// Returns whether an entry matches that is not worth being sent.
    pub fn is_worthless(&self) -> bool {
        matches!(self, Self::EmptyCredential | Self::IdentityToken | Self::Expired(_))
    }

    /// Returns whether the problem stops every pull of the Pod.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::NotBase64 | Self::Malformed(_) | Self::InvalidImage(_))
    }
}

/// A problem and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The problem.
    pub problem: Problem,
    /// The Secret, if it is about one.
    pub secret: Option<String>,
    /// The entry's key as written, if it is about one.
    pub key: Option<String>,
}

/// What the kubelet does for one image.
#[derive(Debug)]
pub struct Diagnosis {
    /// What it tries, in its order, each with the name of its Secret.
    pub candidates: Vec<(String, Candidate)>,
    /// Whether that order is always the same.
    pub ordered: bool,
    /// All problems; empty where there is none.
    pub findings: Vec<Finding>,
}

/// Looks up a repository (domain and path) in these Secrets, in the order of
/// `imagePullSecrets`.
pub fn diagnose(references: &[Reference<'_>], repository: &str, now: UnixSeconds) -> Diagnosis {
    let mut findings = Vec::new();
    let mut usable = Vec::new();
    for reference in references {
        match &reference.state {
            State::Value(value) => match misshapen(reference.name, *value) {
                Some(finding) if findings.contains(&finding) => {}
                Some(finding) => findings.push(finding),
                None => usable.push((reference.name, *value)),
            },
            other => {
                let finding = unreadable(reference.name, other);
                findings.extend(finding.filter(|finding| !findings.contains(finding)));
            }
        }
    }
    let secrets: Vec<PullSecret<'_>> = usable.iter().map(|(_, secret)| *secret).collect();
    let keyring = match Keyring::new(&secrets) {
        Ok(keyring) if !findings.iter().any(|finding| finding.problem.is_fatal()) => keyring,
        Ok(_) => return Diagnosis { candidates: Vec::new(), ordered: true, findings },
        Err(_) => {
            findings.extend(usable.iter().flat_map(|(name, secret)| malformed(name, *secret)));
            return Diagnosis { candidates: Vec::new(), ordered: true, findings };
        }
    };
    let lookup = keyring.lookup(repository);
    let name =
        |index: usize| usable.get(index).map_or_else(String::new, |(name, _)| (*name).to_owned());
    let candidates: Vec<(String, Candidate)> = lookup
        .candidates
        .iter()
        .map(|candidate| (name(candidate.secret), candidate.clone()))
        .collect();
    let at = |problem: Problem, candidate: &Candidate| Finding {
        problem,
        secret: Some(name(candidate.secret)),
        key: Some(candidate.key.clone()),
    };
    let has_empty = lookup.candidates.iter().any(is_empty);
    let with_token = if has_empty { identity_tokens(&secrets) } else { BTreeSet::new() };
    for candidate in &lookup.candidates {
        let problem = worthless(candidate, &with_token, now);
        let finding = problem.map(|problem| at(problem, candidate));
        // A Secret that is referenced several times has its problems once.
        findings.extend(finding.filter(|finding| !findings.contains(finding)));
    }
    findings.extend(lookup.unordered().map(|first| at(Problem::AmbiguousOrder, first)));
    findings
        .extend(keyring.shadowed(repository, &lookup).map(|hidden| at(Problem::Shadowed, &hidden)));
    findings.extend(repeated(references));
    if references.is_empty() {
        findings.push(Finding { problem: Problem::NoPullSecret, secret: None, key: None });
    } else if candidates.is_empty() && !usable.is_empty() {
        // Without a Secret that can be read, that nothing matches only follows.
        findings.push(no_match(&usable, repository));
    }
    Diagnosis { ordered: lookup.ordered, candidates, findings }
}

/// Returns whether a Secret alone would serve a repository: an entry matches, and none
/// of its problems keeps the image from being pulled.
pub(crate) fn serves_image(secret: Reference<'_>, repository: &str, now: UnixSeconds) -> bool {
    let Diagnosis { candidates, findings, .. } = diagnose(&[secret], repository, now);
    !candidates.is_empty() && !findings.iter().any(|finding| finding.problem.is_worthless())
}

/// Returns the Secrets that are referenced more than once.
fn repeated(references: &[Reference<'_>]) -> Vec<Finding> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for reference in references {
        *times.entry(reference.name).or_default() += 1;
    }
    let repeated = times.into_iter().filter(|(_, times)| *times > 1);
    let finding = |(name, times): (&str, usize)| Finding {
        problem: Problem::RepeatedReference(times),
        secret: Some(name.to_owned()),
        key: None,
    };
    repeated.map(finding).collect()
}

/// Returns what keeps a Secret from being read at all.
fn unreadable(name: &str, state: &State<'_>) -> Option<Finding> {
    let problem = match state {
        State::Missing => Problem::SecretMissing,
        State::OtherType(found) => Problem::WrongType((*found).to_owned()),
        State::WithoutKey(key) => Problem::MissingKey(key),
        State::NotBase64 => Problem::NotBase64,
        State::Value(_) => return None,
    };
    Some(Finding { problem, secret: Some(name.to_owned()), key: None })
}

/// Returns that a Secret holds its entries in another shape than its type says. The
/// kubelet decodes it all the same.
fn misshapen(name: &str, secret: PullSecret<'_>) -> Option<Finding> {
    if secret.value.len() > MAX_MISSHAPEN {
        return None;
    }
    let problem = Problem::WrongShape(secret.wrong_shape()?);
    Some(Finding { problem, secret: Some(name.to_owned()), key: None })
}

/// The entries by which a Secret is malformed, or the Secret itself.
fn malformed(name: &str, secret: PullSecret<'_>) -> Vec<Finding> {
    let Some(reason) = secret.malformed() else { return Vec::new() };
    let broken = entries(secret).unwrap_or_default().into_iter();
    let mut broken: Vec<(MalformedReason, Option<String>)> =
        broken.filter_map(|entry| Some((entry.fault?, Some(entry.key)))).collect();
    if broken.is_empty() {
        broken.push((reason, None));
    }
    let finding = |(reason, key)| Finding {
        problem: Problem::Malformed(reason),
        secret: Some(name.to_owned()),
        key,
    };
    broken.into_iter().map(finding).collect()
}

fn is_empty(candidate: &Candidate) -> bool {
    candidate.username.is_empty() || candidate.password.expose_secret().is_empty()
}

/// Returns the entries that hold an identity token: index of the Secret, and key.
fn identity_tokens(secrets: &[PullSecret<'_>]) -> BTreeSet<(usize, String)> {
    let all = secrets.iter().enumerate().flat_map(|(index, secret)| {
        entries(*secret).unwrap_or_default().into_iter().map(move |entry| (index, entry))
    });
    all.filter(|(_, entry)| entry.has_identity_token)
        .map(|(index, entry)| (index, entry.key))
        .collect()
}

/// Returns what makes a matching entry worthless.
fn worthless(
    candidate: &Candidate,
    with_token: &BTreeSet<(usize, String)>,
    now: UnixSeconds,
) -> Option<Problem> {
    if is_empty(candidate) {
        let has_token = with_token.contains(&(candidate.secret, candidate.key.clone()));
        return Some(if has_token { Problem::IdentityToken } else { Problem::EmptyCredential });
    }
    expiry::expires_at(&candidate.password).filter(|at| *at <= now).map(Problem::Expired)
}

/// That nothing matches, and which key comes nearest.
fn no_match(secrets: &[(&str, PullSecret<'_>)], repository: &str) -> Finding {
    let mut nearest: Option<(Miss, &str, String)> = None;
    for (name, secret) in secrets {
        for SecretEntry { key, .. } in entries(*secret).unwrap_or_default() {
            let miss = miss::why(&key, repository);
            if nearest.as_ref().is_none_or(|(other, _, _)| miss > *other) {
                nearest = Some((miss, name, key));
            }
        }
    }
    let (miss, secret, key) = nearest.map_or((None, None, None), |(miss, name, key)| {
        (Some(miss), Some(name.to_owned()), Some(key))
    });
    Finding { problem: Problem::NoMatch(miss), secret, key }
}

/// Whether a Secret is of the type that nothing is written in any more.
pub(crate) fn is_legacy(secret_type: &str) -> bool {
    SecretKind::of_type(secret_type) == Some(SecretKind::DockerConfig)
}

impl SecretKind {
    /// The type of the Secret.
    pub const fn secret_type(self) -> &'static str {
        match self {
            Self::DockerConfigJson => "kubernetes.io/dockerconfigjson",
            Self::DockerConfig => "kubernetes.io/dockercfg",
        }
    }

    /// The key that the kubelet reads in it.
    /// Source: Kubernetes 1.37, `pkg/credentialprovider/secrets/secrets.go`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DockerConfigJson => ".dockerconfigjson",
            Self::DockerConfig => ".dockercfg",
        }
    }

    /// Of a Secret's type.
    pub fn of_type(secret_type: &str) -> Option<Self> {
        let mut kinds = [Self::DockerConfigJson, Self::DockerConfig].into_iter();
        kinds.find(|kind| kind.secret_type() == secret_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = 1_800_000_000;

    fn value(json: &str) -> State<'_> {
        State::Value(PullSecret { kind: SecretKind::DockerConfigJson, value: json.as_bytes() })
    }

    /// Returns the entries that are tried, and codes with Secret and key.
    fn diagnosed(states: Vec<State<'_>>, repository: &str) -> (Vec<String>, Vec<String>) {
        let names = ["one", "two", "three"];
        let references: Vec<Reference<'_>> =
            names.into_iter().zip(states).map(|(name, state)| Reference { name, state }).collect();
        let diagnosis = diagnose(&references, repository, NOW);
        let candidates = diagnosis.candidates.iter();
        let tried =
            candidates.map(|(secret, one)| format!("{secret} {} {}", one.key, one.username));
        let findings = diagnosis.findings.iter().map(|finding| {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            format!("{} {} {}", finding.problem.code(), text(&finding.secret), text(&finding.key))
        });
        (tried.collect(), findings.collect())
    }

    #[test]
    fn a_good_secret_has_no_findings() {
        let good = value(r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#);
        assert_eq!(diagnosed(vec![good], "ghcr.io/a/b"), (vec!["one ghcr.io u".into()], vec![]));
    }

    #[test]
    fn what_the_kubelet_skips_is_a_finding() {
        let states =
            vec![State::Missing, State::OtherType("Opaque"), State::WithoutKey(".dockercfg")];
        let (tried, findings) = diagnosed(states, "ghcr.io/a/b");
        assert!(tried.is_empty());
        let expected = ["secret-missing one -", "wrong-type two -", "missing-key three -"];
        assert_eq!(findings, expected);
    }

    #[test]
    fn a_malformed_secret_stops_every_pull_and_its_entry_is_named() {
        let good = || value(r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#);
        let bad = value(r#"{"auths":{"a.io":{"auth":"dTpw"},"b.io":{"auth":"%"},"c.io":[]}}"#);
        let (tried, findings) = diagnosed(vec![good(), bad], "ghcr.io/a/b");
        assert!(tried.is_empty());
        assert_eq!(findings, ["malformed two b.io", "malformed two c.io"]);
        assert_eq!(diagnosed(vec![good(), value("x")], "ghcr.io/a").1, ["malformed two -"]);
        assert_eq!(
            diagnosed(vec![good(), State::NotBase64], "ghcr.io/a"),
            (vec![], vec!["malformed two -".into()])
        );
    }

    #[test]
    fn worthless_entries_are_findings_and_are_tried_all_the_same() {
        let past = "eyJhIjoxfQ.eyJleHAiOjF9.x";
        let secret = format!(
            r#"{{"auths":{{"ghcr.io":{{}},"ghcr.io/a":{{"identitytoken":"t"}},"ghcr.io/a/b":{{"username":"u","password":"{past}"}}}}}}"#
        );
        let (tried, findings) = diagnosed(vec![value(&secret)], "ghcr.io/a/b");
        assert_eq!(tried, ["one ghcr.io/a/b u", "one ghcr.io/a ", "one ghcr.io "]);
        let expected = [
            "expired one ghcr.io/a/b",
            "identity-token one ghcr.io/a",
            "empty-credential one ghcr.io",
        ];
        assert_eq!(findings, expected);
    }

    #[test]
    fn ambiguous_order_and_hidden_entries_are_findings() {
        let two =
            value(r#"{"auths":{"quay.io":{"auth":"dTpw"},"https://quay.io/v1/":{"auth":"eDp5"}}}"#);
        let (tried, findings) = diagnosed(vec![two], "quay.io/a");
        assert_eq!(tried.len(), 2);
        assert!(findings[0].starts_with("ambiguous-order one "), "{findings:?}");
        // What is found first may be in order.
        let first = value(r#"{"auths":{"quay.io/a":{"auth":"dTpw"}}}"#);
        let two = value(
            r#"{"auths":{"quay.io/a":{"auth":"dTpw"},"http://quay.io":{"auth":"dTpw"},"quay.io":{"auth":"eDp5"}}}"#,
        );
        let (_, findings) = diagnosed(vec![first, two], "quay.io/a");
        assert!(
            findings[0].starts_with("ambiguous-order two ") && findings[0].ends_with("quay.io")
        );
        let hub = value(
            r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"},"docker.io/me":{"auth":"eDp5"}}}"#,
        );
        let (tried, findings) = diagnosed(vec![hub], "docker.io/me/app");
        assert_eq!(tried, ["one docker.io/me x"]);
        assert_eq!(findings, ["shadowed one https://index.docker.io/v1/"]);
    }

    #[test]
    fn of_several_misses_the_nearest_is_reported() {
        let far = value(r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#);
        let near =
            value(r#"{"auths":{"ghcr.io:443":{"auth":"dTpw"},"ghcr.io/team":{"auth":"dTpw"}}}"#);
        assert_eq!(diagnosed(vec![far, near], "ghcr.io/a").1, ["no-match two ghcr.io/team"]);
    }
}
