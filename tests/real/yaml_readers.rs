//! Texts that readers of YAML 1.1 take for something else come back unchanged
//! through Kubernetes' own reader.

use serde_json::json;

use crate::home::{Home, finish, oracle};

/// Values of labels and annotations.
const WORDS: [&str; 24] = [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "true",
    "null",
    "012",
    "0x10",
    "0o7",
    "1e3",
    "1_000",
    "2020-01-01",
    "1.5",
    "190",
    "Infinity",
    "NaN",
    "e",
    "1e",
    "0b1",
    "True",
    "NULL",
    "",
];

/// Values of annotations alone.
const TEXTS: [&str; 13] = [
    "~",
    "1:30",
    "a: b",
    "- a",
    "# no comment",
    "'quoted'",
    "\"quoted\"",
    "two\nlines\n",
    " space ",
    "{a: b}",
    "ünïcode \u{1f600}",
    "%",
    "\u{1}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{ffff}\r",
];

#[test]
fn words_stay_what_they_are() {
    let home = Home::new();
    let mut questions = Vec::new();
    for word in WORDS.iter().chain(&TEXTS) {
        let mut command = home.command(crate::home::BINARY);
        command.args(["secret", "--registry", "ghcr.io", "--username", "u", "--password-stdin"]);
        command.args(["--annotations", &format!("note={word}")]);
        if WORDS.contains(word) {
            command.args(["--labels", &format!("word={word}")]);
        }
        // Names of namespaces can be such words too.
        if ["yes", "no", "on", "off", "y", "n", "true", "null", "012", "1e3", "190"].contains(word)
        {
            command.args(["-n", word]);
        }
        let output = finish(command, "p");
        assert!(output.status.success(), "{output:?}");
        let manifest = String::from_utf8(output.stdout).unwrap();
        questions.push(json!({"manifest": manifest, "images": []}));
    }
    let words: Vec<&str> = WORDS.into_iter().chain(TEXTS).collect();
    for (word, answer) in words.into_iter().zip(oracle(&questions)) {
        assert_eq!(answer["error"], "", "{word:?}: {answer}");
        let document = &answer["documents"][0];
        assert_eq!(document["annotations"]["note"], word, "{answer}");
        if WORDS.contains(&word) {
            assert_eq!(document["labels"]["word"], word, "{answer}");
        }
        let namespace = document["namespace"].as_str().unwrap();
        assert!(namespace.is_empty() || namespace == word, "{answer}");
    }
}
