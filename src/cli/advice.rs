//! What was probably meant by a command line that cannot be parsed. No value is
//! repeated: it may be a password.

/// What the commands are called that people know from kubectl and docker.
const HABITS: [(&str, &str); 16] = [
    ("apply", "secret --apply"),
    ("check", "verify"),
    ("create", "secret"),
    ("debug", "diagnose"),
    ("delete", "unlink"),
    ("describe", "inspect"),
    ("edit", "secret --apply"),
    ("explain", "diagnose"),
    ("generate", "secret"),
    ("get", "list"),
    ("ls", "list"),
    ("patch", "inject"),
    ("run", "pod"),
    ("show", "inspect"),
    ("view", "inspect"),
    ("why", "diagnose"),
];

/// Returns the first argument of a command, as its help calls it.
pub(super) fn first_argument(command: &str) -> &'static str {
    match command {
        "login" | "logout" => "HOST",
        "verify" => "IMAGE",
        "inject" => "-f FILE",
        _ => "NAME",
    }
}

/// Returns the fact and the hint for an argument more than a command accepts.
pub(super) fn too_many(command: &str) -> (String, String) {
    let (accepted, meant) = match command {
        "secret" => {
            ("one NAME", "name registries with a flag: kubectl regcred secret NAME --registry HOST")
        }
        "pod" => ("one NAME", "name images with a flag: kubectl regcred pod NAME --image IMAGE"),
        "inspect" => ("one NAME", "inspect one Secret at a time: kubectl regcred inspect NAME"),
        "diagnose" => ("one Pod", "diagnose one at a time: kubectl regcred diagnose KIND/NAME"),
        "list" => ("no arguments", "to see one Secret: kubectl regcred inspect NAME"),
        "sources" => {
            ("no arguments", "to check one registry: kubectl regcred verify --registry HOST")
        }
        "login" => ("one registry", "log in to one at a time: kubectl regcred login HOST"),
        "logout" => ("one registry", "log out of one at a time: kubectl regcred logout HOST"),
        "completion" => ("one shell", "choose one: kubectl regcred completion bash"),
        "help" => ("one command", "choose one: kubectl regcred help secret"),
        "options" => ("no arguments", "kubectl regcred options"),
        "version" => ("no arguments", "kubectl regcred version"),
        _ => ("no more arguments", "list the commands: kubectl regcred help"),
    };
    let fact = format!("{command} accepts {accepted} (not shown, it may be a password)");
    (fact, meant.to_owned())
}

/// Returns the fact and the hint for a flag that a command does not have; `similar`
/// is the one that is spelled like it.
pub(super) fn unknown_flag(command: Option<&str>, flag: &str, similar: &str) -> (String, String) {
    let Some(command) = command else {
        let hint = "list the commands and flags: kubectl regcred help";
        return (format!("unknown flag {flag}"), hint.to_owned());
    };
    let hint = match (command, flag) {
        ("login" | "logout", "--registry" | "--docker-server") => {
            format!("name the registry without a flag: kubectl regcred {command} HOST")
        }
        ("sources", "--registry") => {
            "to check one registry: kubectl regcred verify --registry HOST".to_owned()
        }
        ("list", "--registry") => "list all: kubectl regcred list -o wide".to_owned(),
        ("diagnose" | "inspect" | "list" | "verify", "--apply") => {
            format!("{command} changes nothing: leave --apply out")
        }
        ("inject", "--apply") => {
            "pipe the manifests to kubectl: kubectl regcred inject -f FILE | kubectl apply -f -"
                .to_owned()
        }
        ("inspect", "--secret-name" | "--secret" | "--name") => {
            "name the Secret without a flag: kubectl regcred inspect NAME".to_owned()
        }
        ("secret", "--name") => {
            "name the Secret without a flag, or with --secret-name NAME".to_owned()
        }
        _ if !similar.is_empty() => format!("did you mean {similar}?"),
        _ => format!("list the flags: kubectl regcred {command} --help"),
    };
    (format!("{command} has no flag {flag}"), hint)
}

/// Returns the hint for a word that is no command; `similar` is the one that is
/// spelled like it.
pub(super) fn command(word: &str, similar: &str) -> String {
    let word = word.to_ascii_lowercase();
    match HABITS.iter().find(|(habit, _)| *habit == word) {
        Some((_, command)) => format!("did you mean: kubectl regcred {command}"),
        None if similar.is_empty() => "list the commands: kubectl regcred help".to_owned(),
        None => format!("did you mean: kubectl regcred {similar}"),
    }
}
