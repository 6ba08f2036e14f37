use base64::engine::general_purpose::URL_SAFE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use std::fmt::Write as _;

use super::*;
use crate::system::untrusted::{HIDDEN, Untrusted, clean};

const SECRET: &str = "hunTer2/sEcret+9";

/// With this login alone; what other tests hide is no matter here.
fn knowing(username: &str, password: &str) -> Known {
    let mut known = Known::default();
    known.hide_login(username, password);
    known
}

/// The forms in which programs and servers repeat a secret.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let mut hex = String::new();
    secret.bytes().for_each(|byte| write!(hex, "{byte:02X}").unwrap());
    let folded = |text: &str, by: usize, between: &str| {
        let characters: Vec<char> = text.chars().collect();
        let lines: Vec<String> = characters.chunks(by).map(|it| it.iter().collect()).collect();
        lines.join(between)
    };
    let json = serde_json::to_string(secret).unwrap();
    let document = format!(r#"{{"auths":{{"ghcr.io":{{"password":{json}}}}}}}"#);
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    vec![
        ("plain", secret.to_owned()),
        ("JSON", json.clone()),
        ("JSON of Go", go_json(secret).to_string()),
        ("JSON in JSON", serde_json::to_string(&json).unwrap()),
        ("percent", percent.clone()),
        ("percent in lower case", percent.to_lowercase()),
        ("percent twice", utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string()),
        ("shell", shlex::try_quote(secret).map(std::borrow::Cow::into_owned).unwrap_or_default()),
        ("debug", format!("{secret:?}")),
        ("base64", STANDARD.encode(secret)),
        ("URL-safe base64", URL_SAFE.encode(secret)),
        ("base64, one byte on", STANDARD.encode(format!("x{secret}"))),
        ("base64, two bytes on", STANDARD.encode(format!("xy{secret}zz"))),
        ("Basic", STANDARD.encode(format!("jane:{secret}"))),
        ("base64 of a document", STANDARD.encode(&document)),
        ("folded base64 of a document", folded(&STANDARD.encode(&document), 38, ",")),
        ("hexadecimal", hex),
        ("reversed", secret.chars().rev().collect()),
        ("folded", folded(secret, 3, "\n")),
        ("with spaces", folded(secret, 1, " ")),
        ("with invisible characters", folded(secret, 2, "\u{200b}")),
        ("with control characters", folded(secret, 2, "\u{1}")),
        ("in upper case", secret.to_uppercase()),
    ]
}

#[test]
fn a_secret_is_found_in_every_form() {
    for secret in [
        SECRET,
        "p\"q\\r<s>&t",
        "päss wörd 9",
        "-----BEGIN KEY-----\nMIIEvQIBADAN\n",
        "tab\tand%41",
        "AAaa^A{ :{:[",
    ] {
        let known = knowing("jane", secret);
        for (form, text) in forms(secret) {
            for said in [text.clone(), format!("denied: {text}; see"), format!("a={text}&b")] {
                assert!(known.occur_in(&said, Kind::Words), "{form}: {said}");
            }
        }
        assert!(known.occur_in(secret, Kind::Name));
        for said in ["the password is wrong", "unauthorized: jane", "jane:", ""] {
            assert!(!known.occur_in(said, Kind::Words), "{said}");
        }
    }
}

#[test]
fn a_piece_of_a_long_secret_is_enough() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    let known = knowing("jane", token);
    for piece in [&token[..20], &token[20..50], &token[token.len() - 20..]] {
        assert!(known.occur_in(&format!("bad token: Bearer {piece}…"), Kind::Words), "{piece}");
    }
}

#[test]
fn a_secret_that_lost_its_end_is_found() {
    let known = knowing("jane", SECRET);
    assert!(known.occur_in(&SECRET[..SECRET.len() - 2], Kind::Words));
    assert!(!known.occur_in(&SECRET[..6], Kind::Words));
}

#[test]
fn short_secrets_hide_no_words_but_stay_hidden_as_a_login() {
    let known = knowing("zoe", "a1");
    assert!(!known.occur_in("a1 b2", Kind::Words));
    assert!(known.occur_in(&format!("Basic {}", STANDARD.encode("zoe:a1")), Kind::Words));
    assert!(!knowing("zoe", "").occur_in("zoe", Kind::Words));
}

#[test]
fn a_common_word_as_password_hides_words_and_no_names() {
    let known = knowing("jane", "staging");
    assert!(known.occur_in("denied: staging", Kind::Words));
    assert!(!known.occur_in("staging", Kind::Name));
}

#[test]
fn a_secret_of_punctuation_is_found() {
    let known = knowing("jane", "#!$%&/()");
    for said in ["no: #!$%&/()", "no: #!$ %&/\u{200b}()", "no: %23%21%24%25%26%2F%28%29"] {
        assert!(known.occur_in(said, Kind::Words), "{said}");
    }
    assert!(!known.occur_in("no: #!$", Kind::Words));
}

#[test]
fn of_a_key_in_json_the_key_itself_is_found() {
    let key = r#"{"type":"service_account","private_key":"-----BEGIN-----\nMIIEvQIBADANBgkq\n","token_uri":"https://oauth2.googleapis.com/token"}"#;
    let known = knowing("_json_key", key);
    assert!(known.occur_in("key MIIEvQIBADANBgkq", Kind::Words));
    assert!(known.occur_in(key, Kind::Words));
}

#[test]
fn what_is_hidden_is_said_to_be() {
    hide(&SecretString::from("said-to-be-hidden-1"));
    assert_eq!(Untrusted::from("no: said-to-be-hidden-1").to_string(), HIDDEN);
    assert_eq!(clean("said-to-be-hidden-1"), HIDDEN);
    assert_eq!(Untrusted::from("no: another").to_string(), "no: another");
}

#[test]
fn a_secret_over_several_lines_hides_the_last() {
    hide(&SecretString::from("folded-over-two-lines"));
    let said = Untrusted::from("error: folded-over\n-two-lines");
    assert_eq!(said.last_line(), HIDDEN);
    assert_eq!(said.last_sentence(), HIDDEN);
}

proptest! {
    #[test]
    fn random_text_around_any_form_never_lets_it_through(
        secret in "[ -~]{0,4}[A-Za-z0-9]{4,24}[ -~é]{0,12}",
        before in "\\PC{0,40}",
        after in "\\PC{0,40}",
    ) {
        let known = knowing("jane", &secret);
        for (form, text) in forms(&secret) {
            let said = format!("{before} {text} {after}");
            prop_assert!(known.occur_in(&said, Kind::Words), "{} in {:?}", form, said);
        }
    }

    #[test]
    fn whatever_is_shown_is_one_visible_line(text in any::<String>()) {
        let foreign = Untrusted::from(text.as_str());
        for shown in [foreign.to_string(), clean(&text), foreign.last_sentence()] {
            prop_assert!(!shown.chars().any(is_unsafe), "{:?}", shown);
            prop_assert!(shown.chars().count() <= 201);
        }
    }
}
