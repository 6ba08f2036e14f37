//! `diagnose --image`: from manifests and docker configs alone.

use std::path::PathBuf;

use crate::commands::options::ImageDiagnosis;
use crate::diagnose::given::{Given, ManifestName, Subject};
use crate::error::{Error, Failures};
use crate::manifest::edit;
use crate::output::diagnosis::{self, Answer, Answers, ImageAnswer};
use crate::output::entries::Passwords;
use crate::output::{Listing, json, yaml};
use crate::registry::hosts;
use crate::registry::reference::ImageReference;
use crate::selection::manifests;
use crate::selection::pull_secret::DockerConfig;
use crate::system::clock;
use crate::system::files;
use crate::system::output_stream;
use crate::system::shell;

/// Which images are diagnosed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Images {
    /// The one that was named.
    Named,
    /// All that the manifests name: those that everybody may pull are among them.
    All,
}

/// Reports what the kubelet does for an image, or for those of the manifests, with the
/// Secrets in the files.
///
/// # Errors
/// Manifests that cannot be read; [`Error::Problems`] where there are any.
pub(super) fn run(options: &ImageDiagnosis) -> Result<(), Failures> {
    let given = read(&options.filenames)?;
    let passwords = if options.reveal { Passwords::Shown } else { Passwords::Hidden };
    let Some(image) = &options.image else {
        let answers = of_manifests(&given, passwords)?;
        output_stream::print(&match options.output {
            Listing::Table(_) => diagnosis::texts(&answers),
            Listing::Json => json::render(&answers)?,
            Listing::Yaml => yaml::render(&answers)?,
        })?;
        return Failures::of_problems(answers.problem_count());
    };
    let answer = match ImageReference::parse(image) {
        Ok(image) => answer(&given, &image, given.subject_for(&image), (Images::Named, passwords)),
        Err(reason) => diagnosis::invalid(image, &reason.to_string()),
    };
    output_stream::print(&match options.output {
        Listing::Table(_) => diagnosis::text(&answer),
        Listing::Json => json::render(&answer)?,
        Listing::Yaml => yaml::render(&answer)?,
    })?;
    Failures::of_problems(answer.problem_count())
}

fn answer(
    given: &Given,
    image: &ImageReference,
    subject: Option<Subject<'_>>,
    (images, passwords): (Images, Passwords),
) -> Answer {
    let mut found = given.diagnose(image, subject, clock::now());
    if images == Images::All && hosts::is_public(image) {
        found.pull_anonymously();
    }
    let names = given.secret_names();
    let surroundings = found.surroundings(image, &names);
    let mut answer = diagnosis::answer(Some(&found.diagnosis), image, &surroundings, passwords);
    answer.name_configs(|name| given.config_of(name));
    answer
}

/// Diagnoses each image that the manifests name.
///
/// # Errors
/// A usage error where they name none.
fn of_manifests(given: &Given, passwords: Passwords) -> Result<Answers, Failures> {
    let images = given.images();
    if images.is_empty() {
        let hint = "name one: kubectl regcred diagnose --image IMAGE -f FILE";
        return Err(Error::usage("the files name no image to diagnose", hint).into());
    }
    let images = images.into_iter().map(|(subject, written)| {
        let answer = match ImageReference::parse(written) {
            Ok(image) => answer(given, &image, Some(subject), (Images::All, passwords)),
            Err(reason) => diagnosis::invalid(written, &reason.to_string()),
        };
        let (workload, file) = (subject.path(), subject.file().to_owned());
        ImageAnswer { workload, file, title: subject.title(), answer }
    });
    Ok(Answers { images: images.collect() })
}

fn read(paths: &[PathBuf]) -> Result<Given, Failures> {
    let mut given = Given::default();
    let mut failures = Vec::new();
    for (path, text) in manifests::read_all(paths, false)? {
        let shown = manifests::shown(&path);
        if let Some(config) = DockerConfig::of(&text) {
            config.warn_of_store();
            given.add_docker_config(config.kind, text.as_bytes(), &shown);
            continue;
        }
        match edit::read(&text) {
            Ok(stream) => {
                let argument = if files::is_stdin(&path) { "-" } else { &shell::path(&shown) };
                let name = ManifestName { shown: &shown, argument };
                stream.objects.into_iter().for_each(|object| given.add(object, name));
            }
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
