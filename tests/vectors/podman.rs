//! Which credential podman finds in one file, and where ours differs on purpose.

use std::collections::BTreeMap;

use kubectl_regcred::testing::Environment;
use kubectl_regcred::testing::docker::HelperPolicy;
use kubectl_regcred::testing::key::RegistryKey;
use kubectl_regcred::testing::podman::Podman;
use kubectl_regcred::testing::reference::ImageReference;
use kubectl_regcred::testing::{CredentialQuery, Lookup};
use serde_json::Value;

use crate::docker::{Recorded, answer, expected, expected_list, rows};
use crate::text;

/// Rows where ours differs, and why.
const DIFFERENCES: [(&str, &str); 8] = [
    ("podman-trailing-slash", "a final slash says nothing, as for docker"),
    ("podman-auth-no-colon", "a broken entry of the wanted registry is told"),
    ("podman-members-only-ignored", "a user name and a password are a credential"),
    ("podman-identitytoken-only-ignored", "the token is found, and refused later"),
    ("podman-query-url-rejected", "a registry may be named with its scheme"),
    ("podman-query-tag-rejected", "an image is asked for as an image"),
    ("podman-file-empty", "an empty file holds nothing, as for docker"),
    ("podman-hub-oauth-keys", "session tokens of Docker Hub are never read"),
];

fn load(row: &Value) -> Podman {
    let folder = tempfile::tempdir().unwrap();
    let config = match (&row["config_raw"], &row["config"]) {
        (Value::String(raw), _) => raw.clone(),
        (_, config) => config.to_string(),
    };
    let path = folder.path().join("auth.json");
    std::fs::write(&path, config).unwrap();
    let environment = Environment::from_iter([("HOME", folder.path().display().to_string())]);
    Podman::load(&environment, Some(&path), HelperPolicy::Start).unwrap()
}

fn looked_up(row: &Value) -> String {
    let query = text(row, "query");
    let wanted = if row["query_kind"] == "image" || query.ends_with(":1") {
        CredentialQuery::image(&ImageReference::parse(query).unwrap())
    } else {
        CredentialQuery::registry(RegistryKey::parse(query).unwrap())
    };
    match load(row).look_up(&wanted, &Recorded(&row["helpers"])) {
        Ok(Lookup::Found(found)) => answer(Ok(Some(&found.login))),
        Ok(Lookup::NotFound { .. }) => answer(Ok(None)),
        Err(error) => answer(Err(&error)),
    }
}

fn listed(row: &Value) -> BTreeMap<String, String> {
    let podman = load(row);
    let programs = Recorded(&row["helpers"]);
    let look_up = |key: RegistryKey| {
        let found = podman.look_up(&CredentialQuery::registry(key.clone()), &programs);
        match found {
            Ok(Lookup::Found(found)) => (key.auths_key(), answer(Ok(Some(&found.login)))),
            other => panic!("{key}: {other:?}"),
        }
    };
    podman.known().into_keys().map(look_up).collect()
}

#[test]
fn the_same_credential_is_found_as_by_podman() {
    let rows = rows("podman");
    assert_eq!(rows.len(), 30);
    let differences: BTreeMap<_, _> = DIFFERENCES.into_iter().collect();
    for row in &rows {
        let id = text(row, "id");
        let (ours, podmans) = if row["op"] == "list" {
            (format!("{:?}", listed(row)), format!("{:?}", expected_list(&row["expect"]).unwrap()))
        } else {
            // Where podman picks at random, no pick of its own is expected of us.
            let expect =
                if row["expect"].is_null() { &row["expect_any_of"][1] } else { &row["expect"] };
            (looked_up(row), expected(expect))
        };
        assert_eq!(ours != podmans, differences.contains_key(id), "{ours} and {podmans}: {row}");
    }
}
