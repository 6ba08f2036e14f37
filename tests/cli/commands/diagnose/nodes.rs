//! What nodes say where the Pod's Secrets are not the reason: mirrors, the node's own
//! login, its sandbox image, images that were built here or moved. The inputs are those of
//! public bug reports.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::fake_cluster::Cluster;

const LOGIN: &str = "hunter2";

/// `words` with what containerd says before them.
fn containerd(image: &str, words: &str) -> String {
    format!(
        "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {words}"
    )
}

fn login(cluster: Cluster, key: &str) -> Cluster {
    cluster.secret("regcred", &json!({key: {"username": "jane", "password": LOGIN}}))
}

/// github.com/k3s-io/k3s/issues/8026
#[test]
fn a_mirror_answers_with_the_credential_of_the_registry() {
    let image = "registry.gitlab.example/acme/app:v1";
    let words = containerd(
        image,
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://harbor.mirror.example/service/token?scope=x&service=harbor-registry: 401 Unauthorized",
    );
    let cluster = login(Cluster::pulling(image, &words, &["regcred"]), "registry.gitlab.example");
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "registry.gitlab.example/acme/app:v1": failed to resolve reference "registry.gitlab.example/acme/app:v1": failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://harbor.mirror.example/service/token?scope=x&service=harbor-registry: 401 Unauthorized
      registry.gitlab.example/acme/app: the kubelet tries
        1. jane, from the Secret regcred, entry registry.gitlab.example

    verdict: mirror: harbor.mirror.example answered, not registry.gitlab.example: the node has a mirror for registry.gitlab.example, and the mirror rejected the login; containerd sent the mirror the credential of jane (Secret regcred, entry registry.gitlab.example), which is for registry.gitlab.example, and no login of the node's own
      hint: remove imagePullSecrets from the Pod, so that the node's own login for harbor.mirror.example is sent, put a login for harbor.mirror.example into the Secret under registry.gitlab.example, or remove the mirror on the node: /etc/containerd/certs.d/registry.gitlab.example/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    --- stderr
    1 problem found
    "#);
}

/// github.com/bottlerocket-os/bottlerocket/issues/4422
#[test]
fn a_mirror_of_docker_hub_is_told_by_its_namespace() {
    let image = "natsio/nats-server-config-reloader:0.14.0";
    let words = containerd(
        "docker.io/natsio/nats-server-config-reloader:0.14.0",
        "unexpected status from HEAD request to https://my-mirrors.example/docker-hub/natsio/nats-server-config-reloader/manifests/0.14.0?ns=docker.io: 403 Forbidden",
    );
    assert_snapshot!(Cluster::pulling(image, &words, &[]).diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "docker.io/natsio/nats-server-config-reloader:0.14.0": failed to resolve reference "docker.io/natsio/nats-server-config-reloader:0.14.0": unexpected status from HEAD request to https://my-mirrors.example/docker-hub/natsio/nats-server-config-reloader/manifests/0.14.0?ns=docker.io: 403 Forbidden
      docker.io/natsio/nats-server-config-reloader: the kubelet tries no credential, and pulls anonymously

    verdict: mirror: my-mirrors.example answered, not docker.io: the node has a mirror for docker.io, and the mirror denied access, or has no such repository
      hint: correct the login for my-mirrors.example on the node: /etc/containerd/certs.d/docker.io/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    --- stderr
    1 problem found
    "#);
}

/// github.com/devantler-tech/ksail/pull/6121
#[test]
fn the_login_of_the_node_itself_is_refused() {
    let image = "ghcr.io/acme/ksail:v7.169.2";
    let words = containerd(
        image,
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?scope=x&service=ghcr.io: 403 Forbidden",
    );
    assert_snapshot!(Cluster::pulling(image, &words, &[]).diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "ghcr.io/acme/ksail:v7.169.2": failed to resolve reference "ghcr.io/acme/ksail:v7.169.2": failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?scope=x&service=ghcr.io: 403 Forbidden
      ghcr.io/acme/ksail: the kubelet tries no credential, and pulls anonymously

    verdict: node-credential: ghcr.io rejected a login that no Secret of the Pod holds: the node has a login of its own for ghcr.io (/var/lib/kubelet/config.json, a credential provider of the kubelet, or the runtime's registries), which it sends for public images too
      hint: correct the login for ghcr.io on the node, or override it by a pull Secret: kubectl regcred secret --registry ghcr.io --apply --link -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    --- stderr
    1 problem found
    "#);
}

/// github.com/kubernetes/minikube/issues/20613
#[test]
fn an_image_that_was_built_here_is_to_be_loaded() {
    let words = "Error response from daemon: pull access denied for suedost-web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied";
    assert_snapshot!(Cluster::pulling("suedost-web:latest", words, &[]).diagnose(&[]), @"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      Error response from daemon: pull access denied for suedost-web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied
      docker.io/library/suedost-web: the kubelet tries no credential, and pulls anonymously

    verdict: local-image: suedost-web:latest names no registry and means docker.io/library/suedost-web, which does not exist or is not public
      hint: if it was built on this machine, load it into the cluster, with imagePullPolicy: IfNotPresent: kind load docker-image suedost-web:latest, minikube image load suedost-web:latest, or k3d image import suedost-web:latest
    --- stderr
    1 problem found
    ");
}

/// github.com/letsrevel/revel-backend/pull/709
#[test]
fn a_refusal_of_v2_is_one_of_the_login() {
    let words = "Error response from daemon: Get \"https://ghcr.io/v2/\": denied: denied";
    let cluster = login(Cluster::pulling("ghcr.io/acme/app:v1", words, &["regcred"]), "ghcr.io");
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      Error response from daemon: Get "https://ghcr.io/v2/": denied: denied
      ghcr.io/acme/app: the kubelet tries
        1. jane, from the Secret regcred, entry ghcr.io

    verdict: rejected: ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      hint: log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    --- stderr
    1 problem found
    "#);
}

/// github.com/kubernetes/kops/issues/16762
#[test]
fn the_image_that_every_pod_starts_with_needs_no_pull_secret() {
    let image = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/k8s/pause:3.9";
    let words = containerd(
        image,
        "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
    );
    let message = format!(
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image \"{image}\": failed to pull image \"{image}\": {words}"
    );
    let creating = json!({"waiting": {"reason": "ContainerCreating"}});
    let mut cluster = login(Cluster::with(&creating, &["regcred"]), "ghcr.io");
    cluster.events = vec![json!({"reason": "FailedCreatePodSandBox", "message": message,
        "lastTimestamp": "2026-11-02T00:00:00Z", "involvedObject": {"fieldPath": ""}})];
    assert_snapshot!(cluster.diagnose(&[]), @"
    exit code 3
    --- stdout
    app: ContainerCreating
      ghcr.io/jane/app: the kubelet tries
        1. jane, from the Secret regcred, entry ghcr.io

    verdict: sandbox-image: the node cannot pull its sandbox image 123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/k8s/pause:3.9, with which every Pod starts: 123456789012.dkr.ecr.ap-southeast-2.amazonaws.com requires a login, but none was sent; no pull Secret is used for it
      hint: name an image that the node can pull, on the node: `sandbox_image` (containerd 2: `sandbox`) in /etc/containerd/config.toml
    --- stderr
    1 problem found
    ");
}

/// github.com/docker/cli/issues/4511
#[test]
fn a_token_of_docker_hub_may_do_too_little() {
    let image = "docker.io/acme/private:v1";
    let words = containerd(
        image,
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.docker.io/token?scope=x&service=registry.docker.io: 401 Unauthorized: access token has insufficient scopes",
    );
    let cluster =
        login(Cluster::pulling(image, &words, &["regcred"]), "https://index.docker.io/v1/");
    assert_snapshot!(cluster.diagnose(&[]), @r#"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      failed to pull and unpack image "docker.io/acme/private:v1": failed to resolve reference "docker.io/acme/private:v1": failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.docker.io/token?scope=x&service=registry.docker.io: 401 Unauthorized: access token has insufficient scopes
      docker.io/acme/private: the kubelet tries
        1. jane, from the Secret regcred, entry https://index.docker.io/v1/

    verdict: denied: docker.io accepted the login of jane (Secret regcred, entry https://index.docker.io/v1/), but its token may not pull acme/private: the token's scopes are too narrow
      hint: create a token with the access `Read-only` (`Public Repo Read-only` pulls no private image), log in with it, then: kubectl regcred secret regcred --registry docker.io --apply -n shop
    --- stderr
    1 problem found
    "#);
}

/// github.com/bitnami/containers/issues/83267
#[test]
fn an_image_that_was_moved_is_named_in_its_new_place() {
    let words = "Error response from daemon: manifest for bitnami/redis:7.2 not found: manifest unknown: manifest unknown";
    assert_snapshot!(Cluster::pulling("bitnami/redis:7.2", words, &[]).diagnose(&[]), @"
    exit code 3
    --- stdout
    app: ImagePullBackOff
      Error response from daemon: manifest for bitnami/redis:7.2 not found: manifest unknown: manifest unknown
      docker.io/bitnami/redis: the kubelet tries no credential, and pulls anonymously

    verdict: moved-image: bitnami/redis:7.2 was not found or is not public: Bitnami moved its free images in 2025
      hint: name the image in its new place: docker.io/bitnamilegacy/redis:7.2
    --- stderr
    1 problem found
    ");
}

#[test]
fn what_no_secret_can_change_is_told_in_the_words_of_each_kind() {
    let denied = containerd(
        "docker.io/acme/web:dev",
        "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    );
    Cluster::pulling("acme/web:dev", &denied, &[]).assert(
        "no-pull-secret",
        "acme/web:dev names no registry and means docker.io/acme/web; docker.io requires authentication, or has no such repository",
        "",
    );
    let never = json!({"waiting": {"reason": "ErrImageNeverPull",
        "message": "Container image \"web:dev\" is not present with pull policy of Never"}});
    let mut cluster = Cluster::with(&never, &[]);
    cluster.pod["spec"]["containers"][0]["image"] = json!("web:dev");
    cluster.assert("never-pull", "", "kind load docker-image web:dev");
    let refused = "failed to do request: Head \"http://localhost:5001/v2/web/manifests/dev\": dial tcp [::1]:5001: connect: connection refused";
    Cluster::pulling("localhost:5001/web:dev", refused, &[]).assert(
        "unreachable",
        "on a node, that is the node itself",
        "push the image to a registry that the node reaches",
    );
    // Another Pod's Secret for the node's own login would be overridden; a static Pod has none.
    let image = "ghcr.io/acme/app:v1";
    let oauth = containerd(
        image,
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?service=ghcr.io: 403 Forbidden",
    );
    let other = login(Cluster::pulling(image, &oauth, &["regcred"]), "quay.io");
    other.assert(
        "node-credential",
        "a login that no Secret of the Pod holds",
        "--registry ghcr.io",
    );
    let mut fixed = Cluster::pulling(image, &oauth, &[]);
    fixed.pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
    fixed.assert("node-credential", "", "correct the login for ghcr.io on the node: /var/lib");
    // The sandbox fails for another reason.
    let message = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"a\": x";
    let creating = json!({"waiting": {"reason": "ContainerCreating"}});
    let mut cluster = login(Cluster::with(&creating, &["regcred"]), "ghcr.io");
    cluster.events = vec![json!({"reason": "FailedCreatePodSandBox", "message": message,
        "lastTimestamp": "2026-11-02T00:00:00Z", "involvedObject": {"fieldPath": ""}})];
    cluster.assert("not-tried", "cannot create the Pod's sandbox: failed to setup network", "");
}

#[test]
fn a_refused_credential_with_a_flaw_is_told_with_its_flaw_first() {
    let refused = |user: &str, password: &str, words: &str| {
        let image = "ghcr.io/acme/app:v1";
        let cluster = Cluster::pulling(image, &containerd(image, words), &["regcred"]);
        let entry = json!({"ghcr.io": {"username": user, "password": password}});
        let (code, message, hint) = cluster.secret("regcred", &entry).verdict();
        format!("{code}: {message}\n  {hint}")
    };
    let rejected = "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?service=ghcr.io: 403 Forbidden";
    let denied = "unexpected status from HEAD request to https://ghcr.io/v2/acme/app/manifests/v1: 403 Forbidden";
    let told = [
        refused("jane", "hunter2\n", rejected),
        refused("x-access-token", "ghs_hunter2", denied),
        refused("jane", "github_pat_hunter2", denied),
        refused("jane", "github_pat_hunter2", rejected),
        // A token of the command line may do too much, which is no reason for a refusal.
        refused("jane", "gho_hunter2", rejected),
        refused("jane", "ghp_hunter2", denied),
        refused("robot", " hunter2", rejected),
        refused("jane", "$TOKEN", rejected),
        refused("<user>", "hunter2", rejected),
    ];
    assert_snapshot!(told.join("\n"), @"
    rejected: jane (Secret regcred, entry ghcr.io): the password ends with a newline: the registry will probably refuse it; ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      take the newline away, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    denied: x-access-token (Secret regcred, entry ghcr.io): the token of a GitHub App ends within the hour, and may log in to ghcr.io without being allowed to pull: Pods that start later cannot pull; ghcr.io has no repository acme/app, or no access to it for x-access-token (Secret regcred, entry ghcr.io)
      take a classic personal access token with read:packages alone, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    denied: jane (Secret regcred, entry ghcr.io): a fine-grained token of GitHub may log in to ghcr.io, and may not pull from there; ghcr.io has no repository acme/app, or no access to it for jane (Secret regcred, entry ghcr.io)
      take a classic personal access token with read:packages alone, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    rejected: jane (Secret regcred, entry ghcr.io): a fine-grained token of GitHub may log in to ghcr.io, and may not pull from there; ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      take a classic personal access token with read:packages alone, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    rejected: ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    denied: ghcr.io has no repository acme/app, or no access to it for jane (Secret regcred, entry ghcr.io)
      grant jane read access at the registry, or log in as another user, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    rejected: robot (Secret regcred, entry ghcr.io): the password begins with a space: the registry will probably refuse it; ghcr.io rejected the credentials of robot (Secret regcred, entry ghcr.io)
      take the white space away, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    rejected: jane (Secret regcred, entry ghcr.io): the password is a placeholder: a variable or command that the shell did not replace; ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    rejected: <user> (Secret regcred, entry ghcr.io): the user name is a placeholder: words for the real one; ghcr.io rejected the credentials of <user> (Secret regcred, entry ghcr.io)
      log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    ");
}

/// github.com/docker/docs/issues/23859
#[test]
fn a_registry_that_takes_the_account_of_another_says_so() {
    let image = "dhi.io/python:3.13";
    let words = containerd(
        image,
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://dhi.io/token: 401 Unauthorized",
    );
    let told = |cluster: Cluster| {
        let (code, message, hint) = cluster.verdict();
        format!("{code}: {message}\n  {hint}")
    };
    let with_hub =
        login(Cluster::pulling(image, &words, &["regcred"]), "https://index.docker.io/v1/");
    let told = [told(Cluster::pulling(image, &words, &[])), told(with_hub)];
    assert_snapshot!(told.join("\n"), @"
    no-pull-secret: dhi.io requires authentication (dhi.io takes the account of Docker Hub, under its own name), and neither the Pod nor its service account default references a pull Secret for it
      create one that new Pods use, then recreate this Pod: kubectl regcred secret --registry dhi.io --apply --link -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    no-match: no entry of the Pod's Secrets matches dhi.io/python: they are for other registries, and no credential is sent (dhi.io takes the account of Docker Hub, under its own name)
      add the registry's entry: kubectl regcred secret regcred --registry dhi.io --apply -n shop
    ");
}

#[test]
fn a_user_that_the_registry_does_not_take_is_told() {
    let rejected = |image: &str, key: &str, user: &str, password: &str| {
        let words = containerd(
            image,
            &format!(
                "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://{}/token: 401 Unauthorized",
                image.split('/').next().unwrap()
            ),
        );
        let entry = json!({key: {"username": user, "password": password}});
        Cluster::pulling(image, &words, &["regcred"]).secret("regcred", &entry).verdict().1
    };
    let hub = "https://index.docker.io/v1/";
    let told = [
        rejected("cp.icr.io/cp/app:v1", "cp.icr.io", "iamuser", "hunter2"),
        rejected("us.icr.io/acme/app:v1", "us.icr.io", "jane", "hunter2"),
        rejected("docker.io/acme/app:v1", hub, "jane", "dckr_oat_hunter2"),
        rejected("nvcr.io/nvidia/app:v1", "nvcr.io", "oauthtoken", "hunter2"),
        rejected("cp.icr.io/cp/app:v1", "cp.icr.io", "cp", "hunter2"),
    ];
    assert_snapshot!(told.join("\n"), @"
    iamuser (Secret regcred, entry cp.icr.io): cp.icr.io takes the user cp with an entitlement key; cp.icr.io rejected the credentials of iamuser (Secret regcred, entry cp.icr.io)
    jane (Secret regcred, entry us.icr.io): IBM's registry takes the user iamapikey with an API key; us.icr.io rejected the credentials of jane (Secret regcred, entry us.icr.io)
    jane (Secret regcred, entry https://index.docker.io/v1/): a token of an organization takes the name of the organization as its user; docker.io rejected the credentials of jane (Secret regcred, entry https://index.docker.io/v1/)
    oauthtoken (Secret regcred, entry nvcr.io): nvcr.io takes the user $oauthtoken, written so, with an API key; nvcr.io rejected the credentials of oauthtoken (Secret regcred, entry nvcr.io)
    cp.icr.io rejected the credentials of cp (Secret regcred, entry cp.icr.io)
    ");
}
