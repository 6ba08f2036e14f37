//! The guided mode: `kubectl regcred` without a command.

use super::TWO_LOGINS;
use super::screen::Screen;

const DOWN: &str = "\u{1b}[B";

/// A Pod of the namespace `shop` that waits for an image of quay.io, and references
/// these Secrets.
fn failing_pod(secrets: &str) -> String {
    format!(
        r#"{{"metadata":{{"name":"web-7d4","namespace":"shop","uid":"u","creationTimestamp":"2026-11-01T00:00:00Z"}},
"spec":{{"imagePullSecrets":[{secrets}],"containers":[{{"name":"app","image":"quay.io/jane/app:v1"}}]}},
"status":{{"phase":"Pending","containerStatuses":[{{"name":"app","state":{{"waiting":{{"reason":"ImagePullBackOff",
"message":"Back-off pulling image \"quay.io/jane/app:v1\": ErrImagePull: failed to pull and unpack image \"quay.io/jane/app:v1\": failed to resolve reference \"quay.io/jane/app:v1\": unexpected status from HEAD request to https://quay.io/v2/jane/app/manifests/v1: 401 UNAUTHORIZED"}}}}}}]}}}}"#
    )
}

/// A line that starts the guided mode with a kubectl whose cluster has these Pods in
/// the namespace `shop`.
fn with_pods(pods: &[String]) -> String {
    let list = pods.join(",");
    let pod = pods.first().map_or("", String::as_str);
    format!(
        r#"trap : INT; cat > pods.json <<'END'
{{"items":[{list}]}}
END
cat > pod.json <<'END'
{pod}
END
cat > kubectl <<'END'
#!/bin/sh
echo "$@" >> calls
case "$*" in
  "config view"*) echo '{{"contexts":[{{"name":"prod","context":{{"namespace":"shop"}}}}],"current-context":"prod"}}' ;;
  "get namespaces"*) printf '%s\n' namespace/default namespace/shop namespace/test ;;
  "get pods"*) cat pods.json ;;
  "get pod web-7d4"*) cat pod.json ;;
  "get secret "*) ;;
  "get serviceaccount/default"*) echo '{{"kind":"List","items":[{{"kind":"ServiceAccount","metadata":{{"resourceVersion":"7"}}}}]}}' ;;
  "get serviceaccount"*) echo '{{"kind":"ServiceAccount","metadata":{{"resourceVersion":"7"}}}}' ;;
  "get"*) echo '{{"items":[]}}' ;;
  "apply"*) cat > applied; echo secret/regcred ;;
  "patch"*) echo serviceaccount/default ;;
  *) echo "Error: $*" >&2; exit 1 ;;
esac
END
chmod +x kubectl; KUBECTL=$PWD/kubectl $0"#
    )
}

/// Answers by Enter alone, each as soon as its question shows.
fn accept(screen: &mut Screen, questions: &[&str]) {
    for question in questions {
        screen.until_text(question);
        screen.press("\r");
    }
}

const QUESTIONS: [&str; 6] = [
    "Which registries",
    "Which namespaces",
    "Name of the Secret [regcred]",
    "Apply it to the cluster? (no: print YAML) [Y/n]",
    "Let new Pods use it (service account default)? [Y/n]",
    "Do this? [Y/n]",
];

#[test]
fn enter_alone_leads_to_a_secret_that_new_pods_use() {
    for columns in [80, 60] {
        let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[]), 50, columns);
        accept(&mut screen, &QUESTIONS);
        let rows = screen.until_text("code=0");
        let rows: Vec<&str> =
            rows.iter().map(String::as_str).filter(|row| !row.is_empty()).collect();
        let command = "  kubectl regcred secret regcred --registry ghcr.io -n shop --apply --link";
        let (first, rest) = command.split_at(usize::from(columns).min(command.len()));
        let expected = [
            "Create a pull Secret. Enter takes the default, Ctrl-C stops.",
            "Logins from docker: ghcr.io, quay.io",
            "Cluster: context prod, namespace shop",
            "Which registries: ghcr.io, from docker",
            "Which namespaces: shop",
            "Name of the Secret [regcred]:",
            "Apply it to the cluster? (no: print YAML) [Y/n]",
            "Let new Pods use it (service account default)? [Y/n]",
            "Plan:",
            "  create or update Secret regcred in namespace shop, context prod",
            "  with the login for ghcr.io from docker",
            "  add Secret regcred to service account default",
            "The same without questions:",
            first,
            rest,
            "Do this? [Y/n]",
            "ghcr.io: jane, from ~/.docker/config.json",
            "secret/regcred created in namespace shop",
            "serviceaccount/default linked in namespace shop",
        ];
        let wrapped: Vec<String> = expected.iter().flat_map(|line| wrap(line, columns)).collect();
        for line in wrapped.iter().filter(|line| !line.is_empty()) {
            assert!(rows.contains(&line.as_str()), "{columns}: {line}\n{}", rows.join("\n"));
        }
        assert!(screen.written("applied").contains("regcred"));
        assert!(!screen.bytes().contains("hunter2"));
    }
}

/// A line as a terminal of this width shows it.
fn wrap(line: &str, columns: u16) -> Vec<String> {
    let characters: Vec<char> = line.chars().collect();
    let rows = characters.chunks(usize::from(columns));
    rows.map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect()
}

#[test]
fn an_interrupt_at_each_question_leaves_nothing_behind() {
    for stop in 0..QUESTIONS.len() {
        let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[]), 50, 80);
        accept(&mut screen, &QUESTIONS[..stop]);
        screen.until_text(QUESTIONS[stop]);
        screen.press("\u{3}");
        screen.until_text("code=130");
        let calls = screen.written("calls");
        assert!(!calls.contains("apply") && !calls.contains("patch"), "{stop}: {calls}");
    }
}

#[test]
fn no_at_the_end_writes_nothing() {
    let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[]), 50, 80);
    accept(&mut screen, &QUESTIONS[..5]);
    screen.until_text("Do this?");
    screen.press("n\r");
    screen.until_text("error: nothing was written");
    screen.until_text("code=1");
    assert!(!screen.written("calls").contains("apply"));
}

#[test]
fn a_failing_pod_is_diagnosed_first_and_its_registry_and_secret_are_the_defaults() {
    let pod = failing_pod(r#"{"name":"quay-key"}"#);
    let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[pod]), 60, 80);
    screen.until_text("Pods that cannot pull an image: web-7d4");
    accept(&mut screen, &["Diagnose Pod web-7d4 first? [Y/n]"]);
    screen.until_text("verdict: secret-missing:");
    accept(
        &mut screen,
        &[
            "Create a pull Secret now? [Y/n]",
            "> [ ] quay.io, from docker",
            "Which namespaces",
            "Name of the Secret [quay-key]",
            "Apply it to the cluster?",
        ],
    );
    // The Pod references the Secret: no service account has to.
    let rows = screen.until_text("Do this?");
    let command = "  kubectl regcred secret quay-key --registry quay.io -n shop --apply";
    assert!(rows.contains(&command.to_owned()), "{rows:#?}");
    screen.press("n\r");
    screen.until_text("code=1");
}

#[test]
fn a_diagnosis_can_be_all() {
    let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[failing_pod("")]), 60, 80);
    accept(&mut screen, &["Diagnose Pod web-7d4 first?"]);
    screen.until_text("verdict: no-pull-secret:");
    screen.until_text("Create a pull Secret now?");
    screen.press("n\r");
    screen.until_text("code=0");
}

#[test]
fn several_registries_and_namespaces_and_another_one() {
    let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[]), 50, 80);
    screen.until_text("> [ ] ghcr.io, from docker");
    screen.press(&format!(" {DOWN}{DOWN} \r"));
    screen.until_text("Registry [docker.io]");
    screen.press("reg.example.com\r");
    screen.until_text("> [ ] shop");
    screen.press(&format!(" {DOWN}{DOWN} \r"));
    accept(&mut screen, &QUESTIONS[2..4]);
    screen.until_text(QUESTIONS[4]);
    screen.press("n\r");
    let rows = screen.until_text("Do this?");
    for line in [
        "  create or update Secret regcred in namespaces shop, test, context prod",
        "  with the login for ghcr.io from docker",
        "  with a password for reg.example.com that you type next",
        "  kubectl regcred secret regcred --registry ghcr.io --registry reg.example.com -",
        "n shop -n test --apply",
    ] {
        assert!(rows.contains(&line.to_owned()), "{line}\n{rows:#?}");
    }
}

#[test]
fn without_a_cluster_and_without_logins_yaml_is_printed() {
    let mut screen = Screen::run("{}", "KUBECTL=/nowhere/kubectl $0 > out.yaml", 50, 80);
    screen.until_text("Logins: none found in the keyring, docker or podman");
    screen.until_text("Cluster: not available (");
    screen.until_text("Registry [docker.io]");
    screen.press("ghcr.io\r");
    screen.until_text("Username for ghcr.io");
    screen.press("jane\r");
    accept(&mut screen, &["Namespace (Enter for none)", "Name of the Secret [regcred]"]);
    screen.until_text("  print Secret regcred");
    screen.until_text("  with a password for ghcr.io that you type next");
    screen.until_text("--username jane --password-s");
    accept(&mut screen, &["Do this? [Y/n]"]);
    screen.until_text("Password or token of jane for ghcr.io");
    std::thread::sleep(std::time::Duration::from_millis(200));
    screen.press("hunter2\r");
    screen.until_text("to create it in a cluster: kubectl regcred secret regcred");
    screen.until_text("code=0");
    assert!(screen.written("out.yaml").contains("kind: Secret"));
    assert!(!screen.bytes().contains("hunter2"));
}

#[test]
fn a_refused_answer_is_asked_for_again() {
    let mut screen = Screen::run(TWO_LOGINS, &with_pods(&[]), 50, 80);
    accept(&mut screen, &QUESTIONS[..2]);
    screen.until_text(QUESTIONS[2]);
    screen.press("My_Secret\r");
    screen.until_text("error: ");
    screen.until_text("My_Secret");
    screen.press("\u{15}mine\r");
    screen.until_text("Apply it to the cluster?");
    screen.press("maybe\r");
    screen.until_text("the answer is neither yes nor no");
    screen.press("n\r");
    screen.until_text("  kubectl regcred secret mine --registry ghcr.io -n shop");
}
