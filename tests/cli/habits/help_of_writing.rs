//! The help of the commands that write, as it is printed.

use insta::assert_snapshot;

use super::help;

#[test]
fn help_of_secret() {
    assert_snapshot!(help("secret"), @"
    Create a pull Secret from credentials you already have

    Usage: kubectl regcred secret [NAME] [OPTIONS]

    Arguments:
      [NAME]  Name of the Secret [default: regcred]

    Options:
          --secret-name <NAME>  Set the name, even one that looks like a registry

    Choosing credentials:
          --from-secret <NAME>   Use the Secret [NAMESPACE/]NAME of a cluster
          --from-context <NAME>  Read --from-secret with this context
          --registry <HOST>      Use the registry HOST[:PORT][/PATH] (repeatable)
          --image <IMAGE>        Use this image's registry (repeatable)
      -f, --filename <FILE>      Use the images in this file; `-` is standard input
      -R, --recursive            Process directories in -f recursively
          --all                  Use all registries that have a credential
      -u, --username <USER>      Username (prompts without --password-stdin)
          --password-stdin       Read the password from standard input
          --from-file <FILE>     Use this dockerconfigjson or Secret manifest
          --source <SOURCE>      Ask only these: keyring, docker, podman, prompt
          --authfile <FILE>      Read only this config.json or auth.json, or `-`
          --ignore-helpers       Ignore credential helpers, read entries only
          --allow-helpers        Run credential helpers named in --authfile

    Verifying:
          --verify          Check the login with the registry before writing
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Output:
      -n, --namespace <NAMESPACE>    Namespace of the generated objects (repeatable)
          --labels <KEY=VALUE,…>     Add these labels
          --annotations <KEY=VALUE>  Add an annotation as it is (repeatable)
          --email <ADDRESS>          Add an email address, which registries ignore
      -o, --output <FORMAT>          yaml (default), json, name, dockerconfigjson
          --dry-run <MODE>           Must be client or server, as for kubectl

    Cluster:
          --apply                          Apply with kubectl instead of printing
          --link[=<ACCOUNT>]               Add it to a service account too
      -A, --all-namespaces                 Write to all namespaces but kube-*
          --namespace-selector <SELECTOR>  Write to namespaces with these labels
          --yes                            Skip the confirmation for many namespaces
          --replace                        Overwrite the Secret instead of merging
          --force-conflicts                Overwrite fields owned by other managers

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Examples:
      kubectl regcred secret
      kubectl regcred secret --registry ghcr.io --registry quay.io/myorg
      kubectl regcred secret --image ghcr.io/janedoe/app:v1 --verify
      kubectl regcred secret myregistrykey -n shop --image ghcr.io/janedoe/app:v1
      kubectl regcred secret --registry ghcr.io -u jane --password-stdin <token.txt
      kubectl regcred secret --registry ghcr.io --apply --namespace-selector team=a
    ");
}

#[test]
fn help_of_pod() {
    assert_snapshot!(help("pod"), @"
    Create a Pod and the pull Secret that its images need

    Usage: kubectl regcred pod [NAME] --image IMAGE [OPTIONS]

    Arguments:
      [NAME]  Name of the Pod; its containers are NAME-container, …

    Options:
          --secret-name <NAME>      Set the name of the Secret [default: regcred]
          --existing-secret <NAME>  Use this Secret of the cluster (repeatable)

    Choosing credentials:
          --registry <HOST>   Use the registry HOST[:PORT][/PATH] (repeatable)
          --image <IMAGE>     Use this image's registry (repeatable)
      -f, --filename <FILE>   Use the images in this file; `-` is standard input
      -R, --recursive         Process directories in -f recursively
          --all               Use all registries that have a credential
      -u, --username <USER>   Username (prompts without --password-stdin)
          --password-stdin    Read the password from standard input
          --from-file <FILE>  Use this dockerconfigjson or Secret manifest
          --source <SOURCE>   Ask only these: keyring, docker, podman, prompt
          --authfile <FILE>   Read only this config.json or auth.json, or `-`
          --ignore-helpers    Ignore credential helpers, read entries only
          --allow-helpers     Run credential helpers named in --authfile

    Verifying:
          --verify          Check the login with the registry before writing
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Output:
      -n, --namespace <NAMESPACE>    Namespace of the generated objects (repeatable)
          --labels <KEY=VALUE,…>     Add these labels
          --annotations <KEY=VALUE>  Add an annotation as it is (repeatable)
          --email <ADDRESS>          Add an email address, which registries ignore
      -o, --output <FORMAT>          Output format: yaml, json, name [default: yaml]
          --dry-run <MODE>           Must be client or server, as for kubectl

    Cluster:
          --apply                          Apply with kubectl instead of printing
          --link[=<ACCOUNT>]               Add it to a service account too
      -A, --all-namespaces                 Write to all namespaces but kube-*
          --namespace-selector <SELECTOR>  Write to namespaces with these labels
          --yes                            Skip the confirmation for many namespaces
          --replace                        Overwrite the Secret instead of merging
          --force-conflicts                Overwrite fields owned by other managers

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Examples:
      kubectl regcred pod web --image ghcr.io/janedoe/app:v1 | kubectl apply -f -
      kubectl regcred pod web --image ghcr.io/jane/app:v1 --existing-secret regcred
    ");
}

#[test]
fn help_of_inject() {
    assert_snapshot!(help("inject"), @"
    Add imagePullSecrets to existing manifests

    Usage: kubectl regcred inject [FILE]... [OPTIONS]

    Arguments:
      [FILE]...  Manifests to change, as with -f; `-` is standard input

    Options:
      -n, --namespace <NAMESPACE>   Namespace of the objects that name none
          --secret-name <NAME>      Set the name of the Secret [default: regcred]
          --existing-secret <NAME>  Use this Secret of the cluster (repeatable)
          --references-only         Add only the references, and write no Secret
          --refresh                 Replace the Secret if the manifests contain it
          --service-accounts        Add the reference to service accounts too
          --fix                     Move references that have no effect
          --in-place                Change the files; add references, no Secret

    Choosing credentials:
          --registry <HOST>   Use the registry HOST[:PORT][/PATH] (repeatable)
          --image <IMAGE>     Use this image's registry (repeatable)
      -f, --filename <FILE>   Use the images in this file; `-` is standard input
      -R, --recursive         Process directories in -f recursively
          --all               Use all registries that have a credential
      -u, --username <USER>   Username (prompts without --password-stdin)
          --password-stdin    Read the password from standard input
          --from-file <FILE>  Use this dockerconfigjson or Secret manifest
          --source <SOURCE>   Ask only these: keyring, docker, podman, prompt
          --authfile <FILE>   Read only this config.json or auth.json, or `-`
          --ignore-helpers    Ignore credential helpers, read entries only
          --allow-helpers     Run credential helpers named in --authfile

    Verifying:
          --verify          Check the login with the registry before writing
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts Pods, workloads that create Pods, and lists of them. Comments, order
    and layout are kept. Without FILE a pipe on standard input is read.

    Examples:
      kubectl regcred inject -f deployment.yaml | kubectl apply -f -
      helm template RELEASE CHART | kubectl regcred inject | kubectl apply -f -
      kubectl regcred inject -f manifests -R --registry ghcr.io --in-place
    ");
}

#[test]
fn help_of_link() {
    assert_snapshot!(help("link"), @"
    Add a pull Secret to service accounts

    Usage: kubectl regcred link [OPTIONS] --secret-name <NAME> [SERVICEACCOUNT]...

    Arguments:
      [SERVICEACCOUNT]...  Names of the service accounts [default: default]

    Options:
          --secret-name <NAME>     Add this pull Secret
      -n, --namespace <NAMESPACE>  Namespace of the service accounts (repeatable)

    Cluster:
      -A, --all-namespaces                 Write to all namespaces but kube-*
          --namespace-selector <SELECTOR>  Write to namespaces with these labels
          --yes                            Skip the confirmation for many namespaces
          --dry-run <MODE>                 Must be server (send, but save nothing)

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Appends to the account's imagePullSecrets and keeps the others. Only Pods that
    are created later get them.

    Examples:
      kubectl regcred link --secret-name regcred
      kubectl regcred link builder --secret-name regcred -n ci
      kubectl regcred link --secret-name regcred -A --yes
    ");
}

#[test]
fn help_of_unlink() {
    assert_snapshot!(help("unlink"), @"
    Remove a pull Secret from service accounts

    Usage: kubectl regcred unlink [OPTIONS] --secret-name <NAME> [SERVICEACCOUNT]...

    Arguments:
      [SERVICEACCOUNT]...  Names of the service accounts [default: default]

    Options:
          --secret-name <NAME>     Remove this pull Secret
      -n, --namespace <NAMESPACE>  Namespace of the service accounts (repeatable)

    Cluster:
      -A, --all-namespaces                 Change all namespaces but kube-*
          --namespace-selector <SELECTOR>  Write to namespaces with these labels
          --yes                            Skip the confirmation for many namespaces
          --dry-run <MODE>                 Must be server (send, but save nothing)

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Removes only the entry for this Secret; the Secret itself is kept.

    Examples:
      kubectl regcred unlink --secret-name regcred
      kubectl regcred unlink builder --secret-name regcred -n ci
      kubectl regcred unlink --secret-name regcred -A --yes
    ");
}

#[test]
fn help_of_rotate() {
    insta::assert_snapshot!(help("rotate"), @"
    Replace a registry's credential in the pull Secrets of a cluster

    Usage: kubectl regcred rotate --registry HOST [OPTIONS]

    Options:
          --registry <HOST>        Replace the entries for HOST[:PORT][/PATH]
          --paths                  Replace the entries of paths below it too
          --old-username <USER>    Replace only the entries of this user
          --secret-name <NAME>     Change only Secrets of this name
          --include-managed        Change Secrets that another tool writes too
      -n, --namespace <NAMESPACE>  Namespace of the Secrets (repeatable)
          --dry-run <MODE>         Must be client (show, send nothing) or server
      -o, --output <FORMAT>        Output format: table, json, yaml [default: table]
          --no-headers             Omit the header line of the table

    Choosing credentials:
      -u, --username <USER>   Username (prompts without --password-stdin)
          --password-stdin    Read the password from standard input
          --from-file <FILE>  Use this dockerconfigjson or Secret manifest
          --source <SOURCE>   Ask only these: keyring, docker, podman, prompt
          --authfile <FILE>   Read only this config.json or auth.json, or `-`
          --ignore-helpers    Ignore credential helpers, read entries only
          --allow-helpers     Run credential helpers named in --authfile

    Verifying:
          --no-verify       Do not ask the registry first
          --ca-file <FILE>  Trust the certificate authorities in this file too
          --plain-http      Use plain HTTP for registries without HTTPS

    Cluster:
      -A, --all-namespaces                 Rotate in all namespaces
          --namespace-selector <SELECTOR>  Rotate in namespaces with these labels
          --yes                            Skip the confirmation

    Global:
      -v, --verbose...  Print which sources were asked and what they answered
      -q, --quiet       Print warnings and errors only
      -h, --help        Print help

    Accepts kubectl's flags such as --context; list them: kubectl regcred options

    Only the registry's entry changes: other entries, labels and annotations are
    kept. Secrets that another tool writes are listed with that tool, and left.
    Before anything is written, the registry is asked whether the new credential
    can pull the images that run with these Secrets.

    Examples:
      kubectl regcred rotate --registry ghcr.io -A --dry-run=client
      kubectl regcred rotate --registry ghcr.io -A
      kubectl regcred rotate --registry ghcr.io -u bot --password-stdin --yes
    ");
}
