//! What the kubelet decodes is written and decoded again as the same credentials,
//! and merging into it loses none of the others.

#![no_main]

use std::collections::BTreeMap;

use kubectl_regcred::kubelet::{Keyring, PullSecret, SecretKind};
use kubectl_regcred::manifest::{dockerconfigjson, merge};
use kubectl_regcred::registry::credential::Credential;
use libfuzzer_sys::fuzz_target;
use secrecy::{ExposeSecret, SecretString};

fn keyring(value: &[u8]) -> Option<Keyring> {
    Keyring::new(&[PullSecret { kind: SecretKind::DockerConfigJson, value }]).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Some(decoded) = keyring(bytes) else { return };
    let found = decoded.lookup("ghcr.io/org/app").candidates;
    let entries: BTreeMap<String, Credential> = found
        .iter()
        .filter(|candidate| !candidate.username.contains(':'))
        .map(|candidate| {
            let credential = Credential {
                username: candidate.username.clone(),
                password: candidate.password.clone(),
                expires_at: None,
            };
            (candidate.key.clone(), credential)
        })
        .collect();
    let written = dockerconfigjson::render(&entries, None).expect("less than was read");
    let again = keyring(written.expose_secret().as_bytes()).expect("what we wrote");
    for candidate in again.lookup("ghcr.io/org/app").candidates {
        let entry = &entries[&candidate.key];
        assert_eq!(candidate.username, entry.username);
        assert_eq!(candidate.password.expose_secret(), entry.password.expose_secret());
    }
    let new = SecretString::from(r#"{"auths":{"new.example.com":{"auth":"dTpw"}}}"#);
    if let Some(merged) = merge::merge(bytes, &new) {
        let twice = merge::merge(merged.value.expose_secret().as_bytes(), &new).expect("our own");
        assert_eq!(merged.value.expose_secret(), twice.value.expose_secret());
        assert_eq!(merged.kept, twice.kept);
    }
});
