//! `link` and `unlink`: the pull Secrets of service accounts.

use crate::apply::link::{Change, Linker};
use crate::apply::namespaces::{self, Confirmation};
use crate::cluster::Kubectl;
use crate::cluster::apply::DryRun;
use crate::commands::options::LinkOptions;
use crate::error::{Error, Failures};
use crate::manifest::metadata::Metadata;
use crate::sources::prompt;
use crate::system::environment::Environment;

/// Runs either command.
///
/// # Errors
/// The failure of each account; the others are changed all the same.
pub(crate) fn run(
    change: Change,
    options: &LinkOptions,
    environment: &Environment,
) -> Result<(), Failures> {
    let LinkOptions { secret, accounts, namespaces: selection, dry_run, .. } = options;
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    let names = namespaces::find(selection, &kubectl)?;
    for name in &names {
        Metadata::new("Secret name", secret)?.in_namespace(name)?;
    }
    let is_agreed = selection.confirmation == Confirmation::Given || *dry_run == DryRun::Server;
    if names.len() > 1 && selection.asks_cluster() && !is_agreed {
        confirm(accounts, &names, &kubectl)?;
    }
    let linker = Linker {
        cluster: &kubectl,
        change,
        secret,
        dry_run: *dry_run,
        kubectl_flags: &options.kubectl.flags,
    };
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    if names.is_empty() {
        return linker.all(&[None], &accounts);
    }
    let names: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
    linker.all(&names, &accounts)
}

/// Asks before accounts of namespaces are changed that only the cluster named.
fn confirm(accounts: &[String], names: &[String], kubectl: &Kubectl) -> Result<(), Error> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (accounts, namespaces_named) =
        (accounts.join(" and "), namespaces::described(&names, kubectl)?);
    let question = format!("Change service account {accounts} in {namespaces_named}?");
    if prompt::confirm(&question, prompt::EnterMeans::No)? { Ok(()) } else { Err(Error::Declined) }
}
