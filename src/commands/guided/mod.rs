//! The guided mode: `kubectl regcred` on a terminal, without a command. It says what
//! it finds, asks, shows the command that its answers add up to, and runs that.

mod found;
mod plan;

use super::options::Options;
use crate::error::{Error, Failures};
use crate::manifest::metadata::{DEFAULT_SECRET_NAME, Metadata};
use crate::registry::key::RegistryKey;
use crate::selection::Replay;
use crate::sources::prompt::{self, EnterMeans};
use crate::system::environment::Environment;
use crate::system::messages;
use crate::system::terminal::EnterTakes;
use found::Cluster;
use plan::{Delivery, NewPods, Plan, Registry};

/// The line of the list below the known registries.
const ANOTHER: &str = "another registry";

/// Leads through one pull Secret, from what is found to what is done.
///
/// # Errors
/// What cannot be read or asked; that of the command that is run.
pub(crate) fn run(environment: &Environment) -> Result<(), Failures> {
    messages::line("Create a pull Secret. Enter takes the default, Ctrl-C stops.");
    messages::line("");
    let logins = found::logins(environment)?;
    found::report(&logins);
    let cluster = found::cluster(environment);
    if let Some(cluster) = &cluster {
        cluster.report();
    }
    messages::line("");
    if let Some(cluster) = cluster.as_ref().filter(|cluster| !cluster.failing.is_empty())
        && diagnose(cluster, environment)? == Next::Stop
    {
        return Ok(());
    }
    let plan = ask(logins, cluster.as_ref())?;
    if !confirm(&plan)? {
        return Err(Error::Declined.into());
    }
    super::run(Options::of_words(&plan.words(), environment)?, environment, Replay::hidden())?;
    if let Some(step) = plan.next_step() {
        messages::note(&step);
    }
    Ok(())
}

/// Whether a Secret is created after a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Create,
    Stop,
}

/// Offers to diagnose the Pods that cannot pull.
fn diagnose(cluster: &Cluster, environment: &Environment) -> Result<Next, Error> {
    let names = cluster.failing_names();
    let question = match names.as_slice() {
        [one] => format!("Diagnose Pod {one} first?"),
        _ => "Diagnose these Pods first?".to_owned(),
    };
    if !prompt::confirm(&question, EnterMeans::Yes)? {
        return Ok(Next::Create);
    }
    let picked = match names.len() {
        1 => vec![0],
        _ => prompt::ask_which("Which Pods", &names, EnterTakes::Highlighted)?,
    };
    for name in picked.iter().filter_map(|index| names.get(*index)) {
        let words = ["diagnose", name, "-n", &cluster.namespace].map(str::to_owned);
        let options = Options::of_words(&words, environment)?;
        if let Err(failures) = super::run(options, environment, Replay::hidden()) {
            failures.print(&[]);
        }
        messages::line("");
    }
    let goes_on = prompt::confirm("Create a pull Secret now?", EnterMeans::Yes)?;
    Ok(if goes_on { Next::Create } else { Next::Stop })
}

/// Asks for everything that the plan needs.
fn ask(logins: Vec<Registry>, cluster: Option<&Cluster>) -> Result<Plan, Error> {
    let registries = registries(logins, cluster)?;
    let username = match registries.as_slice() {
        [Registry { name, source: None }] => {
            let key = crate::selection::parse_registry(name)?;
            Some(prompt::ask_username(&key)?)
        }
        _ => None,
    };
    let namespaces = namespaces(cluster)?;
    let name = name(cluster)?;
    let delivery = delivery(cluster, &name)?;
    Ok(Plan { name, registries, username, namespaces, delivery })
}

/// Asks which registries; those that the failing Pods need come first.
fn registries(
    mut logins: Vec<Registry>,
    cluster: Option<&Cluster>,
) -> Result<Vec<Registry>, Error> {
    let wanted = cluster.map(Cluster::wanted_registries).unwrap_or_default();
    let likely = wanted.iter().find(|name| logins.iter().all(|login| login.name != **name));
    let typed = || -> Result<Registry, Error> {
        let key: RegistryKey = prompt::ask_registry(likely.map(String::as_str))?;
        Ok(Registry { name: key.to_string(), source: None })
    };
    if logins.is_empty() {
        return Ok(vec![typed()?]);
    }
    logins.sort_by_key(|login| !wanted.contains(&login.name));
    let lines = logins
        .iter()
        .map(|login| format!("{}, from {}", login.name, login.source.unwrap_or_default()));
    let lines: Vec<String> = lines.chain([ANOTHER.to_owned()]).collect();
    let picked = prompt::ask_which("Which registries", &lines, EnterTakes::Highlighted)?;
    if picked.is_empty() {
        return Err(Error::Declined);
    }
    let mut registries = Vec::new();
    for index in picked {
        registries.push(match logins.get(index) {
            Some(login) => login.clone(),
            None => typed()?,
        });
    }
    Ok(registries)
}

/// Asks which namespaces; the current one is the default.
fn namespaces(cluster: Option<&Cluster>) -> Result<Vec<String>, Error> {
    let check = |name: &str| {
        Metadata::default().in_namespace(name).map(drop).map_err(|error| error.to_string())
    };
    let Some(cluster) = cluster else {
        let check = |name: &str| if name.is_empty() { Ok(()) } else { check(name) };
        let name = prompt::ask("Namespace (Enter for none)", None, check)?;
        return Ok(Some(name).filter(|name| !name.is_empty()).into_iter().collect());
    };
    if cluster.namespaces.len() < 2 {
        return Ok(vec![prompt::ask("Namespace", Some(&cluster.namespace), check)?]);
    }
    let question = "Which namespaces";
    let picked = prompt::ask_which(question, &cluster.namespaces, EnterTakes::Highlighted)?;
    if picked.is_empty() {
        return Err(Error::Declined);
    }
    Ok(picked.into_iter().filter_map(|index| cluster.namespaces.get(index).cloned()).collect())
}

/// Asks for the Secret's name; the default is the one that the failing Pods reference.
fn name(cluster: Option<&Cluster>) -> Result<String, Error> {
    let referenced = cluster.and_then(Cluster::referenced_secret);
    let default = referenced.as_deref().unwrap_or(DEFAULT_SECRET_NAME);
    let check = |name: &str| {
        Metadata::new("Secret name", name).map(drop).map_err(|error| error.to_string())
    };
    Ok(prompt::ask("Name of the Secret", Some(default), check)?)
}

/// Asks where the Secret goes, and whether new Pods use it by themselves.
fn delivery(cluster: Option<&Cluster>, secret: &str) -> Result<Delivery, Error> {
    let Some(cluster) = cluster else { return Ok(Delivery::Print) };
    if !prompt::confirm("Apply it to the cluster? (no: print YAML)", EnterMeans::Yes)? {
        return Ok(Delivery::Print);
    }
    // Pods that reference the Secret need no more.
    let new_pods = if cluster.references(secret)
        || !prompt::confirm("Let new Pods use it (service account default)?", EnterMeans::Yes)?
    {
        NewPods::ReferenceIt
    } else {
        NewPods::UseIt
    };
    Ok(Delivery::Apply { context: cluster.context.clone(), new_pods })
}

/// Shows the plan, and asks whether it is done.
fn confirm(plan: &Plan) -> Result<bool, Error> {
    messages::line("");
    messages::line("Plan:");
    messages::lines(&plan.lines());
    messages::line("The same without questions:");
    messages::line(&format!("  {}", plan.command()));
    Ok(prompt::confirm("Do this?", EnterMeans::Yes)?)
}
