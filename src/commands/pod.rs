//! `pod`: a Pod on standard output, after the pull Secret that its images need.

use crate::apply;
use crate::apply::payload::{self, Written};
use crate::cli::PodArguments;
use crate::error::{Error, Failures};
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::registry::reference::ImageReference;
use crate::selection::replay::Replay;
use crate::selection::{self, verification};
use crate::sources::prompt;
use crate::system::environment::Environment;
use crate::system::terminal;

/// The name that the Kubernetes page gives its Pod.
const DEFAULT_NAME: &str = "private-reg";

/// Runs the command.
///
/// # Errors
/// Everything that keeps the documents from being written.
pub fn run(
    arguments: &PodArguments,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    payload::check_cluster(&arguments.shaping)?;
    let existing = &arguments.existing_secret;
    let secret_names = if existing.is_empty() {
        std::slice::from_ref(&arguments.secret_name)
    } else {
        existing.as_slice()
    };
    let namespaces = apply::namespaces(&arguments.shaping, environment)?;
    // Names are refused before anybody is asked for anything.
    let secrets = documents_metadata(arguments, "Secret name", secret_names, &namespaces)?;
    let name = pod_name(arguments, &mut replay)?;
    let pods = documents_metadata(arguments, "Pod name", std::slice::from_ref(&name), &namespaces)?;
    let images = pod_images(arguments, &mut replay)?;
    let pods = pods
        .into_iter()
        .map(|metadata| Document::pod(metadata, &images, secret_names))
        .collect::<Result<Vec<_>, Error>>()?;
    if !existing.is_empty() {
        payload::finish_pods(&pods, &arguments.shaping, environment)?;
        replay.show();
        return Ok(());
    }
    // Images of other manifests need no container here, but a credential.
    let needed = [images, selection::images_of_manifests(&arguments.choosing)?].concat();
    let chosen = selection::choose(&arguments.choosing, &needed, environment, &mut replay)?;
    let value = payload::dockerconfigjson(&chosen.entries, &needed, &arguments.shaping)?;
    selection::tell(&chosen);
    verification::prove(&arguments.proving, &chosen.entries, &needed, environment)?;
    let written = Written { entries: &chosen.entries, images: &needed, value: &value };
    payload::finish(&written, secrets, pods, &arguments.shaping, environment)?;
    replay.show();
    Failures::check(chosen.failures)
}

/// Metadata of each of these names in each namespace.
fn documents_metadata(
    arguments: &PodArguments,
    what: &'static str,
    names: &[String],
    namespaces: &[String],
) -> Result<Vec<Metadata>, Error> {
    let shaping = &arguments.shaping;
    let placed = names.iter().map(|name| payload::metadata(what, name, shaping, namespaces));
    Ok(placed.collect::<Result<Vec<_>, Error>>()?.concat())
}

fn pod_name(arguments: &PodArguments, replay: &mut Replay) -> Result<String, Error> {
    if let Some(name) = &arguments.name {
        return Ok(name.clone());
    }
    require_terminal("a Pod needs a name", "kubectl regcred pod NAME --image REFERENCE")?;
    let check =
        |name: &str| Metadata::new("Pod name", name).map(drop).map_err(|error| error.to_string());
    let name = prompt::ask("Name of the Pod", Some(DEFAULT_NAME), check)?;
    replay.add([name.as_str()]);
    Ok(name)
}

fn pod_images(arguments: &PodArguments, replay: &mut Replay) -> Result<Vec<ImageReference>, Error> {
    if !arguments.choosing.images.is_empty() {
        return selection::parse_images(&arguments.choosing.images);
    }
    require_terminal("a Pod needs an image", "name it: --image REFERENCE")?;
    let check =
        |image: &str| ImageReference::parse(image).map(drop).map_err(|error| error.to_string());
    let image = prompt::ask("Image", None, check)?;
    replay.add(["--image", image.as_str()]);
    selection::parse_images(&[image])
}

fn require_terminal(problem: &str, hint: &str) -> Result<(), Error> {
    if terminal::can_ask() { Ok(()) } else { Err(Error::usage(problem, hint)) }
}
