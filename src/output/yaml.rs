//! An answer as YAML: what its JSON says, as kubectl's `-o yaml` says it.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::manifest::error::ManifestError;
use crate::manifest::node::is_plain;
use crate::system::untrusted::is_unsafe;

/// Returns an answer as one YAML document, its members in the order of their names.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn render(answer: &impl Serialize) -> Result<String, ManifestError> {
    let value = serde_json::to_value(answer).map_err(|_| ManifestError::Render("answer"))?;
    let mut text = String::new();
    write(&mut text, &value, 0);
    Ok(text)
}

/// Writes a value that follows `key:` or a dash, or is the root.
fn write(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (index, (key, value)) in members.iter().enumerate() {
                // The first member of an item is on the line of its dash.
                let is_after_dash = index == 0 && text.ends_with("- ");
                text.push_str(&" ".repeat(if is_after_dash { 0 } else { indent }));
                push_text(text, key);
                text.push(':');
                text.push(if is_nested(value) { '\n' } else { ' ' });
                // Items are below their key, as kubectl writes them.
                write(text, value, if value.is_array() { indent } else { indent + 2 });
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&" ".repeat(indent));
                text.push_str("- ");
                write(text, item, indent + 2);
            }
        }
        Value::Object(_) => text.push_str("{}\n"),
        Value::Array(_) => text.push_str("[]\n"),
        Value::String(string) => {
            push_text(text, string);
            text.push('\n');
        }
        // A String takes whatever is written.
        Value::Null | Value::Bool(_) | Value::Number(_) => drop(writeln!(text, "{value}")),
    }
}

fn is_nested(value: &Value) -> bool {
    let members = value.as_object().map(serde_json::Map::len);
    members.or(value.as_array().map(Vec::len)).is_some_and(|count| count > 0)
}

/// Writes a text, bare where every reader of YAML takes it for one; characters that
/// steer a terminal are escaped.
fn push_text(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            _ if is_unsafe(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                // A String takes whatever is written.
                let _ = write!(text, "\\U{:08x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_laid_out_as_kubectl_does_it() {
        let answer = json!({"entries": [{"a": null, "b": [], "c": {"d": "no", "e": ["x", 1]}}]});
        let expected =
            "entries:\n- a: null\n  b: []\n  c:\n    d: \"no\"\n    e:\n    - x\n    - 1\n";
        assert_eq!(render(&answer).unwrap(), expected);
    }

    #[test]
    fn characters_that_steer_a_terminal_are_escaped() {
        let text = render(&json!({"a": "x\u{1b}[31m\u{202e}y"})).unwrap();
        assert_eq!(text, "a: \"x\\U0000001b[31m\\U0000202ey\"\n");
    }

    proptest! {
        #[test]
        fn any_answer_is_read_back(key in ".{0,20}", value in "\\PC{0,40}|.{0,40}") {
            let answer = json!({"list": [{key: [value, true, null, {}]}, []]});
            let read: Value = serde_yaml::from_str(&render(&answer).unwrap()).unwrap();
            prop_assert_eq!(read, answer);
        }
    }
}
