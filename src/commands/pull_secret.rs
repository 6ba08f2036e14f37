//! The value of a pull Secret as it stands in a manifest or in the cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::kubelet::{PullSecret, SecretKind, State};
use crate::manifest::edit::SecretObject;
use crate::system::messages::clean;

/// A Secret's value, decoded, or why there is none.
pub(super) enum Value {
    OtherType(String),
    WithoutKey(&'static str),
    NotBase64,
    Plain(SecretKind, Zeroizing<Vec<u8>>),
}

impl Value {
    /// What the kubelet would read.
    pub(super) fn of(secret: &SecretObject) -> Self {
        let Some((kind, key)) = SecretKind::of_type(&secret.secret_type) else {
            let shown = if secret.secret_type.is_empty() { "Opaque" } else { &secret.secret_type };
            return Self::OtherType(clean(shown));
        };
        let plain =
            secret.string_data.get(key).map(|text| text.expose_secret().as_bytes().to_vec());
        let decoded = plain.map(Ok).or_else(|| {
            // The API server lets line ends pass, as Go's decoder does.
            let text = secret.data.get(key)?.expose_secret();
            let text = Zeroizing::new(text.replace(['\r', '\n'], ""));
            Some(STANDARD.decode(text.as_bytes()))
        });
        match decoded {
            None => Self::WithoutKey(key),
            Some(Err(_)) => Self::NotBase64,
            Some(Ok(bytes)) if bytes.is_empty() => Self::WithoutKey(key),
            Some(Ok(bytes)) => Self::Plain(kind, Zeroizing::new(bytes)),
        }
    }

    /// The same for a diagnosis.
    pub(super) fn state(&self) -> State<'_> {
        match self {
            Self::OtherType(found) => State::OtherType(found),
            Self::WithoutKey(key) => State::WithoutKey(key),
            Self::NotBase64 => State::NotBase64,
            Self::Plain(kind, value) => State::Value(PullSecret { kind: *kind, value }),
        }
    }
}
