//! Texts that stand where a user name or password was to be filled in. What a password
//! was is never quoted: it may be one all the same.

/// What a text is instead of a user name or a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Placeholder {
    /// `-`, by which some programs read standard input; kubectl does not.
    #[error("a dash, and nothing was read from standard input")]
    Dash,
    /// `$TOKEN`, `${TOKEN}`, `%TOKEN%`, `$env:TOKEN`, `$(TOKEN)`.
    #[error("a variable or command that the shell did not replace")]
    Variable,
    /// `{{ .Values.x }}`, `${{ secrets.X }}`, `${var.x}`, `#{TOKEN}#`.
    #[error("an expression of a template that was not rendered")]
    Template,
    /// `<token>`, `[password]`, `your-password`, `changeme`, `DOCKER_PASSWORD`.
    #[error("words for the real one")]
    Word,
    /// `REDACTED`, `xxxxxxxx`, `****`.
    #[error("a mask in place of the real one")]
    Mask,
    /// `null`, `<no value>`, `undefined`.
    #[error("what a program writes where it has no value")]
    NoValue,
    /// `/dev/stdin`, `file:///run/secrets/token`.
    #[error("the name of a file, not what the file holds")]
    File,
    /// `op://vault/item/field`, `vault:secret/data/x#y`.
    #[error("a reference to a secret store that was not replaced")]
    Reference,
}

/// Beginnings of references to stores of secrets. Sources: the manuals of 1Password,
/// bank-vaults, vals, Amazon, Google, Azure and sops.
const REFERENCES: [&str; 9] = [
    "op://",
    "vault:",
    "ref+",
    "secretref+",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "awssm://",
    "@Microsoft.KeyVault(",
    "ENC[",
];

/// What programs and people write in place of a secret, without brackets and separators.
const MASKS: [&str; 7] =
    ["redacted", "masked", "hidden", "censored", "removed", "sensitive", "sensitivevalue"];

/// What programs write where there is no value.
const NO_VALUES: [&str; 8] =
    ["null", "nil", "none", "undefined", "novalue", "knownafterapply", "objectobject", "notset"];

/// Words that stand for one that is to be filled in.
const WORDS: [&str; 9] = [
    "changeme",
    "changeit",
    "changethis",
    "replaceme",
    "replacethis",
    "fixme",
    "todo",
    "tbd",
    "placeholder",
];

/// How texts begin that say what is to be filled in.
const REQUESTS: [&str; 6] = ["your", "insert", "enter", "paste", "put", "replacewith"];

/// What is to be filled in.
const THINGS: [&str; 11] = [
    "password",
    "pword",
    "passwd",
    "token",
    "secret",
    "apikey",
    "accesskey",
    "pat",
    "username",
    "user",
    "name",
];

/// Last words of the names of variables.
const VARIABLES: [&str; 13] = [
    "PASSWORD", "PASSWD", "PASS", "PWD", "PW", "TOKEN", "SECRET", "PAT", "KEY", "APIKEY", "USER",
    "USERNAME", "LOGIN",
];

/// Returns what a text is, where it is no user name or password.
pub(crate) fn of(text: &str) -> Option<Placeholder> {
    let text = text.trim();
    let is_reference = REFERENCES.iter().any(|start| text.starts_with(start));
    if text == "-" || text == "--" {
        Some(Placeholder::Dash)
    } else if is_template(text) {
        Some(Placeholder::Template)
    } else if is_variable(text) {
        Some(Placeholder::Variable)
    } else if is_file(text) {
        Some(Placeholder::File)
    } else if is_reference {
        Some(Placeholder::Reference)
    } else {
        of_word(text)
    }
}

fn of_word(text: &str) -> Option<Placeholder> {
    let is_of = |mask: char| text.chars().all(|letter| letter == mask);
    let length = text.chars().count();
    if length >= 3
        && ['*', '\u{2022}', '\u{25cf}', '.', '\u{2026}', '#', '_', '?'].into_iter().any(is_of)
        || length >= 4 && ['x', 'X'].into_iter().any(is_of)
    {
        return Some(Placeholder::Mask);
    }
    let (inner, is_in_brackets) = without_brackets(text);
    let bare = inner.chars().filter(|letter| !matches!(letter, '-' | '_' | ' ' | '.' | '\''));
    let bare: String = bare.flat_map(char::to_lowercase).collect();
    let is_one = |words: &[&str]| words.contains(&bare.as_str());
    let is_request = || {
        REQUESTS.iter().filter_map(|start| bare.strip_prefix(start)).any(|rest| {
            let rest = rest.strip_suffix("here").unwrap_or(rest);
            THINGS.iter().any(|thing| rest.ends_with(thing)) && rest.len() <= 24
        })
    };
    if is_one(&MASKS) {
        Some(Placeholder::Mask)
    } else if is_one(&NO_VALUES) {
        Some(Placeholder::NoValue)
    } else if is_one(&WORDS) || is_request() || is_name_of_variable(inner) || is_in_brackets {
        Some(Placeholder::Word)
    } else {
        None
    }
}

/// The text in `<…>`, `[…]` or `__…__`, and whether it reads as words for a value.
fn without_brackets(text: &str) -> (&str, bool) {
    let pairs = [("<", ">"), ("[", "]"), ("(", ")"), ("__", "__"), ("@@", "@@"), ("{", "}")];
    let inner = pairs
        .into_iter()
        .find_map(|(start, end)| text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)));
    let is_word = |letter: char| letter.is_alphabetic() || " -_.'".contains(letter);
    match inner {
        Some(inner) if !inner.trim().is_empty() => (inner.trim(), inner.chars().all(is_word)),
        _ => (text, false),
    }
}

/// `DOCKER_PASSWORD`, `TOKEN`: the name of a variable without its `$`.
fn is_name_of_variable(text: &str) -> bool {
    let last = text.rsplit('_').next().unwrap_or_default();
    is_identifier(text)
        && !text.bytes().any(|byte| byte.is_ascii_lowercase())
        && VARIABLES.contains(&last)
}

/// `$TOKEN` and its like. A lower-case name may be a password that begins with `$`,
/// unless it says what it is for.
fn is_variable(text: &str) -> bool {
    let is_in = |start: &str, end: &str| {
        let inner = text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(['\n', '$']))
    };
    if is_in("$(", ")") || is_in("`", "`") {
        return true;
    }
    let braced = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let percent = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let powershell = text.strip_prefix("$env:").or_else(|| text.strip_prefix("$Env:"));
    // `${TOKEN:-}`, `${TOKEN:?unset}`
    let braced = braced.map(|inner| inner.split([':', '-', '?']).next().unwrap_or_default());
    if [braced, percent, powershell].into_iter().flatten().any(is_identifier) {
        return true;
    }
    let Some(name) = text.strip_prefix('$').filter(|name| is_identifier(name)) else {
        return false;
    };
    let is_upper = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let lower = name.to_ascii_lowercase();
    let says_what = ["token", "password", "passwd", "secret", "username", "registry"];
    // Two users that registries really take: of NVIDIA's and of Quay's registry.
    !["oauthtoken", "token"].contains(&name)
        && (is_upper && name.len() > 1 || says_what.iter().any(|word| lower.contains(word)))
}

fn is_identifier(text: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    text.as_bytes().first().is_some_and(is_start)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Helm, Jinja, GitHub Actions, Terraform, Azure Pipelines, sed.
fn is_template(text: &str) -> bool {
    let is_between = |start: &str, end: &str| {
        text.find(start)
            .is_some_and(|at| text.get(at + start.len()..).is_some_and(|it| it.contains(end)))
    };
    let dotted = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let is_dotted =
        |inner: &str| inner.contains('.') && inner.split('.').next().is_some_and(is_identifier);
    is_between("{{", "}}")
        || is_between("<%", "%>")
        || is_between("#{", "}#")
        || is_between("%(", ")s")
        || dotted.is_some_and(is_dotted)
}

fn is_file(text: &str) -> bool {
    let starts = ["/dev/", "/run/secrets/", "/var/run/secrets/", "/proc/self/fd/", "file://"];
    let is_path = starts.iter().any(|start| text.starts_with(start));
    is_path && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each is, and texts of it between bars.
    const PLACEHOLDERS: [(Placeholder, &str); 8] = [
        (Placeholder::Dash, "-| -\n|--"),
        (
            Placeholder::Variable,
            "$TOKEN|${TOKEN}|${TOKEN:-}|${TOKEN:?unset}|$GITHUB_TOKEN|$CR_PAT|$registry_password|$githubToken|%TOKEN%|$env:TOKEN|$(TOKEN)|$(cat token.txt)|`cat token`|$TOKEN\n",
        ),
        (
            Placeholder::Template,
            "{{ .Values.registry.password }}|{{password}}|${{ secrets.X }}|${var.token}|${local.x}|${random_password.x.result}|<%= token %>|#{TOKEN}#|%(token)s|{{ op://vault/item/field }}",
        ),
        (
            Placeholder::Word,
            "<token>|<your token here>|[password]|__TOKEN__|@@PASSWORD@@|{token}|changeme|CHANGE_ME|change-me|replace-me|TODO|your-password|your-pword|YOUR_TOKEN_HERE|yourGithubToken|insert-token-here|DOCKER_PASSWORD|TOKEN|PASSWORD|CR_PAT",
        ),
        (
            Placeholder::Mask,
            "REDACTED|[REDACTED]|<redacted>|[MASKED]|xxxx|xxxxxxxxxxx|XXXXXXXX|***|********|\u{2022}\u{2022}\u{2022}\u{2022}|...|(sensitive value)",
        ),
        (Placeholder::NoValue, "null|<nil>|None|undefined|<no value>|[object Object]"),
        (Placeholder::File, "/dev/stdin|/dev/fd/0|/run/secrets/token|file:///tmp/token"),
        (
            Placeholder::Reference,
            "op://vault/item/field|vault:secret/data/x#y|ref+awsssm://x|ENC[AES256_GCM,data:x]",
        ),
    ];

    const PASSWORDS: &str = "x|xx|hunter2|s3cret1|secret|password|pass|token|$ecret|$unshine|$oauthtoken|$token|robot$ci|ghp_TOKEN|p<token>|<a1b2>|x-x|a-|AKCp8TOKEN9|{\"type\": \"service_account\"}|$2y$05$abcdef|/9j/4AAQ|%41%42|$Xy9|yourself|YouRock!|eyJhbGciOiJIUzI1NiJ9.e30.x|$|{}|[]|<>|P@SS|mytoken|hash=#|xXxX|enterprise|computer";

    #[test]
    fn placeholders_are_known_by_their_form() {
        for (placeholder, texts) in PLACEHOLDERS {
            for text in texts.split('|') {
                assert_eq!(of(text), Some(placeholder), "{text:?}");
            }
        }
    }

    #[test]
    fn what_may_be_a_password_is_none() {
        for text in PASSWORDS.split('|') {
            assert_eq!(of(text), None, "{text:?}");
        }
    }
}
