//! Recorded words of container runtimes, each with the verdict that it leads to.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::cluster::pods::{ContainerState, Event, PodImage};
use crate::cluster::secrets::LiveSecret;
use crate::diagnose::collect::{Reading, sandbox_failure};
use crate::diagnose::evidence::PodEvidence;
use crate::diagnose::judge::judge;
use crate::diagnose::secrets::PodSecrets;
use crate::diagnose::tests::case::NOW;
use crate::diagnose::verdict::Verdict;

#[derive(Deserialize)]
struct Row {
    program: String,
    version: String,
    source: String,
    image: String,
    /// The key of the one Secret that the Pod references; empty for no Secret.
    secret: String,
    words: String,
    verdict: String,
}

/// Judges what a node says of the one image of a Pod.
fn verdict(image: &str, secret: &str, words: &str) -> Verdict {
    let config = json!({"auths": {secret: {"username": "jane", "password": "hunter2"}}});
    let live: LiveSecret = serde_json::from_value(json!({
        "metadata": {"name": "regcred", "resourceVersion": "1"},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": STANDARD.encode(config.to_string())},
    }))
    .unwrap();
    let names = if secret.is_empty() { &[][..] } else { &["regcred"] };
    let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {words}");
    let images = [PodImage {
        name: "app".to_owned(),
        is_volume: false,
        reference: image,
        state: ContainerState::Waiting("ImagePullBackOff", &message),
    }];
    let secrets = PodSecrets::new(&[live], true);
    let reading = Reading { images: &images, events: &[], names, secrets: &secrets, now: NOW };
    let pod = PodEvidence {
        name: "web".to_owned(),
        namespace: "shop".to_owned(),
        account: "default".to_owned(),
        pull_secrets: names.iter().map(|name| (*name).to_owned()).collect(),
        ..PodEvidence::default()
    };
    judge(&reading.evidence()[0], &pod)
}

#[test]
fn recorded_words_lead_to_their_verdicts() {
    let rows: Vec<Row> =
        serde_json::from_str(include_str!("../../../tests/vectors/runtimes.json")).unwrap();
    let differences: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            assert!(!row.source.is_empty());
            let verdict = verdict(&row.image, &row.secret, &row.words);
            let is_it = verdict.code.to_string() == row.verdict;
            let of = format!("{} {}, {}", row.program, row.version, row.words);
            (!is_it).then(|| format!("{of}\n  {}: {}", verdict.code, verdict.message))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What the words of a mirror become, in the forms that the runtimes give them.
#[test]
fn mirrors_are_told_with_what_holds_for_the_runtime() {
    let shown = |image, secret, words| {
        let verdict = verdict(image, secret, words);
        format!("{}: {}\n  {}\n", verdict.code, verdict.message, verdict.hint)
    };
    let refused = "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://harbor.mirror.example/service/token?scope=x&service=harbor-registry: 401 Unauthorized";
    let verdicts = [
        shown("registry.gitlab.example/acme/app:v1", "registry.gitlab.example", refused),
        shown("registry.gitlab.example/acme/app:v1", "", refused),
        shown(
            "nginx:1",
            "",
            "unexpected status from HEAD request to https://m.example/v2/hub/nginx/manifests/1?ns=docker.io: 403 Forbidden",
        ),
        shown(
            "nginx:1",
            "https://index.docker.io/v1/",
            "failed to do request: Head \"https://m.example/v2/hub/nginx/manifests/1?ns=docker.io\": dial tcp 10.0.0.1:443: connect: connection refused",
        ),
        shown(
            "private.example/app:v1",
            "private.example",
            "reading manifest v1 in mirror.example/app: unauthorized: authentication required",
        ),
        shown(
            "nginx:1",
            "https://index.docker.io/v1/",
            "Error response from daemon: Get \"https://mirror.example/v2/\": unauthorized: authentication required",
        ),
    ];
    insta::assert_snapshot!(verdicts.concat(), @"
    mirror: harbor.mirror.example answered, not registry.gitlab.example: the node has a mirror for registry.gitlab.example, and the mirror rejected the login; containerd sent the mirror the credential of jane (Secret regcred, entry registry.gitlab.example), which is for registry.gitlab.example, and no login of the node's own
      remove imagePullSecrets from the Pod, so that the node's own login for harbor.mirror.example is sent, put a login for harbor.mirror.example into the Secret under registry.gitlab.example, or remove the mirror on the node: /etc/containerd/certs.d/registry.gitlab.example/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    mirror: harbor.mirror.example answered, not registry.gitlab.example: the node has a mirror for registry.gitlab.example, and the mirror rejected the login that the node has of its own
      correct the login for harbor.mirror.example on the node: /etc/containerd/certs.d/registry.gitlab.example/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    mirror: m.example answered, not docker.io: the node has a mirror for docker.io, and the mirror denied access, or has no such repository
      correct the login for m.example on the node: /etc/containerd/certs.d/docker.io/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    mirror: m.example was asked, not docker.io: the node has a mirror for docker.io, and the mirror cannot be reached
      correct the mirror on the node: /etc/containerd/certs.d/docker.io/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    mirror: mirror.example answered, not private.example: the node has a mirror for private.example, and the mirror requires a login of its own; CRI-O sends the credential of jane (Secret regcred, entry private.example) to private.example alone
      add a login for mirror.example on the node to the file of `global_auth_file` in /etc/crio/crio.conf, or remove the mirror: /etc/containers/registries.conf and registries.conf.d
    mirror: mirror.example answered, not docker.io: the node has a mirror for docker.io, and the mirror rejected the login; the credential of jane (Secret regcred, entry https://index.docker.io/v1/) is for docker.io
      remove the mirror on the node: `registry-mirrors` in /etc/docker/daemon.json
    ");
}

#[test]
fn the_image_of_the_sandbox_is_no_matter_of_the_pod() {
    let event = |reason: &str, message: &str| -> Event {
        serde_json::from_value(json!({"reason": reason, "message": message})).unwrap()
    };
    let failed = |message: &str| event("FailedCreatePodSandBox", message);
    let pull = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image \"a.example/pause:3.9\": failed to pull image \"a.example/pause:3.9\": no basic auth credentials";
    let network = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"a\": x";
    let pulling = || event("Pulling", "Pulling image \"ghcr.io/jane/app:v1\"");
    assert_eq!(sandbox_failure(&[pulling(), failed(pull)]).as_deref(), Some(pull));
    assert_eq!(sandbox_failure(&[failed(pull), event("Scheduled", "x")]).as_deref(), Some(pull));
    assert_eq!(sandbox_failure(&[failed(pull), pulling()]), None, "it was created since");
    assert_eq!(sandbox_failure(&[]), None);
    let shown = |failure: &str| {
        let mut case = super::case(crate::diagnose::verdict_code::VerdictCode::NotTried);
        case.pod.sandbox_failure = Some(failure.to_owned());
        super::shown(&case.verdict())
    };
    let verdicts = [
        shown(pull),
        shown(network),
        shown(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = creating pod sandbox with name \"k8s_web\": initializing source docker://a.example/pause:3.10: reading manifest 3.10 in a.example/pause: unauthorized: authentication required",
        ),
        shown(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed pulling image \"pause:3.9\": Error response from daemon: something new",
        ),
    ];
    insta::assert_snapshot!(verdicts.concat(), @r#"
    sandbox-image: the node cannot pull its sandbox image a.example/pause:3.9, with which every Pod starts: a.example requires a login, but none was sent; no pull Secret is used for it
      name an image that the node can pull, on the node: `sandbox_image` (containerd 2: `sandbox`) in /etc/containerd/config.toml
    not-tried: the node cannot create the Pod's sandbox: failed to setup network for sandbox "a": x
      for details: kubectl describe pod web -n shop
    sandbox-image: the node cannot pull its sandbox image a.example/pause:3.10, with which every Pod starts: a.example rejected the login; no pull Secret is used for it
      name an image that the node can pull, on the node: `pause_image` and `pause_image_auth_file` in /etc/crio/crio.conf
    sandbox-image: the node cannot pull its sandbox image pause:3.9, with which every Pod starts: failed pulling image "pause:3.9": Error response from daemon: something new; no pull Secret is used for it
      name an image that the node can pull, on the node: `--pod-infra-container-image` of cri-dockerd
    "#);
}
