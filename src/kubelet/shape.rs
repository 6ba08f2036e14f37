//! The forms in which people keep a docker config that the kubelet does not read: each
//! is taken off like a wrapping, as long as what is meant is certain.

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::decode::SecretKind;
use super::go::base64::{self, RAW_STANDARD, STANDARD};
use super::go::json::{self, Members, Object, Text, is_named};

/// How a value differs from the docker config that its Secret is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shape {
    /// The value of the older type, in a Secret of the newer one.
    #[error(
        "holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them"
    )]
    Legacy,
    /// The value of the newer type, in a Secret of the older one.
    #[error(
        "is of the older type kubernetes.io/dockercfg, but holds `auths`, as the type kubernetes.io/dockerconfigjson does"
    )]
    Modern,
    /// Base64 of a docker config.
    #[error("is encoded in base64 once more than it should be")]
    EncodedAgain,
    /// A text in JSON that holds a docker config.
    #[error("holds the docker config as a text in quotes")]
    Quoted,
    /// A member around the docker config.
    #[error("holds the docker config within {}", shown(.0))]
    Wrapped(&'static str),
    /// A Secret within the Secret.
    #[error("holds a whole Secret, not the docker config that is in it")]
    Secret,
    /// `auths` within `auths`.
    #[error("holds `auths` within `auths`")]
    AuthsTwice,
    /// `auths` as a text.
    #[error("holds `auths` as a text, not as an object")]
    AuthsAsText,
}

fn shown(member: &str) -> String {
    if member.is_empty() { "another member".to_owned() } else { format!("a member `{member}`") }
}

/// Names of members that people and programs put around a docker config.
const WRAPPERS: [&str; 13] = [
    "auth",
    ".dockerconfigjson",
    ".dockercfg",
    "dockerconfigjson",
    "dockerconfig",
    "config.json",
    "auth.json",
    "value",
    "data",
    "stringData",
    "config",
    "registry",
    "secret",
];

/// How many wrappings are taken off at most.
const MOST: usize = 8;

/// A docker config, and what was around it.
pub(crate) struct Unwrapped {
    /// An object with `auths`.
    pub config: Zeroizing<String>,
    /// The outermost first; empty where it is a docker config as it is.
    pub shapes: Vec<Shape>,
}

/// Returns how the value of a Secret of this type differs from what the kubelet reads;
/// none where it does not, or where nothing certain can be said.
pub(crate) fn of(kind: SecretKind, value: &[u8]) -> Option<Shape> {
    let Unwrapped { shapes, .. } = unwrap(&json::text(value))?;
    match (kind, shapes.first()) {
        (SecretKind::DockerConfig, None) => Some(Shape::Modern),
        (SecretKind::DockerConfig, Some(Shape::Legacy)) => None,
        (SecretKind::DockerConfig | SecretKind::DockerConfigJson, first) => first.copied(),
    }
}

/// Takes the wrappings off a docker config that has entries; none where there is none
/// within.
pub(crate) fn unwrap(text: &str) -> Option<Unwrapped> {
    unwrap_at(&trimmed(text), MOST)
}

/// `left` is how many wrappings may follow.
fn unwrap_at(text: &Zeroizing<String>, left: usize) -> Option<Unwrapped> {
    let around = |shape, inner: Zeroizing<String>| {
        let mut unwrapped = unwrap_at(&inner, left.checked_sub(1)?)?;
        unwrapped.shapes.insert(0, shape);
        Some(unwrapped)
    };
    if let Some(inner) = string(text) {
        return around(Shape::Quoted, trimmed(&inner));
    }
    let Ok(Object(members)) = json::whole::<Object<'_>>(text) else {
        return around(Shape::EncodedAgain, decoded(text)?);
    };
    if let Some((_, auths)) = members.iter().find(|(name, _)| is_named(name, "auths")) {
        return match Auths::of(auths) {
            Auths::Entries => Some(Unwrapped { config: text.clone(), shapes: Vec::new() }),
            Auths::Around(shape, inner) => around(shape, inner),
            Auths::Unknown => None,
        };
    }
    if let Some(inner) = of_secret(&members) {
        return around(Shape::Secret, inner);
    }
    if is_legacy(&members) {
        return around(Shape::Legacy, Zeroizing::new(format!("{{\"auths\":{}}}", text.as_str())));
    }
    let mut inside = members.iter().filter_map(|(name, value)| {
        let known = WRAPPERS.into_iter().find(|wrapper| *wrapper == &**name);
        let inner = match string(value.get()) {
            Some(text) => decoded(&text).unwrap_or_else(|| trimmed(&text)),
            None => Zeroizing::new(value.get().to_owned()),
        };
        around(Shape::Wrapped(known.unwrap_or_default()), inner)
    });
    let found = inside.next()?;
    inside.next().is_none().then_some(found)
}

/// The docker config in a Secret.
fn of_secret(members: &Members<'_>) -> Option<Zeroizing<String>> {
    let named = |name: &str| {
        members.iter().find(|(member, _)| **member == *name).map(|(_, value)| value.get())
    };
    string(named("kind")?).filter(|kind| &**kind == "Secret")?;
    ["stringData", "data"].into_iter().find_map(|name| {
        let Object(data) = json::whole(named(name)?).ok()?;
        of_data(&data, name == "data")
    })
}

/// What `auths` are.
enum Auths {
    /// Entries.
    Entries,
    /// Something around these `auths`.
    Around(Shape, Zeroizing<String>),
    /// Nothing can be said.
    Unknown,
}

impl Auths {
    fn of(auths: &RawValue) -> Self {
        if let Some(inner) = string(auths.get()) {
            let inner = Zeroizing::new(format!("{{\"auths\":{}}}", &*inner));
            return Self::Around(Shape::AuthsAsText, inner);
        }
        let Ok(Object(entries)) = json::whole(auths.get()) else { return Self::Unknown };
        match entries.as_slice() {
            [(name, inner)] if is_named(name, "auths") && is_object_of_objects(inner) => {
                Self::Around(Shape::AuthsTwice, Zeroizing::new(auths.get().to_owned()))
            }
            [] => Self::Unknown,
            _ => Self::Entries,
        }
    }
}

/// The docker config among the data of a Secret.
fn of_data(data: &Members<'_>, is_encoded: bool) -> Option<Zeroizing<String>> {
    let kinds = [SecretKind::DockerConfigJson, SecretKind::DockerConfig];
    let named = kinds.iter().find_map(|kind| data.iter().find(|(name, _)| **name == *kind.key()));
    let (_, value) = named.or_else(|| data.first().filter(|_| data.len() == 1))?;
    let text = string(value.get())?;
    // Plain text in `data` is no base64, and may be what is meant.
    let decoded = if is_encoded { decoded(&text) } else { None };
    Some(decoded.unwrap_or_else(|| trimmed(&text)))
}

/// Whether each member is an entry, and one at least holds a credential.
fn is_legacy(members: &Members<'_>) -> bool {
    let names = ["auth", "username", "password", "identitytoken"];
    let is_entry = |value: &RawValue| {
        json::strings(value.get(), names)
            .map(|texts| texts.iter().any(|text| !text.is_empty()))
            .map_err(|_| ())
    };
    let entries: Result<Vec<bool>, ()> = members.iter().map(|(_, value)| is_entry(value)).collect();
    entries.is_ok_and(|entries| entries.contains(&true))
}

fn is_object_of_objects(value: &RawValue) -> bool {
    let is_object = |value: &RawValue| json::whole::<Object<'_>>(value.get()).is_ok();
    json::whole::<Object<'_>>(value.get()).is_ok_and(|Object(members)| {
        !members.is_empty() && members.iter().all(|(_, it)| is_object(it))
    })
}

/// A text in JSON.
fn string(json: &str) -> Option<Text<'_>> {
    json.starts_with('"').then(|| json::whole::<Text<'_>>(json).ok()).flatten()
}

/// What a text is base64 of, where that begins as JSON or as base64 of it.
fn decoded(text: &str) -> Option<Zeroizing<String>> {
    let text = text.trim();
    let bytes = [&STANDARD, &RAW_STANDARD].iter().find_map(|it| base64::decode(it, text))?;
    let inner = trimmed(std::str::from_utf8(&bytes).ok()?);
    let is_base64 = || inner.len() > 8 && decoded(&inner).is_some();
    (inner.starts_with(['{', '"']) || is_base64()).then_some(inner)
}

fn trimmed(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.trim_start_matches('\u{feff}').trim().to_owned())
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;

    use super::*;

    const CONFIG: &str = r#"{"auths":{"reg.example":{"auth":"dTpw"}}}"#;
    const LEGACY: &str = r#"{"https://gcr.io":{"username":"u","password":"p","email":"a@b.c"}}"#;

    fn base64(text: &str) -> String {
        STANDARD.encode(text)
    }

    fn quoted(text: &str) -> String {
        serde_json::to_string(text).unwrap()
    }

    fn shapes(text: &str) -> Option<Vec<Shape>> {
        unwrap(text).map(|unwrapped| unwrapped.shapes)
    }

    #[test]
    fn each_wrapping_is_known() {
        let secret = |data: &str| format!(r#"{{"kind":"Secret","metadata":{{}},{data}}}"#);
        let encoded = base64(CONFIG);
        let wrapped = |name: &str, value: &str| format!(r#"{{"{name}":{value}}}"#);
        for (text, expected) in [
            (CONFIG.to_owned(), vec![]),
            (format!("\u{feff}{CONFIG}\n"), vec![]),
            (LEGACY.to_owned(), vec![Shape::Legacy]),
            (encoded.clone(), vec![Shape::EncodedAgain]),
            (format!("{encoded}\n"), vec![Shape::EncodedAgain]),
            (base64(&encoded), vec![Shape::EncodedAgain, Shape::EncodedAgain]),
            (base64(LEGACY), vec![Shape::EncodedAgain, Shape::Legacy]),
            (quoted(CONFIG), vec![Shape::Quoted]),
            (quoted(&encoded), vec![Shape::Quoted, Shape::EncodedAgain]),
            (wrapped("value", CONFIG), vec![Shape::Wrapped("value")]),
            (wrapped("value", &quoted(CONFIG)), vec![Shape::Wrapped("value")]),
            (
                wrapped(".dockerconfigjson", &quoted(&encoded)),
                vec![Shape::Wrapped(".dockerconfigjson")],
            ),
            (wrapped("config.json", CONFIG), vec![Shape::Wrapped("config.json")]),
            (wrapped("anything", CONFIG), vec![Shape::Wrapped("")]),
            (
                wrapped("data", &wrapped(".dockerconfigjson", &quoted(&encoded))),
                vec![Shape::Wrapped("data"), Shape::Wrapped(".dockerconfigjson")],
            ),
            (
                secret(&format!(r#""data":{{".dockerconfigjson":"{encoded}"}}"#)),
                vec![Shape::Secret],
            ),
            (secret(&format!(r#""stringData":{{"x":{}}}"#, quoted(CONFIG))), vec![Shape::Secret]),
            (wrapped("auths", CONFIG), vec![Shape::AuthsTwice]),
            (wrapped("auths", &quoted(r#"{"a.io":{"auth":"dTpw"}}"#)), vec![Shape::AuthsAsText]),
        ] {
            assert_eq!(shapes(&text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_docker_config_within_has_no_shape() {
        for text in [
            "",
            "hunter2",
            "{}",
            "[]",
            "null",
            r#"{"auths":{}}"#,
            r#"{"credsStore":"pass"}"#,
            r#"{"a":"b"}"#,
            r#"{"a.io":{}}"#,
            "aHVudGVyMg==",
            &format!(r#"{{"a":{CONFIG},"b":{CONFIG}}}"#),
        ] {
            assert_eq!(shapes(text), None, "{text}");
        }
        let mut deep = CONFIG.to_owned();
        for _ in 0..=MOST {
            deep = base64(&deep);
        }
        assert_eq!(shapes(&deep), None);
    }

    #[test]
    fn the_type_decides_which_shape_is_wrong() {
        let (modern, legacy) = (SecretKind::DockerConfigJson, SecretKind::DockerConfig);
        assert_eq!(of(modern, CONFIG.as_bytes()), None);
        assert_eq!(of(legacy, CONFIG.as_bytes()), Some(Shape::Modern));
        assert_eq!(of(modern, LEGACY.as_bytes()), Some(Shape::Legacy));
        assert_eq!(of(legacy, LEGACY.as_bytes()), None);
        assert_eq!(of(legacy, base64(LEGACY).as_bytes()), Some(Shape::EncodedAgain));
    }
}
