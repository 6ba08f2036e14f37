//! Random manifests through `inject`: kubectl's own reader sees the same documents
//! before and after, but for the references and the Secret.
//!
//! `REGCRED_CASES` and `REGCRED_SEED` make another run of it.

use indoc::{formatdoc, indoc};
use serde_json::{Value, json};

use crate::home::{BINARY, Home, finish, oracle};
use crate::numbers::Numbers;

const SEEDS: [&str; 8] = [
    indoc! {"
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
        spec:
          containers:
          - name: c
            image: ghcr.io/a/b:v1 # pinned
    "},
    indoc! {r#"
        # head
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              # comment
              initContainers:
                - {name: i, image: 'ghcr.io/a/init'}
              containers:
                - name: web
                  image: "ghcr.io/a/b"
                  command:
                    - |
                      echo "hi: there"
                        # not a comment
              imagePullSecrets:
                - name: other
    "#},
    indoc! {"
        ---
        kind: CronJob
        apiVersion: batch/v1
        spec:
            jobTemplate:
                spec:
                    template:
                        spec:
                            containers:
                                -   image: ghcr.io/a/b
        ...
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: sa}
    "},
    indoc! {r#"
        {"apiVersion":"v1","kind":"List","items":[{"kind":"Pod","spec":{"containers":[{"image":"ghcr.io/a/b"}]}},
         {"kind":"ConfigMap","data":{"x":"y"}}]}
    "#},
    indoc! {"
        apiVersion: v1
        kind: List
        items:
        - kind: Pod
          spec: {containers: [{image: ghcr.io/a/b}], imagePullSecrets: []}
        -
          apiVersion: argoproj.io/v1alpha1
          kind: Rollout
          spec: {template: {spec: {imagePullSecrets: [{name: x}, ], containers: [{image: ghcr.io/a/b}]}}}
    "},
    indoc! {r#"
        kind: Pod
        spec: &s
          containers:
          - &c
            image: ghcr.io/a/b
          - <<: *c
            name: d
        --- # x
        "kind": "Pod"
        'spec':
          "containers": [ { "image" : "ghcr.io/a/b" } ]
    "#},
    indoc! {"
        kind: Pod\r
        spec:\r
          containers:\r
          - image: ghcr.io/a/b\r
        ---\r
        kind: ConfigMap\r
    "},
    indoc! {"
        kind: ConfigMap
        metadata: {name: c}
        ---
        kind: Pod
        spec:
          containers: [{image: ghcr.io/a/b}]
        ---
        kind: Pod
        spec:
          containers:
            - image: ghcr.io/a/c
    "},
];

const WORDS: [&str; 48] = [
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "- ",
    ": ",
    ":",
    "#",
    " # c",
    "\"",
    "'",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
    "%YAML 1.2\n",
    "---\n",
    "--- ",
    "--- # c\n",
    "...\n",
    "\n...\n",
    "... # c\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    "null",
    "~",
    "\u{feff}",
    "\r\n",
    "\r",
    "\r---\n",
    "\u{85}",
    "é",
    "spec:",
    "spec: ",
    "imagePullSecrets:",
    "imagePullSecrets: []",
    "imagePullSecrets:\n  - name: regcred\n",
    "image: ghcr.io/a/b",
    "kind: Pod\n",
    "kind: List\nitems:\n",
    "<<: *a",
    indoc! {"
        ...
        kind: Pod
        spec: {containers: [{image: ghcr.io/a/b}]}
    "},
    indoc! {"
        ---
        kind: Pod
        spec: {containers: [{image: ghcr.io/a/b}]}
    "},
];

fn manifest(numbers: &mut Numbers) -> String {
    let mut text = numbers.pick(&SEEDS).to_owned();
    for _ in 0..=numbers.below(3) {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let (from, to) = (numbers.below(lines.len().max(1)), numbers.below(lines.len() + 1));
        match numbers.below(6) {
            0 if !lines.is_empty() => drop(lines.remove(from)),
            1 if !lines.is_empty() => lines.insert(to, lines[from].clone()),
            2 if !lines.is_empty() => lines[from].insert_str(0, "  "),
            3 => lines.insert(to, numbers.pick(&WORDS).to_owned()),
            4 => lines.push(numbers.pick(&SEEDS).to_owned()),
            _ => {
                let mut at = numbers.below(text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                text.insert_str(at, numbers.pick(&WORDS));
                continue;
            }
        }
        text = lines.concat();
    }
    text
}

/// The objects that kubectl applies, without references to the pull Secret, and
/// how many of them are pull Secrets.
fn applied(stream: &Value) -> (Vec<Value>, usize) {
    let mut objects = Vec::new();
    for document in stream["documents"].as_array().unwrap() {
        match document["items"].as_array() {
            Some(items) => objects.extend(items.iter().cloned()),
            None => objects.push(document.clone()),
        }
    }
    let count = objects.len();
    let is_secret = |object: &Value| object["type"] == "kubernetes.io/dockerconfigjson";
    objects.retain(|object| !is_secret(object));
    let secrets = count - objects.len();
    objects.iter_mut().for_each(without_references);
    (objects, secrets)
}

fn without_references(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Array(list)) = map.get_mut("imagePullSecrets") {
                list.retain(|item| *item != json!({"name": "regcred"}));
            }
            map.retain(|name, value| {
                name != "imagePullSecrets" || !(value.is_null() || *value == json!([]))
            });
            map.values_mut().for_each(without_references);
        }
        Value::Array(items) => items.iter_mut().for_each(without_references),
        _ => {}
    }
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn kubectl_reads_the_same_documents_and_the_secret() {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#)
        .unwrap();
    let mut numbers = Numbers::new(variable("REGCRED_SEED", 20_261_126));
    let (mut questions, mut written) = (Vec::new(), Vec::new());
    for _ in 0..variable("REGCRED_CASES", 3_000) {
        let before = manifest(&mut numbers);
        let mut command = home.command(BINARY);
        command.args(["inject", "-f", "-"]);
        let output = finish(command, &before);
        if output.status.success() {
            let after = String::from_utf8(output.stdout).unwrap();
            questions.push(json!({"streams": [&before, &after]}));
            written.push((before, after));
        }
    }
    let mut compared = 0;
    for (answer, (before, after)) in oracle(&questions).iter().zip(&written) {
        let (old, new) = (&answer["streams"][0], &answer["streams"][1]);
        // What kubectl refuses or does not see is none of its manifests.
        if old["error"] != "" || !after.contains("kind: Secret") && !after.contains("\"Secret\"") {
            continue;
        }
        let show = formatdoc! {"
            --- before
            {before}
            --- after
            {after}
            {answer}"};
        assert_eq!(new["error"], "", "{show}");
        let ((old, old_secrets), (new, new_secrets)) = (applied(old), applied(new));
        assert_eq!(old, new, "{show}");
        assert_eq!(old_secrets + 1, new_secrets, "{show}");
        compared += 1;
    }
    assert!(compared * 4 > written.len(), "{compared} of {} compared", written.len());
}
