//! `diagnose --image`: from manifests alone.

use crate::cli::{DiagnoseArguments, Listing};
use crate::commands::diagnose::answer::{self, Answer};
use crate::commands::pull_secret::Value;
use crate::commands::{manifests, writing};
use crate::error::{Error, Failures};
use crate::kubelet::{self, Reference, State};
use crate::manifest::edit::{Kind, Object, SecretObject};
use crate::registry::reference::ImageReference;
use crate::system::clock;

/// The account of Pods that name none.
const DEFAULT_ACCOUNT: &str = "default";

/// Tells what the kubelet does for this image with what stands in the files.
///
/// # Errors
/// Manifests that cannot be read; [`Error::Problems`] where anything is amiss.
pub(super) fn run(image: &str, arguments: &DiagnoseArguments) -> Result<(), Failures> {
    let objects = manifests::objects(&arguments.filenames)?;
    let answer = match ImageReference::parse(image) {
        Ok(image) => diagnosed(&objects, &image, arguments.reveal),
        Err(reason) => answer::invalid(image, &reason.to_string()),
    };
    let count = answer.problems.as_ref().map_or(0, Vec::len);
    writing::print(&match arguments.output {
        Listing::Table => answer::text(&answer),
        Listing::Json => answer::json(&answer)?,
    })?;
    if count == 0 { Ok(()) } else { Err(Error::Problems(count).into()) }
}

fn diagnosed(objects: &[Object], image: &ImageReference, reveal: bool) -> Answer {
    let pod = pod(objects, image);
    let named = referred(objects, pod);
    let values: Vec<(&str, Option<Value>)> =
        named.iter().map(|(name, secret)| (*name, secret.map(Value::of))).collect();
    let references: Vec<Reference<'_>> = values
        .iter()
        .map(|(name, value)| Reference {
            name,
            state: value.as_ref().map_or(State::Missing, Value::state),
        })
        .collect();
    let diagnosis = kubelet::diagnose(&references, &image.repository(), clock::now());
    answer::answer(Some(&diagnosis), image, "", reveal)
}

/// What makes the Pod: of several workloads the one with this image, else the first.
fn pod<'o>(objects: &'o [Object], image: &ImageReference) -> Option<&'o Object> {
    let workloads = || objects.iter().filter(|object| object.kind == Kind::Workload);
    let has_image = |object: &&Object| {
        let parsed = object.images.iter().filter_map(|one| ImageReference::parse(one).ok());
        parsed.into_iter().any(|one| one.repository() == image.repository())
    };
    workloads().find(has_image).or_else(|| workloads().next())
}

/// The Secrets that the kubelet would fetch, by their names, in their order.
fn referred<'o>(
    objects: &'o [Object],
    pod: Option<&'o Object>,
) -> Vec<(&'o str, Option<&'o SecretObject>)> {
    let secrets = || objects.iter().filter_map(|object| Some((object, object.secret.as_ref()?)));
    let Some(pod) = pod else {
        return secrets().map(|(object, secret)| (object.name.as_str(), Some(secret))).collect();
    };
    let is_near = |object: &Object| {
        // Where either names no namespace, both go into the one of the apply.
        let spaces = (&object.namespace, &pod.namespace);
        matches!(spaces, (None, _) | (_, None)) || object.namespace == pod.namespace
    };
    let account = if pod.account.is_empty() { DEFAULT_ACCOUNT } else { &pod.account };
    let is_account = |object: &&Object| {
        object.kind == Kind::ServiceAccount && object.name == account && is_near(object)
    };
    // Only a Pod without a list of its own gets the account's.
    let brings = if pod.pull_secrets.is_empty() { objects.iter().find(is_account) } else { None };
    let names = brings.map_or(&pod.pull_secrets, |account| &account.pull_secrets);
    let find = |name: &str| {
        let mut found = secrets().filter(|(object, _)| object.name == name && is_near(object));
        found.next().map(|(_, secret)| secret)
    };
    let names = names.iter().filter(|name| !name.is_empty());
    names.map(|name| (name.as_str(), find(name))).collect()
}
