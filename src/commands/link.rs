//! `link` and `unlink`: service accounts that bring a pull Secret to their Pods.

use crate::apply::link::{Change, Linker};
use crate::apply::namespaces::Confirmation;
use crate::apply::{DryRun, namespaces};
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
    let secret = &options.secret;
    let accounts: Vec<&str> = options.accounts.iter().map(String::as_str).collect();
    let (choice, dry_run) = (&options.namespaces, options.dry_run == DryRun::Server);
    let kubectl = namespaces::kubectl(&options.kubectl, environment)?;
    let names = namespaces::find(choice, &kubectl)?;
    for name in &names {
        Metadata::new("Secret name", secret)?.in_namespace(name)?;
    }
    let is_agreed = choice.confirmation == Confirmation::Given;
    if names.len() > 1 && choice.asks_cluster() && !is_agreed && !dry_run {
        let accounts = accounts.join(" and ");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let places = namespaces::described(&names, &kubectl)?;
        if !prompt::confirm(&format!("Change service account {accounts} in {places}?"))? {
            return Err(Error::Declined.into());
        }
    }
    let linker = Linker { kubectl: &kubectl, change, secret, dry_run };
    let names: Vec<Option<&str>> = if names.is_empty() {
        vec![None]
    } else {
        names.iter().map(|name| Some(name.as_str())).collect()
    };
    linker.all(&names, &accounts)
}
