//! References to pull Secrets: missing ones, misplaced ones, repeated ones, and those in
//! the wrong list; from files, and in the cluster. The inputs are those of public bug
//! reports.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Case;
use crate::support::fake_cluster::{AROUND, Cluster, NOT_SENT};

/// A pull Secret for one registry, as a manifest.
fn secret(name: &str, registry: &str, kind: &str) -> String {
    let config = json!({"auths": {registry: {"username": "jane", "password": "hunter2"}}});
    formatdoc! {"
        apiVersion: v1
        kind: Secret
        metadata: {{name: {name}}}
        type: {kind}
        data: {{.dockerconfigjson: {}}}
    ", STANDARD.encode(config.to_string())}
}

fn pull_secret(name: &str, registry: &str) -> String {
    secret(name, registry, "kubernetes.io/dockerconfigjson")
}

/// Files of these names and texts, diagnosed without an image.
fn diagnose(files: &[(&str, &str)]) -> crate::support::Outcome {
    let mut case = Case::new().secret("hunter2");
    let mut arguments = vec!["diagnose"];
    for (name, text) in files {
        case = case.file(&format!("work/{name}"), text);
        arguments.extend(["-f", name]);
    }
    case.run(&arguments)
}

/// github.com/1Password/op-scim-helm/issues/158
#[test]
fn a_reference_in_a_container_has_no_effect() {
    let deployment = indoc! {"
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: op-scim, namespace: tools}
        spec:
          template:
            spec:
              containers:
              - name: scim
                image: reg.example/op/scim:v2
                imagePullSecrets:
                - name: regcred
              - name: sidecar
                image: reg.example/op/sidecar:v2
    "};
    let secret = pull_secret("regcred", "reg.example");
    let files = [("deployment.yaml", deployment), ("secret.yaml", secret.as_str())];
    assert_snapshot!(diagnose(&files), @"
    exit code 3
    --- stdout
    Deployment op-scim (deployment.yaml), reg.example/op/scim: the kubelet tries no credential, and pulls anonymously

    misplaced-reference (Secret regcred): deployment.yaml:10: `imagePullSecrets` in container scim has no effect: it belongs in spec.template.spec, beside `containers`
      hint: put it right: kubectl regcred inject -f deployment.yaml --existing-secret regcred --fix --in-place

    Deployment op-scim (deployment.yaml), reg.example/op/sidecar: the kubelet tries no credential, and pulls anonymously
    --- stderr
    1 problem found
    ");
}

/// github.com/tektoncd/pipeline/pull/7736
#[test]
fn what_an_account_mounts_is_not_used_to_pull() {
    let files = indoc! {"
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: build-bot}
        secrets: [{name: regcred}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: build}
        spec:
          serviceAccountName: build-bot
          containers: [{name: app, image: reg.example/app:v1}]
    "};
    assert_snapshot!(diagnose(&[("build.yaml", files)]), @"
    exit code 3
    --- stdout
    Pod build (build.yaml), reg.example/app: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous; service account build-bot names regcred under `secrets`, which are mounted, not used to pull
      hint: link it: kubectl regcred link build-bot --secret-name regcred
    --- stderr
    1 problem found
    ");
    let secret = pull_secret("regcred", "reg.example");
    assert_snapshot!(diagnose(&[("build.yaml", files), ("secret.yaml", &secret)]), @"
    exit code 3
    --- stdout
    Pod build (build.yaml), reg.example/app: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous; service account build-bot names regcred under `secrets`, which are mounted, not used to pull
      hint: link it: kubectl regcred link build-bot --secret-name regcred
    --- stderr
    1 problem found
    ");
    // The account alone, with an image.
    let account = files.split("---").next().unwrap();
    let case = Case::new().file("work/sa.yaml", account);
    let outcome = case.run(&["diagnose", "--image", "reg.example/app:v1", "-f", "sa.yaml"]);
    assert_snapshot!(outcome, @"
    exit code 3
    --- stdout
    reg.example/app: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous; service account build-bot names regcred under `secrets`, which are mounted, not used to pull
      hint: link it: kubectl regcred link build-bot --secret-name regcred
    --- stderr
    1 problem found
    ");
}

/// The same in the cluster.
#[test]
fn what_an_account_of_the_cluster_mounts_is_not_used_to_pull() {
    let mut cluster = Cluster::waiting(NOT_SENT, &[]).login("regcred");
    cluster.pod["spec"]["serviceAccountName"] = json!("build-bot");
    let account = json!({"kind": "ServiceAccount", "metadata": {"name": "build-bot", "resourceVersion": "7"},
        "secrets": [{"name": "build-bot-token-x"}, {"name": "regcred"}]});
    let around = AROUND.replace("NAMES", "serviceaccount/build-bot");
    let list = json!({"items": [cluster.secrets[0]]});
    let cluster = cluster
        .answer(&around, &format!("stdout {account}"))
        .answer(PULL_SECRETS, &format!("stdout {list}"));
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "ghcr.io/jane/app:v1": failed to resolve reference "ghcr.io/jane/app:v1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized
      ghcr.io/jane/app: the kubelet tries no credential, and pulls anonymously

    verdict: no-pull-secret: ghcr.io requires authentication, and neither the Pod nor its service account build-bot references a pull Secret for it; service account build-bot names regcred under `secrets`, which are mounted, not used to pull
      hint: link it: kubectl regcred link build-bot --secret-name regcred -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    --- stderr
    1 problem found
    "#);
    assert_eq!(cluster.diagnose(&[]).calls.len(), 4);
}

const PULL_SECRETS: &str = "get secrets --output=json --field-selector=type=kubernetes.io/dockerconfigjson --namespace=shop";

/// github.com/kubernetes/kubernetes/issues/110476
#[test]
fn a_secret_of_another_name_that_matches_is_proposed() {
    let pod = indoc! {"
        apiVersion: v1
        kind: Pod
        metadata: {name: goweb, namespace: paas}
        spec:
          imagePullSecrets: [{name: regcred}]
          containers: [{name: goweb, image: reg.harbor.example/ccsec/goweb:1.0}]
    "};
    let others = [
        pull_secret("ghcr", "ghcr.io"),
        pull_secret("paas-registry", "reg.harbor.example"),
        pull_secret("elsewhere", "reg.harbor.example")
            .replace("elsewhere}", "elsewhere, namespace: x}"),
    ];
    let secrets = others.join("---\n");
    assert_snapshot!(diagnose(&[("pod.yaml", pod), ("secrets.yaml", &secrets)]), @"
    exit code 3
    --- stdout
    Pod goweb (pod.yaml), reg.harbor.example/ccsec/goweb: the kubelet tries no credential, and pulls anonymously

    secret-missing (Secret regcred): the Pod references this Secret, which the files do not hold; paas-registry exists and its entry matches this image
      hint: reference paas-registry instead: imagePullSecrets: [{name: paas-registry}]
    --- stderr
    1 problem found
    ");
    // Without any reference the matching one is proposed too.
    let pod = pod.replace("  imagePullSecrets: [{name: regcred}]\n", "");
    assert_snapshot!(diagnose(&[("pod.yaml", &pod), ("secrets.yaml", &secrets)]), @"
    exit code 3
    --- stdout
    Pod goweb (pod.yaml), reg.harbor.example/ccsec/goweb: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous; paas-registry exists and its entry matches this image
      hint: reference it: kubectl regcred inject -f pod.yaml --existing-secret paas-registry --in-place
    --- stderr
    1 problem found
    ");
    // With nothing that matches the missing one is to be made.
    assert_snapshot!(diagnose(&[("pod.yaml", &pod)]), @"
    exit code 3
    --- stdout
    Pod goweb (pod.yaml), reg.harbor.example/ccsec/goweb: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous
      hint: create one that new Pods use: kubectl regcred secret --registry reg.harbor.example --apply --link -n paas
    --- stderr
    1 problem found
    ");
}

/// The same in the cluster.
#[test]
fn a_secret_of_the_namespace_that_matches_is_proposed() {
    let names = "get secrets --no-headers --all-namespaces";
    let mut cluster = Cluster::waiting(NOT_SENT, &["regcred"])
        .secret("ghcr", &json!({"quay.io": {"username": "jane", "password": "hunter2"}}))
        .login("paas-registry");
    let list = json!({"items": cluster.secrets});
    cluster = cluster
        .answer(names, "stdout shop   paas-registry   kubernetes.io/dockerconfigjson   1   5m")
        .answer(PULL_SECRETS, &format!("stdout {list}"));
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "ghcr.io/jane/app:v1": failed to resolve reference "ghcr.io/jane/app:v1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized
      ghcr.io/jane/app: the kubelet tries no credential, and pulls anonymously

    verdict: secret-missing: the Pod references the Secret regcred, which does not exist; paas-registry exists and its entry matches this image
      hint: reference paas-registry instead, in the manifest of the Pod, and recreate the Pod: imagePullSecrets: [{name: paas-registry}]
    --- stderr
    1 problem found
    "#);
    cluster.pod["metadata"]["ownerReferences"] =
        json!([{"kind": "ReplicaSet", "name": "web-5d4f"}]);
    cluster.pod["metadata"]["labels"] = json!({"pod-template-hash": "5d4f"});
    cluster.assert(
        "secret-missing",
        "paas-registry exists and its entry matches this image",
        "reference paas-registry in deployment/web instead: imagePullSecrets: [{name: paas-registry}]",
    );
    // Who may not read them is told as much as can be known.
    let forbidden = "stderr Error from server (Forbidden): secrets is forbidden\n  exit 1";
    let mut cluster = Cluster::waiting(NOT_SENT, &["regcred"])
        .answer(names, forbidden)
        .answer("get secrets --no-headers --namespace=shop", forbidden)
        .answer(PULL_SECRETS, forbidden);
    cluster.assert("secret-missing", "regcred, which does not exist", "create it in the Pod's");
    cluster.more.clear();
    let none = Cluster::waiting(NOT_SENT, &[]).answer(PULL_SECRETS, forbidden);
    none.assert("no-pull-secret", "neither the Pod nor", "create one that new Pods use");
}

/// github.com/kubernetes/website/issues/35154
#[test]
fn a_secret_of_the_wrong_type_is_one_problem() {
    let secret = secret("regcred", "reg.example", "Opaque");
    let pod = "kind: Pod\nmetadata: {name: web}\nspec:\n  imagePullSecrets: [{name: regcred}]\n  containers: [{image: reg.example/app:v1}]\n";
    assert_snapshot!(diagnose(&[("pod.yaml", pod), ("secret.yaml", &secret)]), @"
    exit code 3
    --- stdout
    Pod web (pod.yaml), reg.example/app: the kubelet tries no credential, and pulls anonymously

    wrong-type (Secret regcred): the Secret is of type Opaque: the kubelet skips it
      hint: create a pull Secret under another name, and reference that one: kubectl regcred secret regcred-pull --registry reg.example --apply
    --- stderr
    1 problem found
    ");
}

/// github.com/kubernetes/kubernetes/issues/73541
#[test]
fn repetitions_of_one_reference_are_folded() {
    let list = vec!["{name: regcred}"; 545].join(", ");
    let account = formatdoc! {"
        kind: ServiceAccount
        metadata: {{name: default}}
        imagePullSecrets: [{list}]
        ---
        kind: Pod
        metadata: {{name: web}}
        spec: {{containers: [{{image: reg.example/app:v1}}]}}
    "};
    let secret = pull_secret("regcred", "reg.example");
    assert_snapshot!(diagnose(&[("sa.yaml", &account), ("secret.yaml", &secret)]), @"
    exit code 3
    --- stdout
    Pod web (sa.yaml), reg.example/app: the kubelet tries
      1. jane, from the Secret regcred, entry reg.example (545 times)

    repeated-reference (Secret regcred): the Secret is referenced 545 times: the kubelet tries its entries as often, and the Pod starts late
      hint: reference it once: imagePullSecrets: [{name: regcred}]
    --- stderr
    1 problem found
    ");

    let mut cluster = Cluster::waiting(crate::support::fake_cluster::REJECTED, &["regcred"; 545]);
    cluster = cluster.login("regcred");
    cluster.account = vec!["regcred"; 545];
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "ghcr.io/jane/app:v1": failed to resolve reference "ghcr.io/jane/app:v1": failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://ghcr.io/token: 401 Unauthorized
      ghcr.io/jane/app: the kubelet tries
        1. jane, from the Secret regcred, entry ghcr.io (545 times)
      repeated-reference (Secret regcred): the Secret is referenced 545 times: the kubelet tries its entries as often, and the Pod starts late
        hint: reference it once: kubectl regcred unlink default --secret-name regcred -n shop && kubectl regcred link default --secret-name regcred -n shop

    verdict: rejected: ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      hint: log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    --- stderr
    1 problem found
    "#);
}

#[test]
fn each_misplacement_is_found_in_files_and_in_what_kubectl_noted() {
    for (object, place) in [
        (
            "kind: StatefulSet\nmetadata: {name: db}\nspec:\n  imagePullSecrets: [{name: regcred}]\n  template:\n    spec: {containers: [{image: reg.example/app}]}\n",
            "web.yaml:4: `imagePullSecrets` in spec has no effect: it belongs in spec.template.spec, beside `containers`",
        ),
        (
            "kind: Pod\nmetadata:\n  name: web\n  imagePullSecrets: [{name: regcred}]\nspec: {containers: [{image: reg.example/app}]}\n",
            "web.yaml:4: `imagePullSecrets` in metadata has no effect: it belongs in spec, beside `containers`",
        ),
        (
            "kind: Pod\nmetadata: {name: web}\nspec:\n  imagePullSecret: [{name: regcred}]\n  containers: [{image: reg.example/app}]\n",
            "web.yaml:4: `imagePullSecret` has no effect: the field is called `imagePullSecrets`",
        ),
        (
            "kind: Pod\nmetadata: {name: web}\nspec:\n  ImagePullSecrets: [{name: regcred}]\n  containers: [{image: reg.example/app}]\n",
            "web.yaml:4: `ImagePullSecrets` has no effect: the field is called `imagePullSecrets`",
        ),
        (
            "kind: Pod\nmetadata: {name: web}\nspec:\n  imagePullSecrets:\n  - regcred\n  containers: [{image: reg.example/app}]\n",
            "web.yaml:5: the API server refuses this `imagePullSecrets`: it is a list, and each item of it is written `name: SECRET`",
        ),
    ] {
        let secret = pull_secret("regcred", "reg.example");
        let case = Case::new().file("work/web.yaml", object).file("work/secret.yaml", secret);
        let outcome = case.run(&["diagnose", "-f", "web.yaml", "-f", "secret.yaml", "-o", "json"]);
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let problems = answer["images"][0]["problems"].as_array().unwrap();
        assert_eq!((problems.len(), outcome.code), (1, 3), "one finding per cause: {answer}");
        assert_eq!(problems[0]["code"], "misplaced-reference", "{answer}");
        assert_eq!(problems[0]["message"], place);
    }
    // The API server dropped it; what kubectl noted holds it still.
    let applied = json!({"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [
        {"name": "app", "image": "ghcr.io/jane/app:v1", "imagePullSecrets": [{"name": "regcred"}]}]}});
    let mut cluster = Cluster::waiting(NOT_SENT, &[]);
    cluster.pod["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()});
    cluster.assert(
        "misplaced-reference",
        "`imagePullSecrets` in container app has no effect: it belongs in spec, beside `containers`",
        "reference regcred instead, in the manifest of the Pod, and recreate the Pod: imagePullSecrets: [{name: regcred}]",
    );
}

#[test]
fn files_without_an_image_and_flags_without_a_meaning_are_told() {
    let secret = pull_secret("regcred", "reg.example");
    assert_snapshot!(diagnose(&[("secret.yaml", &secret)]), @"
    exit code 2
    --- stderr
    error: the files name no image to diagnose

    hint: name one: kubectl regcred diagnose --image IMAGE -f FILE
    ");
    let case = Case::new().file("work/secret.yaml", &secret);
    let more = ["--verify", "-n", "shop", "--context=prod"];
    let outcome = case.run(&[&["diagnose", "-f", "secret.yaml"], &more[..]].concat());
    assert_snapshot!(outcome, @"
    exit code 2
    --- stderr
    error: diagnose -f reads files alone, and cannot be combined with --verify and --namespace and --context

    hint: diagnose the Pod in the cluster: kubectl regcred diagnose POD, or ask the registry: kubectl regcred verify IMAGE
    ");
}

#[test]
fn an_image_without_its_port_is_to_be_corrected() {
    let config = json!({"auths": {"localhost:5055": {"username": "jane", "password": "hunter2"}}});
    let case = Case::new().file("work/multi/config.json", config.to_string()).secret("hunter2");
    let run = |image: &str| case.run(&["diagnose", "--image", image, "-f", "multi/config.json"]);
    assert_snapshot!(run("localhost:5055/team/app:v1"), @"
    exit code 0
    --- stdout
    localhost:5055/team/app: the kubelet tries
      1. jane, from multi/config.json, entry localhost:5055
    ");
    assert_snapshot!(run("localhost/team/app:v1"), @"
    exit code 3
    --- stdout
    localhost/team/app: the kubelet tries no credential, and pulls anonymously

    no-match (multi/config.json, entry localhost:5055): no entry matches the image, and the pull is anonymous; the nearest entry: its port is 5055, and the image's is none
      hint: write the port in the image: localhost:5055/team/app:v1
    --- stderr
    1 problem found
    ");
    assert_snapshot!(run("localhost:5056/team/app:v1"), @"
    exit code 3
    --- stdout
    localhost:5056/team/app: the kubelet tries no credential, and pulls anonymously

    no-match (multi/config.json, entry localhost:5055): no entry matches the image, and the pull is anonymous; the nearest entry: its port is 5055, and the image's is 5056
      hint: add the registry's entry: kubectl regcred secret regcred --registry localhost:5056 --apply
    --- stderr
    1 problem found
    ");
}

#[test]
fn images_that_everybody_may_pull_need_no_secret() {
    let pod = "kind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{image: nginx:1}, {image: registry.k8s.io/pause:3.9}, {image: ghcr.io/acme/app:v1}]\n";
    assert_snapshot!(diagnose(&[("pod.yaml", pod)]), @"
    exit code 3
    --- stdout
    Pod web (pod.yaml), docker.io/library/nginx: the kubelet tries no credential, and pulls anonymously

    Pod web (pod.yaml), registry.k8s.io/pause: the kubelet tries no credential, and pulls anonymously

    Pod web (pod.yaml), ghcr.io/acme/app: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous
      hint: create one that new Pods use: kubectl regcred secret --registry ghcr.io --apply --link
    --- stderr
    1 problem found
    ");
}

/// What the API server drops of a Deployment its Pods never had.
#[test]
fn a_misplacement_in_what_makes_the_pod_is_found() {
    let mut cluster = Cluster::waiting(NOT_SENT, &[]);
    cluster.pod["metadata"]["ownerReferences"] =
        json!([{"kind": "ReplicaSet", "name": "web-5d4f"}]);
    cluster.pod["metadata"]["labels"] = json!({"pod-template-hash": "5d4f"});
    let applied = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"imagePullSecrets": [{"name": "regcred"}], "template": {"spec": {"containers": [
            {"name": "app", "image": "ghcr.io/jane/app:v1"}]}}}});
    let deployment = json!({"metadata": {"annotations":
        {"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()}}});
    let read = "get deployment/web --output=json --namespace=shop";
    let cluster = cluster.answer(read, &format!("stdout {deployment}"));
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "ghcr.io/jane/app:v1": failed to resolve reference "ghcr.io/jane/app:v1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized
      ghcr.io/jane/app: the kubelet tries no credential, and pulls anonymously

    verdict: misplaced-reference: `imagePullSecrets` in spec has no effect: it belongs in spec.template.spec, beside `containers`
      hint: reference regcred in deployment/web instead: imagePullSecrets: [{name: regcred}]
    --- stderr
    1 problem found
    "#);
}
