use clap::Parser;

use super::*;
use crate::apply::namespaces::{Confirmation, FurtherNamespaces};
use crate::apply::{ApplyOptions, LiveSecretPolicy};
use crate::cli::Cli;
use crate::cluster::apply::{Conflicts, DryRun};
use crate::inject::SecretDocument;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::selection::mending::mend;
use crate::selection::typed::PasswordFrom;
use crate::sources::docker::HelperPolicy;
use crate::sources::search::{NamedFile, PullSecretText};

/// A file that is there.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

fn options(arguments: &[&str]) -> Result<Options, Error> {
    let cli = Cli::try_parse_from([&["kubectl-regcred"], arguments].concat()).unwrap();
    Options::of(cli.command, &Environment::from_iter([("HOME", "/home/jane")]))
}

fn secret(arguments: &[&str]) -> SecretOptions {
    match options(&[&["secret"], arguments].concat()) {
        Ok(Options::Secret(options)) => *options,
        other => panic!("{arguments:?}: {other:?}"),
    }
}

fn applied(arguments: &[&str]) -> Option<ApplyOptions> {
    secret(arguments).output.apply
}

#[test]
fn registries_and_images_are_parsed_once() {
    let options = secret(&["--registry", "https://ghcr.io/", "--image", "quay.io/a/b:v1"]);
    assert_eq!(options.selection.registries, [RegistryKey::parse("ghcr.io").unwrap()]);
    let images: Vec<&str> =
        options.selection.images.iter().map(ImageReference::as_written).collect();
    assert_eq!(images, ["quay.io/a/b:v1"]);
    assert!(options.selection.names_registries());
    assert!(!secret(&[]).selection.names_registries());
}

#[test]
fn a_named_file_decides_whether_helpers_are_started() {
    let authfile = Some(NamedFile::Authfile(FILE.into()));
    let from_file = Some(NamedFile::DockerConfigJson(PullSecretText::File(FILE.into()), mend));
    let kind = |file: Option<NamedFile>| match file {
        None => "none",
        Some(NamedFile::Authfile(_)) => "authfile",
        Some(NamedFile::DockerConfigJson(..)) => "dockerconfigjson",
    };
    for (arguments, file, policy) in [
        (&[][..], None, HelperPolicy::Start),
        (&["--ignore-helpers"], None, HelperPolicy::Ignore),
        (&["--authfile", FILE], authfile.clone(), HelperPolicy::Refuse),
        (&["--authfile", FILE, "--allow-helpers"], authfile.clone(), HelperPolicy::Start),
        (&["--authfile", FILE, "--ignore-helpers"], authfile, HelperPolicy::Ignore),
        (&["--from-file", FILE], from_file, HelperPolicy::Ignore),
    ] {
        let sources = secret(arguments).selection.sources;
        assert_eq!((kind(sources.file), sources.policy), (kind(file), policy), "{arguments:?}");
    }
}

#[test]
fn a_typed_credential_is_an_option_of_its_own() {
    assert_eq!(secret(&["--registry", "ghcr.io"]).selection.typed, None);
    let options = secret(&["--registry", "ghcr.io", "--username", "jane", "--password-stdin"]);
    let typed = options.selection.typed.unwrap();
    assert_eq!(typed.username.as_deref(), Some("jane"));
    assert_eq!(typed.password, PasswordFrom::StandardInput);
}

#[test]
fn what_is_applied_and_how() {
    let how = |arguments: &[&str]| {
        applied(arguments).map(|apply| (apply.live, apply.mode.conflicts, apply.mode.dry_run))
    };
    let (merge, refuse, off) = (LiveSecretPolicy::Merge, Conflicts::Refuse, DryRun::Off);
    for (arguments, expected) in [
        (&[][..], None),
        (&["--dry-run=client"], None),
        (&["--apply", "--dry-run=client", "--replace"], None),
        (&["--apply"], Some((merge, refuse, off))),
        (&["--apply", "--replace"], Some((LiveSecretPolicy::Replace, refuse, off))),
        (&["--apply", "--force-conflicts"], Some((merge, Conflicts::Force, off))),
        (&["--apply", "--dry-run=server"], Some((merge, refuse, DryRun::Server))),
    ] {
        assert_eq!(how(arguments), expected, "{arguments:?}");
    }
    assert_eq!(applied(&["--apply", "--link"]).unwrap().link.as_deref(), Some("default"));
    let flags = applied(&["--apply", "--as", "x", "--context", "c", "--as-group", "g"]);
    assert_eq!(flags.unwrap().kubectl.flags, ["--context=c", "--as=x", "--as-group=g"]);
}

#[test]
fn namespaces_are_taken_once_and_in_their_order() {
    let namespaces = |arguments: &[&str]| secret(arguments).output.namespaces;
    let named = namespaces(&["-n", "b", "-n", "a", "-n", "b"]);
    assert_eq!(named.named, ["b", "a"]);
    assert!(!named.asks_cluster());
    let all = namespaces(&["--apply", "-A", "--yes"]);
    assert_eq!((all.further, all.confirmation), (FurtherNamespaces::All, Confirmation::Given));
    let labelled = namespaces(&["--apply", "--namespace-selector", "a=b", "--dry-run=server"]);
    assert_eq!(labelled.further, FurtherNamespaces::Labelled("a=b".to_owned()));
}

#[test]
fn what_becomes_of_the_secret_among_manifests() {
    for (more, secret, destination) in [
        (&[][..], SecretDocument::Added, InjectDestination::StandardOutput),
        (&["--refresh"], SecretDocument::Refreshed, InjectDestination::StandardOutput),
        (&["--references-only"], SecretDocument::Omitted, InjectDestination::StandardOutput),
        (&["--existing-secret", "x"], SecretDocument::Omitted, InjectDestination::StandardOutput),
        (&["--in-place"], SecretDocument::Omitted, InjectDestination::Files),
    ] {
        let arguments = [&["inject", "-f", FILE], more].concat();
        let Ok(Options::Inject(options)) = options(&arguments) else { panic!("{more:?}") };
        assert_eq!(
            (options.request.secret, options.destination),
            (secret, destination),
            "{more:?}"
        );
    }
}

#[test]
fn a_pod_and_what_makes_it_are_named_as_for_kubectl() {
    for (text, kind, name) in [
        ("web", "pod", "web"),
        ("po/web", "pod", "web"),
        ("Deploy/web", "deployment", "web"),
        ("deployments.v1.apps/web", "deployment", "web"),
        ("rollout/web", "rollout", "web"),
    ] {
        let Ok(Options::Diagnose(DiagnoseOptions::Pod(options))) = options(&["diagnose", text])
        else {
            panic!("{text}")
        };
        assert_eq!((options.kind.as_str(), options.name.as_str()), (kind, name));
    }
    for words in [&["diagnose", "pod", "web"][..], &["diagnose", "po", "web"]] {
        let Ok(Options::Diagnose(DiagnoseOptions::Pod(pod))) = options(words) else { panic!() };
        assert_eq!((pod.kind.as_str(), pod.name.as_str()), ("pod", "web"));
    }
    let words = ["diagnose", "Deployments", "web"];
    let Ok(Options::Diagnose(DiagnoseOptions::Pod(pod))) = options(&words) else { panic!() };
    assert_eq!((pod.kind.as_str(), pod.name.as_str()), ("deployment", "web"));
    for text in ["", "pod/", "/web", "a/b/c", "pod/-x", "a b"] {
        let error = options(&["diagnose", text]).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{text}: {error}");
    }
}

#[test]
fn faults_are_told_in_the_order_of_their_cost() {
    for (arguments, problem) in [
        // Standard input is lost once it is read.
        (
            &["secret", "--verify", "--ca-file", "-", "--authfile", "-"][..],
            "standard input cannot be used for both --authfile and --ca-file",
        ),
        (&["secret", "--email", "a\n", "--from-file", "gone"], "--email holds control characters"),
        (
            &["secret", "--registry", "A B", "--verify", "--ca-file", "gone"],
            "`A B` is not a registry: it holds a space, a control character or a character outside ASCII",
        ),
        (&["inject", "--in-place"], "inject needs manifests"),
        (&["inject", "-f", "-", "--in-place"], "--in-place cannot be used with standard input"),
        (
            &["inject", "-f", "x", "--existing-secret", "y", "--username", "u"],
            "cannot read x: there is no such file",
        ),
        (&["diagnose"], "diagnose needs a Pod, or manifests"),
    ] {
        assert_eq!(options(arguments).unwrap_err().to_string(), problem, "{arguments:?}");
    }
}

#[test]
fn a_name_that_looks_like_a_registry_is_told_from_one_that_does_not() {
    for name in [
        "ghcr.io",
        "GHCR.IO",
        "localhost:5055",
        "registry.corp",
        "registry.svc",
        "10.0.0.1",
        "http://x",
        "ghcr.io/org",
        "docker.io",
    ] {
        let error = words::question_secret_name(name).unwrap_err();
        assert!(error.to_string().contains("looks like a registry"), "{name}: {error}");
    }
    for name in ["regcred", "regcred.v1", "team.regcred", "1.2.3", "localhost", "a-b", "x.yaml"] {
        assert!(words::question_secret_name(name).is_ok(), "{name}");
    }
}

#[test]
fn a_registry_in_place_of_an_image_is_told_from_an_image() {
    for text in ["ghcr.io", "ghcr.io/", "https://ghcr.io", "localhost:5055", "ghcr.io:443"] {
        assert!(words::question_image(text).is_err(), "{text}");
    }
    for text in
        ["busybox", "registry:2", "mysql:8032", "localhost", "a.io:v1", "jane/app", "ghcr.io/a/b"]
    {
        assert!(words::question_image(text).is_ok(), "{text}");
    }
    for text in ["ghcr.io/a:v1", "localhost:5000/a:v1", "ghcr.io/a@sha256:0123"] {
        assert!(words::question_registry(text, "").is_err(), "{text}");
    }
    for text in ["ghcr.io", "ghcr.io:443", "ghcr.io/org", "https://ghcr.io:443/v2/", "u:p@ghcr.io"]
    {
        assert!(words::question_registry(text, "").is_ok(), "{text}");
    }
}

#[test]
fn service_accounts_are_named_as_for_kubectl() {
    let accounts =
        |words: &[&str]| words::accounts(words.iter().map(ToString::to_string).collect());
    assert_eq!(accounts(&["sa", "a", "serviceaccount/b"]), ["a", "b"]);
    assert_eq!(accounts(&["sa"]), ["sa"], "an account may be called so");
    assert_eq!(accounts(&["a", "sa"]), ["a", "sa"]);
}
