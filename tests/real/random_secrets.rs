//! Random pull Secrets and images: what the kubelet's own code tries, in which
//! order, and what it refuses, is what we say.
//!
//! `REGCRED_CASES` and `REGCRED_SEED` make another run of it; a case that differs
//! prints its own seed, which alone repeats it with `REGCRED_CASES=1`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kubectl_regcred::testing::reference::ImageReference;
use kubectl_regcred::testing::{Candidate, PullSecret, Reference, SecretKind, State, diagnose};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::home::{Home, oracle};
use crate::numbers::Numbers;
use crate::secrets::{self, Secret};

/// Each is asked for so often that what has no order shows another one: of two
/// in any order, once in 500.
const TIMES: usize = 10;

/// So many cases at a time.
const AT_ONCE: usize = 2_000;

struct Case {
    seed: u64,
    secrets: Vec<Secret>,
    images: Vec<String>,
}

/// What is tried, user name and password each, and whether always in this order;
/// none where nothing is pulled.
type Tried = Option<(Vec<(String, String)>, bool)>;

impl Case {
    fn generate(seed: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        // The first numbers of neighbouring seeds are alike.
        for _ in 0..4 {
            numbers.below(2);
        }
        let focus = secrets::focus(&mut numbers);
        let secrets = (0..=numbers.below(3))
            .map(|number| secrets::secret(&mut numbers, focus, number))
            .collect();
        let images = (0..2).map(|_| secrets::image(&mut numbers, focus)).collect();
        Self { seed, secrets, images }
    }

    fn question(&self) -> Value {
        let documents: Vec<String> = self.secrets.iter().map(Secret::manifest).collect();
        let images: Vec<&String> =
            self.images.iter().flat_map(|image| std::iter::repeat_n(image, TIMES)).collect();
        json!({"manifest": documents.join("\n---\n"), "images": images})
    }

    fn ours(&self, image: &str) -> Tried {
        let image = ImageReference::parse(image).ok()?;
        let references: Vec<Reference<'_>> = self
            .secrets
            .iter()
            .map(|secret| Reference { name: &secret.name, state: state(secret) })
            .collect();
        let diagnosis = diagnose(&references, &image.repository(), 0);
        if diagnosis.findings.iter().any(|finding| finding.problem.is_fatal()) {
            assert!(diagnosis.candidates.is_empty(), "{}", self.seed);
            return None;
        }
        let pair =
            |one: &Candidate| (one.username.clone(), one.password.expose_secret().to_owned());
        let candidates = diagnosis.candidates.iter().map(|(_, candidate)| pair(candidate));
        Some((candidates.collect(), diagnosis.ordered))
    }

    /// What the oracle says, each time that it was asked.
    fn theirs(answers: &[Value]) -> Tried {
        if answers[0]["error"] != "" {
            return None;
        }
        let pairs = |answer: &Value| -> Vec<(String, String)> {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let list = answer["credentials"].as_array().unwrap();
            list.iter().map(|one| (text(&one["username"]), text(&one["password"]))).collect()
        };
        let lists: Vec<_> = answers.iter().map(pairs).collect();
        Some((lists[0].clone(), lists.iter().all(|list| *list == lists[0])))
    }

    fn check(&self, answer: &Value) {
        let Self { seed, .. } = self;
        assert_eq!(answer["error"], "", "seed {seed}: {}", self.question());
        let lookups = answer["lookups"].as_array().unwrap();
        for (image, answers) in self.images.iter().zip(lookups.chunks(TIMES)) {
            let (ours, theirs) = (self.ours(image), Self::theirs(answers));
            let shown = || format!("seed {seed}, image {image}: {}", self.question());
            match (&ours, &theirs) {
                // A case that may come in any order need not have done so.
                (Some((ours, false)), Some((theirs, _))) => {
                    assert_eq!(sorted(ours), sorted(theirs), "{}", shown());
                }
                _ => assert_eq!(ours, theirs, "{}", shown()),
            }
        }
    }
}

fn sorted(pairs: &[(String, String)]) -> Vec<&(String, String)> {
    let mut pairs: Vec<_> = pairs.iter().collect();
    pairs.sort();
    pairs
}

fn state(secret: &Secret) -> State<'_> {
    let Some(kind) = SecretKind::of_type(secret.kind) else {
        return State::OtherType(secret.kind);
    };
    if secret.key != kind.key() || secret.value.is_empty() {
        return State::WithoutKey(kind.key());
    }
    State::Value(PullSecret { kind, value: &secret.value })
}

/// A number that the environment sets.
pub fn number(variable: &str, default: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

#[test]
fn the_kubelet_tries_and_refuses_what_we_say() {
    let first = number("REGCRED_SEED", 1);
    let seeds: Vec<u64> = (first..first + number("REGCRED_CASES", 3_000)).collect();
    let (mut tried, mut refused, mut unordered) = (0, 0, 0);
    for seeds in seeds.chunks(AT_ONCE) {
        let cases: Vec<Case> = seeds.iter().map(|seed| Case::generate(*seed)).collect();
        let questions: Vec<Value> = cases.iter().map(Case::question).collect();
        for (case, answer) in cases.iter().zip(oracle(&questions)) {
            case.check(&answer);
            for image in &case.images {
                match case.ours(image) {
                    None => refused += 1,
                    Some((candidates, _)) if candidates.is_empty() => {}
                    Some((_, ordered)) => {
                        tried += 1;
                        unordered += usize::from(!ordered);
                    }
                }
            }
        }
    }
    println!("{} cases: {tried} tried, {unordered} in any order, {refused} refused", seeds.len());
    // A generator that makes nothing of a sort proves nothing of it.
    let few = seeds.len() / 100;
    assert!(tried > few && refused > few && unordered * 4 > few, "{tried} {refused} {unordered}");
}

#[test]
fn what_the_binary_tells_is_the_same() {
    let home = Home::new();
    for seed in 1..150 {
        let case = Case::generate(seed);
        let documents: Vec<String> = case.secrets.iter().map(Secret::manifest).collect();
        std::fs::write(home.path("all.yaml"), documents.join("\n---\n")).unwrap();
        for image in &case.images {
            let flag = format!("--image={image}");
            let arguments = ["diagnose", &flag, "-f", "all.yaml", "-o", "json", "--reveal"];
            let outcome = home.regcred(&arguments);
            let answer: Value = serde_json::from_str(&outcome.stdout)
                .unwrap_or_else(|_| panic!("seed {seed}, {image}: {outcome:?}"));
            let list = answer["candidates"].as_array().unwrap();
            let told: Vec<(&str, &str)> = list
                .iter()
                .map(|one| (one["username"].as_str().unwrap(), one["password"].as_str().unwrap()))
                .collect();
            let (expected, ordered) = case.ours(image).unwrap_or((Vec::new(), true));
            let expected: Vec<(&str, &str)> = expected
                .iter()
                .map(|(user, password)| (user.as_str(), password.as_str()))
                .collect();
            assert_eq!(told, expected, "seed {seed}, {image}");
            assert_eq!(answer["ordered"], ordered, "seed {seed}, {image}");
        }
    }
}

impl Secret {
    /// As JSON, which is YAML too.
    fn manifest(&self) -> String {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": self.kind,
            "metadata": {"name": self.name}, "data": {self.key: STANDARD.encode(&self.value)},
        })
        .to_string()
    }
}
