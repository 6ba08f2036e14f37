//! Random pull Secrets and images, good and bad, near to what makes a difference.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

use crate::numbers::Numbers;

pub struct Secret {
    pub name: String,
    pub kind: &'static str,
    pub key: &'static str,
    pub value: Vec<u8>,
}

const HOSTS: [&str; 14] = [
    "docker.io",
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "ghcr.io",
    "a.example.com",
    "b.example.com",
    "example.com",
    "a.b.example.com",
    "localhost",
    "10.0.0.1",
    "[::1]",
    "A.Example.com",
    "x-y.io",
];

const GLOBS: [&str; 16] = [
    "*",
    "*.io",
    "*.com",
    "*.example.com",
    "a.*.com",
    "*.*.com",
    "*.*.example.com",
    "g*.io",
    "gh*",
    "*-y.io",
    "**.io",
    "*.docker.io",
    "docker.*",
    "10.*.0.1",
    "*a*.example.com",
    "*[.]io",
];

const PORTS: [&str; 8] = ["", "", "", "", ":443", ":5000", ":", ":05000"];

const PATHS: [&str; 24] = [
    "",
    "",
    "",
    "",
    "/",
    "/v1/",
    "/v2/",
    "/v1",
    "/v2/team",
    "/v1/v2/team",
    "/team",
    "/team/",
    "/team/app",
    "/te",
    "/TEAM",
    "/team%2Fapp",
    "/%74eam",
    "//team",
    "/team?x=y",
    "/team#f",
    "/team/app:v1",
    "/library",
    "/v2/library/nginx",
    "/te%zzam",
];

const IMAGE_PATHS: [&str; 9] = [
    "team/app",
    "team-b/app",
    "team",
    "app",
    "library/nginx",
    "nginx",
    "v1/team/app",
    "v2/app",
    "a/b/c/d",
];

const TAGS: [&str; 6] = [
    "",
    "",
    ":v1",
    ":latest",
    "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ":v1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

const BAD_IMAGES: [&str; 16] = [
    "",
    "Team/App",
    "ghcr.io/Team/app",
    "ghcr.io/team/app:",
    "ghcr.io//app",
    "https://ghcr.io/team/app",
    "ghcr.io/team/app@sha256:12",
    " ghcr.io/team/app",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "ghcr.io:port/app",
    "-a.example.com/app",
    "ghcr.io/team/_app",
    "[:1]:5000/team/app",
    "[1:2]/team/app",
    "[]:5000/team/app",
    "[::1.2.3.4]:5000/team/app",
];

const PASSWORDS: [&str; 7] = ["plain", "with:colon", "", "ünïcode", "quote\"\\", "end\n", "<&>"];

/// Members that make no difference.
const OTHER_MEMBERS: [&str; 8] = [
    r#""credsStore":"pass""#,
    r#""credHelpers":{"ghcr.io":7}"#,
    r#""HttpHeaders":{"User-Agent":"x","b":null}"#,
    r#""HTTPHEADERS":null"#,
    r#""proxies":[[[{"a":[1e999,-0.0,true]}]]]"#,
    r#""":{}"#,
    r#""currentContext":"\u00e9\ud83d\ude00\ud83d""#,
    "\"x\":\"\u{17f}\"",
];

/// A host; mostly the one that the case is about.
fn host(numbers: &mut Numbers, focus: &'static str) -> &'static str {
    if numbers.once_in(3) { numbers.pick(&HOSTS) } else { focus }
}

/// What a case is about.
pub fn focus(numbers: &mut Numbers) -> &'static str {
    numbers.pick(&HOSTS)
}

pub fn image(numbers: &mut Numbers, focus: &'static str) -> String {
    if numbers.once_in(15) {
        return numbers.pick(&BAD_IMAGES).to_owned();
    }
    let path = numbers.pick(&IMAGE_PATHS);
    let tag = numbers.pick(&TAGS);
    if numbers.once_in(5) {
        return format!("{path}{tag}");
    }
    let host = host(numbers, focus);
    let port = numbers.pick(&["", "", "", ":443", ":5000"]);
    format!("{host}{port}/{path}{tag}")
}

pub fn secret(numbers: &mut Numbers, focus: &'static str, number: usize) -> Secret {
    let (kind, key) = match numbers.below(24) {
        0 => ("Opaque", ".dockerconfigjson"),
        1 => ("kubernetes.io/dockercfg", ".dockerconfigjson"),
        2 => ("kubernetes.io/dockerconfigjson", "config.json"),
        3..=7 => ("kubernetes.io/dockercfg", ".dockercfg"),
        _ => ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
    };
    let text = match (kind.ends_with("dockercfg"), numbers.once_in(25)) {
        // Each other's shape is read as well, and matches nothing.
        (true, false) | (false, true) => auths(numbers, focus, number),
        (false, false) | (true, true) => config(numbers, focus, number),
    };
    Secret { name: format!("s{number}"), kind, key, value: spoiled(numbers, text) }
}

/// What makes a whole value differ, mostly nothing.
fn spoiled(numbers: &mut Numbers, text: String) -> Vec<u8> {
    match numbers.below(240) {
        0 => Vec::new(),
        1 => b"null".to_vec(),
        2 => format!("\u{feff}{text}").into_bytes(),
        3 => format!("{text}x").into_bytes(),
        4 => format!(" \r\n\t{text}\n ").into_bytes(),
        5 => b"[]".to_vec(),
        6 => b"{}".to_vec(),
        7 => text.replacen('{', "{,", 1).into_bytes(),
        8..=14 => {
            let mut bytes = text.into_bytes();
            let at = numbers.below(bytes.len());
            bytes.insert(at, [0xff, 0xe2, 0xc3, b'"', b',', b' ', 0x01][numbers.below(7)]);
            bytes
        }
        _ => text.into_bytes(),
    }
}

fn config(numbers: &mut Numbers, focus: &'static str, number: usize) -> String {
    let mut members = Vec::new();
    for _ in 0..numbers.below(3) {
        members.push(numbers.pick(&OTHER_MEMBERS).to_owned());
    }
    let name = numbers.pick(&["auths", "auths", "auths", "auths", "Auths", "AUTHS", "auth\u{17f}"]);
    members.push(format!("\"{name}\":{}", auths(numbers, focus, number)));
    match numbers.below(80) {
        0 => members.push(format!("\"auths\":{}", auths(numbers, focus, number + 3))),
        1 => members.push(r#""auths":null"#.to_owned()),
        2 => members.push(r#""auths":[]"#.to_owned()),
        3 => members.push(r#""HttpHeaders":{"a":1}"#.to_owned()),
        4 => members.push(r#""httpheaders":[]"#.to_owned()),
        _ => {}
    }
    // Their order decides which of two counts.
    let at = numbers.below(members.len());
    members.rotate_left(at);
    format!("{{{}}}", members.join(numbers.pick(&[",", ", ", ",\n\t"])))
}

fn auths(numbers: &mut Numbers, focus: &'static str, number: usize) -> String {
    let mut entries: Vec<String> = Vec::new();
    for place in 0..numbers.below(6) {
        let user = format!("u{number}{place}");
        let key = serde_json::to_string(&key(numbers, focus)).unwrap();
        entries.push(format!("{key}:{}", entry(numbers, &user)));
        // The same again, or another spelling of the same.
        if numbers.once_in(8) {
            let again =
                entries[numbers.below(entries.len())].split_once(":{").map(|it| it.0.to_owned());
            let again = again.unwrap_or_else(|| "\"ghcr.io\"".to_owned());
            let again =
                if numbers.once_in(2) { again.replacen('"', "\"https://", 1) } else { again };
            entries.push(format!("{again}:{}", entry(numbers, &format!("{user}x"))));
        }
    }
    format!("{{{}}}", entries.join(","))
}

fn key(numbers: &mut Numbers, focus: &'static str) -> String {
    if numbers.once_in(12) {
        return numbers
            .pick(&[
                "https://index.docker.io/v1/",
                "https://index.docker.io/v1",
                "index.docker.io/v1/",
                "",
                "/",
                "https://",
                "ghcr.io:1:2",
                "a b.io",
                "ghcr.io/%00",
                "ghcr.io\u{7f}",
                "ghcr.io\\team",
                "http://[::1]:5000/v2/",
                "[::1",
                "ghcr%2eio",
                "ghcr.io:5o",
            ])
            .to_owned();
    }
    let scheme = numbers.pick(&["", "", "", "", "https://", "http://", "HTTPS://", "oci://"]);
    let user = if numbers.once_in(20) {
        numbers.pick(&["u@", "u:p@", "u p@", "%75@", "%zz@"])
    } else {
        ""
    };
    let host = if numbers.once_in(4) { numbers.pick(&GLOBS) } else { host(numbers, focus) };
    format!("{scheme}{user}{host}{}{}", numbers.pick(&PORTS), numbers.pick(&PATHS))
}

fn entry(numbers: &mut Numbers, user: &str) -> String {
    let password = numbers.pick(&PASSWORDS);
    let auth = format!("\"auth\":\"{}\"", STANDARD.encode(format!("{user}:{password}")));
    let typed = format!("\"username\":\"{user}t\",\"password\":{}", serde_json::json!(password));
    match numbers.below(400) {
        0..=9 => format!("{{{typed}}}"),
        10..=15 => format!("{{{typed},{auth}}}"),
        16..=19 => format!("{{{auth},{typed},\"email\":\"a@b.c\"}}"),
        20..=24 => "{}".to_owned(),
        25..=27 => "null".to_owned(),
        28..=31 => r#"{"identitytoken":"t","auth":""}"#.to_owned(),
        32..=35 => {
            format!("{{\"Auth\":\"{}\"}}", STANDARD_NO_PAD.encode(format!("{user}:{password}")))
        }
        36..=38 => format!("{{\"u\u{17f}ername\":\"{user}\",\"PA\u{17f}SWORD\":\"p\"}}"),
        39..=41 => format!("{{{auth},\"auth\":null}}"),
        42..=44 => format!("{{\"auth\":null,{typed},\"x\":{{\"auth\":7}}}}"),
        45..=47 => format!("{{\"username\":\"{user}\\ud83d\\ud83d\\ude00\\u00e9\"}}"),
        48..=50 => format!("{{{}}}", broken_lines(&auth)),
        51..=52 => format!(
            "{{\"auth\":\"{}\"}}",
            STANDARD.encode([user.as_bytes(), b":\xff\xe2\x82"].concat())
        ),
        53 => format!("{{\"auth\":\"{}\"}}", URL_SAFE.encode(format!("{user}:\u{3ff}\u{3ff}?>"))),
        54 => format!("{{\"auth\":\"{}\"}}", STANDARD.encode(user)),
        55 => format!("{{{}}}", auth.replace("\":\"", "\":\" ")),
        56 => format!("{{{}}}", auth.trim_end_matches(['=', '"']).to_owned() + "==\""),
        57 => format!("{{{}}}", auth.trim_end_matches(['=', '"']).to_owned() + "=\\n=\""),
        58 => r#"{"auth":7}"#.to_owned(),
        59 => r#"{"username":["u"]}"#.to_owned(),
        60 => r#"{"email":{}}"#.to_owned(),
        61 => r#""text""#.to_owned(),
        62 => "[]".to_owned(),
        63..=64 => r#"{"auth":"dTpx"}"#.to_owned(),
        65..=66 => r#"{"auth":"dTpw\t"}"#.to_owned(),
        67..=68 => r#"{"auth":"dTo"}"#.to_owned(),
        69..=70 => r#"{"auth":"dTp="}"#.to_owned(),
        71..=72 => r#"{"auth":"Og=="}"#.to_owned(),
        _ => format!("{{{auth}}}"),
    }
}

/// The same `auth` over several lines, which Go's decoder passes over.
fn broken_lines(auth: &str) -> String {
    let (start, end) = auth.split_at(12);
    format!("{start}\\n{}", end.replacen('=', "\\r\\n=", 1))
}
