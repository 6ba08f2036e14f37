//! The test of the test: wrong arrows are refused however they are written, and
//! what is no arrow is not.

use std::collections::BTreeSet;

use super::{Violation, circle, module, module_places, paths, place};

fn violations(file: &str, source: &str) -> Vec<Violation> {
    super::violations(file, &paths::read(source, &module(place(file))).paths)
}

/// Line and path of each violation in a file.
fn judged(file: &str, source: &str) -> BTreeSet<String> {
    let shown = |violation: Violation| format!("{} {}", violation.line, violation.path);
    violations(file, source).into_iter().map(shown).collect()
}

fn assert_judged(file: &str, source: &str, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|&line| line.to_owned()).collect();
    assert_eq!(judged(file, source), expected, "in {file}: {source}");
}

#[test]
fn a_wrong_arrow_is_refused_however_it_is_written() {
    const GROUPED: &str = "use crate::{
        registry::key::RegistryKey,
        sources::{
            self,
            docker::{Auths, Config as C},
        },
    };";
    for (source, expected) in [
        ("use crate::cli::Cli;", &["1 crate::cli::Cli"][..]),
        ("pub(crate) use crate::cli::Cli as C;", &["1 crate::cli::Cli"]),
        (
            GROUPED,
            &[
                "4 crate::sources",
                "5 crate::sources::docker::Auths",
                "5 crate::sources::docker::Config",
            ],
        ),
        ("fn f() -> crate::cli::Cli { loop {} }", &["1 crate::cli::Cli"]),
        ("fn f() { x(vec![crate::cli::go::<u8>()]); }", &["1 crate::cli::go"]),
        ("type A = Vec<crate::cli::Cli>;", &["1 crate::cli::Cli"]),
        ("use super::super::cli::Cli;\nuse super::node;", &["1 crate::cli::Cli"]),
        ("use crate::cli::*;", &["1 crate::cli::*"]),
        ("use crate::*;", &["1 crate::*"]),
        ("use crate::cli as c;\nfn f() { c::go() }", &["1 crate::cli", "2 crate::cli::go"]),
    ] {
        assert_judged("src/manifest/render.rs", source, expected);
    }
}

#[test]
fn what_looks_like_an_arrow_and_is_none_is_not_refused() {
    for source in [
        "//! As in [`crate::cli::Cli`].\n// use crate::cli::Cli;\n/* /* */ use crate::cli::Cli; */",
        "const A: &str = \"use crate::cli::Cli;\\\" use crate::cli::Cli;\";",
        "const A: &str = r#\"use crate::cli::Cli; \" use crate::cli::Cli;\"#;",
        "#[cfg(test)]\nuse crate::cli::{A, B};",
        "#[cfg(test)]\n#[path = \"x\"]\nmod tests {\n    mod a { use crate::cli::A; }\n}",
        "#[cfg(any(test, fuzzing))]\nfn f() -> [crate::cli::A; 3] { crate::cli::a() }",
        "use crate::manifest::node::Node;\nuse super::node;\nuse crate::registry::key::RegistryKey;",
    ] {
        assert_judged("src/manifest/render.rs", source, &[]);
    }
}

#[test]
fn what_follows_something_that_is_not_read_is_read() {
    for source in [
        "const A: &str = \"// /* \"; use crate::cli::Cli;",
        "const A: char = '\"'; const B: u8 = b'\\''; use crate::cli::Cli; // \"",
        "const A: &[u8] = br##\"\"# \"##; use crate::cli::Cli;",
        "fn f<'a>(x: &'a str) -> &'a str { x } use crate::cli::Cli;",
        "#[cfg(test)] mod tests {} use crate::cli::Cli;",
        "#[cfg(test)] use a::{b, c}; use crate::cli::Cli;",
        "#[cfg(not(test))] use crate::cli::Cli;",
        "#[cfg_attr(test, x)] use crate::cli::Cli;",
    ] {
        assert_judged("src/manifest/render.rs", source, &["1 crate::cli::Cli"]);
    }
}

#[test]
fn modules_for_tests_only_are_known_by_their_files() {
    let source = "mod a;\n#[cfg(test)]\nmod fake;\n#[cfg(test)]\nmod tests;";
    let names = paths::read(source, &[]).test_modules;
    assert_eq!(names, ["fake", "tests"]);
    let expected = ["distribution/fake", "distribution/tests"];
    assert_eq!(module_places("src/distribution/mod.rs", &names), expected);
    assert_eq!(module_places("src/a/b.rs", &names), ["a/b/fake", "a/b/tests"]);
    assert_eq!(module_places("src/lib.rs", &names), names);
}

#[test]
fn each_room_has_its_own_arrows() {
    for (file, path) in [
        ("src/sources/podman.rs", "crate::manifest::node::Node"),
        ("src/sources/podman.rs", "crate::kubelet::entries"),
        ("src/manifest/merge.rs", "crate::sources::Found"),
        ("src/sources/mod.rs", "crate::error::Error"),
        ("src/selection/mod.rs", "crate::apply::payload::print"),
        ("src/apply/mod.rs", "crate::commands::link::Linker"),
        ("src/registry/key.rs", "crate::kubelet::Keyring"),
        ("src/system/files.rs", "crate::error::Error"),
        ("src/commands/secret.rs", "crate::cli::SecretArguments"),
        ("src/cli/mod.rs", "crate::commands::link::Change"),
        ("src/newroom/mod.rs", "crate::system::files"),
        ("src/sources/mod.rs", "crate::newroom::X"),
    ] {
        assert_judged(file, &format!("use {path};"), &[&format!("1 {path}")]);
    }
    for (file, path) in [
        ("src/commands/options.rs", "crate::cli::SecretArguments"),
        ("src/commands/options/secret.rs", "crate::cli::SecretArguments"),
        ("src/sources/helper/mod.rs", "crate::kubelet::go::json"),
        ("src/output/pod_diagnosis.rs", "crate::diagnose::verdict::Verdict"),
        ("src/lib.rs", "crate::commands::secret"),
    ] {
        assert_judged(file, &format!("use {path};"), &[]);
    }
}

#[test]
fn pure_rooms_reach_nothing_outside() {
    for (source, expected) in [
        ("use std::{fmt, fs};", "1 std::fs"),
        ("use std::io;\nfn f() { io::stdout(); }", "2 std::io::stdout"),
        ("use std::time::{Duration, SystemTime};", "1 std::time::SystemTime"),
        ("fn f() { ::std::env::var(\"A\"); }", "1 std::env::var"),
        ("use std as s;\nfn f() { s::thread::spawn(g); }", "2 std::thread::spawn"),
        ("use std::net::{Ipv6Addr, TcpStream};", "1 std::net::TcpStream"),
        ("use crate::system::files;", "1 crate::system::files"),
        ("use crate::system;", "1 crate::system"),
        ("use crate::system::messages::{clean, warning};", "1 crate::system::messages::warning"),
        ("use tempfile::tempdir;", "1 tempfile::tempdir"),
    ] {
        for room in super::PURE {
            assert_judged(&format!("src/{room}/x.rs"), source, &[expected]);
        }
        // A room at the edge may.
        assert_judged("src/apply/x.rs", source, &[]);
    }
    let cluster = "use crate::cluster::{Kubectl, pods::Pod};";
    assert_judged("src/diagnose/x.rs", cluster, &["1 crate::cluster::Kubectl"]);
    let registry = "use crate::distribution::{Outcome, Registries};";
    assert_judged("src/diagnose/x.rs", registry, &["1 crate::distribution::Registries"]);
}

#[test]
fn clap_ends_at_the_options() {
    let source = "use clap::Args;";
    for file in ["src/commands/secret.rs", "src/apply/mod.rs", "src/output/x.rs", "src/main.rs"] {
        assert_judged(file, source, &["1 clap::Args"]);
    }
    for file in ["src/cli/mod.rs", "src/commands/options.rs", "src/lib.rs"] {
        assert_judged(file, source, &[]);
    }
}

#[test]
fn a_violation_says_what_to_do() {
    let source = "\nuse crate::sources::Found;\nuse std::fs;";
    let shown = super::explain(&violations("src/manifest/node.rs", source));
    for part in [
        "\nmanifest -> sources is no arrow of the design\n",
        "\n  src/manifest/node.rs:2: crate::sources::Found\n",
        "\n  to do: manifest may use kubelet, ",
        "docs/architecture.md",
        "\nmanifest is pure and must not reach outside\n  src/manifest/node.rs:3: std::fs\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

#[test]
fn circles_are_found() {
    let arrows = |pairs: &[(&str, &str)]| -> BTreeSet<(String, String)> {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    };
    let straight = [("a", "b"), ("b", "c"), ("a", "c"), ("d", "a")];
    assert_eq!(circle(&arrows(&straight)), None);
    let closed = [straight.as_slice(), &[("c", "d")]].concat();
    let rooms: Option<BTreeSet<String>> =
        circle(&arrows(&closed)).map(|way| way.into_iter().collect());
    assert!(rooms.is_some_and(|rooms| rooms.contains("c") && rooms.contains("d")));
    assert!(circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "b")])).is_some());
}
