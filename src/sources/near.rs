//! Which registry was probably meant where there is no credential for the one that was
//! written. Nothing is read: only the names of known registries count.

use crate::registry::hosts;
use crate::registry::key::RegistryKey;

/// Shortest host of which one with two other characters may be meant.
const LONG: usize = 7;

/// Returns the registry that was probably meant: that of a website, or a known one
/// whose name differs in its port, in upper case, or in a few characters.
pub(super) fn registry<'k>(
    wanted: &RegistryKey,
    known: impl Iterator<Item = &'k RegistryKey>,
) -> Option<RegistryKey> {
    let authority = wanted.registry();
    if let Some(registry) = hosts::of_website(authority) {
        return RegistryKey::parse(registry).ok();
    }
    if hosts::is_well_known(authority) {
        return None;
    }
    let distance = |key: &&RegistryKey| {
        let known = key.registry();
        if known == authority {
            // Nothing of the name is wrong: a login for a path does not serve others.
            return None;
        }
        if known.eq_ignore_ascii_case(authority) || known.host() == authority.host() {
            return Some(0);
        }
        let limit = if authority.len() < LONG { 1 } else { 2 };
        Some(strsim::damerau_levenshtein(known, authority)).filter(|distance| *distance <= limit)
    };
    let near = known.filter_map(|key| Some((distance(&key)?, key)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, key)| key.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_a_forgotten_port_and_a_website_are_recognised() {
        let known = ["ghcr.io", "localhost:5055", "reg.example.com", "quay.io/org"];
        let known = known.map(|text| RegistryKey::parse(text).unwrap());
        for (wanted, near) in [
            ("ghrc.io", Some("ghcr.io")),
            ("gchr.io", Some("ghcr.io")),
            ("localhost", Some("localhost:5055")),
            ("localhost:5000", Some("localhost:5055")),
            ("reg.exmaple.com", Some("reg.example.com")),
            ("reg.example.com:5000", Some("reg.example.com")),
            ("hub.docker.com", Some("docker.io")),
            ("github.com", Some("ghcr.io")),
            ("gitlab.com", Some("registry.gitlab.com")),
            ("quay.io", None),
            ("quay.io/other", None),
            ("docker.io", None),
            ("gcr.io", None),
            ("nvcr.io", None),
            ("other.example.com", None),
        ] {
            let wanted = RegistryKey::parse(wanted).unwrap();
            let found = registry(&wanted, known.iter()).map(|key| key.to_string());
            assert_eq!(found.as_deref(), near, "{wanted}");
        }
    }
}
