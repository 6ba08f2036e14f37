//! Many namespaces: by few calls for all of them.

use super::memory::MemoryCluster;
use super::*;
use crate::cluster::secrets::LAST_APPLIED;
use crate::manifest::documents::Document;
use crate::registry::reference::ImageReference;

/// The namespaces `n00` to `n29`.
fn many() -> Vec<Metadata> {
    let names: Vec<String> = (0..30).map(|number| format!("n{number:02}")).collect();
    metadata(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn apply_many(
    cluster: MemoryCluster,
    options: &ApplyOptions,
) -> (MemoryCluster, Results, Vec<Line>) {
    apply(cluster, options, &many())
}

fn written(cluster: &MemoryCluster) -> usize {
    let data = Some(payload_data(&payload()));
    let stored = many().into_iter().filter(|metadata| {
        let stored = cluster.stored(metadata.namespace().unwrap(), NAME);
        stored.is_some_and(|stored| stored.data == data)
    });
    stored.count()
}

fn sum(lines: &[Line]) -> &Line {
    lines.last().unwrap()
}

#[test]
fn all_are_written_by_one_call_between_two_readings() {
    let (cluster, results, lines) = apply_many(MemoryCluster::default(), &options());
    assert_eq!(cluster.calls(), ["list secrets", "apply 30", "list secrets"]);
    assert_eq!(failures(&results), Vec::<String>::new());
    assert_eq!(lines[0], output("secret/regcred created in namespace n00"));
    assert_eq!(sum(&lines), &note("30 namespaces: 30 created"));
    let (cluster, _, lines) = apply_many(cluster, &options());
    assert_eq!(cluster.calls()[3..], ["list secrets"]);
    assert_eq!(sum(&lines), &note("30 namespaces: 30 unchanged"));
}

#[test]
fn each_secret_is_merged_taken_over_or_left_alone_by_itself() {
    let cluster = MemoryCluster::default();
    cluster.add_secret("n01", NAME, "kubectl-regcred", QUAY);
    cluster.add_secret("n02", NAME, "kubectl-create", QUAY);
    cluster.add_secret("n03", NAME, "argocd", QUAY);
    cluster.add_secret("n04", NAME, "kubectl-regcred", payload().value().expose_secret());
    cluster.add_secret("n05", NAME, "kubectl-regcred", "no JSON");
    let (cluster, results, lines) = apply_many(cluster, &options());
    assert_eq!(
        cluster.calls()[..4],
        ["list secrets", "apply 27", "apply 1 by force", "list secrets"]
    );
    assert_eq!(sum(&lines), &note("30 namespaces: 25 created, 2 updated, 1 unchanged, 2 failed"));
    let taken =
        "the Secret was written by kubectl before: its fields are taken over in namespace n02";
    assert_eq!(lines[..2], [note(taken), note("kept in 2 namespaces: quay.io")]);
    let failures = failures(&results);
    assert!(failures[0].contains("not JSON with `auths`"), "{failures:?}");
    assert_eq!(failures[1..], ["namespace n03: the Secret belongs to argocd"]);
    assert_eq!(cluster.stored("n03", NAME).unwrap().manager, "argocd");
}

#[test]
fn namespaces_that_fail_are_named_and_the_others_are_written() {
    let cluster = MemoryCluster::default();
    cluster.remove_namespace("n07");
    cluster.forbid("n08");
    let (cluster, results, lines) = apply_many(cluster, &options());
    assert_eq!(
        (written(&cluster), sum(&lines)),
        (28, &note("30 namespaces: 28 created, 2 failed"))
    );
    let failures = failures(&results);
    assert_eq!(failures[0], "namespace n07: namespaces \"n07\" not found");
    assert!(failures[1].starts_with("namespace n08: "), "{failures:?}");
    cluster.allow_everything();
    let (cluster, _, lines) = apply_many(cluster, &options());
    assert_eq!(written(&cluster), 30);
    assert_eq!(sum(&lines), &note("30 namespaces: 2 created, 28 unchanged"));
}

#[test]
fn of_many_failures_the_first_are_explained_and_the_rest_named() {
    let cluster = MemoryCluster::default();
    many().iter().skip(2).for_each(|one| cluster.remove_namespace(one.namespace().unwrap()));
    let (_, results, lines) = apply_many(cluster, &options());
    assert_eq!(sum(&lines), &note("30 namespaces: 2 created, 28 failed"));
    let failures = failures(&results);
    assert_eq!(failures.len(), 21);
    let rest: Vec<String> = (22..30).map(|number| format!("  n{number}")).collect();
    let expected = format!("further namespaces were not written: 8\n{}", rest.join("\n"));
    assert_eq!(failures[20], expected);
}

#[test]
fn a_call_that_ends_half_way_is_finished() {
    for documents in [0, 1, 17, 29] {
        let cluster = MemoryCluster::default();
        cluster.end_after(documents);
        let (cluster, results, lines) = apply_many(cluster, &options());
        assert_eq!(failures(&results), Vec::<String>::new(), "{documents}");
        assert_eq!((written(&cluster), sum(&lines)), (30, &note("30 namespaces: 30 created")));
        // What the call has written is not sent again.
        assert_eq!(cluster.count("apply 1"), 30 - documents, "{documents}");
    }
}

#[test]
fn without_the_right_to_list_each_secret_is_read_alone() {
    let cluster = MemoryCluster::default();
    cluster.forbid_lists();
    cluster.add_secret("n01", NAME, "kubectl-regcred", QUAY);
    cluster.forbid("n02");
    let (cluster, results, lines) = apply_many(cluster, &options());
    assert_eq!((cluster.count("get"), cluster.count("apply")), (30, 1));
    assert_eq!(sum(&lines), &note("30 namespaces: 28 created, 1 updated, 1 failed"));
    assert!(failures(&results)[0].starts_with("namespace n02: "));
    assert!(cluster.stored("n01", NAME).unwrap().data.unwrap().len() > encoded(QUAY).len());
}

#[test]
fn what_is_not_known_afterwards_is_not_said_to_be_written() {
    let cluster = MemoryCluster::default();
    cluster.remove_namespace("n07");
    cluster.fail_lists_after_apply();
    let (_, results, lines) = apply_many(cluster, &options());
    assert_eq!(lines, [note("30 namespaces: 30 failed")]);
    let failures = failures(&results);
    assert!(failures[0].contains("returned no answer"), "{failures:?}");
    assert!(
        failures[1].starts_with("whether these namespaces were written is not known: 30\n  n00\n")
    );
    // A call that reported no failure is trusted.
    let cluster = MemoryCluster::default();
    cluster.fail_lists_after_apply();
    let (_, _, lines) = apply_many(cluster, &options());
    assert_eq!(sum(&lines), &note("30 namespaces: 30 created"));
}

#[test]
fn replacing_reads_nothing_before_or_after() {
    let cluster = MemoryCluster::default();
    cluster.add_secret("n01", NAME, "kubectl-regcred", QUAY);
    let (cluster, _, lines) = apply_many(cluster, &replacing());
    assert_eq!(cluster.calls(), ["apply 30"]);
    assert_eq!((written(&cluster), sum(&lines)), (30, &note("30 namespaces: 30 applied")));
}

#[test]
fn copies_of_old_credentials_are_removed_by_one_call() {
    let cluster = MemoryCluster::default();
    for namespace in ["n01", "n02"] {
        cluster.add_secret(namespace, NAME, "kubectl-client-side-apply", QUAY);
        let mut secret = cluster.stored(namespace, NAME).unwrap();
        secret.annotations.insert(LAST_APPLIED.to_owned(), "{}".to_owned());
        cluster.put_secret(namespace, NAME, secret);
    }
    let (cluster, _, lines) = apply_many(cluster, &options());
    assert_eq!(cluster.count("annotate 2"), 1);
    assert!(cluster.stored("n02", NAME).unwrap().annotations.is_empty());
    let removed = format!(
        "removed in 2 namespaces: the annotation {LAST_APPLIED}, which held the old credential"
    );
    assert!(lines.contains(&note(&removed)), "{lines:?}");
}

#[test]
fn a_server_dry_run_of_many_keeps_nothing() {
    let dry_run = mode(Conflicts::Refuse, DryRun::Server);
    let (cluster, _, lines) = apply_many(MemoryCluster::default(), &dry_run);
    assert_eq!(cluster.calls(), ["list secrets", "apply 30"]);
    assert_eq!(lines[0], output("secret/regcred created in namespace n00 (server dry run)"));
    assert_eq!(written(&cluster), 0);
}

#[test]
fn pods_are_sent_together_and_alone_where_that_fails() {
    let pods: Vec<Document> = many()
        .into_iter()
        .map(|metadata| {
            let image = ImageReference::parse("ghcr.io/jane/app").unwrap();
            Document::pod(metadata, &[image], &[NAME.to_owned()]).unwrap()
        })
        .collect();
    let pods: Vec<&Document> = pods.iter().collect();
    let (options, selection) = (options(), NamespaceSelection::default());
    let mut applier = Applier {
        cluster: MemoryCluster::default(),
        options: &options,
        namespaces: &selection,
        output: Format::Yaml,
    };
    let results = applier.apply_pods(&pods).unwrap();
    assert_eq!((results.failures.len(), applier.cluster.calls()), (0, vec!["apply 30".to_owned()]));
    applier.cluster = MemoryCluster::default();
    applier.cluster.remove_namespace("n03");
    let results = applier.apply_pods(&pods).unwrap();
    assert_eq!(failures(&results), ["namespace n03: namespaces \"n03\" not found"]);
    assert_eq!(results.done.iter().flatten().count(), 29);
}
