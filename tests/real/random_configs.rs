//! Generated docker configurations and images: whenever a Secret is written,
//! the kubelet finds exactly the wanted credential; whenever not, the reason is
//! told and nothing is written.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Map, Value, json};

use crate::home::{Home, oracle};
use crate::numbers::Numbers;
use crate::outcome::Outcome;

const RUNS: usize = 600;

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

/// A login in a generated configuration, and what its key stands for.
struct Stored {
    key: String,
    host: &'static str,
    /// Empty for the whole registry.
    path: &'static str,
    login: Value,
    /// Whether a pull Secret can hold it.
    is_usable: bool,
}

impl Stored {
    fn generate(numbers: &mut Numbers, user: &str) -> (Self, Value) {
        let host = numbers.pick(&HOSTS);
        let (key, path) = key(numbers, host);
        let password = numbers.pick(&PASSWORDS);
        let pair = format!("{user}:{password}");
        let entry = match numbers.below(8) {
            0 => json!({"auth": STANDARD_NO_PAD.encode(pair)}),
            1 => json!({"username": user, "password": password}),
            2 => json!({"auth": STANDARD.encode(pair), "email": "a@b.c"}),
            3 => json!({}),
            4 => json!({"identitytoken": password}),
            _ => json!({"auth": STANDARD.encode(pair)}),
        };
        let is_usable = entry.get("auth").or(entry.get("username")).is_some();
        let login = json!({"username": user, "password": password});
        (Self { key, host, path, login, is_usable }, entry)
    }

    /// Whether it is under the very key that docker asks for.
    fn is_dockers_own(&self) -> bool {
        self.key == if self.host == "docker.io" { "https://index.docker.io/v1/" } else { self.host }
    }

    fn serves(&self, host: &str, path: &str) -> bool {
        self.host == host && (self.path.is_empty() || path.starts_with(&format!("{}/", self.path)))
    }
}

/// A key under which some program could have stored a login for a host, and
/// the path that it is for.
fn key(numbers: &mut Numbers, host: &str) -> (String, &'static str) {
    if host == "docker.io" {
        let names = [
            "https://index.docker.io/v1/",
            "docker.io",
            "index.docker.io",
            "https://registry-1.docker.io/v2/",
        ];
        return (numbers.pick(&names).to_owned(), "");
    }
    match numbers.below(8) {
        0 => (format!("https://{host}"), ""),
        1 => (format!("https://{host}/v2/"), ""),
        2 => (format!("http://{host}/v1/"), ""),
        3 => (format!("{host}/"), ""),
        4 => (format!("{host}/org"), "org"),
        5 if !host.contains(':') => (format!("{host}:443"), ""),
        _ => (host.to_owned(), ""),
    }
}

/// A configuration, an image, and the logins in it that serve this image.
struct Case {
    config: String,
    image: String,
    serving: Vec<Stored>,
}

impl Case {
    fn generate(numbers: &mut Numbers, run: usize) -> Self {
        let (mut auths, mut stored) = (Map::new(), Vec::new());
        for number in 0..=numbers.below(4) {
            let (login, entry) = Stored::generate(numbers, &format!("u{number}"));
            if !auths.contains_key(&login.key) {
                auths.insert(login.key.clone(), entry);
                stored.push(login);
            }
        }
        let path = numbers.pick(&PATHS);
        // Mostly a registry that is in the configuration.
        let known = stored[numbers.below(stored.len())].host;
        let host = if numbers.below(4) == 0 { numbers.pick(&HOSTS) } else { known };
        stored.retain(|login| login.serves(host, path));
        let config = json!({"auths": auths}).to_string();
        Self { config, image: format!("{host}/{path}:v{run}"), serving: stored }
    }

    /// The logins that may be written, and whether one of them has to be.
    fn wanted(&self) -> (Vec<&Value>, bool) {
        let usable: Vec<&Stored> = self.serving.iter().filter(|login| login.is_usable).collect();
        let own = usable.iter().find(|login| login.is_dockers_own());
        let logins =
            own.map_or(usable.iter().map(|one| &one.login).collect(), |own| vec![&own.login]);
        let is_clear = own.is_some() || self.serving.len() == 1;
        let must = is_clear && !logins.is_empty();
        (logins, must)
    }

    /// What is written for the image, from docker's own file or a named one.
    fn run(&self, home: &Home, is_named: bool) -> Option<String> {
        let file = if is_named { "named.json" } else { ".docker/config.json" };
        let _ = std::fs::remove_file(home.path(".docker/config.json"));
        std::fs::write(home.path(file), &self.config).unwrap();
        let arguments = if is_named {
            vec!["secret", "--image", &self.image, "--authfile", file]
        } else {
            vec!["pod", "web", "--image", &self.image]
        };
        let Outcome { stdout, stderr, code, .. } = home.regcred(&arguments);
        if code == 0 {
            assert!(stderr.contains(", from "), "{stderr}");
            return Some(stdout);
        }
        assert!(matches!(code, 1 | 3), "{stderr}");
        assert_eq!(stdout, "", "{}", self.config);
        assert!(stderr.starts_with("error: "), "{stderr}");
        None
    }
}

#[test]
fn whatever_is_written_is_what_the_kubelet_finds() {
    let home = Home::new();
    let mut numbers = Numbers::new(20_261_124);
    let (mut questions, mut written, mut refused) = (Vec::new(), Vec::new(), 0);
    for run in 0..RUNS {
        let case = Case::generate(&mut numbers, run);
        let (logins, must) = case.wanted();
        if let Some(manifest) = case.run(&home, run % 2 == 0) {
            assert!(!logins.is_empty(), "{} {}", case.image, case.config);
            questions.push(json!({"manifest": manifest, "images": [case.image]}));
            written.push(case);
        } else {
            assert!(!must, "{} {}", case.image, case.config);
            refused += 1;
        }
    }
    let few = RUNS / 5;
    assert!(written.len() > few && refused > few, "{} written, {refused} refused", written.len());
    for (answer, case) in oracle(&questions).into_iter().zip(written) {
        let Case { config, image, .. } = &case;
        assert_eq!(answer["error"], "", "{config}");
        let found = answer["lookups"][0]["credentials"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{image} {config} {answer}");
        assert!(case.wanted().0.contains(&&found[0]), "{image} {config} {answer}");
    }
}
