//! What is looked at before the arguments are parsed: passwords, which no
//! message of the parser may repeat, and kubectl's spellings of `-v`.

use std::ffi::OsString;

use crate::error::Error;

/// Flags that would take a password. `--token` is kubectl's.
const PASSWORD_FLAGS: [&str; 4] = ["--password", "--docker-password", "--pass", "--token"];

/// Refuses arguments that carry a password, and turns `-v=6` and `-v6` into `-v`.
///
/// # Errors
/// [`Error::PasswordArgument`], which repeats nothing of them.
pub fn check(arguments: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>, Error> {
    let mut checked = Vec::new();
    let mut options_ended = false;
    for argument in arguments {
        let text = argument.to_string_lossy();
        options_ended |= text == "--";
        if !options_ended && is_password(&text) {
            return Err(Error::PasswordArgument);
        }
        let is_level = !options_ended && is_verbosity_level(&text);
        checked.push(if is_level { OsString::from("-v") } else { argument });
    }
    Ok(checked)
}

fn is_password(text: &str) -> bool {
    let flag = text.split_once('=').map_or(text, |(flag, _)| flag);
    let is_short = text.starts_with("-p") && !text.starts_with("--");
    is_short || PASSWORD_FLAGS.contains(&flag)
}

fn is_verbosity_level(text: &str) -> bool {
    text.strip_prefix("-v").is_some_and(|level| {
        let level = level.strip_prefix('=').unwrap_or(level);
        !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(arguments: &[&str]) -> Option<Vec<OsString>> {
        check(arguments.iter().map(OsString::from)).ok()
    }

    #[test]
    fn passwords_as_arguments_are_refused() {
        for argument in [
            "--password",
            "--password=hunter2",
            "-p",
            "-phunter2",
            "-p=hunter2",
            "--docker-password",
            "--docker-password=hunter2",
            "--token=hunter2",
        ] {
            assert_eq!(checked(&["kubectl-regcred", "secret", argument]), None, "{argument}");
        }
        assert!(checked(&["kubectl-regcred", "secret", "--password-stdin"]).is_some());
        assert!(checked(&["kubectl-regcred", "secret", "--", "-p"]).is_some());
    }

    #[test]
    fn kubectls_verbosity_levels_are_accepted() {
        for argument in ["-v", "-v6", "-v=6"] {
            assert_eq!(checked(&[argument]), Some(vec![OsString::from("-v")]));
        }
        assert_eq!(checked(&["-vx"]), Some(vec![OsString::from("-vx")]));
    }
}
