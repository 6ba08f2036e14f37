//! Service accounts that are linked and unlinked.

use serde_json::{Value, json};

use super::memory::{MemoryCluster, StoredSecret};
use super::*;
use crate::apply::link::{Change, Linker};

const LISTS: [Option<&[&str]>; 4] = [None, Some(&[]), Some(&["other"]), Some(&["a", "regcred"])];

fn linker(cluster: &MemoryCluster, change: Change) -> Linker<'_, MemoryCluster> {
    Linker { cluster, change, secret: NAME, dry_run: DryRun::Off, kubectl_flags: &[] }
}

fn with_account(list: Option<&[&str]>) -> MemoryCluster {
    let cluster = MemoryCluster::default();
    cluster.add_account("shop", "default", list);
    cluster
}

/// Changes the account `default` in `shop`; returns the lines, the failures, and
/// the notes about Pods.
fn change(cluster: &MemoryCluster, change: Change) -> (Vec<Line>, Vec<String>, Vec<Line>) {
    let linker = linker(cluster, change);
    let results = linker.change_all(&[Some("shop")], &["default"]);
    let failures = results.failures.iter().map(ToString::to_string).collect();
    let outdated = linker.outdated_pods(&results.changed).0;
    (results.report.0, failures, outdated)
}

fn pod(name: &str, owner: Option<(&str, &str)>, list: &[&str]) -> Value {
    let owners: Vec<Value> =
        owner.iter().map(|(kind, name)| json!({"kind": kind, "name": name})).collect();
    let list: Vec<Value> = list.iter().map(|name| json!({"name": name})).collect();
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "ownerReferences": owners,
            "labels": {"pod-template-hash": "5d4f"},
        },
        "spec": {"serviceAccountName": "default", "imagePullSecrets": list, "containers": []},
    })
}

#[test]
fn a_secret_is_added_to_the_end_of_any_list() {
    for list in LISTS {
        let cluster = with_account(list);
        let (lines, failures, _) = change(&cluster, Change::Link);
        let has_it = list.is_some_and(|list| list.contains(&NAME));
        let done = if has_it { "unchanged" } else { "linked" };
        assert_eq!(lines, [output(&format!("serviceaccount/default {done} in namespace shop"))]);
        assert_eq!(failures, Vec::<String>::new());
        let mut expected = list.unwrap_or_default().to_vec();
        expected.retain(|name| *name != NAME);
        expected.push(NAME);
        assert_eq!(cluster.account("shop", "default").unwrap(), expected);
        assert_eq!(cluster.count("patch"), usize::from(!has_it));
    }
}

#[test]
fn a_secret_is_removed_wherever_the_list_has_it() {
    let twice: &[&str] = &["regcred", "a", "regcred", "b"];
    for list in LISTS.into_iter().chain([Some(twice)]) {
        let cluster = with_account(list);
        let (lines, ..) = change(&cluster, Change::Unlink);
        let has_it = list.is_some_and(|list| list.contains(&NAME));
        let done = if has_it { "unlinked" } else { "unchanged" };
        assert_eq!(lines, [output(&format!("serviceaccount/default {done} in namespace shop"))]);
        let mut expected = list.unwrap_or_default().to_vec();
        expected.retain(|name| *name != NAME);
        assert_eq!(cluster.account("shop", "default").unwrap_or_default(), expected);
    }
}

#[test]
fn an_account_that_changes_in_between_is_read_again() {
    for (writes, patches, failure) in [
        (1, 2, None),
        (3, 4, None),
        (4, 4, Some("namespace shop: the service account keeps changing while it is written")),
    ] {
        let cluster = with_account(Some(&["other"]));
        cluster.interrupt(writes);
        let (lines, failures, _) = change(&cluster, Change::Link);
        assert_eq!(failures, Vec::from_iter(failure), "{writes}");
        assert_eq!((lines.is_empty(), cluster.count("patch")), (failure.is_some(), patches));
    }
}

#[test]
fn one_account_fails_and_the_others_are_changed() {
    let cluster = with_account(None);
    cluster.add_account("there", "default", None);
    cluster.forbid("hidden");
    let namespaces = [Some("hidden"), Some("shop"), Some("there")];
    let results = linker(&cluster, Change::Link).change_all(&namespaces, &["default", "builder"]);
    let lines: Vec<Line> = ["shop", "there"]
        .map(|namespace| output(&format!("serviceaccount/default linked in namespace {namespace}")))
        .into();
    assert_eq!(results.report.0, lines);
    let failures: Vec<String> = results.failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures.len(), 4, "{failures:?}");
    assert!(failures[0].starts_with("namespace hidden: ") && failures[0].contains("forbidden"));
    assert_eq!(failures[2], "namespace shop: serviceaccounts \"builder\" not found");
}

#[test]
fn a_server_dry_run_changes_no_account() {
    let cluster = with_account(None);
    let linker = Linker { dry_run: DryRun::Server, ..linker(&cluster, Change::Link) };
    let results = linker.change_all(&[Some("shop")], &["default"]);
    let line = "serviceaccount/default linked in namespace shop (server dry run)";
    assert_eq!(results.report.0, [output(line)]);
    assert_eq!(cluster.account("shop", "default"), None);
}

#[test]
fn a_secret_that_does_not_exist_yet_is_warned_of() {
    let cluster = MemoryCluster::default();
    cluster.add_secret("has", NAME, "kubectl-regcred", QUAY);
    cluster.forbid("hidden");
    let opaque = StoredSecret { secret_type: "Opaque".to_owned(), ..StoredSecret::default() };
    cluster.put_secret("other", NAME, opaque);
    let namespaces = [Some("has"), Some("not"), Some("hidden"), Some("other")];
    let report = linker(&cluster, Change::Link).useless_secrets(&namespaces);
    let [Line::Warning(warning), Line::Detail(detail), Line::Warning(type_warning)] = &report.0[..]
    else {
        panic!("{report:?}");
    };
    assert_eq!(
        warning,
        "there is no Secret regcred in namespace not yet: kubectl regcred secret regcred --apply -n not"
    );
    assert!(detail.starts_with("could not read Secret regcred in namespace hidden: "), "{detail}");
    assert_eq!(
        type_warning,
        "Secret regcred in namespace other is of type Opaque, which the kubelet does not use to pull images"
    );
}

#[test]
fn pods_that_keep_their_list_are_named_by_what_recreates_them() {
    let cluster = with_account(None);
    for (name, owner, list) in [
        ("web-5d4f-x", Some(("ReplicaSet", "web-5d4f")), &[][..]),
        ("web-5d4f-y", Some(("ReplicaSet", "web-5d4f")), &["other"]),
        ("db-0", Some(("StatefulSet", "db")), &[]),
        ("once", None, &[]),
        ("fine", None, &["regcred"]),
    ] {
        cluster.add_pod(pod(name, owner, list));
    }
    let (_, _, notes) = change(&cluster, Change::Link);
    let keep =
        "existing Pods in namespace shop keep their imagePullSecrets until they are recreated";
    let restart = "restart them: kubectl rollout restart -n shop deployment/web statefulset/db";
    assert_eq!(notes, [note(&format!("{keep}; {restart}; recreate: pod/once"))]);
    let (_, _, notes) = change(&cluster, Change::Unlink);
    assert_eq!(notes, [note(&format!("{keep}; recreate: pod/fine"))]);
}

#[test]
fn pods_that_cannot_be_listed_are_spoken_of_in_general() {
    let cluster = with_account(None);
    cluster.forbid_pods();
    let (_, _, notes) = change(&cluster, Change::Link);
    let keep = "existing Pods keep their imagePullSecrets until they are recreated";
    assert_eq!(notes[0], note(keep));
    assert!(matches!(&notes[1], Line::Detail(text) if text.starts_with("could not read Pods: ")));
}

#[test]
fn pods_of_many_namespaces_are_listed_by_one_call() {
    let cluster = MemoryCluster::default();
    let names: Vec<String> = (0..9).map(|number| format!("n{number}")).collect();
    for name in &names {
        cluster.add_account(name, "default", None);
    }
    let mut pod = pod("once", None, &[]);
    pod["metadata"]["namespace"] = json!("n4");
    cluster.add_pod(pod);
    let linker = linker(&cluster, Change::Link);
    let namespaces: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
    let changed = linker.change_all(&namespaces, &["default"]).changed;
    let notes = linker.outdated_pods(&changed).0;
    let keep = "existing Pods in namespace n4 keep their imagePullSecrets until they are recreated";
    assert_eq!(notes, [note(&format!("{keep}; recreate: pod/once"))]);
    assert_eq!(cluster.count("list pods"), 1);
}
