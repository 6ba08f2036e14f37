//! `pod`: a Pod on standard output, after the pull Secret that its images need.

use crate::apply::deliver::{self, Destination};
use crate::commands::options::{PodOptions, PodSecret};
use crate::error::{Error, Failures};
use crate::manifest::documents::Document;
use crate::manifest::error::ManifestError;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::registry::reference::ImageReference;
use crate::selection::replay::Replay;
use crate::selection::{self, verification};
use crate::sources::prompt;
use crate::system::environment::Environment;

/// The name that the Kubernetes page gives its Pod.
const DEFAULT_NAME: &str = "private-reg";

/// Runs the command.
///
/// # Errors
/// Everything that keeps the documents from being written.
pub(crate) fn run(
    options: PodOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let PodOptions { name, secret, selection, output, verify } = options;
    // Images of other manifests need no container here, but a credential.
    let of_manifests = match &secret {
        PodSecret::Written(_) => selection::images_of_registries(&selection)?,
        PodSecret::Existing(_) => Vec::new(),
    };
    let destination = Destination::open(&output, environment)?;
    let namespaces = destination.namespaces()?;
    let pod = match name {
        Some(metadata) => metadata,
        None => output.metadata("Pod name", &ask_name(&mut replay)?)?,
    };
    let images = if selection.images.is_empty() {
        vec![ask_image(&mut replay)?]
    } else {
        selection.images.clone()
    };
    let pods = deliver::in_namespaces(&pod, &namespaces)?
        .into_iter()
        .map(|metadata| Document::pod(metadata, &images, &secret.names()))
        .collect::<Result<Vec<_>, ManifestError>>()?;
    let PodSecret::Written(secret) = secret else {
        destination.deliver_pods(&pods)?;
        replay.show();
        if destination.prints_manifests() {
            replay.show_next_step();
        }
        return Ok(());
    };
    let secrets = deliver::in_namespaces(&secret, &namespaces)?;
    let needed = [images, of_manifests].concat();
    let chosen = selection::choose(&selection, &needed, environment, &mut replay)?;
    let email = output.email.as_deref();
    let payload = Payload::new(&chosen.credentials(), chosen.private(&needed), email)?;
    selection::report(&chosen);
    verification::prove(verify, &chosen.entries, &needed, environment)?;
    destination.deliver(&payload, secrets, pods)?;
    replay.show();
    if destination.prints_manifests() {
        replay.show_next_step();
    }
    Failures::check(chosen.failures)
}

fn ask_name(replay: &mut Replay) -> Result<String, Error> {
    let check =
        |name: &str| Metadata::new("Pod name", name).map(drop).map_err(|error| error.to_string());
    let name = prompt::ask("Name of the Pod", Some(DEFAULT_NAME), check)?;
    replay.add([name.as_str()]);
    Ok(name)
}

fn ask_image(replay: &mut Replay) -> Result<ImageReference, Error> {
    let check = |image: &str| match ImageReference::parse(image) {
        Ok(_) => Ok(()),
        Err(_) if image.is_empty() => Err("an image is required".to_owned()),
        Err(reason) => Err(format!("the answer is not an image: {reason}")),
    };
    let image = prompt::ask("Image", None, check)?;
    replay.add(["--image", image.as_str()]);
    selection::parse_image(&image)
}
