//! `diagnose --image`: from manifests and docker configs alone.

use std::path::PathBuf;

use crate::commands::options::ImageDiagnosis;
use crate::diagnose::given::Given;
use crate::diagnose::hints::Surroundings;
use crate::error::{Error, Failures};
use crate::manifest::edit;
use crate::output::diagnosis::{self, Answer};
use crate::output::entries::Passwords;
use crate::output::{Listing, json, yaml};
use crate::registry::reference::ImageReference;
use crate::selection::manifests;
use crate::selection::pull_secret::DockerConfig;
use crate::system::clock;
use crate::system::output_stream;

/// Reports what the kubelet does for an image with the Secrets in the files.
///
/// # Errors
/// Manifests that cannot be read; [`Error::Problems`] where there are any.
pub(super) fn run(options: &ImageDiagnosis) -> Result<(), Failures> {
    let given = read(&options.filenames)?;
    let passwords = if options.reveal { Passwords::Shown } else { Passwords::Hidden };
    let answer = match ImageReference::parse(&options.image) {
        Ok(image) => answer(&given, &image, passwords),
        Err(reason) => diagnosis::invalid(&options.image, &reason.to_string()),
    };
    output_stream::print(&match options.output {
        Listing::Table(_) => diagnosis::text(&answer),
        Listing::Json => json::render(&answer)?,
        Listing::Yaml => yaml::render(&answer)?,
    })?;
    Failures::of_problems(answer.problems.as_ref().map_or(0, Vec::len))
}

fn answer(given: &Given, image: &ImageReference, passwords: Passwords) -> Answer {
    let diagnosis = given.diagnose(image, clock::now());
    let names = given.secret_names();
    let surroundings = Surroundings { domain: image.domain(), namespace: None, names: &names };
    diagnosis::answer(Some(&diagnosis), image, &surroundings, passwords)
}

fn read(paths: &[PathBuf]) -> Result<Given, Failures> {
    let mut given = Given::default();
    let mut failures = Vec::new();
    for (path, text) in manifests::read_all(paths, false)? {
        if let Some(config) = DockerConfig::of(&text) {
            config.warn_of_store();
            given.add_docker_config(config.kind, text.as_bytes());
            continue;
        }
        match edit::read(&text) {
            Ok(stream) => stream.objects.into_iter().for_each(|object| given.add(object)),
            Err(fault) => failures.push(manifests::unparsable(&path, &fault)),
        }
    }
    Failures::check(failures)?;
    if given.is_empty() {
        let hint =
            "name the manifest of a Secret, Pod or workload, or docker's config.json: -f FILE";
        return Err(Error::usage("no Secret and no Pod found in the files", hint).into());
    }
    Ok(given)
}
