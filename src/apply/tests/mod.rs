//! Applying and linking against a cluster in memory.

mod accounts;
mod batch;
mod memory;
mod single;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::namespaces::{FurtherNamespaces, NamespaceSelection};
use super::report::{Line, Report};
use super::{Applier, ApplyOptions, LiveSecretPolicy, Results, namespaces};
use crate::cluster::KubectlOptions;
use crate::cluster::apply::{ApplyMode, Conflicts, DryRun};
use crate::error::Error;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::manifest::render::Format;
use crate::registry::credential::Credential;
use crate::registry::key::RegistryKey;
use memory::MemoryCluster;

const NAME: &str = "regcred";

/// A live dockerconfigjson with an entry of another registry.
const QUAY: &str = r#"{"auths":{"quay.io":{"username":"q","password":"p"}}}"#;

fn encoded(value: &str) -> String {
    STANDARD.encode(value)
}

/// The payload of one credential for `ghcr.io`.
fn payload() -> Payload {
    let credential = Credential {
        username: "jane".to_owned(),
        password: SecretString::from("secret"),
        expires_at: None,
    };
    let key = RegistryKey::parse("ghcr.io").unwrap();
    Payload::new(&[(key, &credential)].into(), Vec::new(), None).unwrap()
}

fn payload_data(payload: &Payload) -> String {
    encoded(payload.value().expose_secret())
}

fn options() -> ApplyOptions {
    ApplyOptions {
        kubectl: KubectlOptions::default(),
        link: None,
        live: LiveSecretPolicy::Merge,
        mode: ApplyMode { conflicts: Conflicts::Refuse, dry_run: DryRun::Off },
    }
}

fn replacing() -> ApplyOptions {
    ApplyOptions { live: LiveSecretPolicy::Replace, ..options() }
}

fn mode(conflicts: Conflicts, dry_run: DryRun) -> ApplyOptions {
    ApplyOptions { mode: ApplyMode { conflicts, dry_run }, ..options() }
}

/// The Secret `regcred` in each of these namespaces.
fn metadata(namespaces: &[&str]) -> Vec<Metadata> {
    let metadata = Metadata::new("Secret name", NAME).unwrap();
    namespaces.iter().map(|namespace| metadata.in_namespace(namespace).unwrap()).collect()
}

/// Applies the payload; returns what became of it, and what is printed.
fn apply(
    cluster: MemoryCluster,
    options: &ApplyOptions,
    secrets: &[Metadata],
) -> (MemoryCluster, Results, Vec<Line>) {
    let selection = NamespaceSelection::default();
    let applier = Applier { cluster, options, namespaces: &selection, output: Format::Yaml };
    let results = applier.secrets(&payload(), secrets).unwrap();
    let Report(lines) = applier.report("secret", secrets, &results);
    (applier.cluster, results, lines)
}

fn failures(results: &Results) -> Vec<String> {
    let lines = |failure: &Error| [vec![failure.to_string()], failure.details()].concat();
    results.failures.iter().map(|failure| lines(failure).join("\n  ")).collect()
}

fn output(text: &str) -> Line {
    Line::Output(text.to_owned())
}

fn note(text: &str) -> Line {
    Line::Note(text.to_owned())
}

#[test]
fn namespaces_of_the_cluster_join_those_that_were_named() {
    let cluster = MemoryCluster::default();
    let find = |named: &[&str], further| {
        let named = named.iter().map(|&name| name.to_owned()).collect();
        let selection = NamespaceSelection { named, further, ..NamespaceSelection::default() };
        namespaces::find(&selection, &cluster).map_err(|error| error.to_string())
    };
    let labelled = |labels: &str| FurtherNamespaces::Labelled(labels.to_owned());
    let named = |names: &[&str]| Ok(names.iter().map(|&name| name.to_owned()).collect());
    assert_eq!(find(&[], FurtherNamespaces::None), named(&[]));
    assert_eq!(find(&["b", "a"], FurtherNamespaces::None), named(&["b", "a"]));
    assert_eq!(find(&[], FurtherNamespaces::All), named(&["default", "shop"]));
    assert_eq!(
        find(&["kube-system", "shop"], FurtherNamespaces::All),
        named(&["default", "kube-system", "shop"])
    );
    assert_eq!(find(&["a"], labelled("team=x")), named(&["a", "shop"]));
    assert_eq!(find(&["a"], labelled("team=none")), named(&["a"]));
    assert_eq!(find(&[], labelled("team=none")).unwrap_err(), "no namespace has these labels");
}
