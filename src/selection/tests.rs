use insta::assert_snapshot;

use super::*;
use crate::sources::docker::HelperPolicy;
use crate::sources::search::NamedFile;

/// Two logins that work, a token that has expired, and an entry that a store emptied.
const CONFIG: &str = r#"{"auths":{
    "ghcr.io":{"auth":"amFuZTpodW50ZXIy"},
    "quay.io/team":{"username":"bot","password":"hunter3"},
    "old.example.com":{"username":"u","password":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.x"},
    "empty.example.com":{}
}}"#;

/// A home with this docker config.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), CONFIG).unwrap();
        Self(home)
    }

    fn environment(&self) -> Environment {
        let home = self.0.path().as_os_str();
        let environment: Environment =
            [("HOME", home), ("USERPROFILE", home)].into_iter().collect();
        environment.with_configuration_folder(self.0.path().join("configuration"))
    }

    fn choose(&self, options: &SelectionOptions) -> Result<Chosen, Failures> {
        choose(options, &options.images, &self.environment(), &mut Replay::new(&[]))
    }
}

/// Without the prompt: a test has no person to ask.
fn options(registries: &[&str], images: &[&str]) -> SelectionOptions {
    SelectionOptions {
        registries: registries.iter().map(|text| parse_registry(text).unwrap()).collect(),
        images: images.iter().map(|text| parse_image(text).unwrap()).collect(),
        manifests: ManifestOptions::default(),
        all: false,
        typed: None,
        sources: SourceOptions {
            sources: vec![Source::Docker],
            file: None::<NamedFile>,
            policy: HelperPolicy::Start,
        },
    }
}

/// The entries with their users, and the failures, a line each.
fn shown(result: Result<Chosen, Failures>) -> String {
    let mut lines = Vec::new();
    let failed = |error: &Error| format!("{}: {error}", error.exit_code());
    match result {
        Ok(chosen) => {
            for (key, entry) in &chosen.entries {
                lines.push(format!("{key}: {} from {}", entry.credential.username, entry.origin));
            }
            lines.extend(chosen.failures.iter().map(failed));
        }
        Err(failures) => lines.extend(failures.errors().iter().map(failed)),
    }
    lines.join("\n")
}

#[test]
fn what_was_named_is_found_and_nothing_else() {
    let home = Home::new();
    assert_snapshot!(shown(home.choose(&options(&["ghcr.io"], &[]))), @"ghcr.io: jane from ~/.docker/config.json");
    assert_snapshot!(shown(home.choose(&options(&[], &["ghcr.io/a/b:v1"]))), @"ghcr.io: jane from ~/.docker/config.json");
    assert_snapshot!(shown(home.choose(&options(&["ghcr.io", "https://ghcr.io/v2/"], &["ghcr.io/a/b"]))), @"ghcr.io: jane from ~/.docker/config.json");
}

#[test]
fn each_credential_that_is_missing_or_unusable_is_a_failure() {
    let home = Home::new();
    assert_snapshot!(shown(home.choose(&options(&["ghcr.io", "none.example.com"], &[]))), @"3: no credential for none.example.com");
    assert_snapshot!(shown(home.choose(&options(&["old.example.com"], &[]))), @"3: the credential for old.example.com from ~/.docker/config.json cannot be used in a pull Secret: it expired at 2023-11-14T22:13:20Z");
    assert_snapshot!(shown(home.choose(&options(&["empty.example.com"], &[]))), @"3: no credential for empty.example.com");
}

#[test]
fn all_goes_on_and_keeps_the_failures() {
    let home = Home::new();
    let all = SelectionOptions { all: true, ..options(&[], &[]) };
    assert_snapshot!(shown(home.choose(&all)), @r"
    ghcr.io: jane from ~/.docker/config.json
    quay.io/team: bot from ~/.docker/config.json
    3: the credential for old.example.com from ~/.docker/config.json cannot be used in a pull Secret: it expired at 2023-11-14T22:13:20Z
    ");
}

#[test]
fn without_a_name_and_a_person_the_registries_are_listed() {
    let home = Home::new();
    let error = home.choose(&options(&[], &[])).unwrap_err();
    let [error] = error.errors() else { panic!() };
    assert_eq!((error.exit_code(), error.details().len()), (2, 3));
    assert!(error.hint().unwrap().to_string().ends_with("--registry ghcr.io"));
}

#[test]
fn for_manifests_whatever_is_known_is_taken() {
    let home = Home::new();
    let images: Vec<ImageReference> = ["ghcr.io/a/b", "busybox", "empty.example.com/x"]
        .map(|text| parse_image(text).unwrap())
        .into();
    let chosen = choose_known(&options(&[], &[]), images.iter(), &home.environment());
    assert_snapshot!(shown(chosen), @"ghcr.io: jane from ~/.docker/config.json");
}

#[test]
fn the_keys_are_known_without_a_secret() {
    let home = Home::new();
    let keys = |options| known_keys(&options, &home.environment()).unwrap();
    assert_eq!(keys(options(&["docker.io"], &[])).len(), 1);
    assert!(
        keys(options(&[], &["docker.io/library/nginx"])).contains("https://index.docker.io/v1/")
    );
    assert_eq!(keys(options(&[], &[])).len(), 3, "an empty entry is no login");
}

#[test]
fn user_information_is_not_repeated() {
    for text in ["jane:hunter2@ghcr.io", "https://jane:hunter2@ghcr.io"] {
        let error = parse_registry(text).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
    let error = parse_image("jane:hunter2@ghcr.io/a/b").unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}
