//! Docker configs and Secrets in shapes that people have and the kubelet does not read:
//! named by every command with the same words, and corrected by `secret --from-file`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Case, Outcome};

const MODERN: &str = "kubernetes.io/dockerconfigjson";
const LEGACY: &str = "kubernetes.io/dockercfg";
const CONFIG: &str = r#"{"auths":{"reg.example":{"username":"janedoe","password":"s3cret1"}}}"#;

fn secret(kind: &str, key: &str, value: &str) -> String {
    let data = json!({key: STANDARD.encode(value)});
    json!({"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": {"name": "regcred"}, "data": data})
        .to_string()
}

fn modern(value: &str) -> String {
    secret(MODERN, ".dockerconfigjson", value)
}

fn run(file: &str, arguments: &[&str]) -> Outcome {
    Case::new().file("work/s.json", file).secret("s3cret1").run(arguments)
}

fn inspect(file: &str) -> Outcome {
    run(file, &["inspect", "-f", "s.json"])
}

fn diagnose(file: &str, image: &str) -> Outcome {
    run(file, &["diagnose", "--image", image, "-f", "s.json"])
}

/// What `--from-file` makes of it.
fn written(file: &str) -> String {
    let case = Case::new().file("work/s.json", file).secret("s3cret1");
    let outcome = case.run(&["secret", "--from-file", "s.json"]);
    let entries = crate::support::entries(&outcome.stdout);
    let keys: Vec<&String> = entries.keys().collect();
    format!("{keys:?}\n{}", outcome.stderr)
}

#[test]
fn modern_content_under_the_legacy_type_is_named() {
    let hub =
        r#"{"auths":{"https://index.docker.io/v1/":{"username":"janedoe","password":"s3cret1"}}}"#;
    let file = secret(LEGACY, ".dockercfg", hub);
    assert_snapshot!(diagnose(&file, "docker.io/acme/secret:latest"), @"
    exit code 3
    --- stdout
    docker.io/acme/secret: the kubelet tries no credential, and pulls anonymously

    wrong-shape (Secret regcred): the Secret is of the older type kubernetes.io/dockercfg, but holds `auths`, as the type kubernetes.io/dockerconfigjson does: the kubelet finds no entry in it
      hint: the type of a Secret cannot be changed: write its entries under another name, and reference that one: kubectl regcred secret regcred-pull --from-secret regcred --apply
    --- stderr
    1 problem found
    ");
    assert_snapshot!(inspect(&file), @"
    exit code 3
    --- stderr
    error: Secret regcred: it is of the older type kubernetes.io/dockercfg, but holds `auths`, as the type kubernetes.io/dockerconfigjson does: the kubelet finds no entry

    hint: write it as the kubelet reads it: kubectl regcred secret --from-file s.json
    ");
    assert_snapshot!(written(&file), @r#"
    ["https://index.docker.io/v1/"]
    warning: s.json is of the older type kubernetes.io/dockercfg, but holds `auths`, as the type kubernetes.io/dockerconfigjson does; corrected in what is written
    docker.io: janedoe, from s.json
    "#);
}

#[test]
fn the_legacy_map_under_the_modern_type_is_named() {
    let file = modern(
        r#"{"https://gcr.io":{"email":"you@example.com","username":"janedoe","password":"s3cret1"}}"#,
    );
    assert_snapshot!(diagnose(&file, "gcr.io/acme/app:v1"), @"
    exit code 3
    --- stdout
    gcr.io/acme/app: the kubelet tries no credential, and pulls anonymously

    wrong-shape (Secret regcred): the Secret holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them: the kubelet finds no entry in it
      hint: write it as the kubelet reads it: kubectl regcred secret regcred --from-secret regcred --apply --replace
    --- stderr
    1 problem found
    ");
    assert_snapshot!(inspect(&file), @"
    exit code 3
    --- stderr
    error: Secret regcred: it holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them: the kubelet finds no entry

    hint: write it as the kubelet reads it: kubectl regcred secret --from-file s.json
    ");
    assert_snapshot!(written(&file), @r#"
    ["gcr.io"]
    warning: s.json holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them; corrected in what is written
    gcr.io: janedoe, from s.json
    "#);
}

#[test]
fn what_is_encoded_twice_is_named() {
    let file = modern(&STANDARD.encode(CONFIG));
    assert_snapshot!(diagnose(&file, "reg.example/app:v1"), @"
    exit code 3
    --- stdout
    reg.example/app: the kubelet pulls nothing

    malformed (Secret regcred): the Secret is encoded in base64 once more than it should be: the kubelet pulls no image of the Pod
      hint: write it as the kubelet reads it: kubectl regcred secret regcred --from-secret regcred --apply --replace
    --- stderr
    1 problem found
    ");
    assert_snapshot!(inspect(&file), @"
    exit code 3
    --- stderr
    error: Secret regcred: it is encoded in base64 once more than it should be; the API server says `data[.dockerconfigjson]: invalid value`

    hint: write it as the kubelet reads it: kubectl regcred secret --from-file s.json
    ");
    assert_snapshot!(written(&file), @r#"
    ["reg.example"]
    warning: s.json is encoded in base64 once more than it should be; corrected in what is written
    reg.example: janedoe, from s.json
    "#);
    assert_snapshot!(written(&STANDARD.encode(CONFIG)), @r#"
    ["reg.example"]
    warning: s.json is encoded in base64 once more than it should be; corrected in what is written
    reg.example: janedoe, from s.json
    "#);
}

#[test]
fn what_is_wrapped_is_named() {
    for (value, told) in [
        (json!({"value": CONFIG}).to_string(), "within a member `value`"),
        (format!(r#"{{"data":{CONFIG}}}"#), "within a member `data`"),
        (
            json!({".dockerconfigjson": STANDARD.encode(CONFIG)}).to_string(),
            "within a member `.dockerconfigjson`",
        ),
        (format!(r#"{{"config.json":{CONFIG}}}"#), "within a member `config.json`"),
        (modern(CONFIG), "a whole Secret, not the docker config"),
        (format!(r#"{{"auths":{CONFIG}}}"#), "`auths` within `auths`"),
        (json!(CONFIG).to_string(), "as a text in quotes"),
    ] {
        let file = modern(&value);
        let outcome = inspect(&file);
        assert!(outcome.code == 3 && outcome.stderr.contains(told), "{value}: {outcome:?}");
        let outcome = diagnose(&file, "reg.example/app:v1");
        assert!(outcome.code == 3 && outcome.stdout.contains(told), "{value}: {outcome:?}");
        assert!(written(&file).starts_with("[\"reg.example\"]\n"), "{value}: {}", written(&file));
    }
}

#[test]
fn an_auth_in_clear_text_is_named() {
    let entry = json!({"auth": "_json_key_base64:s3cret1", "username": "_json_key_base64", "password": "s3cret1"});
    let file = modern(&json!({"auths": {"europe-docker.pkg.dev/acme/images": entry}}).to_string());
    assert_snapshot!(diagnose(&file, "europe-docker.pkg.dev/acme/images/app:v1"), @"
    exit code 3
    --- stdout
    europe-docker.pkg.dev/acme/images/app: the kubelet pulls nothing

    malformed (Secret regcred, entry europe-docker.pkg.dev/acme/images): the Secret holds an `auth` that is clear text, not base64 of user:password, in the entry at line 1, column 47 (`username` and `password` beside it are enough: remove `auth`): the kubelet pulls no image of the Pod
      hint: write it as the kubelet reads it: kubectl regcred secret regcred --from-secret regcred --apply --replace
    --- stderr
    1 problem found
    ");
    assert_snapshot!(inspect(&file), @"
    exit code 3
    --- stdout
    REGISTRY                            USERNAME   KIND   EXPIRES   USABLE   FROM
    europe-docker.pkg.dev/acme/images   -          -      -         no       Secret regcred

    europe-docker.pkg.dev/acme/images: it holds an `auth` that is clear text, not base64 of user:password, in the entry at line 1, column 47 (`username` and `password` beside it are enough: remove `auth`); the kubelet pulls no image of a Pod that references it
      hint: write it as the kubelet reads it: kubectl regcred secret --from-file s.json
    --- stderr
    1 problem found
    ");
    assert_snapshot!(written(&file), @r#"
    ["europe-docker.pkg.dev/acme/images"]
    warning: s.json has an entry europe-docker.pkg.dev/acme/images whose `auth` is clear text, not base64 of user:password: `username` and `password` beside it count; corrected in what is written
    note: europe-docker.pkg.dev/acme/images is the key of a path: podman and the kubelet honour it, docker does not
    europe-docker.pkg.dev/acme/images: _json_key_base64, from s.json
    "#);
}

#[test]
fn text_that_is_not_json_is_named_with_its_place_and_not_guessed_at() {
    let entry = r#""reg.example":{"username":"janedoe","password":"s3cret1"}"#;
    for (value, told) in [
        (
            format!("{{\n  // mine\n  \"auths\":{{{entry}}}}}"),
            "has a comment, which JSON does not allow, at line 2, column 3",
        ),
        (
            format!("{{\"auths\":{{{entry},}}}}"),
            "has a comma after the last member at line 1, column ",
        ),
        (
            format!("{{\"auths\":{{{}}}}}", entry.replace("cret1", "cret1\n")),
            "has a line break within a text",
        ),
        (format!("\u{feff}{CONFIG}"), "begins with a byte order mark"),
        (
            CONFIG.replace('"', "'"),
            "has single quotes in place of double quotes at line 1, column 2",
        ),
        (
            "auths:\n  reg.example: {username: janedoe, password: s3cret1}\n".to_owned(),
            "is YAML, not JSON, at line 1, column 1",
        ),
        (CONFIG[..40].to_owned(), "it was cut off"),
    ] {
        let outcome = inspect(&modern(&value));
        assert!(outcome.code == 3 && outcome.stderr.contains(told), "{value}: {outcome:?}");
        let outcome = diagnose(&modern(&value), "reg.example/app:v1");
        assert!(outcome.code == 3 && outcome.stdout.contains(told), "{value}: {outcome:?}");
    }
    let trailing = format!("{{\"auths\":{{{entry},}}}}");
    assert_snapshot!(run(&trailing, &["secret", "--from-file", "s.json"]), @"
    exit code 1
    --- stderr
    error: s.json has a comma after the last member at line 1, column 68

    hint: correct s.json, or name another file
    ");
}

#[test]
fn a_secrets_manifest_is_taken_by_from_file() {
    assert_snapshot!(written(&modern(CONFIG)), @r#"
    ["reg.example"]
    reg.example: janedoe, from s.json
    "#);
    assert_snapshot!(written(&secret("Opaque", ".dockerconfigjson", CONFIG)), @r#"
    ["reg.example"]
    warning: s.json holds a Secret of type Opaque, which the kubelet skips; corrected in what is written
    reg.example: janedoe, from s.json
    "#);
    let legacy = r#"{"reg.example":{"username":"janedoe","password":"s3cret1"}}"#;
    assert_snapshot!(written(&secret(LEGACY, ".dockercfg", legacy)), @r#"
    ["reg.example"]
    reg.example: janedoe, from s.json
    "#);
    let yaml = format!(
        "apiVersion: v1\nkind: Secret\ntype: {MODERN}\nmetadata: {{name: x}}\nstringData:\n  .dockerconfigjson: '{CONFIG}'\n"
    );
    assert_snapshot!(written(&yaml), @r#"
    ["reg.example"]
    reg.example: janedoe, from s.json
    "#);
    let two = format!("{yaml}---\n{yaml}");
    assert_snapshot!(run(&two, &["secret", "--from-file", "s.json"]), @"
    exit code 1
    --- stderr
    error: s.json holds several pull Secrets, and one is needed

    hint: correct s.json, or name another file
    ");
    let page = run(
        CONFIG,
        &["secret", "--from-file=.dockerconfigjson=s.json", "-o", "name", "--dry-run=client"],
    );
    assert_snapshot!(page, @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    reg.example: janedoe, from s.json
    ");
}

#[test]
fn two_logins_for_one_host_are_refused_with_both_keys() {
    let two = json!({"auths": {
        "registry.gitlab.example": {"username": "one", "password": "s3cret1"},
        "https://registry.gitlab.example": {"username": "two", "password": "s3cret1"},
    }})
    .to_string();
    assert_snapshot!(run(&two, &["secret", "--from-file", "s.json"]), @"
    exit code 1
    --- stderr
    error: s.json holds different credentials for registry.gitlab.example under https://registry.gitlab.example and registry.gitlab.example

    hint: keep one of https://registry.gitlab.example and registry.gitlab.example in s.json
    ");
    assert_snapshot!(diagnose(&two, "registry.gitlab.example/acme/app:v1"), @"
    exit code 3
    --- stdout
    registry.gitlab.example/acme/app: the kubelet tries, in any order
      1. two, from s.json, entry https://registry.gitlab.example
      2. one, from s.json, entry registry.gitlab.example

    ambiguous-order (s.json, entry https://registry.gitlab.example): several entries of one Secret are for this registry: the kubelet tries them in any order
      hint: replace these entries with one: kubectl regcred secret regcred --registry registry.gitlab.example --apply
    --- stderr
    1 problem found
    ");
}

#[test]
fn the_good_entries_of_a_file_can_be_chosen() {
    let past = "eyJhIjoxfQ.eyJleHAiOjF9.x";
    let two = json!({"auths": {
        "ghcr.io": {"username": "one", "password": "s3cret1"},
        "quay.io": {"username": "two", "password": past},
    }})
    .to_string();
    assert_snapshot!(run(&two, &["secret", "--from-file", "s.json"]), @"
    exit code 3
    --- stderr
    note: to take the other entries alone: --registry=ghcr.io
    error: the credential for quay.io from s.json cannot be used in a pull Secret: it expired at 1970-01-01T00:00:01Z

    hint: log in again for a fresh token: docker login quay.io
    ");
    let good = [
        "secret",
        "--from-file",
        "s.json",
        "--registry",
        "ghcr.io",
        "-o",
        "name",
        "--dry-run=client",
    ];
    assert_snapshot!(run(&two, &good), @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    ghcr.io: one, from s.json
    ");
}

#[test]
fn a_secret_without_a_docker_config_is_named_by_from_file_as_by_inspect() {
    let refused = |file: &str| {
        let outcome = run(file, &["secret", "--from-file", "s.json"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
        outcome.stderr.lines().next().unwrap_or_default().to_owned()
    };
    let list = modern(r#"{"auths":[{"reg.example":{"username":"janedoe","password":"s3cret1"}}]}"#);
    let template = modern("{{ .Values.dockerconfigjson }}");
    let files = [list, template, modern(""), modern("{}"), secret("Opaque", "token", "s3cret1")];
    assert_snapshot!(files.each_ref().map(|file| refused(file)).join("\n"), @"
    error: s.json holds a Secret without a docker config: it is not the JSON that the kubelet expects, at line 1, column 9; the API server says `data[.dockerconfigjson]: invalid value`
    error: s.json holds a Secret without a docker config: it has an expression of a template or a variable that was not replaced at line 1, column 1; the API server says `data[.dockerconfigjson]: invalid value`
    error: s.json holds a Secret without a docker config: it has nothing under `.dockerconfigjson`
    error: s.json holds a Secret without a docker config: it has no entries, and no image is pulled with it
    error: s.json holds a Secret without a docker config: it is of type Opaque, and the kubelet skips it
    ");
}

#[test]
fn what_is_plain_text_in_data_is_taken_for_what_it_is() {
    let file = json!({"apiVersion": "v1", "kind": "Secret", "type": MODERN,
        "metadata": {"name": "regcred"}, "data": {".dockerconfigjson": CONFIG}})
    .to_string();
    assert_snapshot!(written(&file), @r#"
    ["reg.example"]
    warning: s.json holds a Secret whose `data` is plain text, not base64; corrected in what is written
    reg.example: janedoe, from s.json
    "#);
}

#[test]
fn an_auth_that_is_a_header_of_http_is_named() {
    let auth = format!("Basic {}", STANDARD.encode("janedoe:s3cret1"));
    let file = modern(&json!({"auths": {"reg.example": {"auth": auth}}}).to_string());
    assert_snapshot!(inspect(&file).stdout, @"
    REGISTRY      USERNAME   KIND   EXPIRES   USABLE   FROM
    reg.example   -          -      -         no       Secret regcred

    reg.example: it holds an `auth` that begins with `Basic`, which only an HTTP header does, in the entry at line 1, column 25; the kubelet pulls no image of a Pod that references it
      hint: write it as the kubelet reads it: kubectl regcred secret --from-file s.json
    ");
    assert_snapshot!(written(&file), @r#"
    ["reg.example"]
    warning: s.json has an entry reg.example whose `auth` begins with `Basic`, which only an HTTP header does; corrected in what is written
    reg.example: janedoe, from s.json
    "#);
}
