//! The one thing to do about each problem: what `diagnose`, `list` and `inspect` show
//! as hints.

mod mending;
mod node;
mod references;

use crate::cluster::refusal::namespace_flag;
use crate::diagnose::evidence::PodEvidence;
use crate::kubelet::shape::Shape;
use crate::kubelet::{self, Finding, Miss, NO_PORT, Problem, ProblemCode, index_key};
use crate::manifest::metadata::{DEFAULT_SECRET_NAME, is_object_name};
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::system::messages::clean;
use crate::system::shell;
pub(crate) use mending::{ValuePlace, of_value, write_from_file};
use mending::{write_again, write_beside};
pub(super) use node::*;
pub(crate) use references::*;

pub(crate) const WRITE_SECRET: &str = "write it with: kubectl regcred secret";
pub(crate) const REMOVE_ENTRY: &str = "remove the entry";
const INVALID_NAME: &str = "correct the reference: no Secret can have this name";

pub(super) const IMAGE_EXAMPLE: &str = "write it as in a Pod, for example ghcr.io/janedoe/app:v1";
pub(super) const ALLOW_PULL: &str = "allow the pull: imagePullPolicy: IfNotPresent";
pub(super) const LOAD_OR_PUSH: &str = "push the image to a registry that the node reaches, or load it into the cluster: kind load docker-image, minikube image load, or k3d image import";
pub(super) const WAIT: &str = "wait: the kubelet retries automatically";

/// What of the surroundings of a pull Secret its hints name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Surroundings<'a> {
    /// The registry of the image.
    pub(crate) domain: &'a str,
    /// The namespace of the Secret, where it is known.
    pub(crate) namespace: Option<&'a str>,
    /// The names of the Secrets in that namespace, as far as they are known.
    pub(crate) names: &'a [&'a str],
    /// Those of them that the Pod does not reference, and whose entries match the image.
    pub(crate) matching: &'a [&'a str],
    /// The image, as it is written.
    pub(crate) image: &'a str,
    /// The manifest that references the Secrets, where no cluster is asked.
    pub(crate) manifest: Option<&'a str>,
    /// The service account of the Pod, where it is known.
    pub(crate) account: Option<&'a str>,
    /// The Secrets that Pods of the account may mount.
    pub(crate) mounted: &'a [&'a str],
    /// Whether the account references a Secret more than once.
    pub(crate) account_repeats: bool,
    /// The Secrets that `secret --apply` cannot write.
    pub(crate) unchangeable: &'a [String],
}

/// Returns what to do about a problem of a pull Secret.
pub(crate) fn of_finding(finding: &Finding, surroundings: &Surroundings<'_>) -> String {
    let Surroundings { domain, namespace, names, .. } = *surroundings;
    let secret = finding.secret.as_deref().unwrap_or(DEFAULT_SECRET_NAME);
    if surroundings.unchangeable.iter().any(|name| name == secret)
        && is_to_be_written(&finding.problem)
    {
        return use_another(&write_entry(&other_name(secret), domain, namespace));
    }
    let write = write_entry(secret, domain, namespace);
    match &finding.problem {
        Problem::SecretMissing => match surroundings.proposed().or(near_name(secret, names)) {
            Some(other) => reference_instead(other),
            None if is_object_name(secret) => format!("create it in the Pod's namespace: {write}"),
            None => INVALID_NAME.to_owned(),
        },
        Problem::WrongType(_) | Problem::MissingKey(_) => {
            use_another(&write_entry(&other_name(secret), domain, namespace))
        }
        Problem::NotBase64 => {
            let words = ["kubectl", "regcred", "secret", secret, "--registry", domain];
            format!("write it with: {}", shell::command(words))
        }
        Problem::WrongShape(Shape::Modern) => write_beside(secret, namespace),
        Problem::WrongShape(_) => write_again(secret, namespace),
        Problem::Malformed(reason) if reason.is_mendable() => write_again(secret, namespace),
        Problem::Malformed(_) => {
            let registry = registry_of(finding);
            let of_entry = registry.map(|it| rewrite_entry(&write_entry(secret, &it, namespace)));
            of_entry.unwrap_or_else(|| rewrite_whole(secret, domain, namespace))
        }
        Problem::NoMatch(Some(Miss::Port { key, image })) if image == NO_PORT => {
            write_port(key, surroundings)
                .unwrap_or_else(|| format!("add the registry's entry: {write}"))
        }
        Problem::NoMatch(_) | Problem::EmptyCredential => {
            format!("add the registry's entry: {write}")
        }
        Problem::NoPullSecret => reference_any(surroundings),
        Problem::MisplacedReference(_) => move_reference(secret, surroundings),
        Problem::RepeatedReference(_) => reference_once(secret, surroundings),
        Problem::AmbiguousOrder => keep_one(finding, secret, namespace),
        Problem::IdentityToken => {
            format!("log in with a personal access token, then: {write}")
        }
        Problem::Expired(_) => log_in_again(&format!("then: {write}")),
        Problem::Shadowed => {
            "remove the entry that is tried, or grant its user access to the image".to_owned()
        }
        Problem::InvalidImage(_) => IMAGE_EXAMPLE.to_owned(),
    }
}

/// Returns the image with the port that the nearest entry has; none for the port that
/// HTTPS has anyway.
fn write_port(port: &str, surroundings: &Surroundings<'_>) -> Option<String> {
    let Surroundings { domain, image, .. } = *surroundings;
    let rest = image.strip_prefix(domain).filter(|_| !domain.is_empty() && port != "443")?;
    Some(format!("write the port in the image: {domain}:{port}{}", clean(rest)))
}

/// Returns whether what helps against a problem is written into the Secret.
fn is_to_be_written(problem: &Problem) -> bool {
    match problem {
        // The image is to be changed.
        Problem::NoMatch(Some(Miss::Port { image, .. })) => image != NO_PORT,
        Problem::Malformed(_)
        | Problem::NoMatch(_)
        | Problem::EmptyCredential
        | Problem::AmbiguousOrder
        | Problem::IdentityToken
        | Problem::Expired(_) => true,
        _ => false,
    }
}

/// Returns the last part of a hint: how a credential comes into a Secret of the Pod. What
/// cannot be changed is left, and another Secret is made beside it.
pub(super) fn then_write(pod: &PodEvidence, secret: &str, domain: &str) -> String {
    let namespace = Some(pod.namespace.as_str());
    if pod.unchangeable.iter().any(|name| name == secret) {
        let write = write_entry(&other_name(secret), domain, namespace);
        let secret = clean(secret);
        return format!(
            "then create another Secret, since {secret} cannot be changed, and reference that one: {write}"
        );
    }
    format!("then: {}", write_entry(secret, domain, namespace))
}

/// Returns how to replace a Secret in which not even the entries can be read.
fn rewrite_whole(secret: &str, domain: &str, namespace: Option<&str>) -> String {
    let words = ["kubectl", "regcred", "secret", secret, "--registry", domain];
    let write = shell::command(words.into_iter().chain(["--apply", "--replace"]));
    format!("rewrite it with every registry that it is for: {write}{}", namespace_flag(namespace))
}

/// Returns how to keep one of several entries that are the same to the kubelet.
fn keep_one(finding: &Finding, secret: &str, namespace: Option<&str>) -> String {
    let key = finding.key.as_deref().unwrap_or_default();
    let Some(index_key) = index_key(key) else { return format!("remove the entry {key}") };
    // Writing an entry removes those of the same place in the kubelet's index.
    let is_replaced = |registry: &RegistryKey| {
        let written = registry.auths_key();
        registry.is_docker_hub() || kubelet::index_key(&written).as_ref() == Some(&index_key)
    };
    match RegistryKey::parse(&index_key).ok().filter(is_replaced) {
        Some(registry) => format!(
            "replace these entries with one: {}",
            write_entry(secret, &registry.to_string(), namespace)
        ),
        None => format!("keep one entry for {index_key} in the Secret {secret}, remove the others"),
    }
}

/// Returns the registry that the key of a finding is for.
fn registry_of(finding: &Finding) -> Option<String> {
    let key = RegistryKey::from_docker(finding.key.as_deref()?);
    key.registry().map(|registry| registry.to_string())
}

/// Returns what to do about an entry whose key the kubelet does not match.
pub(crate) fn rename_key(registry: &RegistryKey) -> String {
    format!("write it as {}: kubectl regcred secret", registry.auths_key())
}

/// Returns how a corrected credential comes into the Secret of the cluster: a person
/// who logs in has not written it there yet. `hint` is what to do before.
pub(crate) fn into_cluster(code: ProblemCode, hint: &str, write: &str) -> String {
    match code {
        ProblemCode::IdentityToken | ProblemCode::Expired => format!("{hint}, then: {write}"),
        _ => rewrite_entry(write),
    }
}

/// Returns what to do about a Secret that is referenced and does not exist.
pub(crate) fn create_missing(secret: &str, namespace: &str, names: &[&str]) -> String {
    if let Some(near) = near_name(secret, names) {
        return reference_instead(near);
    }
    if !is_object_name(secret) {
        return INVALID_NAME.to_owned();
    }
    let create = shell::command(["kubectl", "regcred", "secret", secret, "--apply"]);
    format!("create it: {create}{}", namespace_flag(Some(namespace)))
}

/// Returns what to do about a referenced Secret that is not a pull Secret. It stays: what
/// it holds may be needed elsewhere.
pub(crate) fn replace_reference(secret: &str, namespace: &str) -> String {
    let words = ["kubectl", "regcred", "secret", &other_name(secret), "--apply"];
    use_another(&(shell::command(words) + &namespace_flag(Some(namespace))))
}

fn use_another(write: &str) -> String {
    format!("create a pull Secret under another name, and reference that one: {write}")
}

/// Returns a name for a pull Secret beside a Secret of another type.
fn other_name(secret: &str) -> String {
    let name = format!("{secret}-pull");
    if is_object_name(&name) { name } else { DEFAULT_SECRET_NAME.to_owned() }
}

/// Returns where more is shown of a Secret.
pub(crate) fn inspect(secret: &str, namespace: &str) -> String {
    format!("for details: kubectl regcred inspect {}", named(secret, namespace))
}

/// Returns how to remove an annotation of a Secret.
pub(crate) fn remove_annotation(secret: &str, namespace: &str, annotation: &str) -> String {
    format!("remove it: kubectl annotate secret {} {annotation}-", named(secret, namespace))
}

/// `NAME -n NAMESPACE` for commands.
fn named(secret: &str, namespace: &str) -> String {
    shell::word(secret) + &namespace_flag(Some(namespace))
}

/// Returns the command that writes a registry's entry into a Secret of the cluster.
pub(crate) fn write_entry(secret: &str, registry: &str, namespace: Option<&str>) -> String {
    let words = ["kubectl", "regcred", "secret", secret, "--registry", registry, "--apply"];
    shell::command(words) + &namespace_flag(namespace)
}

/// Returns how to copy a Secret from another namespace.
pub(super) fn copy_hint(secret: &str, from: &str, to: &str) -> String {
    let from = format!("{from}/{secret}");
    let write = ["kubectl", "regcred", "secret", secret, "--from-secret", &from, "--apply"];
    format!("copy it: {}{}", shell::command(write), namespace_flag(Some(to)))
}

/// Returns how to create a Secret that new Pods of the service account use, and how the
/// Pod that failed becomes one of them.
pub(super) fn create_secret_hint(pod: &PodEvidence, domain: &str) -> String {
    format!("create one that new Pods use, then recreate this Pod: {}", create_secret(pod, domain))
}

/// Returns the commands that create a pull Secret for the service account of a Pod, and
/// recreate the Pod with it.
pub(super) fn create_secret(pod: &PodEvidence, domain: &str) -> String {
    let link = match pod.account.as_str() {
        "default" => "--link".to_owned(),
        account => shell::flag("--link", account),
    };
    let write = shell::command(["kubectl", "regcred", "secret", "--registry", domain, "--apply"]);
    format!("{write} {link}{} && {}", namespace_flag(Some(&pod.namespace)), recreate(pod))
}

/// Returns how a Pod gets a Secret that exists, by its service account.
pub(super) fn link_and_recreate(pod: &PodEvidence, secret: &str) -> String {
    let link = link(&pod.account, secret, Some(&pod.namespace));
    format!("{link} && {}", recreate(pod))
}

/// Returns how to recreate a Pod.
pub(super) fn recreate_hint(pod: &PodEvidence) -> String {
    format!("recreate it: {}", recreate(pod))
}

fn recreate(pod: &PodEvidence) -> String {
    let pod_name = named(&pod.name, &pod.namespace);
    if pod.has_owner {
        format!("kubectl delete pod {pod_name}")
    } else {
        format!("kubectl get pod {pod_name} -o yaml | kubectl replace --force -f -")
    }
}

/// Returns where the cluster shows more of a Pod.
pub(super) fn describe_hint(pod: &PodEvidence) -> String {
    format!("for details: kubectl describe pod {}", named(&pod.name, &pod.namespace))
}

pub(super) fn rewrite(write: &str) -> String {
    format!("rewrite it: {write}")
}

fn rewrite_entry(write: &str) -> String {
    format!("rewrite the entry: {write}")
}

pub(super) fn log_in_again(then: &str) -> String {
    format!("log in again, {then}")
}

pub(super) fn grant_access(user: &str, then: &str) -> String {
    format!("grant {user} read access at the registry, or log in as another user, {then}")
}

/// Returns how to get a token that may pull.
pub(super) fn widen_token(domain: &str, user: &str, then: &str) -> String {
    let scope = match domain {
        "docker.io" => {
            "create a token with the access `Read-only` (`Public Repo Read-only` pulls no private image)"
                .to_owned()
        }
        "ghcr.io" => "create a classic token with the scope read:packages".to_owned(),
        _ => format!("create a token of {user} that may read the repository"),
    };
    format!("{scope}, log in with it, {then}")
}

pub(super) fn list_platforms(image: &str) -> String {
    let image = shell::word(&format!("docker://{image}"));
    format!("see its platforms: skopeo inspect --raw {image}")
}

pub(super) fn list_tags(image: &ImageReference) -> String {
    let repository = shell::word(&format!("docker://{}", image.repository()));
    format!("see its tags: skopeo list-tags {repository}")
}

/// Returns how an image that was built on this machine comes into a local cluster.
pub(super) fn load_image(image: &ImageReference) -> String {
    let image = shell::word(image.as_written());
    format!(
        "if it was built on this machine, load it into the cluster, with imagePullPolicy: IfNotPresent: kind load docker-image {image}, minikube image load {image}, or k3d image import {image}"
    )
}

pub(super) fn name_registry(image: &ImageReference) -> String {
    format!("name the registry: {}", image.repository())
}

pub(super) fn ask_operators(domain: &str) -> String {
    format!("ask the operators of {domain} for a credential with a password or a token")
}
