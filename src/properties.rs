//! What holds for any input, shared by the property tests and the fuzz targets.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::kubelet::{self, Keyring, PullSecret, SecretKind};
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::replace::replace;
use crate::manifest::{dockerconfigjson, edit, images, merge};
use crate::registry::credential::{Credential, for_pull_secret};
use crate::registry::key::{DockerKey, RegistryKey};
use crate::registry::reference::ImageReference;
use crate::sources::auths::config::DockerConfig;
use crate::sources::error::SourceError;
use crate::sources::helper::fault::HelperFault;
use crate::sources::helper::{self, Answer, HelperPrograms};
use crate::system::shell;
use crate::system::untrusted::{Untrusted, clean, escape_json, is_unsafe};

/// Any bytes are a file of docker's or podman's shape or are refused, and so
/// are its entries. The canonical key of a registry stands for it again.
pub fn configuration(bytes: &[u8]) {
    let Ok(config) = DockerConfig::parse(bytes) else { return };
    for key in config.auth_keys() {
        let entry = config.entry(key).expect("a key that is there has an entry");
        if let (Ok(entry), DockerKey::Registry(registry)) = (entry, RegistryKey::from_docker(key)) {
            let again = RegistryKey::from_docker(&registry.auths_key());
            assert_eq!(again, DockerKey::Registry(registry.clone()));
            let _ = for_pull_secret(&registry, entry.login, 0);
        }
    }
}

/// Whatever a credential helper prints is an answer or a failure that can be shown.
pub fn helper_answer(bytes: &[u8]) {
    struct Printing<'a>(bool, &'a [u8]);
    impl HelperPrograms for Printing<'_> {
        fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
            Ok(Answer {
                success: self.0,
                status: "exit status 1".to_owned(),
                stdout: Zeroizing::new(self.1.to_vec()),
                stderr: Untrusted::from_bytes(self.1),
            })
        }
    }
    for success in [true, false] {
        let programs = Printing(success, bytes);
        let _ = helper::list(&programs, "x");
        if let Err(fault) = helper::get(&programs, "x", "ghcr.io") {
            let (helper, origin) = ("x".to_owned(), "config.json".to_owned());
            let error: Error = SourceError::Helper { helper, origin, registry: None, fault }.into();
            let shown = format!("{error} {:?}", error.hint().map(|hint| hint.to_string()));
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
        }
    }
}

/// Any text is an image or is refused; a repository names itself, and so does
/// the key of a registry.
pub fn image_reference(text: &str) {
    if let Ok(image) = ImageReference::parse(text) {
        let again = ImageReference::parse(&image.repository()).expect("its own repository");
        assert_eq!(again.repository(), image.repository());
    }
    if let Ok(key) = RegistryKey::parse(text) {
        assert_eq!(RegistryKey::parse(&key.auths_key()), Ok(key));
    }
}

/// Whatever can be read as a manifest keeps its bytes, in their order, when a Secret
/// and references are put in; the result can be read or is refused.
pub fn manifest(text: &str) {
    let names = ["regcred".to_owned()];
    let Ok(stream) = edit::read(text) else { return };
    let metadata = Metadata::new("Secret name", "regcred").expect("a name");
    let secret = Document::pull_secret(metadata, &SecretString::from("{}"));
    let mut edits = Vec::new();
    if let Some(first) = stream.objects.first() {
        edits.push(stream.put_before(first.document, &secret).expect("a document with an object"));
    }
    for object in &stream.objects {
        edits.extend(edit::Stream::refer(object, &names).ok().flatten());
    }
    let result = edit::apply(text, edits);
    let mut bytes = result.bytes();
    assert!(text.bytes().all(|byte| bytes.any(|other| other == byte)), "{text:?}");
    let _ = edit::read(&result);
    let _ = images::find(text);
}

fn keyring(value: &[u8]) -> Option<Keyring<'_>> {
    Keyring::new(&[PullSecret { kind: SecretKind::DockerConfigJson, value }]).ok()
}

/// What the kubelet tries: key, user name and password each.
fn tried(keyring: &Keyring<'_>, repository: &str) -> Vec<(String, String, String)> {
    let candidates = keyring.lookup(repository).candidates.into_iter();
    candidates.map(|one| (one.key, one.username, one.password.expose_secret().to_owned())).collect()
}

/// The entries as the kubelet reads them, by their keys.
fn logins(secret: PullSecret<'_>) -> Option<BTreeMap<String, Option<(String, String)>>> {
    let entries = kubelet::entries(secret).ok()?.into_iter();
    let shown = |(username, password): (String, SecretString)| {
        (username, password.expose_secret().to_owned())
    };
    Some(entries.map(|entry| (entry.key, entry.login.map(shown))).collect())
}

/// Another credential under a key is read under this key, and nothing else changes; the
/// same again changes nothing.
fn replaced(kind: SecretKind, bytes: &[u8]) {
    let secret = PullSecret { kind, value: bytes };
    let Some(before) = logins(secret) else { return };
    let Some(key) = before.keys().next() else { return };
    let (username, password) = ("jane".to_owned(), SecretString::from("p\"w"));
    let credential = Credential { username, password, expires_at: None };
    let Ok(once) = replace(secret, &[key.as_str()], &credential) else { return };
    let written = PullSecret { kind, value: once.expose_secret().as_bytes() };
    let mut expected = before.clone();
    expected.insert(key.clone(), Some(("jane".to_owned(), "p\"w".to_owned())));
    assert_eq!(logins(written), Some(expected));
    let twice = replace(written, &[key.as_str()], &credential).expect("our own");
    assert_eq!(once.expose_secret(), twice.expose_secret());
}

/// What the kubelet decodes is written and decoded again as the same
/// credentials; merging into it leaves what it tries for another registry, and
/// merging twice is merging once. Replacing an entry changes this entry alone.
pub fn dockerconfigjson(bytes: &[u8]) {
    const REPOSITORY: &str = "ghcr.io/org/app";
    replaced(SecretKind::DockerConfigJson, bytes);
    replaced(SecretKind::DockerConfig, bytes);
    let Some(decoded) = keyring(bytes) else { return };
    let mut entries = BTreeMap::new();
    for candidate in decoded.lookup(REPOSITORY).candidates {
        let (username, password) = (candidate.username.clone(), candidate.password.clone());
        if !username.contains(':') {
            let credential = Credential { username, password, expires_at: None };
            entries.insert(candidate.key.clone(), credential);
        }
    }
    let written = dockerconfigjson::render(&entries, None).expect("less than was read");
    let again = keyring(written.expose_secret().as_bytes()).expect("what we wrote");
    for candidate in again.lookup(REPOSITORY).candidates {
        let entry = entries.get(&candidate.key).expect("a key that we wrote");
        assert_eq!(candidate.username, entry.username);
        assert_eq!(candidate.password.expose_secret(), entry.password.expose_secret());
    }
    let new = SecretString::from(r#"{"auths":{"new.example.com":{"auth":"dTpw"}}}"#);
    if let Some(once) = merge::merge(bytes, &new) {
        let merged = keyring(once.value.expose_secret().as_bytes()).expect("as before");
        assert_eq!(tried(&decoded, REPOSITORY), tried(&merged, REPOSITORY));
        assert_eq!(tried(&merged, "new.example.com/app").len(), 1);
        let twice = merge::merge(once.value.expose_secret().as_bytes(), &new).expect("our own");
        assert_eq!(once.value.expose_secret(), twice.value.expose_secret());
        assert_eq!(once.kept, twice.kept);
    }
}

/// Whatever words a hint holds, it is one visible line that a POSIX shell reads as
/// the same words, without what is never shown.
pub fn hint(text: &str) {
    let words: Vec<&str> = text.split('\u{0}').collect();
    let line = shell::command(words.iter().copied());
    assert!(!line.chars().any(is_unsafe), "{line:?}");
    let read = shlex::split(&line).expect("what was quoted");
    let given: Vec<String> = words.iter().map(|word| shell::without_hidden(word)).collect();
    assert_eq!(read, given, "{line}");
}

/// Whatever others say, it is shown as one visible line of limited length.
pub fn foreign_text(text: &str) {
    let foreign = Untrusted::from(text);
    for shown in [foreign.to_string(), clean(text), foreign.last_sentence(), foreign.last_line()] {
        assert!(!shown.chars().any(is_unsafe), "{shown:?}");
        assert!(shown.chars().count() <= 201, "{shown:?}");
    }
    assert!(!escape_json(text.to_owned()).chars().any(|c| c != '\n' && is_unsafe(c)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Texts that get past the first brace.
    fn json_like() -> impl Strategy<Value = String> {
        let key = "(https://)?[a-z]{1,6}\\.io(:[0-9]{1,3})?(/[a-z]{0,4}){0,2}";
        let entry = (key, "[a-zA-Z0-9+/=%:]{0,12}", "auth|username|password|identitytoken|Secret");
        proptest::collection::vec(entry, 0..4).prop_map(|entries| {
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value, member)| format!(r#""{key}":{{"{member}":"{value}"}}"#))
                .collect();
            format!(r#"{{"auths":{{{}}},"Username":"u","Secret":"s"}}"#, entries.join(","))
        })
    }

    /// Members `auths` of any spelling, of the registry that is looked up.
    fn spelt_in_any_way() -> impl Strategy<Value = String> {
        let key = "ghcr\\.io|https://ghcr\\.io/v[12]/|ghcr\\.io/org|\\*\\.io|new\\.example\\.com|http://new\\.example\\.com";
        let entry = (key, "username|uſername|PASSWORD|note", "[a-c]{1,2}|\\\\ud800")
            .prop_map(|(key, member, value)| format!(r#""{key}":{{"{member}":"{value}"}}"#));
        let entries = proptest::collection::vec(entry, 0..4)
            .prop_map(|entries| format!("{{{}}}", entries.join(",")));
        let value = prop_oneof![8 => entries, 1 => Just("null".to_owned())];
        let member =
            ("auths|Auths|AUTHS|authſ|auth|HttpHeaders", value).prop_map(|(name, value)| {
                let value = if name == "HttpHeaders" { "null" } else { &value };
                format!(r#""{name}":{value}"#)
            });
        proptest::collection::vec(member, 0..4)
            .prop_map(|members| format!("{{{}}}", members.join(",")))
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            super::configuration(&bytes);
            super::helper_answer(&bytes);
            super::dockerconfigjson(&bytes);
        }

        #[test]
        fn what_looks_like_json_is_read_or_refused(text in json_like()) {
            super::configuration(text.as_bytes());
            super::helper_answer(text.as_bytes());
            super::dockerconfigjson(text.as_bytes());
        }

        #[test]
        fn any_words_are_quoted(text in "[a-z$`'\"\\\\;&|<>(){}!*?~#=\\^% \n\u{0}-]{0,60}|\\PC{0,60}|.{0,60}") {
            super::hint(&text);
            super::foreign_text(&text);
        }

        #[test]
        fn any_text_is_a_manifest_or_is_refused(text in "(kind: |Pod|List|\n|- |items:|spec:|  |&a |\\*a|<<: |---|\\.\\.\\.|\\{|\\}|\\[|\\]|, |x: |\r|imagePullSecrets:){0,40}") {
            super::manifest(&text);
        }

        #[test]
        fn what_the_kubelet_tries_survives_a_merge(text in spelt_in_any_way()) {
            super::dockerconfigjson(text.as_bytes());
        }

        #[test]
        fn any_text_names_itself_or_nothing(text in "[a-zA-Z0-9.:/_@\\[\\]-]{0,40}|.{0,60}") {
            super::image_reference(&text);
        }
    }
}
