//! Tables of evidence and verdicts: every code has a row.

mod case;
mod words;

use insta::assert_snapshot;

use crate::cluster::pods::{ContainerState, PodImage};
use crate::diagnose::collect::Reading;
use crate::diagnose::evidence::DroppedReference;
use crate::diagnose::judge::without_images;
use crate::diagnose::secrets::PodSecrets;
use crate::diagnose::tests::case::{Case, IMAGE, LOGIN, NOW, diagnosis, value};
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::distribution::Outcome;
use crate::kubelet::State;
use crate::kubelet::cause::Cause;
use crate::manifest::edit;

type Row = (VerdictCode, Case);

/// What the state of the container or the name of the image decides.
fn rows_of_states() -> Vec<Row> {
    let mut resolved = Case::logged_in().cause(Cause::Rejected);
    resolved.evidence.is_changed = true;
    let mut untried = Case::logged_in().state(ContainerState::Unknown);
    untried.evidence.message = None;
    let mut sandbox = Case::logged_in().state(ContainerState::Unknown);
    sandbox.evidence.message = None;
    sandbox.pod.sandbox_failure = Some(
        "failed to get sandbox image \"a.example/pause:3.9\": no basic auth credentials".to_owned(),
    );
    let mut mirrored = Case::logged_in().cause(Cause::Rejected);
    mirrored.evidence.mirror = Some("mirror.example".to_owned());
    let started = ContainerState::Waiting("CrashLoopBackOff", "x");
    vec![
        (VerdictCode::Pulled, Case::logged_in().state(started)),
        (VerdictCode::Resolved, resolved),
        (VerdictCode::NotTried, untried),
        (VerdictCode::InvalidImage, Case::of("Not An Image", &[])),
        (VerdictCode::Unknown, Case::logged_in()),
        (VerdictCode::SandboxImage, sandbox),
        (VerdictCode::Mirror, mirrored),
    ]
}

const OAUTH: &str = "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?service=ghcr.io: 403 Forbidden";

/// What the pull Secrets decide.
fn rows_of_secrets() -> Vec<Row> {
    let secret = |state: State<'_>| Case::with(&[("regcred", state)]).cause(Cause::NotSent);
    let by_account = |mut case: Case| {
        case.evidence.account_diagnosis = diagnosis(IMAGE, &[("ours", value(LOGIN))]);
        case
    };
    let without = || Case::with(&[]).cause(Cause::NotSent);
    let mut of_file = without();
    of_file.pod.is_static = true;
    let mut misplaced = without();
    let written = "kind: Pod\nspec: {containers: [{name: app, image: x, imagePullSecrets: [{name: regcred}]}]}\n";
    misplaced.pod.misplaced = DroppedReference::of(&edit::read(written).unwrap().objects[0]);
    let broken = value(r#"{"auths":{"quay.io":{"auth":"%"}}}"#);
    let other_path = value(r#"{"auths":{"ghcr.io/team":{"auth":"dTpw"}}}"#);
    let other_registry = value(r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#);
    let empty = value(r#"{"auths":{"ghcr.io":{}}}"#);
    let token = value(r#"{"auths":{"ghcr.io":{"identitytoken":"x"}}}"#);
    let past =
        r#"{"auths":{"ghcr.io":{"username":"jane","password":"eyJhIjoxfQ.eyJleHAiOjF9.x"}}}"#;
    vec![
        (VerdictCode::SecretMissing, secret(State::Missing)),
        (VerdictCode::WrongType, secret(State::OtherType("Opaque"))),
        (VerdictCode::MissingKey, secret(State::WithoutKey(".dockerconfigjson"))),
        (VerdictCode::Malformed, secret(broken)),
        (VerdictCode::WrongShape, secret(value(r#"{"ghcr.io":{"auth":"dTpw"}}"#))),
        (VerdictCode::NoMatch, secret(other_path)),
        (VerdictCode::EmptyCredential, secret(empty)),
        (VerdictCode::IdentityToken, secret(token)),
        (VerdictCode::Expired, secret(value(past))),
        (VerdictCode::NoPullSecret, without()),
        (VerdictCode::AccountLinkedLater, by_account(without())),
        (VerdictCode::AccountSecretsIgnored, by_account(secret(other_registry))),
        (VerdictCode::StaticPod, of_file),
        (VerdictCode::MisplacedReference, misplaced),
        (VerdictCode::NodeCredential, without().cause(Cause::Rejected).message(OAUTH)),
        (VerdictCode::LocalImage, Case::of("web:v1", &[]).cause(Cause::Denied)),
        (VerdictCode::MovedImage, Case::of("bitnami/redis:7", &[]).cause(Cause::NotFound)),
    ]
}

/// What the message of the node decides, where the Secrets are in order.
fn rows_of_causes() -> Vec<Row> {
    let rows = [
        (VerdictCode::Rejected, Cause::Rejected),
        (VerdictCode::Denied, Cause::Denied),
        (VerdictCode::CredentialNotSent, Cause::NotSent),
        (VerdictCode::NotFound, Cause::NotFound),
        (VerdictCode::WrongPlatform, Cause::Platform),
        (VerdictCode::NeverPull, Cause::NeverPull),
        (VerdictCode::Signature, Cause::Signature),
        (VerdictCode::ShortName, Cause::ShortName),
        (VerdictCode::UnknownHost, Cause::UnknownHost),
        (VerdictCode::Unreachable, Cause::Unreachable),
        (VerdictCode::Untrusted, Cause::Untrusted),
        (VerdictCode::PlainHttp, Cause::PlainHttp),
        (VerdictCode::RateLimited, Cause::RateLimited),
        (VerdictCode::RegistryError, Cause::RegistryError),
        (VerdictCode::UnsupportedAuth, Cause::UnsupportedAuth),
        (VerdictCode::NodeThrottled, Cause::Throttled),
    ];
    rows.map(|(code, cause)| (code, Case::logged_in().cause(cause))).into()
}

fn case(code: VerdictCode) -> Case {
    let rows = [rows_of_states(), rows_of_secrets(), rows_of_causes()];
    let row = rows.into_iter().flatten().find(|(of, _)| *of == code);
    row.unwrap_or_else(|| panic!("{code} has no row")).1
}

/// The verdicts of these rows, each of which has to be the one of its row.
#[track_caller]
fn verdicts(rows: &[Row]) -> String {
    let verdicts = rows.iter().map(|(code, case)| {
        let verdict = case.verdict();
        assert_eq!(verdict.code, *code, "{verdict:?}");
        shown(&verdict)
    });
    verdicts.collect()
}

fn shown(verdict: &Verdict) -> String {
    let hint = if verdict.hint.is_empty() { "(no hint)" } else { &verdict.hint };
    format!("{}: {}\n  {hint}\n", verdict.code, verdict.message)
}

#[test]
fn every_code_has_evidence_that_leads_to_it() {
    for code in VerdictCode::ALL {
        assert_eq!(case(*code).verdict().code, *code);
    }
}

#[test]
fn states_lead_to_verdicts() {
    assert_snapshot!(verdicts(&rows_of_states()), @"
    pulled: the image was pulled; the container waits for something else: CrashLoopBackOff
      (no hint)
    resolved: a pull Secret was written after the last failed pull; the kubelet retries with it within five minutes, and `--verify` asks the registry now
      (no hint)
    not-tried: no pull reported yet
      for details: kubectl describe pod web -n shop
    invalid-image: `Not An Image` is not an image: it holds a space or a control character
      write it as in a Pod, for example ghcr.io/janedoe/app:v1
    unknown: the kubelet reports: a message
      for details: kubectl describe pod web -n shop
    sandbox-image: the node cannot pull its sandbox image a.example/pause:3.9, with which every Pod starts: a.example requires a login, but none was sent; no pull Secret is used for it
      name an image that the node can pull, on the node: `sandbox_image` (containerd 2: `sandbox`) in /etc/containerd/config.toml
    mirror: mirror.example answered, not ghcr.io: the node has a mirror for ghcr.io, and the mirror rejected the login; containerd sent the mirror the credential of jane (Secret regcred, entry ghcr.io), which is for ghcr.io, and no login of the node's own
      remove imagePullSecrets from the Pod, so that the node's own login for mirror.example is sent, put a login for mirror.example into the Secret under ghcr.io, or remove the mirror on the node: /etc/containerd/certs.d/ghcr.io/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2
    ");
}

#[test]
fn secrets_lead_to_verdicts() {
    assert_snapshot!(verdicts(&rows_of_secrets()), @"
    secret-missing: the Pod references the Secret regcred, which does not exist
      create it in the Pod's namespace: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    wrong-type: Secret regcred: the Secret is of type Opaque: the kubelet skips it
      create a pull Secret under another name, and reference that one: kubectl regcred secret regcred-pull --registry ghcr.io --apply -n shop
    missing-key: Secret regcred: the Secret has nothing under `.dockerconfigjson`: the kubelet skips it
      create a pull Secret under another name, and reference that one: kubectl regcred secret regcred-pull --registry ghcr.io --apply -n shop
    malformed: Secret regcred, entry quay.io: the Secret holds an `auth` that is not base64 of user:password, in the entry at line 1, column 21: the kubelet pulls no image of the Pod
      rewrite the entry: kubectl regcred secret regcred --registry quay.io --apply -n shop
    wrong-shape: Secret regcred: the Secret holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them: the kubelet finds no entry in it
      write it as the kubelet reads it: kubectl regcred secret regcred --from-secret shop/regcred --apply --replace -n shop
    no-match: no entry of the Pod's Secrets matches ghcr.io/jane/app, and no credential is sent; the nearest is ghcr.io/team in the Secret regcred: its path /team is not the start of the image's path
      add the registry's entry: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    empty-credential: Secret regcred, entry ghcr.io: the entry matches, but its user name or password is empty: the pull is anonymous
      add the registry's entry: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    identity-token: Secret regcred, entry ghcr.io: the entry matches, but has only an identity token, which the kubelet ignores
      log in with a personal access token, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    expired: Secret regcred, entry ghcr.io: the credential expired at 1970-01-01T00:00:01Z
      log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    no-pull-secret: ghcr.io requires authentication, and neither the Pod nor its service account default references a pull Secret for it
      create one that new Pods use, then recreate this Pod: kubectl regcred secret --registry ghcr.io --apply --link -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    account-linked-later: service account default now references Secret ours, which matches, but this Pod was created before that; Pods keep the imagePullSecrets they were created with
      recreate it: kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    account-secrets-ignored: no entry of the Pod's own Secrets matches; service account default references Secret ours, which does, but a Pod with imagePullSecrets of its own does not get those of its service account
      reference it in the Pod too: imagePullSecrets: [{name: ours}]
    static-pod: ghcr.io requires authentication, and a static Pod, which comes from a file on its node, cannot reference pull Secrets
      put the credential on the node: /var/lib/kubelet/config.json
    misplaced-reference: `imagePullSecrets` in container app has no effect: it belongs in spec, beside `containers`
      reference regcred instead, in the manifest of the Pod, and recreate the Pod: imagePullSecrets: [{name: regcred}]
    node-credential: ghcr.io rejected a login that no Secret of the Pod holds: the node has a login of its own for ghcr.io (/var/lib/kubelet/config.json, a credential provider of the kubelet, or the runtime's registries), which it sends for public images too
      correct the login for ghcr.io on the node, or override it by a pull Secret: kubectl regcred secret --registry ghcr.io --apply --link -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    local-image: web:v1 names no registry and means docker.io/library/web, which does not exist or is not public
      if it was built on this machine, load it into the cluster, with imagePullPolicy: IfNotPresent: kind load docker-image web:v1, minikube image load web:v1, or k3d image import web:v1
    moved-image: bitnami/redis:7 was not found or is not public: Bitnami moved its free images in 2025
      name the image in its new place: docker.io/bitnamilegacy/redis:7
    ");
}

#[test]
fn causes_lead_to_verdicts() {
    assert_snapshot!(verdicts(&rows_of_causes()), @r#"
    rejected: ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
      log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    denied: ghcr.io has no repository jane/app, or no access to it for jane (Secret regcred, entry ghcr.io)
      grant jane read access at the registry, or log in as another user, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    credential-not-sent: the kubelet passed the credential of jane (Secret regcred, entry ghcr.io) on, but the container runtime did not send it to ghcr.io (a mirror may have answered)
      check the mirrors on the node: /etc/containerd/certs.d/ghcr.io/hosts.toml
    not-found: ghcr.io/jane/app:v1 not found in ghcr.io; the credential was accepted
      see its tags: skopeo list-tags docker://ghcr.io/jane/app
    wrong-platform: the image is not built for the node's platform
      see its platforms: skopeo inspect --raw docker://ghcr.io/jane/app:v1
    never-pull: imagePullPolicy is Never, and the node does not have the image, or pulled it with another credential
      allow the pull: imagePullPolicy: IfNotPresent
    signature: the image's signature does not satisfy the node's policy
      sign the image, or correct the policy on the node: /etc/containers/policy.json
    short-name: the image names no registry, and the node does not choose one
      name the registry: ghcr.io/jane/app
    unknown-host: the node cannot resolve ghcr.io
      correct the registry in the image name, or check on the node: nslookup ghcr.io
    unreachable: the node cannot reach ghcr.io
      check on the node: curl -v https://ghcr.io/v2/
    untrusted: the node does not trust the certificate of ghcr.io (this is configured on the node, not in a Secret)
      trust its authority on the node: `ca = "FILE"` below `[host."https://ghcr.io"]` in /etc/containerd/certs.d/ghcr.io/hosts.toml
    plain-http: ghcr.io speaks plain HTTP, but the node expects HTTPS (this is configured on the node, not in a Secret)
      allow it on the node: `[host."http://ghcr.io"]` in /etc/containerd/certs.d/ghcr.io/hosts.toml
    rate-limited: ghcr.io limits the rate of pulls with this credential
      wait: the kubelet retries automatically
    registry-error: ghcr.io returned a server error
      wait: the kubelet retries automatically
    unsupported-auth: ghcr.io requires an authentication scheme the container runtime does not support
      ask the operators of ghcr.io for a credential with a password or a token
    node-throttled: the node has pulled too many images to try now (its registryPullQPS)
      wait: the kubelet retries automatically
    "#);
}

#[test]
fn readme_lists_every_code() {
    let readme = include_str!("../../../docs/diagnose.md");
    let unlisted: Vec<String> = VerdictCode::ALL
        .iter()
        .map(|code| format!("`{code}`"))
        .filter(|code| !readme.contains(code))
        .collect();
    assert_eq!(unlisted, Vec::<String>::new());
    let reference = include_str!("../../../docs/reference.md");
    for code in crate::kubelet::ProblemCode::ALL {
        assert!(reference.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn every_cause_of_a_failed_pull_has_its_code() {
    // With good Secrets a message of the runtime alone decides.
    for (cause, code) in [
        (Cause::InvalidName, VerdictCode::InvalidImage),
        (Cause::Malformed, VerdictCode::Resolved),
        (Cause::Throttled, VerdictCode::NodeThrottled),
    ] {
        assert_eq!(Case::logged_in().cause(cause).verdict().code, code);
    }
}

#[test]
fn a_missing_secret_is_looked_for_elsewhere() {
    let missing = |name| Case::with(&[(name, State::Missing)]).cause(Cause::NotSent);
    let verdicts = [
        missing("regcerd").other("shop", "regcred"),
        missing("regcred").other("other", "regcred").other("third", "regcred"),
        missing("regcred").other("other", "regcred2"),
        ["a", "b", "c", "d", "e"]
            .into_iter()
            .fold(missing("regcred"), |case, namespace| case.other(namespace, "regcred")),
        missing("Reg_Cred"),
    ]
    .map(|case| shown(&case.verdict()));
    assert_snapshot!(verdicts.concat(), @"
    secret-missing: the Pod references the Secret regcerd, which does not exist; there is a Secret regcred
      reference regcred instead, in the manifest of the Pod, and recreate the Pod: imagePullSecrets: [{name: regcred}]
    secret-missing: the Pod references the Secret regcred, which does not exist; it exists in namespaces other, third, but a Pod can only use Secrets from its own namespace
      copy it: kubectl regcred secret regcred --from-secret other/regcred --apply -n shop
    secret-missing: the Pod references the Secret regcred, which does not exist
      create it in the Pod's namespace: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    secret-missing: the Pod references the Secret regcred, which does not exist; it exists in namespaces a, b, c and 2 more, but a Pod can only use Secrets from its own namespace
      copy it: kubectl regcred secret regcred --from-secret a/regcred --apply -n shop
    secret-missing: the Pod references the Secret Reg_Cred, which does not exist
      correct the reference: no Secret can have this name
    ");
}

#[test]
fn each_pod_is_recreated_in_its_own_way() {
    let mut later = case(VerdictCode::AccountLinkedLater);
    let alone = later.verdict().hint;
    later.pod.has_owner = true;
    let mut resolved = case(VerdictCode::Resolved);
    let waits = resolved.verdict().hint;
    resolved.pod.has_owner = true;
    let hints = [alone, later.verdict().hint, waits, resolved.verdict().hint];
    assert_snapshot!(hints.join("\n"), @"
    recreate it: kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    recreate it: kubectl delete pod web -n shop

    recreate it: kubectl delete pod web -n shop
    ");
}

#[test]
fn a_secret_is_created_for_the_account_of_the_pod() {
    let mut case = case(VerdictCode::NoPullSecret);
    case.pod.account = "builder".to_owned();
    let limited = Case::with(&[]).cause(Cause::RateLimited);
    let denied = Case::with(&[]).cause(Cause::Denied);
    let verdicts = [case, limited, denied].map(|case| shown(&case.verdict()));
    assert_snapshot!(verdicts.concat(), @"
    no-pull-secret: ghcr.io requires authentication, and neither the Pod nor its service account builder references a pull Secret for it
      create one that new Pods use, then recreate this Pod: kubectl regcred secret --registry ghcr.io --apply --link=builder -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    rate-limited: ghcr.io limits the rate of pulls without a credential
      create one that new Pods use, then recreate this Pod: kubectl regcred secret --registry ghcr.io --apply --link -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    no-pull-secret: ghcr.io requires authentication, or has no such repository, and neither the Pod nor its service account default references a pull Secret for it
      create one that new Pods use, then recreate this Pod: kubectl regcred secret --registry ghcr.io --apply --link -n shop && kubectl get pod web -n shop -o yaml | kubectl replace --force -f -
    ");
}

#[test]
fn the_registry_has_the_last_word() {
    let asked = |cause, outcome| Case::logged_in().cause(cause).answer(outcome).verdict().code;
    assert_eq!(asked(Cause::Rejected, Outcome::Ok), VerdictCode::Resolved);
    assert_eq!(asked(Cause::Rejected, Outcome::NotFound), VerdictCode::NotFound);
    assert_eq!(asked(Cause::NotFound, Outcome::Unauthorized), VerdictCode::Rejected);
    assert_eq!(asked(Cause::NotFound, Outcome::Denied), VerdictCode::Denied);
    let mut changed = Case::logged_in().cause(Cause::Rejected).answer(Outcome::Unauthorized);
    changed.evidence.is_changed = true;
    assert_eq!(changed.verdict().code, VerdictCode::Rejected, "it was asked with the new one");
}

#[test]
fn unread_secrets_are_said_to_be_unread() {
    let unread = |cause| {
        let mut case = Case::logged_in().cause(cause);
        case.evidence.diagnosis = None;
        shown(&case.verdict())
    };
    let mut unknown = Case::logged_in();
    unknown.evidence.diagnosis = None;
    let verdicts = [
        unread(Cause::Rejected),
        unread(Cause::Denied),
        unread(Cause::NotSent),
        shown(&unknown.verdict()),
    ];
    assert_snapshot!(verdicts.concat(), @"
    rejected: ghcr.io rejected the credentials that the node sent; the Pod's Secrets (regcred) could not be read
      rewrite it: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    denied: ghcr.io denied access with the credentials that the node sent, or has no such repository; the Pod's Secrets (regcred) could not be read
      rewrite it: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    credential-not-sent: ghcr.io requires authentication, and the node sent no credential; the Pod's Secrets (regcred) could not be read
      rewrite it: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
    unknown: the Secrets could not be read; the kubelet reports: a message
      for details: kubectl describe pod web -n shop
    ");
}

#[test]
fn hints_for_the_node_follow_its_runtime() {
    let image = "[fd00::1]:5000/app";
    let of = |cause, message: &str| {
        let case = Case::of(image, &[]).cause(cause).message(message);
        case.verdict().hint
    };
    let crio = "initializing source docker://x: pinging container registry";
    let hints = [
        of(Cause::Untrusted, crio),
        of(Cause::Untrusted, "x509: x"),
        of(Cause::PlainHttp, crio),
        of(Cause::PlainHttp, "http: server gave HTTP response to HTTPS client"),
        of(Cause::UnknownHost, "no such host"),
        of(Cause::Unreachable, "Head \"http://[fd00::1]:5000/v2/\": connection refused"),
    ];
    assert_snapshot!(hints.join("\n"), @r#"
    trust its authority on the node: /etc/containers/certs.d/[fd00::1]:5000/ca.crt
    trust its authority on the node: `ca = "FILE"` below `[host."https://[fd00::1]:5000"]` in /etc/containerd/certs.d/[fd00::1]:5000/hosts.toml
    allow it on the node: `location = "[fd00::1]:5000"` with `insecure = true` in /etc/containers/registries.conf
    allow it on the node: `[host."http://[fd00::1]:5000"]` in /etc/containerd/certs.d/[fd00::1]:5000/hosts.toml
    correct the registry in the image name, or check on the node: nslookup fd00::1
    check on the node: curl -v 'http://[fd00::1]:5000/v2/'
    "#);
}

#[test]
fn images_that_are_not_pulled_yet_say_why() {
    let untried = |change: fn(&mut Case)| {
        let mut case = case(VerdictCode::NotTried);
        change(&mut case);
        shown(&case.verdict())
    };
    let verdicts = [
        untried(|case| case.evidence.awaited_volume = Some("volume data".to_owned())),
        untried(|case| case.pod.no_pull_reason = Some("the Pod has ended: Evicted".to_owned())),
        shown(&case(VerdictCode::Pulled).state(ContainerState::Pulled).verdict()),
        shown(&without_images()),
    ];
    assert_snapshot!(verdicts.concat(), @"
    not-tried: the container waits for the image of volume data
      for details: kubectl describe pod web -n shop
    not-tried: the Pod has ended: Evicted
      for details: kubectl describe pod web -n shop
    pulled: the image was pulled
      (no hint)
    pulled: the Pod has no images
      (no hint)
    ");
}

#[test]
fn a_reading_becomes_evidence() {
    let waiting = |message| ContainerState::Waiting("ImagePullBackOff", message);
    let image = |name: &str, is_volume, reference, state| PodImage {
        name: name.to_owned(),
        is_volume,
        reference,
        state,
    };
    let message =
        "Back-off pulling image \"quay.io/a/data\": ErrImagePull: quay.io/a/data:latest: not found";
    let images = [
        image("volume data", true, "quay.io/a/data", ContainerState::Unknown),
        image("app", false, IMAGE, waiting(message)),
        image("bad", false, "Not An Image", ContainerState::Waiting("InvalidImageName", "")),
    ];
    let secrets = PodSecrets::new(&[], false);
    let reading =
        Reading { images: &images, events: &[], names: &["regcred"], secrets: &secrets, now: NOW };
    let lines: Vec<String> = reading
        .evidence()
        .iter()
        .map(|one| {
            let awaited = one.awaited_volume.as_deref().unwrap_or("none");
            let is_read = one.diagnosis.is_some();
            format!(
                "{}: {:?}, awaits {awaited}, Secrets read: {is_read}",
                one.image.name, one.cause
            )
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    volume data: Some(NotFound), awaits none, Secrets read: false
    app: None, awaits volume data, Secrets read: false
    bad: Some(InvalidName), awaits none, Secrets read: false
    ");
}
