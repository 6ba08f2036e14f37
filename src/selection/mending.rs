//! What people have in place of a dockerconfigjson, as the one that is meant: `secret
//! --from-file` takes it with a word for each thing that was corrected.

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::kubelet::go::config::Config;
use crate::kubelet::go::json::{self, Object, is_named};
use crate::kubelet::shape::{self, Shape, Unwrapped};
use crate::kubelet::{BadAuth, SecretKind};
use crate::manifest::edit::{self, SecretObject};
use crate::sources::auths::config::ConfigFault;
use crate::sources::auths::entry;
use crate::sources::search::Mended;
use crate::system::messages::clean;

/// Returns the docker config in the content of a file, corrected; none where there is
/// nothing to correct, or where nothing certain can be said.
///
/// # Errors
/// [`ConfigFault::SeveralSecrets`].
pub(crate) fn mend(content: &[u8]) -> Result<Option<Mended>, ConfigFault> {
    let Ok(text) = std::str::from_utf8(content) else { return Ok(None) };
    let mut mended = match shape::unwrap(text) {
        Some(Unwrapped { config, shapes }) if shapes.first() != Some(&Shape::Secret) => {
            Mended { config, notes: shapes.iter().map(ToString::to_string).collect() }
        }
        _ => match of_manifest(text)? {
            Some(mended) => mended,
            None => return Ok(None),
        },
    };
    if let Some((config, notes)) = with_good_entries(&mended.config) {
        mended.config = config;
        mended.notes.extend(notes);
    }
    Ok(Some(mended))
}

/// The docker config in the one Secret of a manifest that has one.
fn of_manifest(text: &str) -> Result<Option<Mended>, ConfigFault> {
    let Ok(stream) = edit::read(text.trim_start_matches('\u{feff}')) else { return Ok(None) };
    let secrets = stream.objects.iter().filter_map(|object| object.secret.as_ref());
    let pull_secrets: Vec<&SecretObject> = secrets.collect();
    let mut found = pull_secrets.iter().filter_map(|secret| of_secret(secret));
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(ConfigFault::SeveralSecrets),
        (None, _) => {
            let fault = pull_secrets.first().and_then(|secret| secret.value().entries().err());
            fault.map_or(Ok(None), |fault| Err(ConfigFault::UnreadableSecret(fault.to_string())))
        }
        (found, _) => Ok(found),
    }
}

fn of_secret(secret: &SecretObject) -> Option<Mended> {
    let kinds = [SecretKind::DockerConfigJson, SecretKind::DockerConfig];
    let keys = kinds.map(SecretKind::key);
    let value = keys.into_iter().find_map(|key| secret.decoded(key));
    let mut notes = Vec::new();
    let value = value.or_else(|| secret.only_value()).or_else(|| {
        notes.push("holds a Secret whose `data` is plain text, not base64".to_owned());
        keys.into_iter().find_map(|key| secret.undecoded(key))
    })?;
    let Unwrapped { config, mut shapes } = shape::unwrap(&value)?;
    match SecretKind::of_type(&secret.secret_type) {
        // That it is of the older type is no fault of it.
        Some(SecretKind::DockerConfig) => match shapes.first() {
            None => notes.push(Shape::Modern.to_string()),
            Some(Shape::Legacy) => shapes.clear(),
            Some(_) => {}
        },
        Some(SecretKind::DockerConfigJson) => {}
        None => {
            let found = if secret.secret_type.is_empty() { "Opaque" } else { &secret.secret_type };
            notes.push(format!("holds a Secret of type {}, which the kubelet skips", clean(found)));
        }
    }
    notes.extend(shapes.iter().map(ToString::to_string));
    Some(Mended { config, notes })
}

/// The same docker config, each `auth` in it good as far as that is certain; none where
/// nothing is to be corrected.
fn with_good_entries(text: &str) -> Option<(Zeroizing<String>, Vec<String>)> {
    let config: Config<'_> = json::whole(text).ok()?;
    let good: Vec<_> = config.entries.iter().map(|(_, written)| good_entry(written)).collect();
    if good.iter().all(Option::is_none) {
        return None;
    }
    let mut notes = Vec::new();
    let mut entries = Vec::new();
    for ((key, written), good) in config.entries.iter().zip(&good) {
        let entry = good.as_ref().map_or_else(|| written.get(), |(entry, _)| entry.as_str());
        entries.push((&**key, entry));
        if let Some((_, note)) = good {
            notes.push(format!("has an entry {} whose `auth` {note}", clean(key)));
        }
    }
    let auths = object(&entries)?;
    let mut members = vec![("auths", auths.as_str())];
    members.extend(config.others.iter().map(|(name, value)| (&**name, value.get())));
    Some((object(&members)?, notes))
}

/// An entry whose `auth` cannot be decoded, with a good one or without one.
fn good_entry(written: &RawValue) -> Option<(Zeroizing<String>, String)> {
    if entry::decode(written.get()).is_ok() {
        return None;
    }
    let [auth, username, password] =
        json::strings(written.get(), ["auth", "username", "password"]).ok()?;
    let found = BadAuth::of(&auth);
    if !username.is_empty() && !password.is_empty() {
        let note = format!("{found}: `username` and `password` beside it count");
        return Some((with_auth(written, None)?, note));
    }
    let good = match found {
        BadAuth::ClearText => encoded(auth.trim()),
        BadAuth::EncodedAgain => decoded(&auth)?,
        BadAuth::Header => Zeroizing::new(BadAuth::after_basic(&auth)?.trim().to_owned()),
        BadAuth::NoColon | BadAuth::NotBase64 => return None,
    };
    Some((with_auth(written, Some(&good))?, found.to_string()))
}

fn encoded(text: &str) -> Zeroizing<String> {
    use base64::Engine;
    Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(text))
}

fn decoded(auth: &str) -> Option<Zeroizing<String>> {
    let bytes = BadAuth::decode(auth)?;
    Some(Zeroizing::new(std::str::from_utf8(&bytes).ok()?.trim().to_owned()))
}

/// An entry with this `auth`, or with none.
fn with_auth(written: &RawValue, auth: Option<&str>) -> Option<Zeroizing<String>> {
    let Object(members) = json::whole(written.get()).ok()?;
    let others = members.iter().filter(|(name, _)| !is_named(name, "auth"));
    let mut members: Vec<_> = others.map(|(name, value)| (&**name, value.get())).collect();
    let quoted = auth.map(|auth| Zeroizing::new(format!("\"{auth}\"")));
    members.extend(quoted.as_ref().map(|auth| ("auth", auth.as_str())));
    object(&members)
}

/// An object of these names and values. No copy of what is secret in it is left behind:
/// there is room for the whole from the start.
fn object(members: &[(&str, &str)]) -> Option<Zeroizing<String>> {
    let names: Result<Vec<String>, _> =
        members.iter().map(|(name, _)| serde_json::to_string(name)).collect();
    let names = names.ok()?;
    let room: usize =
        names.iter().zip(members).map(|(name, (_, value))| name.len() + value.len() + 2).sum();
    let mut object = Zeroizing::new(String::with_capacity(room + 2));
    object.push('{');
    for (index, (name, (_, value))) in names.iter().zip(members).enumerate() {
        object.extend([if index == 0 { "" } else { "," }, name, ":", value]);
    }
    object.push('}');
    Some(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(content: &str) -> String {
        match mend(content.as_bytes()) {
            Ok(Some(Mended { config, notes })) => format!("{}\n  {}", &*config, notes.join("; ")),
            Ok(None) => "-".to_owned(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn an_auth_that_cannot_be_decoded_is_corrected_where_what_is_meant_is_certain() {
        let texts = [
            r#"{"auths":{"a.io":{"auth":"u:p","username":"u","password":"p"}},"HttpHeaders":{}}"#,
            r#"{"auths":{"a.io":{"AUTH":"REDACTED","username":"u","password":"p"}}}"#,
            r#"{"auths":{"a.io":{"auth":"u:p"}}}"#,
            r#"{"auths":{"a.io":{"auth":"ZFRwdw=="},"b.io":{"auth":"dTpw"}}}"#,
            r#"{"auths":{"a.io":{"auth":"dTpw"}}}"#,
            r#"{"auths":{"a.io":{"auth":"%%%"}}}"#,
        ];
        insta::assert_snapshot!(texts.map(mended).join("\n"), @r#"
        {"auths":{"a.io":{"username":"u","password":"p"}},"HttpHeaders":{}}
          has an entry a.io whose `auth` is clear text, not base64 of user:password: `username` and `password` beside it count
        {"auths":{"a.io":{"username":"u","password":"p"}}}
          has an entry a.io whose `auth` is base64 of a text without a colon, not of user:password: `username` and `password` beside it count
        {"auths":{"a.io":{"auth":"dTpw"}}}
          has an entry a.io whose `auth` is clear text, not base64 of user:password
        {"auths":{"a.io":{"auth":"dTpw"},"b.io":{"auth":"dTpw"}}}
          has an entry a.io whose `auth` is encoded in base64 once more than it should be
        {"auths":{"a.io":{"auth":"dTpw"}}}
          
        {"auths":{"a.io":{"auth":"%%%"}}}
        "#);
    }

    #[test]
    fn a_manifest_is_read_for_its_one_pull_secret() {
        let secret = |kind: &str, key: &str, value: &str| {
            format!(
                "kind: Secret\ntype: {kind}\nmetadata: {{name: a}}\nstringData:\n  {key}: '{value}'\n---\n"
            )
        };
        let (config, legacy) =
            (r#"{"auths":{"a.io":{"auth":"dTpw"}}}"#, r#"{"a.io":{"auth":"dTpw"}}"#);
        let good = secret("kubernetes.io/dockerconfigjson", ".dockerconfigjson", config);
        let texts = [
            good.clone(),
            format!("kind: ConfigMap\ndata: {{}}\n---\n{good}"),
            format!("{good}{good}"),
            secret("kubernetes.io/dockercfg", ".dockercfg", legacy),
            secret("kubernetes.io/dockercfg", ".dockercfg", config),
            secret("kubernetes.io/dockerconfigjson", ".dockerconfigjson", legacy),
            secret("Opaque", "config.json", config),
            secret("Opaque", "token", "hunter2"),
            "kind: Pod\nspec: {}\n".to_owned(),
        ];
        insta::assert_snapshot!(texts.map(|text| mended(&text)).join("\n"), @r#"
        {"auths":{"a.io":{"auth":"dTpw"}}}
          
        {"auths":{"a.io":{"auth":"dTpw"}}}
          
        holds several pull Secrets, and one is needed
        {"auths":{"a.io":{"auth":"dTpw"}}}
          
        {"auths":{"a.io":{"auth":"dTpw"}}}
          is of the older type kubernetes.io/dockercfg, but holds `auths`, as the type kubernetes.io/dockerconfigjson does
        {"auths":{"a.io":{"auth":"dTpw"}}}
          holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them
        {"auths":{"a.io":{"auth":"dTpw"}}}
          holds a Secret of type Opaque, which the kubelet skips
        holds a Secret without a docker config: it is of type Opaque, and the kubelet skips it
        -
        "#);
    }
}
