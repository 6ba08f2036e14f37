//! The value of a pull Secret, decoded, or why the kubelet reads none.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::decode::{MalformedReason, PullSecret, SecretKind};
use super::diagnosis::State;
use super::entries::{SecretEntry, entries};
use super::problem_code::ProblemCode;
use super::shape::Shape;
use crate::system::messages::clean;

/// What a Secret holds, by its keys.
type Data = BTreeMap<String, SecretString>;

/// A Secret's value, decoded, or why there is none.
pub(crate) enum SecretValue {
    /// The Secret is of this type, which the kubelet skips; safe to show.
    OtherType(String),
    /// The Secret has nothing under this key.
    WithoutKey(&'static str),
    /// The Secret's `data` is not base64.
    NotBase64,
    /// What the kubelet decodes.
    Plain(SecretKind, Zeroizing<Vec<u8>>),
}

/// Why a value has no entries, or why the kubelet decodes none of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueFault {
    /// The Secret is of this type, which is safe to show.
    #[error("it is of type {0}, and the kubelet skips it")]
    OtherType(String),
    /// The Secret has nothing under this key.
    #[error("it has nothing under `{0}`")]
    WithoutKey(&'static str),
    /// With kubectl's own message for the same.
    #[error(
        "its data is not one line of base64; kubectl says of such a file `error: no objects passed to create`"
    )]
    NotBase64,
    /// With the API server's own message for the same.
    #[error("it {0}; the API server says `data[{key}]: invalid value`", key = .1)]
    NotAuths(MalformedReason, &'static str),
    /// The kubelet finds no entry in it.
    #[error("it {0}: the kubelet finds no entry")]
    WrongShape(Shape),
    /// There is an empty list of entries.
    #[error("it has no entries, and no image is pulled with it")]
    NoEntries,
    /// The kubelet cannot decode it, though each entry alone can be.
    #[error("it {0}; the kubelet pulls no image of a Pod that references it")]
    Undecodable(MalformedReason),
}

impl ValueFault {
    /// Returns the shape in which the value is, where that is known and wrong.
    pub(crate) fn shape(&self) -> Option<Shape> {
        match self {
            Self::WrongShape(shape) | Self::NotAuths(MalformedReason::Shape(shape), _) => {
                Some(*shape)
            }
            _ => None,
        }
    }

    /// Returns the code for programs.
    pub(crate) fn code(&self) -> ProblemCode {
        match self {
            Self::OtherType(_) => ProblemCode::WrongType,
            Self::WithoutKey(_) => ProblemCode::MissingKey,
            Self::NotBase64 | Self::NotAuths(..) | Self::Undecodable(_) => ProblemCode::Malformed,
            Self::WrongShape(_) => ProblemCode::WrongShape,
            Self::NoEntries => ProblemCode::EmptyCredential,
        }
    }
}

impl SecretValue {
    /// Reads what the kubelet would find in a Secret: `data` is base64, and
    /// `string_data`, which only manifests have, is not and counts first.
    pub(crate) fn read(secret_type: &str, data: &Data, string_data: Option<&Data>) -> Self {
        let Some(kind) = SecretKind::of_type(secret_type) else {
            let shown = if secret_type.is_empty() { "Opaque" } else { secret_type };
            return Self::OtherType(clean(shown));
        };
        let key = kind.key();
        let decoded = match string_data.and_then(|plain| plain.get(key)) {
            Some(plain) => Some(plain.expose_secret().as_bytes().to_vec()),
            None => match data.get(key).map(decode) {
                Some(None) => return Self::NotBase64,
                Some(decoded) => decoded,
                None => None,
            },
        };
        match decoded {
            Some(bytes) if !bytes.is_empty() => Self::Plain(kind, Zeroizing::new(bytes)),
            _ => Self::WithoutKey(key),
        }
    }

    /// Returns the same for a diagnosis.
    pub(crate) fn state(&self) -> State<'_> {
        match self {
            Self::OtherType(found) => State::OtherType(found),
            Self::WithoutKey(key) => State::WithoutKey(key),
            Self::NotBase64 => State::NotBase64,
            Self::Plain(kind, value) => State::Value(PullSecret { kind: *kind, value }),
        }
    }

    /// Returns the value as the Secret holds it.
    ///
    /// # Errors
    /// [`ValueFault`].
    pub(crate) fn plain(&self) -> Result<&[u8], ValueFault> {
        self.pull_secret().map(|secret| secret.value)
    }

    /// Returns the entries one by one.
    ///
    /// # Errors
    /// [`ValueFault`].
    pub(crate) fn entries(&self) -> Result<Vec<SecretEntry>, ValueFault> {
        let secret = self.pull_secret()?;
        let entries =
            entries(secret).map_err(|reason| ValueFault::NotAuths(reason, secret.kind.key()))?;
        if let Some(shape) = secret.wrong_shape() {
            return Err(ValueFault::WrongShape(shape));
        }
        if entries.is_empty() { Err(ValueFault::NoEntries) } else { Ok(entries) }
    }

    /// Returns what keeps the kubelet from decoding the value, where that is none
    /// of these entries.
    pub(crate) fn undecodable(&self, entries: &[SecretEntry]) -> Option<ValueFault> {
        if entries.iter().any(|entry| entry.login.is_none()) {
            return None;
        }
        self.pull_secret().ok()?.malformed().map(ValueFault::Undecodable)
    }

    fn pull_secret(&self) -> Result<PullSecret<'_>, ValueFault> {
        match self {
            Self::OtherType(found) => Err(ValueFault::OtherType(found.clone())),
            Self::WithoutKey(key) => Err(ValueFault::WithoutKey(key)),
            Self::NotBase64 => Err(ValueFault::NotBase64),
            Self::Plain(kind, value) => Ok(PullSecret { kind: *kind, value }),
        }
    }
}

/// Decodes base64; the API server skips line ends, as Go's decoder does.
fn decode(text: &SecretString) -> Option<Vec<u8>> {
    let text = text.expose_secret();
    if !text.bytes().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return STANDARD.decode(text).ok();
    }
    let text = Zeroizing::new(text.replace(['\r', '\n'], ""));
    STANDARD.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "kubernetes.io/dockerconfigjson";

    fn data(value: &str) -> Data {
        Data::from([(".dockerconfigjson".to_owned(), SecretString::from(value))])
    }

    fn fault(secret_type: &str, data: &Data) -> String {
        let fault = SecretValue::read(secret_type, data, None).entries().unwrap_err();
        format!("{}: {fault}", fault.code())
    }

    #[test]
    fn a_value_is_decoded_with_line_ends_in_it() {
        let auths = STANDARD.encode(r#"{"auths":{"ghcr.io":{"auth":"dTpw"}}}"#);
        let (first, rest) = auths.split_at(10);
        let value = SecretValue::read(KIND, &data(&format!("{first}\r\n{rest}\n")), None);
        assert_eq!(value.entries().unwrap()[0].key, "ghcr.io");
        let plain = data(r#"{"auths":{"quay.io":{}}}"#);
        let value = SecretValue::read(KIND, &data(&auths), Some(&plain));
        assert_eq!(value.entries().unwrap()[0].key, "quay.io");
        assert!(value.plain().unwrap().starts_with(b"{\"auths\""));
    }

    #[test]
    fn each_fault_has_its_code() {
        let lines = [
            fault("", &data("e30=")),
            fault("o\u{1b}dd", &data("e30=")),
            fault(KIND, &Data::new()),
            fault(KIND, &data("")),
            fault(KIND, &data("%")),
            fault(KIND, &data("aHVudGVyMg==")),
            fault(KIND, &data("e30=")),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        wrong-type: it is of type Opaque, and the kubelet skips it
        wrong-type: it is of type odd, and the kubelet skips it
        missing-key: it has nothing under `.dockerconfigjson`
        missing-key: it has nothing under `.dockerconfigjson`
        malformed: its data is not one line of base64; kubectl says of such a file `error: no objects passed to create`
        malformed: it is not the JSON that the kubelet expects, at line 1, column 1; the API server says `data[.dockerconfigjson]: invalid value`
        empty-credential: it has no entries, and no image is pulled with it
        ");
    }
}
