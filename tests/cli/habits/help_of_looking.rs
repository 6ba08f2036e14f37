//! The help of the commands that look, as it is printed.

use insta::assert_snapshot;

use super::help;

#[test]
fn help_of_inspect() {
    assert_snapshot!(help("inspect"), @"
    Show what is inside a pull Secret or a docker config

    Usage: kubectl regcred inspect [OPTIONS] [NAME]

    Arguments:
      [NAME]  Name of the Secret in the cluster [default: regcred]

    Options:
      -f, --filename <FILE>        Read this manifest or docker config, or `-`
      -n, --namespace <NAMESPACE>  Namespace of the Secret
      -o, --output <FORMAT>        Output format: table, json, yaml [default: table]
          --no-headers             Omit the header line of the table
          --reveal                 Print the decoded value; in JSON add passwords

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Examples:
      kubectl regcred inspect
      kubectl regcred inspect myregistrykey -n awesomeapps -o json
      kubectl regcred inspect -f secret.yaml
      kubectl regcred inspect --reveal
    ");
}

#[test]
fn help_of_list() {
    assert_snapshot!(help("list"), @"
    List pull Secrets with their registries, users and problems

    Usage: kubectl regcred list [OPTIONS]

    Options:
      -A, --all-namespaces         List pull Secrets in all namespaces
      -n, --namespace <NAMESPACE>  Namespace to list
      -l, --selector <SELECTOR>    Select Secrets by label; skips missing ones
          --unused                 List only Secrets that nothing uses
          --expiring <DURATION>    List only Secrets that expire within 7d, 12h, …
          --kinds <KIND,…>         Count these kinds as workloads too
      -o, --output <FORMAT>        Output format: table, wide, json, yaml or name
          --no-headers             Omit the header line of the table

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    USED-BY counts the Pods, service accounts and workloads that use a Secret, also
    workloads without Pods. Kinds that are not built in are not looked at, unless
    --kinds names them. Secrets that are referred to but do not exist are listed
    too.

    Examples:
      kubectl regcred list
      kubectl regcred list -A -o wide
      kubectl regcred list -A --unused
      kubectl regcred list -A --expiring 7d
      kubectl regcred list -A -l team=web -o json
    ");
}

#[test]
fn help_of_verify() {
    assert_snapshot!(help("verify"), @"
    Check that registries accept the credentials for these images

    Usage: kubectl regcred verify [IMAGE]... [OPTIONS]
           kubectl regcred verify -n NAMESPACE|-A [--workloads] [OPTIONS]

    Arguments:
      [IMAGE]...  Images to check

    Options:
          --secret-name <NAME>     Use the credentials of this Secret in the cluster
          --secret-file <FILE>     Use the credentials of this manifest or config
      -n, --namespace <NAMESPACE>  Namespace of --secret-name, or of what runs
      -A, --all-namespaces         Check what runs in all namespaces
      -l, --selector <SELECTOR>    Check Pods with these labels
          --workloads              Check what workloads would run too
      -o, --output <FORMAT>        Output format: table, json, yaml [default: table]
          --no-headers             Omit the header line of the table

    Choosing credentials:
          --registry <HOST>   Check the login for HOST[:PORT][/PATH] (repeatable)
          --image <IMAGE>     Check this image (repeatable)
      -f, --filename <FILE>   Check the images in this file; `-` is standard input
      -R, --recursive         Process directories in -f recursively
          --all               Check all registries that have a credential
      -u, --username <USER>   Username (prompts without --password-stdin)
          --password-stdin    Read the password from standard input
          --from-file <FILE>  Use the credentials of this dockerconfigjson
          --source <SOURCE>   Ask only these: keyring, docker, podman, prompt
          --authfile <FILE>   Read only this config.json or auth.json, or `-`
          --ignore-helpers    Ignore credential helpers, read entries only
          --allow-helpers     Run credential helpers named in --authfile

    Verifying:
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Pulls nothing. Each credential is tried as the kubelet would; an image without
    one is tried anonymously. Without an image only the logins are checked.

    With -n, -A or -l, each image that runs is checked with the Secrets of its Pods:
    what would not come back if every node were replaced now?

    Outcomes: ok; unauthorized, denied, not-found, no-credential (exit 3);
    rate-limited, unreachable, untrusted (exit 1).

    Examples:
      kubectl regcred verify ghcr.io/janedoe/app:v1
      kubectl regcred verify -f manifests -R -o json
      kubectl regcred verify ghcr.io/janedoe/app:v1 --secret-name regcred -n shop
      kubectl regcred verify --registry ghcr.io
      kubectl regcred verify -A --workloads
    ");
}

#[test]
fn help_of_diagnose() {
    assert_snapshot!(help("diagnose"), @"
    Explain why a Pod cannot pull its image

    Usage: kubectl regcred diagnose POD|KIND/NAME|KIND NAME [OPTIONS]
           kubectl regcred diagnose [--image IMAGE] -f FILE [OPTIONS]

    Arguments:
      [POD|KIND/NAME]  Name of a Pod, or KIND/NAME of a workload

    Options:
          --image <IMAGE>          Diagnose this image only, from files
      -f, --filename <FILE>        Read Secrets and Pods from this file, or `-`
      -n, --namespace <NAMESPACE>  Namespace of the Pod
      -o, --output <FORMAT>        Output format: table, json, yaml [default: table]
          --reveal                 Print passwords too
          --verify                 Ask the registries too, as the kubelet would

    Verifying:
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Checks the newest failing Pod of a workload: deployment/NAME, job/NAME, …
    With -f no cluster is contacted: each image of the files is diagnosed, or the
    one of --image. Secrets are tried in the order of imagePullSecrets, or of the
    files if these contain no Pod, workload or service account.

    Examples:
      kubectl regcred diagnose private-reg
      kubectl regcred diagnose deployment/web -n shop --verify
      kubectl regcred diagnose -f deployment.yaml -f secret.yaml
      kubectl regcred diagnose --image ghcr.io/janedoe/app:v1 -f secret.yaml
    ");
}

#[test]
fn help_of_sources() {
    assert_snapshot!(help("sources"), @"
    List the registries that this machine has credentials for

    Usage: kubectl regcred sources [OPTIONS]

    Options:
          --check            Read each credential and show its kind, expiry and use
      -o, --output <FORMAT>  Output format: table, json, yaml [default: table]
          --no-headers       Omit the header line of the table

    Choosing credentials:
          --source <SOURCE>  Ask only these: keyring, docker, podman, prompt
          --authfile <FILE>  Read only this config.json or auth.json, or `-`
          --ignore-helpers   Ignore credential helpers, read entries only
          --allow-helpers    Run credential helpers named in --authfile

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Unlocks nothing and reads no secret unless --check is given.

    Examples:
      kubectl regcred sources
      kubectl regcred sources --check -o json
    ");
}
