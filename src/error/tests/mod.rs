//! Every error that can end a command: its exit code, its text, its hint.

mod cluster;
mod registry;
mod sources;
mod usage;

use insta::assert_snapshot;

use super::*;
use crate::registry::key::RegistryKey;

fn key(registry: &str) -> RegistryKey {
    RegistryKey::parse(registry).unwrap()
}

/// `EXIT CODE TEXT`, the lines below it, and `hint: …`, as a person sees them.
fn shown(error: impl Into<Error>) -> String {
    let error = error.into();
    let mut lines = vec![format!("{} {error}", error.exit_code())];
    lines.extend(error.details().iter().map(|line| format!("    {line}")));
    lines.extend(error.hint().map(|hint| format!("  hint: {hint}")));
    lines.join("\n")
}

fn all_shown(errors: impl IntoIterator<Item = impl Into<Error>>) -> String {
    errors.into_iter().map(shown).collect::<Vec<_>>().join("\n")
}

#[test]
fn files() {
    let (path, reason) = ("app.yaml".to_owned(), "Permission denied".to_owned());
    let errors = [
        FileError::Unreadable { path: path.clone(), reason: reason.clone() },
        FileError::Unwritable { path: path.clone(), reason },
        FileError::Changed { path },
    ];
    assert_snapshot!(all_shown(errors), @r#"
    1 cannot read app.yaml: Permission denied
    1 cannot write app.yaml: Permission denied
    1 app.yaml changed after it was read, and was not overwritten
      hint: run the same command again
    "#);
}

#[test]
fn manifests() {
    let path = || "app.yaml".to_owned();
    let errors = [
        ManifestError::InvalidMetadata {
            what: "Secret name",
            shown: "`A`".to_owned(),
            rule: "lower-case letters",
        },
        ManifestError::TooLarge { size: 1_048_577, limit: 1_048_576 },
        ManifestError::Invalid { path: path(), reason: "line 3, column 1".to_owned() },
        ManifestError::Template { path: path(), line: 3 },
        ManifestError::NotEditable { path: path(), line: 3, reason: "an alias" },
        ManifestError::NoMatch {
            image: "ghcr.io/team/app".to_owned(),
            reason: "no entry matches".to_owned(),
        },
        ManifestError::NoImageOf {
            registries: vec!["ghrc.io".to_owned()],
            found: vec!["ghcr.io".to_owned(), "quay.io".to_owned()],
        },
        ManifestError::Render("Secret"),
    ];
    assert_snapshot!(all_shown(errors), @r#"
    2 Secret name `A` is not valid: lower-case letters
    1 the Secret would hold 1048577 bytes, and the API server accepts 1048576
      hint: name the registries that are needed: --registry HOST
    1 app.yaml is not a manifest: line 3, column 1
    1 app.yaml is a template: line 3 holds {{
      hint: render it first: helm template RELEASE CHART | kubectl regcred inject -f -
    1 cannot add imagePullSecrets at app.yaml:3: an alias
      hint: add imagePullSecrets there by hand, or leave the file out
    3 the kubelet would not find a credential for ghcr.io/team/app: no entry matches
    3 no image in the manifests comes from ghrc.io (found: ghcr.io, quay.io)
      hint: check the spelling, or name another registry: --registry ghcr.io
    1 cannot write the Secret as text
    "#);
}

#[test]
fn endings_of_commands() {
    let errors = [
        Error::NotInspectable {
            origin: "Secret regcred".to_owned(),
            reason: "it has nothing under `.dockerconfigjson`".to_owned(),
            hint: "write it with: kubectl regcred secret".to_owned(),
        },
        Error::Problems(1),
        Error::Problems(2),
        Error::Declined,
        Error::Output(std::io::Error::other("Broken pipe").into()),
    ];
    assert_snapshot!(all_shown(errors), @r#"
    3 Secret regcred: it has nothing under `.dockerconfigjson`
      hint: write it with: kubectl regcred secret
    3 1 problem found
    3 2 problems found
    1 nothing was written
    1 cannot write standard output: Broken pipe
    "#);
}

#[test]
fn the_worst_failure_of_a_batch_counts() {
    let no_credential = || {
        let (registry, searched) = (key("ghcr.io"), Vec::new());
        Error::from(CredentialError::NotFound { registry, searched, remedy: None })
    };
    let failed = || Error::from(ManifestError::Render("Pod"));
    let exit_code = |errors: Vec<Error>| Failures::check(errors).unwrap_err().exit_code();
    assert_eq!(exit_code(vec![no_credential()]), 3);
    assert_eq!(exit_code(vec![failed(), no_credential()]), 1);
    let usage = Error::from(UsageError::PasswordArgument { flag: "-p" });
    assert_eq!(exit_code(vec![no_credential(), usage, failed()]), 2);
}
