//! The flags with which a person chose the cluster, in the commands that are proposed:
//! pasted without them, a command would reach the cluster of the current context.

use crate::system::shell;

/// Adds these flags of kubectl to each command of a hint that reaches the cluster. The
/// commands are the end of a hint.
pub(crate) fn with_flags(hint: &str, flags: &[String]) -> String {
    let Some(start) = hint.find("kubectl ") else { return hint.to_owned() };
    let (sentence, commands) = hint.split_at(start);
    let pipe = |pipe: &str| {
        let commands = pipe.split(" | ").map(|command| command_with_flags(command, flags));
        commands.collect::<Vec<_>>().join(" | ")
    };
    sentence.to_owned() + &commands.split(" && ").map(pipe).collect::<Vec<_>>().join(" && ")
}

/// The same for one command; anything else stays as it is.
pub(crate) fn command_with_flags(command: &str, flags: &[String]) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    let flags = flags.iter().map(String::as_str).filter(|flag| matters(&words, flag));
    let flags = shell::command(flags);
    if flags.is_empty() { command.to_owned() } else { format!("{command} {flags}") }
}

/// Whether a flag changes what a command does.
fn matters(command: &[&str], flag: &str) -> bool {
    match command {
        // These read the kubeconfig alone, as a whole.
        ["kubectl", "config", "get-contexts" | "get-clusters" | "get-users", ..] => {
            flag.starts_with("--kubeconfig")
        }
        // How long an answer may take is no matter of which cluster it comes from.
        _ => reaches_cluster(command) && !flag.starts_with("--request-timeout"),
    }
}

fn reaches_cluster(command: &[&str]) -> bool {
    match command {
        ["kubectl", "regcred", "link" | "unlink" | "list", ..] => true,
        ["kubectl", "regcred", "inspect" | "diagnose", more @ ..] => !more.contains(&"-f"),
        ["kubectl", "regcred", "verify", more @ ..] => more.contains(&"--secret-name"),
        ["kubectl", "regcred", _, more @ ..] => more.contains(&"--apply"),
        ["kubectl", ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_for_the_cluster_get_the_flags() {
        let flags = ["--context=my dev", "--request-timeout=5s"].map(str::to_owned);
        let hints = [
            "write it: kubectl get secret a -o yaml -n x | kubectl regcred secret a --from-file - --apply -n x",
            "reference it once: kubectl regcred unlink b && kubectl regcred link b",
            "write it with: kubectl regcred secret a --registry ghcr.io",
            "for details: kubectl regcred inspect a -n x",
            "reference it: kubectl regcred inject -f a.yaml --existing-secret b --in-place",
            "write it as the kubelet reads it: kubectl regcred secret --from-file a.yaml",
            "remove the entry",
        ];
        insta::assert_snapshot!(hints.map(|hint| with_flags(hint, &flags)).join("\n"), @"
        write it: kubectl get secret a -o yaml -n x --context='my dev' | kubectl regcred secret a --from-file - --apply -n x --context='my dev'
        reference it once: kubectl regcred unlink b --context='my dev' && kubectl regcred link b --context='my dev'
        write it with: kubectl regcred secret a --registry ghcr.io
        for details: kubectl regcred inspect a -n x --context='my dev'
        reference it: kubectl regcred inject -f a.yaml --existing-secret b --in-place
        write it as the kubelet reads it: kubectl regcred secret --from-file a.yaml
        remove the entry
        ");
        for hint in hints {
            assert_eq!(with_flags(hint, &[]), hint);
        }
    }
}
