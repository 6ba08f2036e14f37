//! The help of the other commands, as it is printed.

use insta::assert_snapshot;

use super::help;

#[test]
fn help_of_login() {
    assert_snapshot!(help("login"), @"
    Save a credential in the OS keyring

    Usage: kubectl regcred login [OPTIONS] [HOST[:PORT][/PATH]]

    Arguments:
      [HOST[:PORT][/PATH]]  Registry, or a path in it

    Options:
          --username <USER>  Username (prompts without --password-stdin)
          --password-stdin   Read the password from standard input

    Verifying:
          --no-verify       Keep the credential without asking the registry
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    The registry is asked first; a rejected credential is not saved. The credential
    is saved in the keyring of this system and nowhere else. All other commands use
    it; docker and podman do not see it.

    Examples:
      kubectl regcred login
      kubectl regcred login ghcr.io
      kubectl regcred login ghcr.io --username janedoe --password-stdin <token.txt
    ");
}

#[test]
fn help_of_logout() {
    assert_snapshot!(help("logout"), @"
    Remove a credential that `login` saved

    Usage: kubectl regcred logout [OPTIONS] [HOST[:PORT][/PATH]]

    Arguments:
      [HOST[:PORT][/PATH]]  Registry, as it was given to `login`

    Options:
          --all  Remove all credentials that `login` saved

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Reports which logins docker and podman still have; those are kept.

    Examples:
      kubectl regcred logout ghcr.io
      kubectl regcred logout --all
    ");
}

#[test]
fn help_of_completion() {
    assert_snapshot!(help("completion"), @r#"
    Print a completion script for a shell

    Usage: kubectl regcred completion [OPTIONS] <SHELL>

    Arguments:
      <SHELL>  Shell: bash, zsh, fish or powershell

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Examples:
      source <(kubectl regcred completion bash)
      kubectl regcred completion zsh >"${fpath[1]}/_kubectl-regcred"
      kubectl regcred completion fish | source

    The script completes `kubectl-regcred`. kubectl 1.26 or later completes
    `kubectl regcred` if kubectl_complete-regcred of the release is on PATH.
    "#);
}

#[test]
fn help_of_options() {
    assert_snapshot!(help("options"), @"
    List kubectl's flags, which all commands for a cluster accept

    Usage: kubectl regcred options [OPTIONS]

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help
    ");
}

#[test]
fn help_of_version() {
    assert_snapshot!(help("version"), @"
    Print the version, and the commit it was built from

    Usage: kubectl regcred version [OPTIONS]

    Options:
      -o, --output <FORMAT>  Output format: text, json or yaml [default: text]

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help
    ");
}

#[test]
fn help_of_help() {
    assert_snapshot!(help("help"), @"
    Print help for a command

    Usage: kubectl regcred help [OPTIONS] [COMMAND]

    Arguments:
      [COMMAND]  Command to explain

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help
    ");
}
