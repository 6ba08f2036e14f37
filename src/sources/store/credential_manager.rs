//! Which credentials of Windows' Credential Manager are docker's.
//! Source: docker/docker-credential-helpers 0.9.10, `wincred/wincred.go`.

use std::collections::HashMap;
use std::hash::BuildHasher;

use super::{Item, SERVICE};
use crate::registry::key::{DockerKey, RegistryKey};

/// The item in a credential's attributes, as `windows-native-keyring-store`
/// names them, if docker stored it.
///
/// The label by which docker knows its own cannot be read through that crate.
/// So everything else has to be as docker writes it: the server as the target, a
/// user, no comment, no alias, kept on this machine only. Git's targets start
/// with `git:`, a browser's comments or aliases are not empty, and what other
/// programs store as text is UTF-16, which is refused once it is read.
pub fn dockers_item<S: BuildHasher>(attributes: &HashMap<String, String, S>) -> Option<Item> {
    let text = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
    let (server, username) = (text("target_name"), text("username"));
    let is_server = RegistryKey::from_docker(server) != DockerKey::Unusable;
    let is_plain = text("comment").is_empty() && text("target_alias").is_empty();
    let is_dockers =
        is_server && !username.is_empty() && is_plain && text("persistence") == "Local";
    is_dockers.then(|| item(server, username, server))
}

/// The item in a credential's attributes, if `login` stored it.
pub fn own_item<S: BuildHasher>(attributes: &HashMap<String, String, S>) -> Option<Item> {
    let target = attributes.get("target_name")?;
    let registry = target.strip_prefix(SERVICE)?.strip_prefix(':')?;
    Some(item(registry, "", target))
}

/// The target of an item of ours.
pub fn own_target(registry: &str) -> String {
    format!("{SERVICE}:{registry}")
}

fn item(server: &str, username: &str, target: &str) -> Item {
    Item {
        server: server.to_owned(),
        username: username.to_owned(),
        location: target.to_owned(),
        is_locked: false,
        modified: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(target: &str, changed: &[(&str, &str)]) -> HashMap<String, String> {
        let as_docker = [
            ("target_name", target),
            ("username", "janedoe"),
            ("target_alias", ""),
            ("comment", ""),
            ("persistence", "Local"),
        ];
        let all = as_docker.iter().chain(changed);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_docker_writes_is_taken() {
        for target in ["ghcr.io", "https://index.docker.io/v1/", "reg.example.com:5000"] {
            let item = dockers_item(&attributes(target, &[])).unwrap();
            assert_eq!((item.server.as_str(), item.username.as_str()), (target, "janedoe"));
        }
    }

    #[test]
    fn what_other_programs_write_is_not_taken() {
        for target in ["git:https://ghcr.io", "LegacyGeneric:target=ghcr.io", "ghcr.io user"] {
            assert_eq!(dockers_item(&attributes(target, &[])), None, "{target}");
        }
        for changed in [
            ("username", ""),
            ("comment", "a browser's"),
            ("target_alias", "x"),
            ("persistence", "Enterprise"),
        ] {
            assert_eq!(dockers_item(&attributes("ghcr.io", &[changed])), None, "{changed:?}");
        }
    }

    #[test]
    fn our_own_are_known_by_their_target() {
        let own = own_item(&attributes(&own_target("ghcr.io/org"), &[])).unwrap();
        assert_eq!((own.server.as_str(), own.username.as_str()), ("ghcr.io/org", ""));
        assert_eq!(own_item(&attributes("ghcr.io", &[])), None);
        assert_eq!(dockers_item(&attributes(&own_target("ghcr.io"), &[])), None);
    }
}
