//! Base64 as Go decodes it. Source: Go 1.26, `encoding/base64`.

use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{NO_PAD, PAD};
use base64::{Engine, alphabet};
use zeroize::Zeroizing;

/// Go's `StdEncoding`: the bits that pad may be anything.
pub(crate) const STANDARD: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_allow_trailing_bits(true));

/// Go's `RawStdEncoding`.
pub(crate) const RAW_STANDARD: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Decodes a text, passing over line ends as Go does; none where the text is not
/// base64 of this encoding.
pub(crate) fn decode(encoding: &GeneralPurpose, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = if text.contains(['\r', '\n']) {
        encoding.decode(Zeroizing::new(text.replace(['\r', '\n'], "")).as_bytes())
    } else {
        encoding.decode(text)
    };
    bytes.ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_passed_over_and_padding_bits_ignored() {
        for (encoding, text, expected) in [
            (&STANDARD, "dTpw", Some("u:p")),
            (&STANDARD, "d\r\nTpw\n", Some("u:p")),
            (&STANDARD, "dTo=", Some("u:")),
            (&STANDARD, "dTp=", Some("u:")),
            (&STANDARD, "dTo", None),
            (&STANDARD, " dTpw", None),
            (&RAW_STANDARD, "dTo", Some("u:")),
            (&RAW_STANDARD, "dTo=", None),
        ] {
            let decoded = decode(encoding, text);
            assert_eq!(decoded.as_ref().map(|bytes| bytes.as_slice()), expected.map(str::as_bytes));
        }
    }
}
