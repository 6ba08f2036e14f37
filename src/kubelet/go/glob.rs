//! Go's `filepath.Match`, for what the host of a URL can hold.
//! Source: Go 1.26, `path/filepath/match.go`.

/// Reports whether a pattern, in which `*` alone is special, matches a text.
pub(in crate::kubelet) fn is_match(glob: &str, text: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_within_a_label() {
        for (glob, text, expected) in [
            ("*", "anything", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abd", false),
            ("*-b*", "a-bc", true),
            ("ab*b", "ab", false),
            ("", "", true),
        ] {
            assert_eq!(is_match(glob, text), expected, "{glob} {text}");
        }
    }
}
