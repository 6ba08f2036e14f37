//! What `login` keeps, with a keyring in memory.

use super::*;
use crate::sources::store::fake::FakeKeyring;

struct Fixture {
    folder: tempfile::TempDir,
    keyring: FakeKeyring,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), keyring: FakeKeyring::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("made/registries.json")
    }

    fn try_open(&self) -> Result<LoginStore, SourceError> {
        let keyring = Box::new(self.keyring.clone());
        LoginStore::open(Some(self.path()), "INDEX".to_owned(), keyring)
    }

    fn open(&self) -> LoginStore {
        self.try_open().unwrap()
    }

    fn index(&self) -> String {
        let bytes = files::read(&self.path(), 10_000).unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn write(&self, text: &str) {
        private_files::replace(&self.path(), text.as_bytes()).unwrap();
    }
}

fn key(text: &str) -> RegistryKey {
    RegistryKey::parse(text).unwrap()
}

fn credential(username: &str, password: &str) -> Credential {
    let password = SecretString::from(password);
    Credential { username: username.to_owned(), password, expires_at: None }
}

/// Registry, user and password.
fn found(saved: &LoginStore, wanted: &CredentialQuery) -> Option<(String, String, String)> {
    match saved.look_up_and_repair(wanted).unwrap() {
        Lookup::Found(FoundCredential { key, login, .. }) => Some((
            key.to_string(),
            login.username.clone(),
            login.password.expose_secret().to_owned(),
        )),
        Lookup::NotFound { .. } => None,
    }
}

fn triple(registry: &str, username: &str, password: &str) -> (String, String, String) {
    (registry.to_owned(), username.to_owned(), password.to_owned())
}

#[test]
fn what_is_kept_is_found_and_replaced_and_removed() {
    let fixture = Fixture::new();
    let ghcr = CredentialQuery::registry(key("ghcr.io"));
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "hunter2\n\"é")).unwrap();
    assert_eq!(found(&fixture.open(), &ghcr), Some(triple("ghcr.io", "jane", "hunter2\n\"é")));
    fixture.open().keep(&key("ghcr.io"), &credential("joe", "second")).unwrap();
    assert_eq!(found(&fixture.open(), &ghcr), Some(triple("ghcr.io", "joe", "second")));
    assert_eq!(fixture.keyring.change(|content| content.items.len()), 1);
    let index = "{\n  \"version\": 1,\n  \"registries\": [\n    \"ghcr.io\"\n  ]\n}\n";
    assert_eq!(fixture.index(), index);
    assert!(fixture.open().forget(&key("ghcr.io")).unwrap());
    assert!(!fixture.open().forget(&key("ghcr.io")).unwrap());
    assert_eq!(found(&fixture.open(), &ghcr), None);
    assert_eq!(fixture.keyring.change(|content| content.items.len()), 0);
}

#[test]
fn a_path_serves_its_images_and_the_longest_counts() {
    let fixture = Fixture::new();
    let mut saved = fixture.open();
    for (registry, user) in [("quay.io", "all"), ("quay.io/org", "org"), ("docker.io", "hub")] {
        saved.keep(&key(registry), &credential(user, "x")).unwrap();
    }
    let of_image = |text| {
        let image = crate::registry::reference::ImageReference::parse(text).unwrap();
        found(&saved, &CredentialQuery::image(&image))
    };
    assert_eq!(of_image("quay.io/org/app"), Some(triple("quay.io/org", "org", "x")));
    assert_eq!(of_image("quay.io/other/app"), Some(triple("quay.io", "all", "x")));
    assert_eq!(of_image("quay.io:443/other/app"), Some(triple("quay.io:443", "all", "x")));
    assert_eq!(of_image("busybox"), Some(triple("docker.io", "hub", "x")));
    assert_eq!(of_image("ghcr.io/org/app"), None);
}

#[test]
fn the_keyring_is_not_touched_for_what_the_index_lacks() {
    let fixture = Fixture::new();
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).unwrap();
    fixture.keyring.change(|content| {
        content.questions = 0;
        content.fault = Some(StoreFault::Locked);
    });
    let saved = fixture.open();
    assert_eq!(found(&saved, &CredentialQuery::registry(key("quay.io"))), None);
    assert_eq!(fixture.keyring.change(|content| content.questions), 0);
    let locked = saved.look_up_and_repair(&CredentialQuery::registry(key("ghcr.io"))).unwrap_err();
    assert_eq!(
        locked.to_string(),
        "the fake keyring, where `kubectl regcred login` keeps credentials, is locked (asked for ghcr.io)"
    );
}

#[test]
fn a_locked_item_is_unlocked_or_told() {
    let fixture = Fixture::new();
    let ghcr = CredentialQuery::registry(key("ghcr.io"));
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).unwrap();
    fixture.keyring.lock();
    fixture.keyring.change(|content| content.unlocking = Some(StoreFault::Dismissed));
    let told = fixture.open().look_up_and_repair(&ghcr).unwrap_err().to_string();
    assert!(told.contains("the dialogue to unlock it was dismissed"), "{told}");
    fixture.keyring.change(|content| content.unlocking = None);
    assert_eq!(found(&fixture.open(), &ghcr), Some(triple("ghcr.io", "jane", "x")));
}

#[test]
fn an_entry_whose_item_is_gone_is_taken_off() {
    let fixture = Fixture::new();
    fixture.write(r#"{"version":1,"registries":["ghcr.io","quay.io"]}"#);
    assert_eq!(found(&fixture.open(), &CredentialQuery::registry(key("ghcr.io"))), None);
    assert_eq!(fixture.open().registries(), &BTreeSet::from([key("quay.io")]));
    assert!(fixture.open().forget(&key("quay.io")).unwrap(), "the note alone is removed too");
}

#[test]
fn the_index_is_made_to_list_what_the_keyring_holds() {
    let fixture = Fixture::new();
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).unwrap();
    fixture.write(r#"{"version":1,"registries":["quay.io"]}"#);
    fixture.keyring.lock();
    let mut saved = fixture.open();
    saved.repair().unwrap();
    assert_eq!(saved.registries(), &BTreeSet::from([key("ghcr.io")]));
    assert_eq!(fixture.open().registries(), saved.registries());
    assert!(fixture.keyring.change(|content| content.items[0].item.is_locked), "unlocks nothing");
}

#[test]
fn an_item_that_the_index_lacks_is_removed_all_the_same() {
    let fixture = Fixture::new();
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).unwrap();
    fixture.write(r#"{"version":1,"registries":[]}"#);
    assert!(fixture.open().forget(&key("ghcr.io")).unwrap());
    assert_eq!(fixture.keyring.change(|content| content.items.len()), 0);
}

#[test]
fn an_index_that_cannot_be_read_is_told() {
    let fixture = Fixture::new();
    for (text, told) in [
        ("", "INDEX is not an index of kubectl-regcred (line 1, column 0)"),
        (
            "{\"version\":1,\"registries\":\"hunter2\"}",
            "INDEX is not an index of kubectl-regcred (line 1, column 35)",
        ),
        ("{\"version\":2,\"other\":[]}", "INDEX is of version 2, and this program knows only 1"),
    ] {
        fixture.write(text);
        assert_eq!(fixture.try_open().err().unwrap().to_string(), told, "{text}");
    }
    std::fs::remove_file(fixture.path()).unwrap();
    std::fs::create_dir(fixture.path()).unwrap();
    let told = fixture.try_open().err().unwrap().to_string();
    assert!(told.starts_with("cannot read INDEX: "), "{told}");
}

#[test]
fn an_index_edited_by_hand_is_read_for_what_it_means() {
    let fixture = Fixture::new();
    let edited =
        r#"{"extra":1,"version":1,"registries":["https://GHCR.IO/","ghcr.io","not a registry"]}"#;
    fixture.write(edited);
    assert_eq!(fixture.open().registries(), &BTreeSet::from([key("ghcr.io")]));
}

#[test]
fn an_item_of_another_form_is_told_without_a_word_of_it() {
    let fixture = Fixture::new();
    fixture.keyring.write("ghcr.io", b"{\"username\": \"hunter2\"}").unwrap();
    fixture.write(r#"{"version":1,"registries":["ghcr.io"]}"#);
    let error =
        fixture.open().look_up_and_repair(&CredentialQuery::registry(key("ghcr.io"))).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("holds an item of kubectl-regcred that cannot be read"), "{told}");
    assert!(!told.contains("hunter2"));
}

#[test]
fn what_the_keyring_does_not_take_is_not_listed() {
    let fixture = Fixture::new();
    fixture.keyring.change(|content| content.limit = Some(2560));
    let long = credential("jane", &"x".repeat(2560));
    let error = fixture.open().keep(&key("ghcr.io"), &long).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("takes no more than 2560 bytes"), "{told}");
    assert!(matches!(error, SourceError::LoginStore { fault: StoreFault::TooLong(2560), .. }));
    assert!(fixture.open().registries().is_empty());
}

#[cfg(unix)]
#[test]
fn what_the_index_cannot_list_is_not_in_the_keyring() {
    for earlier in [None, Some(credential("jane", "earlier"))] {
        let fixture = Fixture::new();
        let ghcr = CredentialQuery::registry(key("ghcr.io"));
        if let Some(earlier) = &earlier {
            fixture.open().keep(&key("ghcr.io"), earlier).unwrap();
        }
        let kept = files::read(&fixture.path(), 10_000).unwrap_or_default();
        let mut saved = fixture.open();
        // Nothing can be written through a link to nowhere, not even by root.
        std::fs::create_dir_all(fixture.path().parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(fixture.path());
        std::os::unix::fs::symlink("nowhere", fixture.path()).unwrap();
        let error = saved.keep(&key("ghcr.io"), &credential("jane", "later")).unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with("INDEX cannot be written: it is a link"), "{told}");
        assert!(told.ends_with("; the credential was not kept"), "{told}");
        let is_unwritable = |fault: &IndexFault| matches!(fault, IndexFault::NotKept(_));
        assert!(matches!(&error, SourceError::Index { fault, .. } if is_unwritable(fault)));
        let secrets = fixture.keyring.change(|content| content.items.len());
        assert_eq!(secrets, usize::from(earlier.is_some()));
        if earlier.is_some() {
            std::fs::remove_file(fixture.path()).unwrap();
            std::fs::write(fixture.path(), kept).unwrap();
            assert_eq!(found(&fixture.open(), &ghcr), Some(triple("ghcr.io", "jane", "earlier")));
        }
    }
}

#[test]
fn what_the_keyring_refuses_leaves_the_index_as_it_was() {
    let fixture = Fixture::new();
    let refuse = |fault| fixture.keyring.change(|content| content.fault = fault);
    refuse(Some(StoreFault::NotRunning));
    assert!(fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).is_err());
    assert!(!fixture.path().exists());
    refuse(None);
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).unwrap();
    let index = fixture.index();
    refuse(Some(StoreFault::NotRunning));
    assert!(fixture.open().keep(&key("quay.io"), &credential("jane", "x")).is_err());
    assert_eq!(fixture.index(), index);
}

#[cfg(unix)]
#[test]
fn an_index_that_is_a_link_stays_one() {
    let fixture = Fixture::new();
    let target = fixture.folder.path().join("dotfiles.json");
    std::fs::write(&target, r#"{"version":1,"registries":["quay.io"]}"#).unwrap();
    std::fs::create_dir(fixture.path().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&target, fixture.path()).unwrap();
    fixture.open().keep(&key("ghcr.io"), &credential("jane", "x")).unwrap();
    fixture.open().forget(&key("quay.io")).unwrap();
    assert!(fixture.path().is_symlink());
    assert_eq!(fixture.open().registries(), &BTreeSet::from([key("ghcr.io")]));
    assert!(!files::read(&target, 10_000).unwrap().is_empty());
    assert!(fixture.index().contains("ghcr.io"));
}

#[test]
fn of_logins_at_once_none_is_lost() {
    let fixture = Fixture::new();
    let registries: Vec<RegistryKey> =
        (0..8).map(|number| key(&format!("r{number}.example.com"))).collect();
    std::thread::scope(|scope| {
        for registry in &registries {
            let mut saved = fixture.open();
            scope.spawn(move || saved.keep(registry, &credential("jane", "x")).unwrap());
        }
    });
    assert!(fixture.open().registries().iter().eq(&registries));
}

#[test]
fn of_a_locked_keyring_the_index_is_believed() {
    let fixture = Fixture::new();
    fixture.write(r#"{"version":1,"registries":["ghcr.io"]}"#);
    fixture.keyring.change(|content| content.fault = Some(StoreFault::Locked));
    let mut saved = fixture.open();
    saved.repair().unwrap();
    assert_eq!(saved.registries(), &BTreeSet::from([key("ghcr.io")]));
    assert!(saved.look_up_and_repair(&CredentialQuery::registry(key("ghcr.io"))).is_err());
    assert_eq!(fixture.open().registries(), saved.registries());
    fixture.keyring.change(|content| content.fault = Some(StoreFault::NotRunning));
    assert!(saved.repair().is_err(), "that it cannot be reached is told");
}

#[test]
fn the_index_is_in_the_configuration_folder_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment::from_iter([("HOME", "/nonexistent")]);
    let environment = environment.with_configuration_folder(folder.path().to_owned());
    let index = folder.path().join("kubectl-regcred").join("registries.json");
    std::fs::create_dir_all(index.parent().unwrap()).unwrap();
    std::fs::write(&index, r#"{"version":1,"registries":["ghcr.io"]}"#).unwrap();
    let store = Box::new(FakeKeyring::default());
    let saved = LoginStore::load(&environment, store).unwrap();
    assert_eq!(saved.registries(), &BTreeSet::from([key("ghcr.io")]));
}
