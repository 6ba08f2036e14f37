//! Command lines, and what they leave open.

use super::*;
use crate::registry::credential::Refusal;
use crate::registry::key::InvalidRegistry;
use crate::registry::reference::InvalidReference;
use crate::sources::Remedy;

#[test]
fn command_lines() {
    let shown = "`x`".to_owned();
    let errors = [
        UsageError::Invalid { problem: "logout needs a registry".into(), hint: "name it".into() },
        UsageError::Invalid { problem: "without a hint".into(), hint: String::new() },
        UsageError::PasswordArgument { flag: "--password" },
        UsageError::StdinTwice { first: "--filename", second: "--ca-file" },
        UsageError::InvalidRegistry { shown: shown.clone(), reason: InvalidRegistry::Undotted },
        UsageError::InvalidRegistry {
            shown: "`ghcr.io`".to_owned(),
            reason: InvalidRegistry::UserInfo,
        },
        UsageError::InvalidImage { shown, reason: InvalidReference::Uppercase },
    ];
    assert_snapshot!(all_shown(errors), @r#"
    2 logout needs a registry
      hint: name it
    2 without a hint
    2 --password is not supported: a password on the command line stays in the shell's history and shows in the process list
      hint: leave the password out to be asked for it, or pipe it: --username USER --password-stdin <token.txt
    2 standard input cannot be used for both --filename and --ca-file
      hint: give --ca-file the path of a file
    2 `x` is not a registry: it has neither a dot nor a port, so an image would mean Docker Hub's `docker.io`
      hint: write the registry as HOST[:PORT][/PATH], for example --registry ghcr.io
    2 `ghcr.io` is not a registry: it holds a user name or password before `@`
      hint: give the user name with its own option: --registry HOST --username USER
    2 `x` is not an image: repository names are lower case
      hint: write the image as in a Pod, for example ghcr.io/janedoe/app:v1
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of all variants, and their texts")]
fn credentials() {
    let searched = || vec!["~/.docker/config.json: no entry".to_owned()];
    let not_found = |registry: &str, remedy| CredentialError::NotFound {
        registry: key(registry),
        searched: searched(),
        remedy,
    };
    let nothing = |remedy| CredentialError::NothingKnown { searched: searched(), remedy };
    let known = |registry: &str| KnownRegistry {
        key: key(registry),
        origin: "~/.docker/config.json".to_owned(),
    };
    let unusable = |registry: &str, refusal| CredentialError::Unusable {
        registry: key(registry),
        origin: "~/.docker/config.json".to_owned(),
        refusal,
    };
    let errors = [
        not_found("ghcr.io", None),
        not_found("docker.io", None),
        not_found("[::1]:5000", None),
        not_found("[::1]:5000", Some(Remedy::LogIn(key("[::1]:5000/team")))),
        not_found("docker.io", Some(Remedy::AccessToken)),
        not_found("ghcr.io", Some(Remedy::UseEntry)),
        not_found("ghcr.io", Some(Remedy::UseOneOf(vec![key("quay.io"), key("reg.example.com")]))),
        not_found("ghcr.io", Some(Remedy::UseOneOf(Vec::new()))),
        nothing(FirstLogin::Docker),
        nothing(FirstLogin::DockerOrPipe),
        nothing(FirstLogin::AnotherFile),
        CredentialError::ChooseRegistry { known: vec![known("[::1]:5000"), known("ghcr.io")] },
        unusable("[::1]:5000", Refusal::Empty),
        unusable("ghcr.io", Refusal::Expired(0)),
        unusable("docker.io", Refusal::HubSessionToken),
    ];
    assert_snapshot!(all_shown(errors), @r#"
    3 no credential for ghcr.io
        ~/.docker/config.json: no entry
      hint: log in: docker login ghcr.io
    3 no credential for docker.io
        ~/.docker/config.json: no entry
      hint: log in: docker login
    3 no credential for [::1]:5000
        ~/.docker/config.json: no entry
      hint: log in: docker login '[::1]:5000'
    3 no credential for [::1]:5000
        ~/.docker/config.json: no entry
      hint: log in: kubectl regcred login '[::1]:5000/team'
    3 no credential for docker.io
        ~/.docker/config.json: no entry
      hint: log in with a personal access token: docker login --username USER
    3 no credential for ghcr.io
        ~/.docker/config.json: no entry
      hint: use the entry in the file anyway: --ignore-helpers
    3 no credential for ghcr.io
        ~/.docker/config.json: no entry
      hint: choose a registry that it has: quay.io, reg.example.com
    3 no credential for ghcr.io
        ~/.docker/config.json: no entry
      hint: name a file or Secret that holds credentials, or name none to look where docker does
    3 no credential for any registry
        ~/.docker/config.json: no entry
      hint: log in: docker login HOST
    3 no credential for any registry
        ~/.docker/config.json: no entry
      hint: log in first: docker login HOST; or pipe a password: --registry HOST --username USER --password-stdin <token.txt
    3 no credential for any registry
        ~/.docker/config.json: no entry
      hint: name a file or Secret that holds credentials, or name none to look where docker does
    2 found credentials for 2 registries, and none was named
        [::1]:5000, from ~/.docker/config.json
        ghcr.io, from ~/.docker/config.json
      hint: use --all, or pick with --registry (can be repeated): --registry '[::1]:5000'
    3 the credential for [::1]:5000 from ~/.docker/config.json cannot be used in a pull Secret: the entry is empty
      hint: log in again: docker login '[::1]:5000'
    3 the credential for ghcr.io from ~/.docker/config.json cannot be used in a pull Secret: it expired at 1970-01-01T00:00:00Z
      hint: log in again for a fresh token: docker login ghcr.io
    3 the credential for docker.io from ~/.docker/config.json cannot be used in a pull Secret: it is a session token of Docker Hub's web login
      hint: log in with a personal access token or a robot account: docker login --username USER
    "#);
}

/// A comma may be part of an origin: the first registry is not cut out of a line.
#[test]
fn the_registry_of_a_hint_is_the_key_itself() {
    let origin = "docker-credential-x (~/a, b.json)".to_owned();
    let known = vec![KnownRegistry { key: key("ghcr.io/team"), origin }];
    let hint = Error::from(CredentialError::ChooseRegistry { known }).hint().unwrap();
    assert!(hint.to_string().ends_with("--registry ghcr.io/team"), "{hint}");
}
