//! A few namespaces: each by calls of its own.

use super::memory::{HERE, MemoryCluster, StoredSecret};
use super::*;
use crate::cluster::secrets::LAST_APPLIED;

const NAMESPACE: &str = "shop";

/// Applies to one namespace; returns the lines, and the failure.
fn apply_one(cluster: MemoryCluster, options: &ApplyOptions) -> (MemoryCluster, Vec<Line>, String) {
    let (cluster, results, lines) = apply(cluster, options, &metadata(&[NAMESPACE]));
    let failure = failures(&results).pop().unwrap_or_default();
    (cluster, lines, failure)
}

fn with_secret(manager: &str, value: &str) -> MemoryCluster {
    let cluster = MemoryCluster::default();
    cluster.add_secret(NAMESPACE, NAME, manager, value);
    cluster
}

fn decoded(cluster: &MemoryCluster) -> String {
    let data = cluster.stored(NAMESPACE, NAME).unwrap().data.unwrap();
    String::from_utf8(STANDARD.decode(data).unwrap()).unwrap()
}

#[test]
fn a_secret_is_created_then_unchanged() {
    let (cluster, lines, _) = apply_one(MemoryCluster::default(), &options());
    assert_eq!(lines, [output("secret/regcred created in namespace shop")]);
    assert_eq!(cluster.calls(), ["get shop", "apply 1"]);
    let (cluster, lines, _) = apply_one(cluster, &options());
    assert_eq!(lines, [output("secret/regcred unchanged in namespace shop")]);
    assert_eq!(cluster.count("apply"), 1);
}

#[test]
fn without_a_namespace_the_kubeconfig_decides() {
    let metadata = [Metadata::new("Secret name", NAME).unwrap()];
    let (cluster, _, lines) = apply(MemoryCluster::default(), &options(), &metadata);
    assert_eq!(lines, [output("secret/regcred created")]);
    assert!(cluster.stored(HERE, NAME).is_some());
}

#[test]
fn entries_of_other_registries_stay_and_are_named() {
    let live = r#"{"auths":{"quay.io":{"auth":"cTpw"},"https://ghcr.io/v1/":{"auth":"bzpw"}}}"#;
    let (cluster, lines, _) = apply_one(with_secret("kubectl-regcred", live), &options());
    assert_eq!(
        lines,
        [
            note("kept in namespace shop: quay.io"),
            output("secret/regcred updated in namespace shop")
        ]
    );
    let value = decoded(&cluster);
    assert!(value.contains(r#""quay.io":{"auth":"cTpw"}"#) && !value.contains("bzpw"), "{value}");
}

#[test]
fn replacing_reads_nothing_and_keeps_nothing() {
    let (cluster, lines, _) = apply_one(with_secret("kubectl-regcred", QUAY), &replacing());
    assert_eq!(lines, [output("secret/regcred applied in namespace shop")]);
    assert_eq!(cluster.calls(), ["apply 1"]);
    assert_eq!(encoded(&decoded(&cluster)), payload_data(&payload()));
}

#[test]
fn fields_of_kubectl_are_taken_over_and_those_of_other_tools_are_not() {
    for manager in
        ["kubectl", "kubectl-create", "kubectl-client-side-apply", "kubectl-edit", "kubectl-patch"]
    {
        let (cluster, lines, failure) = apply_one(with_secret(manager, QUAY), &options());
        assert_eq!(failure, "", "{manager}");
        let taken =
            "the Secret was written by kubectl before: its fields are taken over in namespace shop";
        assert!(lines.contains(&note(taken)), "{manager}: {lines:?}");
        assert_eq!(cluster.stored(NAMESPACE, NAME).unwrap().manager, "kubectl-regcred");
    }
    let (cluster, lines, failure) = apply_one(with_secret("argocd", QUAY), &options());
    assert_eq!((lines, failure.as_str()), (vec![], "namespace shop: the Secret belongs to argocd"));
    assert_eq!(decoded(&cluster), QUAY);
    let force = mode(Conflicts::Force, DryRun::Off);
    let (cluster, lines, failure) = apply_one(with_secret("argocd", QUAY), &force);
    assert_eq!((lines.len(), failure.as_str()), (2, ""));
    assert_eq!(cluster.calls(), ["get shop", "apply 1 by force"]);
}

#[test]
fn a_secret_that_changes_in_between_is_read_again() {
    for (writes, applied, failure) in [
        (1, 2, ""),
        (3, 4, ""),
        (4, 4, "namespace shop: the Secret keeps changing while it is written"),
    ] {
        let cluster = with_secret("kubectl-regcred", QUAY);
        cluster.interrupt(writes);
        let (cluster, _, said) = apply_one(cluster, &options());
        assert_eq!(said, failure, "{writes}");
        assert_eq!((cluster.count("get"), cluster.count("apply")), (applied, applied), "{writes}");
        assert_eq!(decoded(&cluster).contains("ghcr.io"), failure.is_empty());
        assert!(decoded(&cluster).contains("quay.io"));
    }
}

#[test]
fn what_cannot_be_merged_into_is_refused() {
    let secret = |secret_type: &str, data: Option<&str>| StoredSecret {
        secret_type: secret_type.to_owned(),
        data: data.map(str::to_owned),
        labels: [].into(),
        annotations: [].into(),
        manager: "kubectl-regcred".to_owned(),
        version: 0,
    };
    let pull_secret = "kubernetes.io/dockerconfigjson";
    let broken = encoded(r#"{"auths":{"quay.io":{"auth":"%"}}}"#);
    for (live, reason) in [
        (secret("Opaque", None), "Opaque"),
        (secret("kubernetes.io/dockercfg", None), "kubernetes.io/dockercfg"),
        (secret(pull_secret, None), "it has no `.dockerconfigjson`"),
        (secret(pull_secret, Some("%")), "its `.dockerconfigjson` is not base64"),
        (secret(pull_secret, Some("bm8=")), "its `.dockerconfigjson` is not JSON with `auths`"),
        (secret(pull_secret, Some(&broken)), "with its other entries, the kubelet"),
    ] {
        let cluster = MemoryCluster::default();
        cluster.put_secret(NAMESPACE, NAME, live.clone());
        let (cluster, lines, failure) = apply_one(cluster, &options());
        assert!(failure.contains(reason), "{reason}: {failure}");
        assert_eq!((lines, cluster.count("apply")), (vec![], 0));
        // To replace needs no reading.
        let cluster = MemoryCluster::default();
        cluster.put_secret(NAMESPACE, NAME, live);
        assert_eq!(apply_one(cluster, &replacing()).2, "", "{reason}");
    }
}

#[test]
fn the_copy_of_the_old_credential_is_removed() {
    let removed = format!(
        "removed in namespace shop: the annotation {LAST_APPLIED}, which held the old credential"
    );
    let with_copy = |value: &str| {
        let cluster = with_secret("kubectl-client-side-apply", value);
        let mut secret = cluster.stored(NAMESPACE, NAME).unwrap();
        secret.annotations.insert(LAST_APPLIED.to_owned(), "{}".to_owned());
        cluster.put_secret(NAMESPACE, NAME, secret);
        cluster
    };
    let written = payload().value().expose_secret().to_owned();
    let force = mode(Conflicts::Force, DryRun::Off);
    for (value, options) in [(QUAY, &options()), (&written, &options()), (QUAY, &force)] {
        let (cluster, lines, failure) = apply_one(with_copy(value), options);
        assert_eq!(failure, "");
        assert!(lines.contains(&note(&removed)), "{lines:?}");
        assert!(cluster.stored(NAMESPACE, NAME).unwrap().annotations.is_empty());
    }
    // Without reading, only a conflict says that there is one.
    let (cluster, lines, _) = apply_one(with_copy(QUAY), &replacing());
    assert!(lines.contains(&note(&removed)), "{lines:?}");
    assert_eq!(cluster.calls(), ["apply 1", "apply 1 by force", "annotate 1"]);
    let dry_run = mode(Conflicts::Refuse, DryRun::Server);
    let (cluster, lines, _) = apply_one(with_copy(QUAY), &dry_run);
    assert!(!lines.contains(&note(&removed)), "{lines:?}");
    assert_eq!(cluster.count("annotate"), 0);
    assert!(!cluster.stored(NAMESPACE, NAME).unwrap().annotations.is_empty());
}

#[test]
fn a_server_dry_run_keeps_nothing_and_says_so() {
    let dry_run = mode(Conflicts::Refuse, DryRun::Server);
    let (cluster, lines, _) = apply_one(MemoryCluster::default(), &dry_run);
    let created = output("secret/regcred created in namespace shop (server dry run)");
    assert_eq!(lines, [created, output("  ghcr.io: jane (added)")]);
    assert!(cluster.stored(NAMESPACE, NAME).is_none());
}

#[test]
fn one_namespace_fails_and_the_others_are_written() {
    let cluster = MemoryCluster::default();
    cluster.forbid("b");
    cluster.remove_namespace("c");
    let (cluster, results, lines) = apply(cluster, &options(), &metadata(&["a", "b", "c", "d"]));
    assert_eq!(
        lines,
        [
            output("secret/regcred created in namespace a"),
            output("secret/regcred created in namespace d"),
            note("4 namespaces: 2 created, 2 failed"),
        ]
    );
    let failures = failures(&results);
    assert!(failures[0].starts_with("namespace b: ") && failures[0].contains("is forbidden"));
    assert_eq!(failures[1..], ["namespace c: namespaces \"c\" not found"]);
    assert!(cluster.stored("d", NAME).is_some());
}

#[test]
fn names_alone_are_printed_for_programs() {
    let (options, selection) = (options(), NamespaceSelection::default());
    let cluster = MemoryCluster::default();
    let applier =
        Applier { cluster, options: &options, namespaces: &selection, output: Format::Name };
    let secrets = metadata(&[NAMESPACE]);
    let results = applier.secrets(&payload(), &secrets).unwrap();
    assert_eq!(applier.report("secret", &secrets, &results).0, [output("secret/regcred")]);
}
