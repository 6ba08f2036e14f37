//! `diagnose --image`: from manifests alone.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::commands::options::ImageDiagnosis;
use crate::error::{Error, Failures};
use crate::kubelet::{self, Reference, State};
use crate::manifest::edit::{self, Kind, Object};
use crate::output::diagnosis::{self, Answer};
use crate::output::{Listing, json, yaml};
use crate::registry::reference::ImageReference;
use crate::selection::manifests;
use crate::selection::pull_secret::{self, DEFAULT_NAME, Value};
use crate::system::clock;
use crate::system::output_stream;

/// Tells what the kubelet does for this image with what stands in the files.
///
/// # Errors
/// Manifests that cannot be read; [`Error::Problems`] where anything is amiss.
pub(super) fn run(options: &ImageDiagnosis) -> Result<(), Failures> {
    let given = Given::read(&options.filenames)?;
    let image = options.image.as_str();
    let answer = match ImageReference::parse(image) {
        Ok(image) => given.diagnose(&image, options.reveal),
        Err(reason) => diagnosis::invalid(image, &reason.to_string()),
    };
    let count = answer.problems.as_ref().map_or(0, Vec::len);
    output_stream::print(&match options.output {
        Listing::Table(_) => diagnosis::text(&answer),
        Listing::Json => json::render(&answer)?,
        Listing::Yaml => yaml::render(&answer)?,
    })?;
    Failures::of_problems(count)
}

/// What stands in the files.
#[derive(Default)]
struct Given {
    objects: Vec<Object>,
    /// In their order; docker's configuration stands for the Secret that the
    /// Kubernetes page makes of it.
    secrets: Vec<Secret>,
}

struct Secret {
    name: String,
    namespace: Option<String>,
    value: Value,
}

impl Given {
    fn read(paths: &[PathBuf]) -> Result<Self, Failures> {
        let mut given = Self::default();
        let mut failures = Vec::new();
        for (path, text) in manifests::read_all(paths, false)? {
            if let Some(kind) = pull_secret::configuration(&text) {
                let value = Value::Plain(kind, Zeroizing::new(text.as_bytes().to_vec()));
                let name = DEFAULT_NAME.to_owned();
                given.secrets.push(Secret { name, namespace: None, value });
                continue;
            }
            match edit::read(&text) {
                Ok(stream) => stream.objects.into_iter().for_each(|object| given.add(object)),
                Err(fault) => failures.push(manifests::unparsable(&path, &fault)),
            }
        }
        Failures::check(failures)?;
        if given.secrets.is_empty() && given.workloads().next().is_none() {
            let hint = "name the manifest of a Secret, of what makes the Pod, or docker's config.json: -f FILE";
            return Err(
                Error::usage("there is no Secret and no Pod in what was given", hint).into()
            );
        }
        Ok(given)
    }

    fn add(&mut self, object: Object) {
        if let Some(secret) = &object.secret {
            let (name, namespace) = (object.name.clone(), object.namespace.clone());
            self.secrets.push(Secret { name, namespace, value: Value::of(secret) });
        }
        self.objects.push(object);
    }

    fn workloads(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.kind == Kind::Workload)
    }

    fn diagnose(&self, image: &ImageReference, reveal: bool) -> Answer {
        let references: Vec<Reference<'_>> = match self.pod(image) {
            Some(pod) => self.brought(pod),
            None => self
                .secrets
                .iter()
                .map(|secret| Reference { name: &secret.name, state: secret.value.state() })
                .collect(),
        };
        let diagnosis = kubelet::diagnose(&references, &image.repository(), clock::now());
        diagnosis::answer(Some(&diagnosis), image, "", reveal)
    }

    /// What makes the Pod: of several workloads the one with this image, else the first.
    fn pod(&self, image: &ImageReference) -> Option<&Object> {
        let has_image = |object: &&Object| {
            let parsed = object.images.iter().filter_map(|one| ImageReference::parse(one).ok());
            parsed.into_iter().any(|one| one.repository() == image.repository())
        };
        self.workloads().find(has_image).or_else(|| self.workloads().next())
    }

    /// The Secrets that the kubelet would fetch for a Pod, in their order.
    fn brought<'g>(&'g self, pod: &'g Object) -> Vec<Reference<'g>> {
        let is_near = |namespace: &Option<String>| {
            // Where either names no namespace, both go into the one of the apply.
            namespace.is_none() || pod.namespace.is_none() || *namespace == pod.namespace
        };
        let account = if pod.account.is_empty() { DEFAULT_ACCOUNT } else { &pod.account };
        let is_account = |object: &&Object| {
            object.kind == Kind::ServiceAccount
                && object.name == account
                && is_near(&object.namespace)
        };
        // Only a Pod without a list of its own gets the account's.
        let brings =
            if pod.pull_secrets.is_empty() { self.objects.iter().find(is_account) } else { None };
        let names = brings.map_or(&pod.pull_secrets, |account| &account.pull_secrets);
        let find = |name: &str| {
            let mut secrets = self.secrets.iter();
            secrets.find(|secret| secret.name == name && is_near(&secret.namespace))
        };
        let names = names.iter().filter(|name| !name.is_empty());
        let state = |name| find(name).map_or(State::Missing, |secret| secret.value.state());
        names.map(|name| Reference { name, state: state(name) }).collect()
    }
}
