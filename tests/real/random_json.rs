//! Random docker configs and answers of credential helpers: what Go's own
//! `encoding/json` reads in them is what we read.
//!
//! `REGCRED_CASES` and `REGCRED_SEED` make another run of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kubectl_regcred::testing::DockerConfig;
use kubectl_regcred::testing::helper::fault::HelperFault;
use kubectl_regcred::testing::helper::{self, Answer, HelperPrograms, Stored};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::home::oracle;
use crate::numbers::Numbers;
use crate::random_secrets::number;

/// Names that Go takes for a member, and names that it nearly does.
const TOP: [&str; 10] = [
    "auths",
    "auths",
    "Auths",
    "auth\u{17f}",
    "auth",
    "credHelpers",
    "CREDHELPERS",
    "credHelper\\u017f",
    "credsStore",
    "cred\u{17f}store",
];

const MEMBERS: [&str; 12] = [
    "username",
    "USERNAME",
    "u\\u017fername",
    "user name",
    "password",
    "Pa\u{17f}sword",
    "password ",
    "identitytoken",
    "IdentityTo\u{212a}en",
    "identityto\\u212aen",
    "registrytoken",
    "email",
];

const HELPER_MEMBERS: [&str; 8] = [
    "Username",
    "u\u{17f}ername",
    "Secret",
    "secret",
    "\\u017fECRET",
    "ServerURL",
    "serverurl",
    "Other",
];

const TEXTS: [&str; 10] = [
    "a",
    "b c",
    "\u{e9}",
    "\\u003ctoken\\u003e",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\\\ud83d",
    "\\n\\\"",
    "",
    "\u{fffd}",
];

const KEYS: [&str; 5] = ["a.io", "a.io", "b.io", "https://a.io/v1/", "\\u0061.io"];

/// Mostly a text, which is what Go wants.
fn text(numbers: &mut Numbers) -> String {
    match numbers.below(40) {
        0 => numbers.pick(&["7", "{}", "[]", "true", "[[\"x\"]]"]).to_owned(),
        1..=5 => "null".to_owned(),
        _ => format!("\"{}\"", numbers.pick(&TEXTS)),
    }
}

fn object(numbers: &mut Numbers, names: &[&str], value: impl Fn(&mut Numbers) -> String) -> String {
    let members: Vec<String> = (0..numbers.below(5))
        .map(|_| format!("\"{}\" :{}", numbers.pick(names), value(numbers)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

/// An object, or now and then something else.
fn value(numbers: &mut Numbers, object: impl FnOnce(&mut Numbers) -> String) -> String {
    match numbers.below(30) {
        0 => "null".to_owned(),
        1 => numbers.pick(&["[]", "\"x\"", "3", "false"]).to_owned(),
        _ => object(numbers),
    }
}

fn entry(numbers: &mut Numbers) -> String {
    value(numbers, |numbers| object(numbers, &MEMBERS, text))
}

fn config(numbers: &mut Numbers) -> String {
    let members: Vec<String> = (0..numbers.below(5))
        .map(|_| {
            let name = numbers.pick(&TOP);
            let value = if name.to_lowercase().contains("store") {
                text(numbers)
            } else if name.to_lowercase().contains("helper") {
                value(numbers, |numbers| object(numbers, &KEYS, text))
            } else {
                value(numbers, |numbers| object(numbers, &KEYS, entry))
            };
            format!("\"{name}\":{value}")
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Mostly as it is: else cut off, followed by something, or with a byte that is
/// not UTF-8.
fn spoiled(numbers: &mut Numbers, text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    match numbers.below(25) {
        0 => bytes.truncate(numbers.below(bytes.len()) + 1),
        1 => bytes.extend_from_slice(b" {\"auths\":7} x"),
        2 | 3 => {
            let at = numbers.below(bytes.len());
            bytes.insert(at, [0xff, 0xe2, 0xc3, b'"', b',', b' ', 0x01][numbers.below(7)]);
        }
        _ => {}
    }
    bytes
}

/// What we read in a docker config; none where it is refused, or one of its entries.
/// An entry of the wrong type that a later one replaces is refused by docker alone,
/// replaced characters by us alone.
fn our_config(bytes: &[u8]) -> Option<Value> {
    let config = DockerConfig::parse(bytes).ok()?;
    let mut entries = serde_json::Map::new();
    for key in config.auth_keys() {
        let login = config.entry(key).unwrap().ok()?.login;
        let token = login.identity_token.as_ref().map_or("", |token| token.expose_secret());
        let password = login.password.expose_secret();
        let has_registry_token = login.has_registry_token;
        entries
            .insert(key.to_owned(), json!([login.username, password, token, has_registry_token]));
    }
    Some(json!([entries, config.creds_store, config.cred_helpers]))
}

/// Go goes on after a value of the wrong type.
fn is_of_wrong_type(answer: &Value) -> bool {
    answer["error"].as_str().unwrap().starts_with("json: cannot unmarshal ")
}

fn their_config(answer: &Value) -> Option<Value> {
    if answer["error"] != "" && !is_of_wrong_type(answer) {
        return None;
    }
    let config = &answer["config"];
    let no_entries = serde_json::Map::new();
    let entries = config["auths"].as_object().unwrap_or(&no_entries).iter().map(|(key, entry)| {
        let has_registry_token = entry["registrytoken"] != "";
        let read = json!([
            entry["username"],
            entry["password"],
            entry["identitytoken"],
            has_registry_token
        ]);
        (key.clone(), read)
    });
    let entries: serde_json::Map<String, Value> = entries.collect();
    let helpers = match &config["credHelpers"] {
        Value::Null => json!({}),
        helpers => helpers.clone(),
    };
    Some(json!([entries, config["credsStore"], helpers]))
}

struct Printing(Vec<u8>);

impl HelperPrograms for Printing {
    fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
        Ok(Answer {
            success: true,
            status: String::new(),
            stdout: Zeroizing::new(self.0.clone()),
            stderr: String::new().into(),
        })
    }
}

/// User name and secret; none where it is refused.
fn our_answer(bytes: &[u8], server: &str) -> Option<(String, String)> {
    match helper::get(&Printing(bytes.to_vec()), "x", server) {
        Ok(Stored::Login(login, _)) => {
            let secret = login.identity_token.as_ref().unwrap_or(&login.password);
            let user = if login.identity_token.is_some() { "<token>" } else { &login.username };
            Some((user.to_owned(), secret.expose_secret().to_owned()))
        }
        Ok(Stored::Nothing(..)) => Some(Default::default()),
        Err(HelperFault::NoSecret) => Some(("NoSecret".to_owned(), String::new())),
        Err(_) => None,
    }
}

fn their_answer(answer: &Value) -> Option<(String, String)> {
    if answer["error"] != "" {
        return None;
    }
    let text = |name: &str| answer["helper"][name].as_str().unwrap().to_owned();
    match (text("Username"), text("Secret")) {
        (user, secret) if secret.is_empty() && !user.is_empty() => {
            Some(("NoSecret".to_owned(), secret))
        }
        pair => Some(pair),
    }
}

#[test]
fn go_reads_in_docker_configs_and_answers_what_we_read() {
    let (seed, cases) = (number("REGCRED_SEED", 1), number("REGCRED_CASES", 3_000));
    let mut numbers = Numbers::new(seed);
    let (mut configs, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..cases {
        let config = config(&mut numbers);
        configs.push(spoiled(&mut numbers, config));
        let answer = object(&mut numbers, &HELPER_MEMBERS, text);
        answers.push(spoiled(&mut numbers, answer));
    }
    let ask = |name: &str, texts: &[Vec<u8>]| {
        let questions: Vec<Value> =
            texts.iter().map(|text| json!({name: STANDARD.encode(text)})).collect();
        oracle(&questions)
    };
    let (mut read, mut refused) = (0, 0);
    let mut count = |is_read: bool| if is_read { read += 1 } else { refused += 1 };
    // What Go replaces in a name, password or token, docker hands out and we refuse.
    let is_replaced = |value: &Value| value.to_string().contains('\u{fffd}');
    for (text, answer) in configs.iter().zip(ask("config", &configs)) {
        let (ours, theirs) = (our_config(text), their_config(&answer));
        let shown = String::from_utf8_lossy(text);
        if ours != theirs {
            let is_refused = is_of_wrong_type(&answer) || is_replaced(&answer["config"]);
            assert!(ours.is_none() && is_refused, "{shown} {ours:?} {theirs:?}");
        }
        count(ours.is_some());
    }
    for (text, answer) in answers.iter().zip(ask("helper", &answers)) {
        let server = answer["helper"]["ServerURL"].as_str().unwrap();
        let (ours, theirs) = (our_answer(text, server), their_answer(&answer));
        let shown = String::from_utf8_lossy(text);
        if ours != theirs {
            let is_replaced = is_replaced(&answer["helper"]);
            assert!(ours.is_none() && is_replaced, "{shown} {ours:?} {theirs:?}");
        }
        count(ours.is_some());
    }
    println!("{read} read, {refused} refused");
    let few = cases / 20;
    assert!(read > few && refused > few, "{read} {refused}");
}
