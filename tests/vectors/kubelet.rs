//! Which credentials the kubelet finds for an image.

use kubectl_regcred::testing::reference::ImageReference;
use kubectl_regcred::testing::{Keyring, PullSecret, Reference, SecretKind, State, diagnose};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::text;

const VECTORS: &str = include_str!("kubelet.json");

/// The values of the row's Secrets, with their types.
fn secrets(row: &Value) -> Vec<(SecretKind, String)> {
    let values: Vec<String> = match (&row["secrets"], &row["config_raw"]) {
        (Value::Array(list), _) => list.iter().map(Value::to_string).collect(),
        (_, Value::String(raw)) => vec![raw.clone()],
        _ => vec![row["config"].to_string()],
    };
    let kind = |index: usize| match row["secret_types"][index].as_str() {
        Some("kubernetes.io/dockercfg") => SecretKind::DockerConfig,
        Some("kubernetes.io/dockerconfigjson") | None => SecretKind::DockerConfigJson,
        Some(other) => panic!("unknown type {other}"),
    };
    values.into_iter().enumerate().map(|(index, value)| (kind(index), value)).collect()
}

/// What is wrong with our answer, if anything.
fn difference(row: &Value) -> Option<String> {
    let repository = if text(row, "mode") == "pod" {
        match (ImageReference::parse(text(row, "image")), row["image_error"].is_string()) {
            (Ok(image), false) => image.repository(),
            (Err(_), true) => return None,
            (parsed, _) => return Some(format!("{parsed:?}")),
        }
    } else {
        text(row, "image").to_owned()
    };
    if repository != text(row, "lookup_key") {
        return Some(format!("looks up {repository}"));
    }
    let values = secrets(row);
    let pull_secrets: Vec<PullSecret<'_>> = values
        .iter()
        .map(|(kind, value)| PullSecret { kind: *kind, value: value.as_bytes() })
        .collect();
    let keyring = match (Keyring::new(&pull_secrets), row["error"].is_string()) {
        (Ok(keyring), false) => keyring,
        (Err(_), true) => return None,
        (built, _) => return Some(format!("{:?}", built.map(|_| "no error"))),
    };
    let ignored = row["ignored_keys"].as_array().map_or(0, Vec::len);
    if keyring.ignored_keys().len() != ignored {
        return Some(format!("ignores {:?}", keyring.ignored_keys()));
    }
    let lookup = keyring.lookup(&repository);
    let pair = |user: &str, password: &str| (user.to_owned(), password.to_owned());
    let mut found: Vec<_> = lookup
        .candidates
        .iter()
        .map(|candidate| pair(&candidate.username, candidate.password.expose_secret()))
        .collect();
    let mut expected: Vec<_> = row["expect"]
        .as_array()
        .unwrap()
        .iter()
        .map(|expected| pair(text(expected, "username"), text(expected, "password")))
        .collect();
    let ordered = row["ordered"].as_bool().unwrap_or(true);
    if !ordered {
        found.sort();
        expected.sort();
    }
    if found != expected || lookup.ordered != ordered {
        return Some(format!("finds {found:?}, ordered {}", lookup.ordered));
    }
    diagnosed(&pull_secrets, &repository, &found)
}

/// Whether the diagnosis tells anything else than the lookup.
fn diagnosed(
    secrets: &[PullSecret<'_>],
    repository: &str,
    found: &[(String, String)],
) -> Option<String> {
    let mut references = Vec::new();
    for secret in secrets {
        references.push(Reference { name: "one", state: State::Value(*secret) });
    }
    let diagnosis = diagnose(&references, repository, 0);
    let candidates = diagnosis.candidates.iter();
    let mut told: Vec<_> = candidates
        .map(|(_, one)| (one.username.clone(), one.password.expose_secret().to_owned()))
        .collect();
    if !diagnosis.ordered {
        told.sort();
    }
    let is_told = diagnosis
        .findings
        .iter()
        .any(|finding| matches!(finding.problem, kubectl_regcred::testing::Problem::NoMatch(_)));
    (told != found || is_told != found.is_empty()).then(|| format!("diagnoses {told:?}"))
}

#[test]
fn the_same_credentials_are_found_as_by_the_kubelet() {
    let rows: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(rows.len(), 169);
    let differences: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let difference = difference(row)?;
            Some(format!("{} ({}): {difference}\n  {row}", row["id"], row["source"]))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
