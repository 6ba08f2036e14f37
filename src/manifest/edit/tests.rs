//! The edits, case by case, and over generated manifests in any style.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

/// The text with references to `names` in all objects, and the same without
/// what was put in.
fn edited(text: &str, names: &[&str]) -> Result<(String, String), Refusal> {
    let stream = read(text).unwrap_or_else(|fault| panic!("{fault:?}\n{text}"));
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = [Kind::Workload, Kind::ServiceAccount];
    let objects = stream.objects.iter().filter(|object| wanted.contains(&object.kind));
    let edits =
        objects.map(|object| Stream::refer(object, &names)).collect::<Result<Vec<_>, _>>()?;
    let edits: Vec<Edit> = edits.into_iter().flatten().collect();
    let mut places: Vec<_> = edits.iter().map(|edit| (edit.at, edit.text.len())).collect();
    places.sort_unstable();
    let result = apply(text, edits).to_string();
    let mut back = result.clone();
    for (at, length) in places {
        back.replace_range(at..at + length, "");
    }
    Ok((result, back))
}

fn put_in(text: &str) -> String {
    let (result, back) = edited(text, &["regcred"]).unwrap();
    assert_eq!(back, text);
    assert_eq!(edited(&result, &["regcred"]).unwrap().0, result, "a second run changes nothing");
    result
}

fn refusal(text: &str) -> (usize, &'static str) {
    let refusal = edited(text, &["regcred"]).unwrap_err();
    (refusal.line, refusal.reason)
}

#[test]
fn a_missing_list_is_put_before_the_first_member_in_its_style() {
    for (before, after) in [
        (
            "kind: Pod\nspec: # the Pod\n\n  # all\n  containers:\n  - image: a\n",
            "kind: Pod\nspec: # the Pod\n  imagePullSecrets:\n  - name: regcred\n\n  # all\n  containers:\n  - image: a\n",
        ),
        (
            "kind: Pod\nspec:\n    hostNetwork: true\n    containers:\n      - image: a",
            "kind: Pod\nspec:\n    imagePullSecrets:\n      - name: regcred\n    hostNetwork: true\n    containers:\n      - image: a",
        ),
        (
            "kind: Pod\r\nspec:\r\n  containers: []\r\n",
            "kind: Pod\r\nspec:\r\n  imagePullSecrets:\r\n  - name: regcred\r\n  containers: []\r\n",
        ),
        (
            "{kind: Pod, spec: {containers: []}}",
            "{kind: Pod, spec: {imagePullSecrets: [{name: regcred}], containers: []}}",
        ),
        ("kind: Pod\nspec: {}\n", "kind: Pod\nspec: {imagePullSecrets: [{name: regcred}]}\n"),
        (
            "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"containers\": []\n  }\n}\n",
            "{\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"imagePullSecrets\": [{\"name\": \"regcred\"}],\n    \"containers\": []\n  }\n}\n",
        ),
        (
            "{\"kind\":\"Pod\",\"spec\":{}}",
            "{\"kind\":\"Pod\",\"spec\":{\"imagePullSecrets\": [{\"name\": \"regcred\"}]}}",
        ),
        (
            "kind: List\nitems:\n- kind: ServiceAccount\n  metadata:\n    name: x\n",
            "kind: List\nitems:\n- kind: ServiceAccount\n  imagePullSecrets:\n  - name: regcred\n  metadata:\n    name: x\n",
        ),
        (
            "\u{feff}metadata:\n  name: x\nkind: ServiceAccount\n",
            "\u{feff}imagePullSecrets:\n- name: regcred\nmetadata:\n  name: x\nkind: ServiceAccount\n",
        ),
    ] {
        assert_eq!(put_in(before), after);
    }
}

#[test]
fn a_list_that_is_there_is_appended_to() {
    for (before, after) in [
        (
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - name: old # mine\n  # more\n  containers: []\n",
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - name: old # mine\n  - name: regcred\n  # more\n  containers: []\n",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets:\n    -   name: old",
            "kind: Pod\nspec:\n  imagePullSecrets:\n    -   name: old\n    - name: regcred",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets: [{name: old}, ]\n",
            "kind: Pod\nspec:\n  imagePullSecrets: [{name: old}, {name: regcred}, ]\n",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets: []\n",
            "kind: Pod\nspec:\n  imagePullSecrets: [{name: regcred}]\n",
        ),
        (
            "{\"kind\": \"Pod\", \"spec\": {\"imagePullSecrets\": []}}",
            "{\"kind\": \"Pod\", \"spec\": {\"imagePullSecrets\": [{\"name\": \"regcred\"}]}}",
        ),
        (
            "{\"kind\": \"Pod\", \"spec\": {\"imagePullSecrets\": [\n  {\"name\": \"old\"}\n]}}",
            "{\"kind\": \"Pod\", \"spec\": {\"imagePullSecrets\": [\n  {\"name\": \"old\"},\n  {\"name\": \"regcred\"}\n]}}",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets: # none\n  containers: []\n",
            "kind: Pod\nspec:\n  imagePullSecrets: # none\n  - name: regcred\n  containers: []\n",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - {}\n  - name: a\n  - name: a\n",
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - {}\n  - name: a\n  - name: a\n  - name: regcred\n",
        ),
    ] {
        assert_eq!(put_in(before), after);
    }
}

#[test]
fn names_that_a_reader_could_misread_are_quoted() {
    let (result, _) = edited("kind: Pod\nspec:\n  a: b\n", &["on", "1e3", "x"]).unwrap();
    assert!(result.contains("- name: \"on\"\n  - name: \"1e3\"\n  - name: x\n"), "{result}");
    let (result, _) = edited("kind: Pod\nspec: {}\n", &["null"]).unwrap();
    assert!(result.contains("[{name: \"null\"}]"), "{result}");
}

#[test]
fn what_cannot_be_edited_safely_is_refused_with_its_line() {
    let shared = "an alias elsewhere repeats it";
    for (text, line, reason) in [
        ("a: &a\n  x: y\nkind: Pod\nspec: *a\n", 4, "its Pod specification is an alias"),
        ("kind: Pod\nspec: &s\n  a: b\nx: *s\n", 2, shared),
        ("kind: Job\nspec: &s\n  template:\n    spec:\n      a: b\nx: *s\n", 2, shared),
        ("kind: Pod\nspec:\n  <<: {a: b}\n", 3, "it holds a merge key"),
        (
            "base: &b\n  spec:\n    a: b\nkind: Pod\n<<: *b\n",
            1,
            "its Pod specification comes from a merge key",
        ),
        ("kind: Pod\nspec:\n  a: b\nspec:\n  c: d\n", 4, "the same key is set twice"),
        ("kind: Pod\nspec:\n", 2, "its Pod specification is no map"),
        ("kind: Pod\nspec: [a]\n", 2, "its Pod specification is no map"),
        (
            "kind: Pod\nspec:\n  imagePullSecrets: null\n",
            3,
            "its imagePullSecrets is null: leave the line out",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets: ~\n",
            3,
            "its imagePullSecrets is null: leave the line out",
        ),
        ("kind: Pod\nspec:\n  imagePullSecrets: {}\n", 3, "its imagePullSecrets is no list"),
        (
            "l: &l []\nkind: Pod\nspec:\n  imagePullSecrets: *l\n",
            4,
            "its imagePullSecrets is an alias",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets: &l []\nx: *l\n",
            3,
            "an alias elsewhere repeats its imagePullSecrets",
        ),
        (
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - name: |\n      a\n",
            3,
            "the end of its imagePullSecrets is not sure",
        ),
        ("kind: Pod\nspec:\n  ? a\n  : b\n", 3, "no member is on a line of its own"),
    ] {
        assert_eq!(refusal(text), (line, reason), "{text}");
    }
}

#[test]
fn what_is_no_manifest_tells_its_line() {
    let fault = |text: &str| read(text).unwrap_err();
    assert!(matches!(fault("a: b\n\tc: d\n"), Fault::Syntax { .. }));
    assert_eq!(fault("a: b\nc: [d\n"), Fault::Syntax { line: 2 });
    assert_eq!(fault("{{- if .Values.x }}\nkind: Pod\n{{- end }}\n"), Fault::Template { line: 1 });
    assert_eq!(
        fault("kind: Pod\nspec:\n  containers:\n  - image: {{ .x }}\n"),
        Fault::Template { line: 4 }
    );
    assert_eq!(
        fault("kind: Pod\nspec:\n  containers:\n  - image: \"{{ .x }}\"\n"),
        Fault::Template { line: 4 }
    );
    let deep = format!("kind: Pod\nx: {}", "[".repeat(100_000));
    assert!(matches!(fault(&deep), Fault::Syntax { .. }));
    let level = |n| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9));
    let bombs = (1..30).map(level).collect::<Vec<_>>().concat();
    let bomb = format!("a0: &a0 [x]\n{bombs}kind: Pod\nspec:\n  containers: []\n");
    assert_eq!(fault(&bomb), Fault::Expansion { line: 7 });
}

#[test]
fn images_are_seen_behind_aliases_and_merge_keys() {
    let text = "x: &c {image: a.io/x}\nw: &d {<<: *c}\ny: &i b.io/y\nkind: Pod\nspec:\n  containers:\n  - *c\n  - {image: *i}\n  - <<: [*d]\n  volumes:\n  - image: {reference: c.io/z}\n";
    let stream = read(text).unwrap();
    assert_eq!(stream.objects[0].images, ["a.io/x", "b.io/y", "a.io/x", "c.io/z"]);
}

#[test]
fn kinds_of_other_groups_are_left_alone() {
    let kinds =
        |text: &str| read(text).unwrap().objects.into_iter().map(|o| o.kind).collect::<Vec<_>>();
    let found = kinds(
        "apiVersion: batch.volcano.sh/v1\nkind: Job\n---\napiVersion: apps/v1\nkind: Deployment\n---\n# nothing\n---\njust a text\n",
    );
    assert_eq!(found, [Kind::Other("Job".into()), Kind::Workload]);
}

fn secret() -> Document {
    let metadata = crate::manifest::metadata::Metadata::new("Secret name", "regcred").unwrap();
    Document::pull_secret(metadata, &secrecy::SecretString::from("{}"))
}

#[test]
fn a_secret_is_put_before_a_document() {
    const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: regcred\ndata:\n  .dockerconfigjson: e30=\ntype: kubernetes.io/dockerconfigjson\n";
    let put = |text: &str, document: usize| {
        let stream = read(text).unwrap();
        let edit = stream.put_before(document, &secret()).unwrap();
        apply(text, vec![edit]).to_string()
    };
    assert_eq!(put("# c\nkind: A\n", 0), format!("{SECRET}---\n# c\nkind: A\n"));
    assert_eq!(put("# c\n--- # d\nkind: A\n", 0), format!("# c\n---\n{SECRET}--- # d\nkind: A\n"));
    assert_eq!(
        put("kind: A\n--- {kind: B}\n", 1),
        format!("kind: A\n---\n{SECRET}--- {{kind: B}}\n")
    );
    assert_eq!(
        put("kind: A\n...\n# c\n%YAML 1.2\n---\nkind: B\n", 1),
        format!("kind: A\n...\n# c\n---\n{SECRET}...\n%YAML 1.2\n---\nkind: B\n")
    );
    assert!(put("\u{feff}kind: A\n", 0).starts_with("\u{feff}apiVersion"));
    assert!(put("kind: A\r\n", 0).contains("kind: Secret\r\nmetadata:\r\n"));
    // kubectl passes over what follows a bare `...`, or a lone carriage return.
    assert_eq!(
        put("kind: A\n... # e\nkind: B\n", 1),
        format!("{SECRET}---\nkind: A\n... # e\nkind: B\n")
    );
    assert_eq!(
        put("kind: A\n---\n# c\nkind: B\n...\nkind: C\n", 2),
        format!("kind: A\n---\n{SECRET}---\n# c\nkind: B\n...\nkind: C\n")
    );
    assert_eq!(put("kind: A\r---\nkind: B\n", 1), format!("{SECRET}---\nkind: A\r---\nkind: B\n"));
    assert_eq!(
        put("---\nx: y\n...\nkind: A\n", 0),
        format!("---\n{SECRET}---\nx: y\n...\nkind: A\n"),
        "the part may start with what is no object"
    );
    let json: Vec<Value> =
        serde_json::Deserializer::from_str(&put(" {\"kind\": \"A\"} {\"kind\": \"B\"}", 1))
            .into_iter()
            .map(Result::unwrap)
            .collect();
    assert_eq!(json[1]["kind"], "Secret");
    let list: Value =
        serde_json::from_str(&put("{\"kind\": \"List\", \"items\": [\n {\"kind\": \"Pod\"}]}", 0))
            .unwrap();
    assert_eq!(
        (&list["items"][0]["kind"], &list["items"][1]["kind"]),
        (&json!("Secret"), &json!("Pod"))
    );
}

#[test]
fn a_secret_is_replaced_with_its_whole_document() {
    let text = "a: b\n--- # mine\nkind: Secret\nmetadata: {name: regcred}\n# end\n...\n---\nc: d\n";
    let stream = read(text).unwrap();
    let edit = stream.replace(text, &stream.objects[0], &secret()).unwrap().unwrap();
    let result = apply(text, vec![edit]).to_string();
    assert!(result.starts_with("a: b\n--- # mine\napiVersion: v1\n"), "{result}");
    assert!(result.ends_with("type: kubernetes.io/dockerconfigjson\n...\n---\nc: d\n"), "{result}");
    let inside = "kind: List\nitems:\n- kind: Secret\n";
    let stream = read(inside).unwrap();
    assert!(stream.replace(inside, &stream.objects[0], &secret()).unwrap().is_none());
}

// --- generated manifests ---------------------------------------------------------------

/// Decisions about style, one after the other.
struct Choices<'a>(std::iter::Cycle<std::slice::Iter<'a, u8>>);

impl Choices<'_> {
    fn of(&mut self, number: u8) -> u8 {
        self.0.next().copied().unwrap_or(0) % number
    }

    fn comment(&mut self) -> &'static str {
        ["", "", "", " # said: { - [", " #"][usize::from(self.of(5))]
    }
}

/// A value in a random style, after its key or dash.
fn write_value(text: &mut String, value: &Value, indent: usize, choices: &mut Choices<'_>) {
    match value {
        Value::Object(map) if !map.is_empty() && choices.of(4) > 0 => {
            text.push_str(choices.comment());
            text.push('\n');
            let indent = indent + 1 + usize::from(choices.of(4));
            write_members(text, value, indent, choices);
        }
        Value::Array(items) if !items.is_empty() && choices.of(4) > 0 => {
            text.push_str(choices.comment());
            text.push('\n');
            let indent = indent + usize::from(choices.of(3));
            for item in items {
                write_comment(text, indent, choices);
                text.push_str(&" ".repeat(indent));
                text.push('-');
                if item.is_object() && choices.of(3) > 0 {
                    let blanks = 1 + usize::from(choices.of(2));
                    text.push_str(&" ".repeat(blanks));
                    let mut inner = String::new();
                    write_members(&mut inner, item, indent + 1 + blanks, choices);
                    text.push_str(inner.trim_start_matches(' '));
                } else {
                    write_value(text, item, indent, choices);
                }
            }
        }
        Value::String(word) if word.contains('\n') => {
            let pad = " ".repeat(indent + 2);
            text.push_str(if word.ends_with("\n\n") { " |+\n" } else { " |\n" });
            for line in word.lines() {
                text.push_str(&format!("{pad}{line}\n"));
            }
        }
        other => text.push_str(&format!(" {}{}\n", flow(other, choices), choices.comment())),
    }
}

fn write_comment(text: &mut String, indent: usize, choices: &mut Choices<'_>) {
    // After a block scalar a comment could become a part of it.
    if choices.of(6) == 0 && !text.ends_with("kept\n") && !text.ends_with("\n\n") {
        text.push_str(&format!("{}# above\n", " ".repeat(indent)));
    }
}

fn write_members(text: &mut String, map: &Value, indent: usize, choices: &mut Choices<'_>) {
    for (number, (key, value)) in map.as_object().unwrap().iter().enumerate() {
        if number > 0 {
            write_comment(text, indent, choices);
        }
        let key = if choices.of(5) == 0 { format!("\"{key}\"") } else { key.clone() };
        text.push_str(&format!("{}{key}:", " ".repeat(indent)));
        write_value(text, value, indent, choices);
    }
}

/// On one line.
fn flow(value: &Value, choices: &mut Choices<'_>) -> String {
    let space = if choices.of(2) == 0 { " " } else { "" };
    match value {
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| format!("{key}: {}", flow(value, choices)));
            format!("{{{space}{}{space}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, choices)).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// A Pod specification, perhaps with a list of pull Secrets.
fn pod_spec() -> impl Strategy<Value = Value> {
    let words =
        prop::sample::select(vec!["on", "a: b", "# x", "", "one\ntwo\n", "one\n\n", "kept"]);
    let secrets =
        prop::option::of(prop::collection::vec(prop::sample::select(vec!["old", "regcred"]), 0..3));
    (prop::collection::vec(words, 0..3), secrets, any::<bool>()).prop_map(
        |(words, secrets, first)| {
            let mut spec = serde_json::Map::new();
            let mut put = |name: &str, value: Value| drop(spec.insert(name.to_owned(), value));
            if first {
                put("hostNetwork", json!(true));
            }
            let envs: Vec<Value> =
                words.iter().map(|word| json!({"name": "X", "value": word})).collect();
            put("containers", json!([{"name": "x", "image": "ghcr.io/a/b", "env": envs}]));
            if let Some(names) = secrets {
                let names: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
                put("imagePullSecrets", json!(names));
            }
            Value::Object(spec)
        },
    )
}

fn object() -> impl Strategy<Value = Value> {
    (pod_spec(), 0..5_u8).prop_map(|(spec, kind)| match kind {
        0 => json!({"kind": "Pod", "metadata": {"name": "x"}, "spec": spec}),
        1 => json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 1, "template": {"spec": spec}}}),
        2 => json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}),
        3 => json!({"kind": "Service", "spec": spec}),
        _ => json!({"kind": "List", "items": [{"kind": "Pod", "spec": spec}, {"kind": "ConfigMap"}]}),
    })
}

/// What should come out.
fn expected(mut object: Value) -> Value {
    let path = match object["kind"].as_str().unwrap() {
        "Pod" => "/spec",
        "Deployment" => "/spec/template/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "List" => "/items/0/spec",
        _ => return object,
    };
    let spec = object.pointer_mut(path).unwrap();
    let list = spec.as_object_mut().unwrap().entry("imagePullSecrets").or_insert(json!([]));
    let wanted = json!({"name": "regcred"});
    if !list.as_array().unwrap().contains(&wanted) {
        list.as_array_mut().unwrap().push(wanted);
    }
    object
}

fn values(text: &str) -> Vec<Value> {
    let text = text.trim_start_matches('\u{feff}');
    serde_yaml::Deserializer::from_str(text).map(|one| Value::deserialize(one).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn any_manifest_keeps_its_bytes_and_gets_exactly_the_reference(
        objects in prop::collection::vec(object(), 1..4),
        choices in prop::collection::vec(any::<u8>(), 1..80),
        (is_crlf, has_bom, ends_early) in any::<(bool, bool, bool)>(),
    ) {
        let mut choices = Choices(choices.iter().cycle());
        let mut text = String::new();
        for (number, object) in objects.iter().enumerate() {
            if number > 0 || choices.of(2) == 0 {
                text.push_str(["---\n", "--- # next\n", "# c\n---\n"][usize::from(choices.of(3))]);
            }
            write_members(&mut text, object, 0, &mut choices);
        }
        if ends_early && !text.ends_with("\n\n") {
            text.pop();
        }
        if is_crlf {
            text = text.replace('\n', "\r\n");
        }
        if has_bom {
            text.insert(0, '\u{feff}');
        }
        // Comments may have become part of a text: what counts is what a reader sees.
        prop_assume!(values(&text) == objects);
        match edited(&text, &["regcred"]) {
            Ok((result, back)) => {
                prop_assert_eq!(&back, &text);
                let wanted: Vec<Value> = objects.into_iter().map(expected).collect();
                prop_assert_eq!(values(&result), wanted, "{}", result);
                prop_assert_eq!(&edited(&result, &["regcred"]).unwrap().0, &result);
            }
            Err(refusal) => prop_assert!(false, "{:?}\n{}", refusal, text),
        }
    }
}
