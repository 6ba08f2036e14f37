//! What in a pull Secret the kubelet honours and other programs of a cluster may not.
//! They read pull Secrets with a library of docker's or with go-containerregistry.

use std::collections::BTreeMap;

use super::decode::SecretKind;
use crate::registry::key::RegistryKey;
use crate::system::messages::clean;

/// Returns a note about the keys of a Secret that other programs may read in another way
/// than the kubelet.
///
/// Sources: google/go-containerregistry 0.19, `pkg/authn/kubernetes/keychain.go`
/// (`Resolve`: a key equals the repository or the registry, or is not matched);
/// docker/cli 29.9, `cli/config/credentials/file_store.go` (no wildcards).
pub(crate) fn note(kind: SecretKind, keys: &[&str]) -> Option<String> {
    let mut reasons = Vec::new();
    if kind == SecretKind::DockerConfig {
        reasons.push("its type is the older kubernetes.io/dockercfg".to_owned());
    }
    for key in keys {
        if key.contains(['*', '?', '[']) {
            reasons.push(format!("{} is a pattern: write each host instead", clean(key)));
        }
    }
    let mut spellings: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for key in keys {
        let Some(registry) = RegistryKey::from_docker(key).registry() else { continue };
        let scheme = ["https://", "http://"].into_iter().find(|scheme| key.starts_with(scheme));
        if let Some(scheme) = scheme.filter(|_| !registry.is_docker_hub()) {
            reasons.push(format!("{} has a scheme: write it without {scheme}", clean(key)));
        }
        spellings.entry(registry.to_string()).or_default().push(key);
    }
    for (registry, keys) in spellings.into_iter().filter(|(_, keys)| keys.len() > 1) {
        let keys: Vec<String> = keys.into_iter().map(clean).collect();
        reasons.push(format!("{registry} has several entries: {}", keys.join(" and ")));
    }
    let (first, more) = reasons.split_first()?;
    let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
    Some(format!(
        "the kubelet reads this Secret, but Flux, Knative, Tekton, Kyverno and image scanners may not: {first}{more}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_other_programs_do_not_match_are_named() {
        let modern = SecretKind::DockerConfigJson;
        let rows = [
            (modern, &["*.jfrog.example"][..]),
            (modern, &["ghcr.io", "reg?.example", "[ab].example"]),
            (modern, &["https://ghcr.io"]),
            (modern, &["http://ghcr.io/team"]),
            (modern, &["ghcr.io", "ghcr.io:443"]),
            (SecretKind::DockerConfig, &["ghcr.io"]),
            (modern, &["https://index.docker.io/v1/", "ghcr.io", "localhost:5000", "quay.io/team"]),
            (modern, &[]),
        ];
        let shown = |(kind, keys): (SecretKind, &[&str])| {
            let note = note(kind, keys).unwrap_or_else(|| "-".to_owned());
            note.rsplit("may not: ").next().unwrap_or_default().to_owned()
        };
        insta::assert_snapshot!(rows.map(shown).join("\n"), @"
        *.jfrog.example is a pattern: write each host instead
        reg?.example is a pattern: write each host instead (and 1 more)
        https://ghcr.io has a scheme: write it without https://
        http://ghcr.io/team has a scheme: write it without http://
        ghcr.io has several entries: ghcr.io and ghcr.io:443
        its type is the older kubernetes.io/dockercfg
        -
        -
        ");
    }
}
