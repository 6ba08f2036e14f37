//! Generated docker configurations and images: whenever a Secret is written,
//! the kubelet finds exactly the wanted credential; whenever not, the reason is
//! told and nothing is written.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};

use crate::support::{Home, oracle};

const RUNS: usize = 600;

/// A small generator of numbers: the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // Constants of Knuth's MMIX.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const HOSTS: [&str; 10] = [
    "ghcr.io",
    "quay.io",
    "reg.example.com:5000",
    "localhost",
    "localhost:5000",
    "10.0.0.1:8080",
    "docker.io",
    "reg.example.com:443",
    "[::1]:5000",
    "Reg.Example.com",
];

const PATHS: [&str; 4] = ["app", "org/app", "org/team/app", "organisation/app"];

const PASSWORDS: [&str; 8] = [
    "plain",
    "with:colon",
    "dollar$sign",
    "quote\"back\\slash",
    "ünïcode",
    "tab\tin",
    "<&>",
    "line\nfeed",
];

/// The key under which some program could have stored a login for a host.
fn key(numbers: &mut Numbers, host: &str) -> String {
    if host == "docker.io" {
        let names = [
            "https://index.docker.io/v1/",
            "docker.io",
            "index.docker.io",
            "https://registry-1.docker.io/v2/",
        ];
        return numbers.pick(&names).to_owned();
    }
    match numbers.below(8) {
        0 => format!("https://{host}"),
        1 => format!("https://{host}/v2/"),
        2 => format!("http://{host}/v1/"),
        3 => format!("{host}/"),
        4 => format!("{host}/org"),
        5 if !host.contains(':') => format!("{host}:443"),
        _ => host.to_owned(),
    }
}

/// An entry in one of the forms that are seen in files.
fn entry(numbers: &mut Numbers, user: &str, password: &str) -> Value {
    let pair = format!("{user}:{password}");
    match numbers.below(6) {
        0 => json!({"auth": STANDARD_NO_PAD.encode(pair)}),
        1 => json!({"username": user, "password": password}),
        2 => json!({"auth": STANDARD.encode(pair), "email": "a@b.c"}),
        3 if numbers.below(4) == 0 => json!({}),
        3 if numbers.below(4) == 0 => json!({"identitytoken": password}),
        _ => json!({"auth": STANDARD.encode(pair)}),
    }
}

#[test]
fn whatever_is_written_is_what_the_kubelet_finds() {
    let home = Home::new();
    let mut numbers = Numbers(20_261_124);
    let (mut questions, mut written) = (Vec::new(), 0);
    for run in 0..RUNS {
        let mut auths = serde_json::Map::new();
        for entry_number in 0..=numbers.below(4) {
            let host = numbers.pick(&HOSTS);
            let user = format!("u{entry_number}");
            let password = numbers.pick(&PASSWORDS);
            let key = key(&mut numbers, host);
            auths.insert(key, entry(&mut numbers, &user, password));
        }
        let image = format!("{}/{}:v{run}", numbers.pick(&HOSTS), numbers.pick(&PATHS));
        let config = json!({"auths": auths}).to_string();
        std::fs::write(home.path(".docker/config.json"), &config).unwrap();
        let output = home.regcred(&["pod", "web", "--image", &image]);
        let talk = String::from_utf8(output.stderr).unwrap();
        let manifest = String::from_utf8(output.stdout).unwrap();
        if output.status.success() {
            written += 1;
            // `KEY: USER, from …` tells whose credential it is.
            let user = talk.lines().find_map(|line| line.split(": ").nth(1)?.split_once(", from"));
            let user = user.unwrap_or_else(|| panic!("{talk}")).0.to_owned();
            questions.push((json!({"manifest": manifest, "images": [image]}), user, config));
        } else {
            assert_eq!(manifest, "", "{config}");
            assert!(talk.starts_with("error: "), "{talk}");
        }
    }
    assert!(written > RUNS / 10, "only {written} Secrets were written");
    let asked: Vec<Value> = questions.iter().map(|(question, ..)| question.clone()).collect();
    for (answer, (question, user, config)) in oracle(&asked).into_iter().zip(questions) {
        assert_eq!(answer["error"], "", "{config}");
        let found = answer["lookups"][0]["credentials"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{config} {question}");
        assert_eq!(found[0]["username"], user, "{config} {question}");
        let password = found[0]["password"].as_str().unwrap();
        assert!(PASSWORDS.contains(&password), "{config} {question}");
    }
}
