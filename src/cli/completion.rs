//! Completion scripts for the name under which the program is installed.

use clap::{Args, ValueEnum};
use clap_complete::env::Shells;

/// The variable in which a script says for which shell it asks.
pub(crate) const VARIABLE: &str = "KUBECTL_REGCRED_COMPLETE";

/// The name under which the program is installed.
const PROGRAM: &str = "kubectl-regcred";

/// The word with which kubectl asks, before those that are typed so far.
pub(crate) const FOR_KUBECTL: &str = "__complete";

/// What every script says: the line that kubectl completes is completed by kubectl.
const NOTE: &str = "\
# This script completes `kubectl-regcred`. kubectl itself (1.26 or later) completes
# `kubectl regcred` with an executable called kubectl_complete-regcred on PATH:
#   #!/bin/sh
#   exec kubectl regcred __complete \"$@\"
";

/// `completion`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    source <(kubectl regcred completion bash)\n  \
    kubectl regcred completion zsh >\"${fpath[1]}/_kubectl-regcred\"\n  \
    kubectl regcred completion fish | source\n\n\
    The script completes `kubectl-regcred`. kubectl 1.26 or later completes\n\
    `kubectl regcred` if kubectl_complete-regcred of the release is on PATH.")]
pub(crate) struct CompletionArguments {
    /// Shell: bash, zsh, fish or powershell
    #[arg(value_enum, value_name = "SHELL", hide_possible_values = true)]
    pub shell: Shell,
}

/// The shells that there is a script for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// Returns the script for a shell.
pub(crate) fn script(shell: Shell) -> String {
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::Powershell => "powershell",
    };
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(name) {
        // A vector takes whatever is written.
        let _ = completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script);
    }
    // Below the script: zsh wants its `#compdef` on the first line.
    format!("{}\n\n{NOTE}", String::from_utf8_lossy(&script).trim())
}
