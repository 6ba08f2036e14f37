//! Help and versions.

use insta::assert_snapshot;

use super::{help, printed};
use crate::support::Case;

/// Every command, as `help` lists them.
const COMMANDS: [&str; 17] = [
    "secret",
    "pod",
    "inject",
    "link",
    "unlink",
    "inspect",
    "list",
    "rotate",
    "verify",
    "diagnose",
    "sources",
    "login",
    "logout",
    "completion",
    "options",
    "version",
    "help",
];

/// Words of a dialect that nobody outside this project would understand.
const DIALECT: [&str; 11] = [
    "amiss",
    "anew",
    "told",
    "not there",
    "nobody",
    "by itself",
    "stands",
    "is none",
    "gives back",
    "the form of the output",
    "can be had",
];

#[test]
fn every_way_to_ask_for_help_prints_the_same() {
    for command in COMMANDS {
        let page = help(command);
        assert_eq!(printed(&[command, "--help"]), page);
        assert_eq!(printed(&[command, "-h"]), page);
        assert!(page.contains(&format!("Usage: kubectl regcred {command}")), "{page}");
    }
    let page = printed(&["help"]);
    assert_eq!(printed(&["--help"]), page);
    let nothing = Case::new().run(&[]);
    assert_eq!((nothing.code, nothing.stdout, nothing.stderr.as_str()), (2, page.clone(), ""));
    for command in COMMANDS {
        assert!(page.contains(&format!("\n  {command} ")), "{command} is listed: {page}");
    }
}

#[test]
fn help_is_narrow_and_in_plain_words() {
    let pages = COMMANDS.map(help).into_iter().chain([printed(&["help"]), printed(&["options"])]);
    for page in pages {
        for line in page.lines() {
            assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
            let lower = line.to_lowercase();
            for words in DIALECT {
                assert!(!lower.contains(words), "{words}: {line}");
            }
        }
    }
}

#[test]
fn global_flags_come_last_and_kubectls_behind_one_line() {
    for command in COMMANDS {
        let page = help(command);
        let (before, global) = page.split_once("\nGlobal:\n").unwrap();
        assert!(!before.contains("--verbose") && !before.contains("--help"), "{page}");
        let flags: Vec<&str> = global.lines().take(3).map(|line| &line[..4]).collect();
        assert_eq!(flags, ["  -v", "  -q", "  -h"], "{page}");
        assert!(!page.contains("--context <"), "{page}");
        let asks_cluster = Case::new().run(&[command, "--context", "x", "--help"]).code == 0;
        let line =
            "\nAccepts kubectl's flags such as --context; list them: kubectl regcred options\n";
        assert_eq!(page.contains(line), asks_cluster, "{page}");
    }
    assert_snapshot!(printed(&["options"]), @"
    The following flags are passed on to kubectl by every command for a cluster:

      --context <NAME>                Use this context of the kubeconfig
      --cluster <NAME>                Use this cluster of the kubeconfig
      --user <NAME>                   Use this user of the kubeconfig
      --kubeconfig <FILE>             Use this kubeconfig file
      --server <URL>                  Use this API server
      --certificate-authority <FILE>  Trust this certificate authority
      --tls-server-name <NAME>        Expect this name in the certificate
      --insecure-skip-tls-verify      Skip the check of the API server's certificate
      --as <USER>                     Act as this user
      --as-group <GROUP>              Act as a member of this group (repeatable)
      --as-uid <UID>                  Act with this user ID
      --request-timeout <DURATION>    Give up on a request after this time
    ");
}

#[test]
fn the_version_is_a_command_too() {
    let flag = printed(&["--version"]);
    let name = format!("kubectl-regcred {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(flag, format!("{name}\n"));
    let text = printed(&["version"]);
    let json: serde_json::Value =
        serde_json::from_str(&printed(&["version", "-o", "json"])).unwrap();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let yaml: serde_json::Value =
        serde_yaml::from_str(&printed(&["version", "-o", "yaml"])).unwrap();
    assert_eq!(yaml, json);
    let built = ["commit", "date"].map(|member| json[member].as_str());
    let expected = match built {
        [Some(commit), Some(date)] => {
            assert!(commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_eq!(date.len(), "2026-01-31".len());
            format!("{name} ({commit} {date})\n")
        }
        // Built from an archive: without git there is no commit.
        built => {
            assert_eq!(built, [None, None]);
            format!("{name}\n")
        }
    };
    assert_eq!(text, expected);
}

#[test]
fn the_help_of_all() {
    assert_snapshot!(printed(&["help"]), @"
    Turn the registry credentials you already have into pull Secrets that work

    Usage: kubectl regcred [OPTIONS] <COMMAND>

    Commands:
      secret      Create a pull Secret from credentials you already have
      pod         Create a Pod and the pull Secret that its images need
      inject      Add imagePullSecrets to existing manifests
      link        Add a pull Secret to service accounts
      unlink      Remove a pull Secret from service accounts
      inspect     Show what is inside a pull Secret or a docker config
      list        List pull Secrets with their registries, users and problems
      rotate      Replace a registry's credential in the pull Secrets of a cluster
      verify      Check that registries accept the credentials for these images
      diagnose    Explain why a Pod cannot pull its image
      sources     List the registries that this machine has credentials for
      login       Save a credential in the OS keyring
      logout      Remove a credential that `login` saved
      completion  Print a completion script for a shell
      options     List kubectl's flags, which all commands for a cluster accept
      version     Print the version, and the commit it was built from
      help        Print help for a command

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help
      -V, --version     Print the version

    Credentials come from the OS keyring (see `login`), from docker's config with
    its credential helpers, from podman's files, or from a prompt. YAML goes to
    standard output, for `kubectl apply -f -`. Without a command, the program asks
    step by step.

    Examples:
      kubectl regcred secret --registry ghcr.io | kubectl apply -f -
      kubectl regcred inject -f deployment.yaml | kubectl apply -f -
      kubectl regcred verify ghcr.io/janedoe/app:v1
      kubectl regcred diagnose deployment/web

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no usable credential or a problem
    found, 130 interrupted
    ");
}
