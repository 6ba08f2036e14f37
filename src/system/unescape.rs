//! Takes back how programs write text inside other text: percent encoding,
//! backslashes as in JSON, Go and C, and the entities of HTML.

use zeroize::Zeroizing;

/// The entities that encoders write.
const ENTITIES: [(&str, u8); 7] = [
    ("amp;", b'&'),
    ("lt;", b'<'),
    ("gt;", b'>'),
    ("quot;", b'"'),
    ("apos;", b'\''),
    ("#39;", b'\''),
    ("#34;", b'"'),
];

/// The text without one layer of escapes; none where there was none. What is no
/// escape stays as it is.
pub(super) fn unescaped(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find(['%', '\\', '&']) {
        let (before, escape) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        rest = take(escape, &mut bytes);
    }
    bytes.extend_from_slice(rest.as_bytes());
    if *bytes == text.as_bytes() {
        return None;
    }
    Some(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Adds what an escape stands for, and returns what follows it.
fn take<'a>(escape: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let (mark, rest) = escape.split_at(1);
    let taken = match mark {
        "%" => number(rest, 2).map(|(code, rest)| (u8::try_from(code).ok(), rest)),
        "&" => ENTITIES
            .iter()
            .find_map(|(name, byte)| Some((Some(*byte), rest.strip_prefix(name)?)))
            .or_else(|| numeric_entity(rest, bytes)),
        _ => backslash(rest, bytes),
    };
    let (byte, rest) = taken.unwrap_or((mark.bytes().next(), rest));
    bytes.extend(byte);
    rest
}

/// What an escape stands for, unless it was added already, and what follows.
type Taken<'a> = Option<(Option<u8>, &'a str)>;

fn backslash<'a>(rest: &'a str, bytes: &mut Vec<u8>) -> Taken<'a> {
    let first = rest.chars().next()?;
    let after = rest.get(first.len_utf8()..)?;
    let digits = match first {
        'x' => return number(after, 2).map(|(code, rest)| (u8::try_from(code).ok(), rest)),
        'u' => 4,
        'U' => 8,
        'n' | 'r' | 't' | 'b' | 'f' | 'v' | 'a' => return Some((Some(b' '), after)),
        '"' | '\'' | '\\' | '/' => return Some((u8::try_from(first).ok(), after)),
        _ => return None,
    };
    let (code, rest) = number(after, digits)?;
    push(code, bytes);
    Some((None, rest))
}

fn numeric_entity<'a>(rest: &'a str, bytes: &mut Vec<u8>) -> Taken<'a> {
    let (digits, after) = rest.strip_prefix('#')?.split_at_checked(rest.find(';')? - 1)?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    push(code.ok()?, bytes);
    Some((None, after.get(1..)?))
}

/// A number of exactly so many hexadecimal digits, and what follows.
fn number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(number, 16).ok()).flatten().map(|code| (code, rest))
}

fn push(code: u32, bytes: &mut Vec<u8>) {
    // Halves of a surrogate pair are no letters, and those are what is compared.
    let character = char::from_u32(code).unwrap_or(' ');
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<String> {
        unescaped(text).map(|text| text.to_string())
    }

    #[test]
    fn each_way_of_escaping_is_taken_back() {
        for (escaped, text) in [
            ("hunTer2%2FsEcret%2b9", "hunTer2/sEcret+9"),
            (r"a\u002fb\u003Cc\/d\x2be", "a/b<c/d+e"),
            (r#"{\"a\":\"b\\c\"}"#, r#"{"a":"b\c"}"#),
            ("a&amp;b&#39;c&#x2F;d&quot;", "a&b'c/d\""),
            (r"\u00e9%C3%A9", "éé"),
            (r"a\nb\tc", "a b c"),
        ] {
            assert_eq!(plain(escaped).as_deref(), Some(text), "{escaped}");
        }
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in
            ["", "100 % sure", "a%zz", "%", "\\", "&", "&#;", "&#x;", r"C:\q\ü", "%é1", "\\u12"]
        {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
