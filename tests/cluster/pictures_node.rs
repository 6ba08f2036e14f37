//! The pictures of README: what a terminal shows while a Pod that cannot pull gets its
//! Secret, on the node. Each test plays its story again and holds the committed picture
//! against it; `docs/pictures/record` writes the pictures.

use std::fs;
use std::path::{Path, PathBuf};

use crate::readme_node::{create_pod, fails, logged_in, take_proposals};
use crate::screen::Screen;
use crate::svg;

const COLUMNS: u16 = 100;

/// What is drawn of a story, and what its picture says to those who cannot see it.
struct Picture {
    name: &'static str,
    title: &'static str,
}

impl Picture {
    /// Writes the picture where it is recorded; otherwise it has to show what the
    /// committed one shows.
    fn check(&self, screen: &Screen, registry: &str) {
        let drawn = svg::draw(&screen.cells(), self.title);
        let committed = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures"));
        let name = format!("{}.svg", self.name);
        if let Some(folder) = std::env::var_os("PICTURES") {
            fs::write(PathBuf::from(folder).join(name), drawn).unwrap();
            return;
        }
        let committed = fs::read_to_string(committed.join(&name)).unwrap();
        let (old, new) = (steady(&committed, "localhost:5000"), steady(&drawn, registry));
        assert!(old == new, "docs/pictures/record draws {name} again:\n{old}\n\n{new}");
    }
}

/// The text of a picture without what differs between two runs: the registry's port, the
/// age of a Pod, and white space, which the port's length moves.
fn steady(picture: &str, registry: &str) -> String {
    let text = svg::text(picture);
    let words = text.split_whitespace().map(|word| {
        let is_age = word.ends_with('s') && word.bytes().all(|b| b.is_ascii_digit() || b == b's');
        if is_age { "AGE" } else { word }
    });
    words.collect::<String>().replace(registry, "REGISTRY")
}

#[test]
fn a_credentials_store_leads_to_a_running_pod() {
    let (case, registry) = logged_in("shop");
    // A name that no other namespace of the tests has.
    let name = "registry-login";
    create_pod(&case, &registry, &[name]);
    fails(&case);
    let commands = [
        "grep credsStore ~/.docker/config.json",
        "kubectl get pod private-reg",
        "kubectl regcred diagnose private-reg",
        &format!("kubectl regcred secret {name} --registry {registry} --apply"),
        "kubectl wait --for=condition=Ready pod/private-reg",
        "kubectl get pod private-reg",
    ];
    let show = r#"show() { printf '\033[1m$ %s\033[0m\n' "$1"; sh -c "$1"; }"#;
    let shows: Vec<String> = commands.iter().map(|command| format!("show '{command}'")).collect();
    let line = format!("{show}; {}", shows.join("; "));
    let screen = Screen::open(case.shell_in_namespace("/bin/sh"), &line, 60, COLUMNS);
    screen.until_text("Running");
    screen.until_text("code=0");
    Picture {
        name: "credentials-store",
        title: "A Pod that cannot pull its image: diagnose says why, secret --apply gives it \
                the credential of docker's credentials store, and the Pod runs",
    }
    .check(&screen, &registry);
}

#[test]
fn the_guided_mode_leads_to_a_secret() {
    let (case, registry) = logged_in("web");
    create_pod(&case, &registry, &[]);
    fails(&case);
    let line = r"printf '\033[1m$ kubectl regcred\033[0m\n'; kubectl regcred";
    let mut screen = Screen::open(case.shell_in_namespace("/bin/sh"), line, 60, COLUMNS);
    take_proposals(&mut screen, &registry, "web");
    Picture {
        name: "guided",
        title: "kubectl regcred without a command: it finds the login and the Pod that cannot \
                pull, asks, and writes the Secret",
    }
    .check(&screen, &registry);
}

#[test]
fn the_first_steps_lead_to_a_running_pod() {
    let (case, registry) = logged_in("first-steps");
    case.plays(include_str!("../../docs/first-pod.md"), &registry);
}
