//! What is written around credentials, in which form and where to.

use super::cluster;
use crate::apply::deliver::OutputOptions;
use crate::apply::namespaces::NamespaceSelection;
use crate::apply::{ApplyOptions, LiveSecretPolicy};
use crate::cli::{ClusterArguments, DryRun as DryRunMode, Output, OutputArguments};
use crate::cluster::apply::{ApplyMode, Conflicts, DryRun};
use crate::error::Error;
use crate::manifest::metadata::Metadata;
use crate::manifest::render::Format;

/// Reads the options of the output.
///
/// # Errors
/// A usage error; a file of kubectl's that cannot be read.
pub(super) fn of(arguments: OutputArguments) -> Result<OutputOptions, Error> {
    let OutputArguments { namespaces, labels, annotations, email, output, dry_run, cluster } =
        arguments;
    if !cluster.apply {
        check_without_apply(&cluster, dry_run)?;
    }
    let namespaces = cluster::namespaces(&namespaces, &cluster.namespace_choice)?;
    if cluster.apply {
        if namespaces.asks_cluster() && dry_run == Some(DryRunMode::Client) {
            let problem =
                "--dry-run=client contacts nothing, and only the cluster knows its namespaces";
            let hint = "take --dry-run=server, or name them: -n NAMESPACE";
            return Err(Error::usage(problem, hint));
        }
        namespaces.check(server_dry_run(dry_run))?;
    }
    let mut metadata = Metadata::default();
    metadata.add_labels(&labels)?;
    metadata.add_annotations(&annotations)?;
    if email.as_ref().is_some_and(|email| email.chars().any(char::is_control)) {
        return Err(Error::usage("--email holds control characters", "leave --email out"));
    }
    let is_bare_file = output == Output::DockerConfigJson;
    if is_bare_file {
        check_bare_file(&cluster, &labels, &annotations, &namespaces)?;
    }
    let format = match output {
        Output::Yaml | Output::DockerConfigJson => Format::Yaml,
        Output::Json => Format::Json,
        Output::Name => Format::Name,
    };
    let apply = apply(cluster, dry_run)?;
    Ok(OutputOptions { labels, annotations, email, namespaces, format, is_bare_file, apply })
}

/// Refuses flags that need the cluster, where nothing is applied.
fn check_without_apply(
    cluster: &ClusterArguments,
    dry_run: Option<DryRunMode>,
) -> Result<(), Error> {
    if cluster.kubectl.user.is_some() {
        let problem = "--user is kubectl's user for --apply";
        return Err(Error::usage(problem, "for the registry's user write --username USER"));
    }
    let namespace_choice = &cluster.namespace_choice;
    let is_of_cluster = namespace_choice.all_namespaces
        || namespace_choice.namespace_selector.is_some()
        || namespace_choice.yes;
    if is_of_cluster || !cluster::flags(&cluster.kubectl).is_empty() {
        let problem = "cluster flags require --apply";
        return Err(Error::usage(problem, "add --apply, or leave them out"));
    }
    if dry_run == Some(DryRunMode::Server) {
        let problem = "--dry-run=server sends to the cluster, and needs --apply";
        return Err(Error::usage(problem, "add --apply, or leave --dry-run out"));
    }
    Ok(())
}

/// Refuses what a file without metadata has no place for.
fn check_bare_file(
    cluster: &ClusterArguments,
    labels: &[String],
    annotations: &[String],
    namespaces: &NamespaceSelection,
) -> Result<(), Error> {
    let flags = [
        ("--apply", cluster.apply),
        ("--labels", !labels.is_empty()),
        ("--annotations", !annotations.is_empty()),
        ("--namespace", !namespaces.named.is_empty()),
    ];
    if let Some((flag, _)) = flags.iter().find(|(_, is_given)| *is_given) {
        let problem = format!("-o dockerconfigjson writes no Secret, and {flag} has no effect");
        return Err(Error::usage(problem, format!("leave {flag} out, or take -o yaml")));
    }
    Ok(())
}

/// How documents are applied; none where they are printed.
fn apply(
    arguments: ClusterArguments,
    dry_run: Option<DryRunMode>,
) -> Result<Option<ApplyOptions>, Error> {
    if let Some(account) = &arguments.link {
        Metadata::new("service account name", account)?;
    }
    let kubectl = cluster::kubectl(&arguments.kubectl)?;
    if !arguments.apply || dry_run == Some(DryRunMode::Client) {
        return Ok(None);
    }
    Ok(Some(ApplyOptions {
        kubectl,
        link: arguments.link,
        live: if arguments.replace { LiveSecretPolicy::Replace } else { LiveSecretPolicy::Merge },
        mode: ApplyMode {
            conflicts: if arguments.force_conflicts { Conflicts::Force } else { Conflicts::Refuse },
            dry_run: server_dry_run(dry_run),
        },
    }))
}

/// Whether the API server keeps what is sent.
pub(super) fn server_dry_run(mode: Option<DryRunMode>) -> DryRun {
    if mode == Some(DryRunMode::Server) { DryRun::Server } else { DryRun::Off }
}
