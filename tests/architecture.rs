//! The arrows between the rooms of `src/`, as `docs/architecture.md` draws them:
//! which room may use which, which rooms are pure, and where clap ends. The
//! compiler accepts an import in either direction; this test does not.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/refused.rs"]
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use paths::Named;

/// Each room, and the rooms that it may use. Listed from the top down, so that
/// every arrow points to a later line; the one exception is in [`EXCEPTIONS`].
const ARROWS: &[(&str, &str)] = &[
    (
        "commands",
        "output rotate running selection apply inject diagnose sources cluster manifest distribution \
         error kubelet registry system",
    ),
    ("completion", "cli sources cluster registry system"),
    ("cli", "output manifest error registry system"),
    // Renders what `diagnose` found, what `rotate` planned, and what runs.
    (
        "output",
        "rotate running diagnose cluster manifest distribution error kubelet registry system",
    ),
    (
        "rotate",
        "selection apply diagnose cluster manifest distribution error kubelet registry system",
    ),
    ("running", "cluster kubelet registry system"),
    ("selection", "sources cluster manifest distribution error kubelet registry system"),
    ("apply", "sources cluster manifest distribution error kubelet registry system"),
    ("inject", "manifest error kubelet registry system"),
    ("diagnose", "cluster manifest distribution kubelet registry system"),
    // Above the rooms that fail, each with an error of its own: it joins their reasons
    // with the options of this program, which they do not know.
    ("error", "sources cluster manifest distribution kubelet registry system"),
    // Knows nothing of Kubernetes.
    ("sources", "registry system"),
    ("cluster", "kubelet registry system"),
    // Knows nothing of where a credential came from.
    ("manifest", "kubelet registry system"),
    ("distribution", "registry system"),
    ("kubelet", "registry system"),
    ("registry", "system"),
    ("system", ""),
];

/// Arrows for one part of a room only: who, to what, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("commands/options", "crate::cli", "the one place where clap types become plain options"),
    ("commands/mod", "crate::cli::completion", "prints the script of a shell"),
    ("sources", "crate::kubelet::go", "reads JSON as Go does; nothing in it is of Kubernetes"),
];

/// Rooms without any effect outside themselves.
const PURE: [&str; 6] = ["inject", "diagnose", "output", "manifest", "kubelet", "registry"];

/// What pure rooms may use of rooms that are not pure, and why.
const PURE_PIECES: &[(&str, &str)] = &[
    ("crate::system::messages::clean", "text in, text out"),
    ("crate::system::messages::clean_lines", "text in, text out"),
    ("crate::system::messages::first_few", "text in, text out"),
    ("crate::system::untrusted", "a type: foreign text, cleaned where it is shown"),
    ("crate::system::shell", "quotes words of a command to paste"),
    ("crate::system::hint", "values: what to do, quoted where it is shown"),
    ("crate::system::http::address", "text in, an answer out"),
    ("crate::cluster::accounts", "values: what kubectl answered"),
    ("crate::cluster::ownership", "values: read from what kubectl answered"),
    ("crate::cluster::pod_context", "values: what kubectl answered"),
    ("crate::cluster::pods", "values: what kubectl answered"),
    ("crate::cluster::proposal", "text in, text out"),
    ("crate::cluster::refusal", "values: what kubectl refused"),
    ("crate::cluster::secrets", "values: what kubectl answered"),
    ("crate::distribution::Outcome", "a value: what a registry answered"),
    ("crate::distribution::PullCheck", "a value: what a registry answered"),
    ("crate::rotate::plan", "values: what would be written"),
    ("crate::running::collect", "values: what is asked about"),
];

/// Rooms of which pure rooms may use only [`PURE_PIECES`].
const IMPURE: [&str; 8] =
    ["system", "cluster", "distribution", "sources", "selection", "apply", "rotate", "running"];

/// What reaches outside, by the start of its path: the standard library, and
/// crates that touch files, the terminal, processes or the network.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::thread",
    "std::os",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::io::Stdin",
    "std::io::Stdout",
    "std::io::Stderr",
    "std::time::SystemTime",
    "std::time::Instant",
    "anstream",
    "ctrlc",
    "dialoguer",
    "dirs",
    "keyring_core",
    "rustix",
    "rustls",
    "rustls_native_certs",
    "secret_service",
    "security_framework",
    "tempfile",
    "ureq",
    "windows_native_keyring_store",
];

/// Of those, plain values.
const VALUES: [&str; 4] =
    ["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr", "std::net::AddrParseError"];

/// Where clap may be used. `lib.rs` parses, and prints what clap has to say.
const CLAP: [&str; 4] = ["cli", "commands/options", "completion", "lib"];

/// Longest file, in lines.
const LONGEST: usize = 500;

/// All commands, in lines, without their options and tests: what several of them
/// share has a room below.
const COMMANDS: usize = 2_500;

/// Wrong arrows that still exist: file, and start of the path. This list only
/// shrinks.
const KNOWN: &[(&str, &str)] = &[];

/// Crate-level files that are no room: the edge, and what tests share.
const NO_ROOMS: [&str; 3] = ["lib", "main", "properties"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    file: String,
    line: usize,
    path: String,
    arrow: String,
    remedy: String,
}

/// Each wrong arrow once, with the lines that hold it and what to do.
fn explain(violations: &[Violation]) -> String {
    let mut arrows: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for Violation { file, line, path, arrow, remedy } in violations {
        arrows.entry((arrow, remedy)).or_default().push(format!("{file}:{line}: {path}"));
    }
    let shown = arrows.into_iter().map(|((arrow, remedy), lines)| {
        ["\n", arrow.as_str(), "\n  ", &lines.join("\n  "), "\n  to do: ", remedy, "\n"].concat()
    });
    shown.collect()
}

fn starts_with(path: &str, start: &str) -> bool {
    path == start || path.strip_prefix(start).is_some_and(|rest| rest.starts_with("::"))
}

/// `apply/live` for `src/apply/live.rs`.
fn place(file: &str) -> &str {
    file.trim_start_matches("src/").trim_end_matches(".rs")
}

fn is_in(place: &str, part: &str) -> bool {
    place == part || place.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
}

fn module(place: &str) -> Vec<&str> {
    let place = place.strip_suffix("/mod").unwrap_or(place);
    if ["lib", "main"].contains(&place) { vec![] } else { place.split('/').collect() }
}

/// All that is wrong in one file.
fn violations(file: &str, named: &BTreeSet<Named>) -> Vec<Violation> {
    let place = place(file);
    let room = place.split('/').next().unwrap();
    let judged = named.iter().flat_map(|named| {
        let wrong = |(arrow, remedy)| Violation {
            file: file.to_owned(),
            line: named.line,
            path: named.path.clone(),
            arrow,
            remedy,
        };
        let judges = [
            // A wrong arrow is said once.
            arrow(place, room, &named.path).or_else(|| effect(room, &named.path)),
            clap(place, &named.path),
        ];
        judges.into_iter().flatten().map(wrong).collect::<Vec<_>>()
    });
    judged.collect()
}

fn arrow(place: &str, room: &str, path: &str) -> Option<(String, String)> {
    let target = path.strip_prefix("crate::")?.split("::").next()?;
    if target == room || NO_ROOMS.contains(&room) {
        return None;
    }
    let excepted =
        |(who, what, _): &&(&str, &str, &str)| is_in(place, who) && starts_with(path, what);
    if EXCEPTIONS.iter().any(|exception| excepted(&exception)) {
        return None;
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        let remedy = "give the room a line in ARROWS, and one in docs/architecture.md".to_owned();
        return Some((format!("{room} is a room without a line in ARROWS"), remedy));
    };
    if allowed.split(' ').any(|room| room == target) {
        return None;
    }
    let remedy = format!(
        "{room} may use {}. Pass a plain value down, or move what both need into the lowest room \
         that owns the subject. An arrow that the design wants gets its place in ARROWS, \
         with the reason, and in docs/architecture.md",
        if allowed.is_empty() { "no other room".to_owned() } else { allowed.replace(' ', ", ") }
    );
    Some((format!("{room} -> {target} is no arrow of the design"), remedy))
}

fn effect(room: &str, path: &str) -> Option<(String, String)> {
    if !PURE.contains(&room) {
        return None;
    }
    let target = path.strip_prefix("crate::").and_then(|rest| rest.split("::").next());
    let outside = match target {
        Some(target) => {
            IMPURE.contains(&target)
                && !PURE_PIECES.iter().any(|(piece, _)| starts_with(path, piece))
        }
        None => {
            OUTSIDE.iter().any(|start| starts_with(path, start))
                && !VALUES.iter().any(|value| starts_with(path, value))
        }
    };
    let remedy = "read or write it in the command, and pass the value in; a piece without any \
                  effect gets its line in PURE_PIECES, with the reason";
    outside.then(|| (format!("{room} is pure and must not reach outside"), remedy.to_owned()))
}

fn clap(place: &str, path: &str) -> Option<(String, String)> {
    let allowed = CLAP.iter().any(|part| is_in(place, part));
    let remedy = "turn it into a plain, typed option in commands/options";
    (starts_with(path, "clap") && !allowed)
        .then(|| ("clap types stop at commands/options".to_owned(), remedy.to_owned()))
}

/// A file of `src/`.
struct Source {
    lines: usize,
    paths: BTreeSet<Named>,
}

/// The sources, by `src/...`, without what is compiled for tests only.
static SOURCES: LazyLock<BTreeMap<String, Source>> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "src", &mut files);
    assert!(files.len() > 50, "the sources were not found");
    let mut sources = BTreeMap::new();
    let mut test_modules = BTreeSet::new();
    for (file, text) in files {
        let paths::File { paths, test_modules: names } = paths::read(&text, &module(place(&file)));
        test_modules.extend(module_places(&file, &names));
        sources.insert(file, Source { lines: text.lines().count(), paths });
    }
    sources.retain(|file, _| !test_modules.iter().any(|module| is_in(place(file), module)));
    sources
});

fn all_violations() -> impl Iterator<Item = Violation> {
    SOURCES.iter().flat_map(|(file, source)| violations(file, &source.paths))
}

/// Where the modules are that a file declares: `a/fake` for `fake` in `src/a/mod.rs`.
fn module_places(file: &str, names: &[String]) -> Vec<String> {
    let module = module(place(file));
    names.iter().map(|name| [module.as_slice(), &[name]].concat().join("/")).collect()
}

fn collect(folder: &Path, name: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &name, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn is_known(violation: &Violation) -> bool {
    KNOWN.iter().any(|(file, path)| *file == violation.file && starts_with(&violation.path, path))
}

/// The first circle among these arrows, as the rooms on it.
fn circle(arrows: &BTreeSet<(String, String)>) -> Option<Vec<String>> {
    let rooms: BTreeSet<&String> = arrows.iter().map(|(from, _)| from).collect();
    rooms.into_iter().find_map(|room| circle_from(arrows, &mut vec![room.clone()]))
}

fn circle_from(arrows: &BTreeSet<(String, String)>, way: &mut Vec<String>) -> Option<Vec<String>> {
    let last = way.last().cloned()?;
    for (_, next) in arrows.iter().filter(|(from, _)| *from == last) {
        if way.first() == Some(next) {
            return Some(way.clone());
        }
        if !way.contains(next) {
            way.push(next.clone());
            if let Some(found) = circle_from(arrows, way) {
                return Some(found);
            }
            way.pop();
        }
    }
    None
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let wrong: Vec<Violation> = all_violations().filter(|violation| !is_known(violation)).collect();
    assert!(wrong.is_empty(), "{}", explain(&wrong));
}

#[test]
fn known_violations_still_exist() {
    let all: Vec<Violation> = all_violations().collect();
    let exists = |(file, path): &&(&str, &str)| {
        all.iter().any(|wrong| wrong.file == *file && starts_with(&wrong.path, path))
    };
    let gone: Vec<String> = KNOWN
        .iter()
        .filter(|known| !exists(known))
        .map(|(file, path)| format!("{file} no longer uses {path}: remove its line from KNOWN"))
        .collect();
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

#[test]
fn rooms_form_no_circle() {
    let mut arrows = BTreeSet::new();
    for (file, source) in &*SOURCES {
        let place = place(file);
        let room = place.split('/').next().unwrap();
        for named in &source.paths {
            let known = KNOWN.iter().any(|(f, path)| f == file && starts_with(&named.path, path));
            let target =
                named.path.strip_prefix("crate::").and_then(|rest| rest.split("::").next());
            if let Some(target) = target
                && target != room
                && !known
                && !NO_ROOMS.contains(&room)
            {
                arrows.insert((room.to_owned(), target.to_owned()));
            }
        }
    }
    assert_eq!(circle(&arrows), None, "these rooms use each other in a circle");
}

#[test]
fn the_arrows_of_the_design_point_down() {
    let order: Vec<&str> = ARROWS.iter().map(|(room, _)| *room).collect();
    for (index, (room, allowed)) in ARROWS.iter().enumerate() {
        for target in allowed.split_whitespace() {
            assert!(order[index + 1..].contains(&target), "{room} -> {target} points up");
        }
    }
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let rooms: BTreeSet<String> =
        names.map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    let listed: BTreeSet<String> = order.iter().chain(&NO_ROOMS).map(|&name| name.into()).collect();
    assert_eq!(rooms, listed, "the rooms in src/, and those in ARROWS");
}

#[test]
fn files_stay_short() {
    let mut files = BTreeMap::new();
    for folder in ["src", "tests", "fuzz/targets"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), folder, &mut files);
    }
    let lines = |text: &String| text.lines().count();
    let long: Vec<String> = files
        .iter()
        .filter(|(_, text)| lines(text) > LONGEST)
        .map(|(file, text)| format!("{file} has {} lines: split it by subject", lines(text)))
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines:\n{}", long.join("\n"));
    let commands = SOURCES.iter().filter(|(file, _)| {
        is_in(place(file), "commands") && !is_in(place(file), "commands/options")
    });
    let sum: usize = commands.map(|(_, source)| source.lines).sum();
    assert!(sum < COMMANDS, "commands/ has {sum} lines: what commands share has a room below");
}
