//! What manifests say of the pull Secrets of an image, without a cluster.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::diagnose::hints::Surroundings;
use crate::kubelet::{
    self, Diagnosis, Finding, Problem, Reference, SecretKind, SecretValue, State,
};
use crate::manifest::edit::{Kind, Object};
use crate::manifest::metadata::DEFAULT_SECRET_NAME;
use crate::registry::expiry::UnixSeconds;
use crate::registry::reference::ImageReference;
use crate::system::messages::clean;

/// Objects and docker configs, in the order in which they were given.
#[derive(Default)]
pub(crate) struct Given {
    objects: Vec<GivenObject>,
    secrets: Vec<GivenSecret>,
}

struct GivenObject {
    object: Object,
    /// The manifest, as messages show it.
    file: String,
    /// The manifest as the value of `-f`.
    argument: String,
}

struct GivenSecret {
    name: String,
    namespace: Option<String>,
    value: SecretValue,
    /// The docker config, where it is no Secret.
    config: Option<String>,
    /// Whether `secret --apply` could not write it.
    is_fixed: bool,
}

/// A manifest: how messages show it, and how it is named to `-f`.
#[derive(Clone, Copy)]
pub(crate) struct ManifestName<'a> {
    pub(crate) shown: &'a str,
    pub(crate) argument: &'a str,
}

/// What makes Pods, or a service account, among what was given.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'g>(&'g GivenObject);

/// What was found about one image.
pub(crate) struct Found<'g> {
    pub(crate) diagnosis: Diagnosis,
    subject: Option<Subject<'g>>,
    matching: Vec<&'g str>,
    mounted: Vec<&'g str>,
    unchangeable: Vec<String>,
}

impl<'g> Subject<'g> {
    /// Returns what it is called: `Deployment web (web.yaml)`.
    pub(crate) fn title(self) -> String {
        let Self(GivenObject { object, file, .. }) = self;
        let name = clean(&object.name);
        let kind = clean(&object.kind_name);
        format!("{kind} {name} ({file})")
    }

    /// Returns `Deployment/web`, as programs read it.
    pub(crate) fn path(self) -> String {
        format!("{}/{}", self.0.object.kind_name, self.0.object.name)
    }

    /// Returns the manifest that it stands in.
    pub(crate) fn file(self) -> &'g str {
        &self.0.file
    }

    fn namespace(self) -> Option<&'g str> {
        self.0.object.namespace.as_deref()
    }

    fn is_account(self) -> bool {
        self.0.object.kind == Kind::ServiceAccount
    }
}

impl Found<'_> {
    /// Returns what the hints about the image name.
    pub(crate) fn surroundings<'s>(
        &'s self,
        image: &'s ImageReference,
        names: &'s [&'s str],
    ) -> Surroundings<'s> {
        Surroundings {
            domain: image.domain(),
            namespace: self.subject.and_then(Subject::namespace),
            names,
            matching: &self.matching,
            image: image.as_written(),
            manifest: self.subject.as_ref().map(|Subject(given)| given.argument.as_str()),
            account: self.account(),
            mounted: &self.mounted,
            account_repeats: false,
            unchangeable: &self.unchangeable,
        }
    }

    /// Takes it as no problem that no credential is sent.
    pub(crate) fn pull_anonymously(&mut self) {
        self.diagnosis.findings.retain(|finding| {
            !matches!(finding.problem, Problem::NoPullSecret | Problem::NoMatch(_))
        });
    }

    fn account(&self) -> Option<&str> {
        let Subject(GivenObject { object, .. }) = self.subject.as_ref()?;
        if object.kind == Kind::ServiceAccount {
            return Some(&object.name);
        }
        Some(&object.account).filter(|name| !name.is_empty()).map(String::as_str)
    }
}

impl Given {
    /// Adds a docker config: it counts as the Secret that the Kubernetes page makes of it.
    pub(crate) fn add_docker_config(&mut self, kind: SecretKind, text: &[u8], file: &str) {
        let value = SecretValue::Plain(kind, Zeroizing::new(text.to_vec()));
        self.secrets.push(GivenSecret {
            name: DEFAULT_SECRET_NAME.to_owned(),
            namespace: None,
            value,
            config: Some(file.to_owned()),
            is_fixed: false,
        });
    }

    /// Adds an object of a manifest.
    pub(crate) fn add(&mut self, object: Object, manifest: ManifestName<'_>) {
        if let Some(secret) = &object.secret {
            let (name, namespace) = (object.name.clone(), object.namespace.clone());
            let value = secret.value();
            let is_fixed = secret.is_immutable || kubelet::is_legacy(&secret.secret_type);
            self.secrets.push(GivenSecret { name, namespace, value, config: None, is_fixed });
        }
        let ManifestName { shown, argument } = manifest;
        self.objects.push(GivenObject {
            object,
            file: shown.to_owned(),
            argument: argument.to_owned(),
        });
    }

    /// Returns whether there is neither a Secret nor anything that makes Pods.
    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.subjects().next().is_none()
    }

    /// Returns the names of all Secrets.
    pub(crate) fn secret_names(&self) -> Vec<&str> {
        self.secrets.iter().map(|secret| secret.name.as_str()).collect()
    }

    /// Returns the docker config that counts as the Secret of this name.
    pub(crate) fn config_of(&self, name: &str) -> Option<&str> {
        let mut secrets = self.secrets.iter().filter(|secret| secret.name == name);
        secrets.next()?.config.as_deref()
    }

    /// Returns each image that the manifests name, with what names it, once.
    pub(crate) fn images(&self) -> Vec<(Subject<'_>, &str)> {
        let workloads = self.objects.iter().filter(|given| given.object.kind == Kind::Workload);
        let mut images = Vec::new();
        for given in workloads {
            let mut seen = BTreeSet::new();
            let own = given.object.images.iter().map(String::as_str);
            images.extend(
                own.filter(|image| seen.insert(*image)).map(|image| (Subject(given), image)),
            );
        }
        images
    }

    /// Returns what decides about an image that was named: the workload with this image,
    /// else the first, else the first service account.
    pub(crate) fn subject_for(&self, image: &ImageReference) -> Option<Subject<'_>> {
        let repository = image.repository();
        let has_image = |Subject(given): &Subject<'_>| {
            given.object.images.iter().any(|written| {
                ImageReference::parse(written).is_ok_and(|one| one.repository() == repository)
            })
        };
        let workload = |subject: &Subject<'_>| !subject.is_account();
        self.subjects()
            .find(has_image)
            .or_else(|| self.subjects().find(workload))
            .or_else(|| self.subjects().next())
    }

    /// Returns what the kubelet does for an image: with the Secrets of what makes its
    /// Pods, or with all of them in their order where nothing does.
    pub(crate) fn diagnose<'g>(
        &'g self,
        image: &ImageReference,
        subject: Option<Subject<'g>>,
        now: UnixSeconds,
    ) -> Found<'g> {
        let fixed = self.secrets.iter().filter(|secret| secret.is_fixed);
        let unchangeable = fixed.map(|secret| secret.name.clone()).collect();
        let Some(subject) = subject else {
            let all = self.secrets.iter();
            let references = all
                .map(|secret| Reference { name: &secret.name, state: secret.value.state() })
                .collect::<Vec<_>>();
            let diagnosis = kubelet::diagnose(&references, &image.repository(), now);
            let (matching, mounted) = (Vec::new(), Vec::new());
            return Found { diagnosis, subject: None, matching, mounted, unchangeable };
        };
        let account = self.account_of(subject);
        let references = self.references_of(subject, account);
        let mut diagnosis = kubelet::diagnose(&references, &image.repository(), now);
        let misplaced = misplaced(subject, account);
        if !misplaced.is_empty() && diagnosis.candidates.is_empty() {
            // That nothing is referenced, or matches, only follows.
            let follows = |problem: &Problem| {
                matches!(problem, Problem::NoPullSecret | Problem::NoMatch(None))
            };
            diagnosis.findings.retain(|finding| !follows(&finding.problem));
        }
        diagnosis.findings.splice(0..0, misplaced);
        let mounted = account.map_or(&[][..], |given| &given.object.mounted);
        let mounted = mounted.iter().map(String::as_str).collect();
        let matching = self.matching(image, subject, &references, now);
        Found { diagnosis, subject: Some(subject), matching, mounted, unchangeable }
    }

    /// The Secrets that would serve an image and are not referenced.
    fn matching<'g>(
        &'g self,
        image: &ImageReference,
        subject: Subject<'_>,
        references: &[Reference<'_>],
        now: UnixSeconds,
    ) -> Vec<&'g str> {
        let others = self.secrets.iter().filter(|secret| {
            is_same_namespace(subject.namespace(), secret.namespace.as_deref())
                && secret.config.is_none()
                && !references.iter().any(|reference| reference.name == secret.name)
        });
        let serves = |secret: &&GivenSecret| {
            let reference = Reference { name: &secret.name, state: secret.value.state() };
            kubelet::serves_image(reference, &image.repository(), now)
        };
        others.filter(serves).map(|secret| secret.name.as_str()).collect()
    }

    /// What makes Pods, and service accounts.
    fn subjects(&self) -> impl Iterator<Item = Subject<'_>> {
        let is_subject = |given: &&GivenObject| {
            matches!(given.object.kind, Kind::Workload | Kind::ServiceAccount)
        };
        self.objects.iter().filter(is_subject).map(Subject)
    }

    /// Returns the Secrets that the kubelet would fetch for a Pod, in their order. Only
    /// a Pod without imagePullSecrets of its own gets those of its service account.
    fn references_of<'g>(
        &'g self,
        subject: Subject<'g>,
        account: Option<&'g GivenObject>,
    ) -> Vec<Reference<'g>> {
        let own = &subject.0.object.pull_secrets;
        let names = if own.is_empty() {
            account.map_or(own, |given| &given.object.pull_secrets)
        } else {
            own
        };
        let state = |name: &str| {
            let has_name = |secret: &&GivenSecret| {
                secret.name == name
                    && is_same_namespace(subject.namespace(), secret.namespace.as_deref())
            };
            let secret = self.secrets.iter().find(has_name);
            secret.map_or(State::Missing, |secret| secret.value.state())
        };
        let names = names.iter().filter(|name| !name.is_empty());
        names.map(|name| Reference { name, state: state(name) }).collect()
    }

    /// Returns the service account that the Pods of a workload run as; a service account
    /// is its own.
    fn account_of<'g>(&'g self, subject: Subject<'g>) -> Option<&'g GivenObject> {
        if subject.is_account() {
            return Some(subject.0);
        }
        let name = subject.0.object.account.as_str();
        let name = if name.is_empty() { DEFAULT_ACCOUNT } else { name };
        self.objects.iter().find(|GivenObject { object, .. }| {
            object.kind == Kind::ServiceAccount
                && object.name == name
                && is_same_namespace(subject.namespace(), object.namespace.as_deref())
        })
    }
}

/// The references of a workload and of its service account that have no effect.
fn misplaced(subject: Subject<'_>, account: Option<&GivenObject>) -> Vec<Finding> {
    let account = account.filter(|given| !std::ptr::eq(*given, subject.0));
    let objects = [Some(subject.0), account].into_iter().flatten();
    let found = objects.flat_map(|GivenObject { object, file, .. }| {
        object.misplaced.iter().map(move |misplaced| {
            let message = misplaced.message(&object.right_place);
            Finding {
                problem: Problem::MisplacedReference(format!(
                    "{file}:{}: {message}",
                    misplaced.line
                )),
                secret: misplaced.names.first().cloned(),
                key: None,
            }
        })
    });
    found.collect()
}

/// Returns whether an object is applied to the namespace of another; one that names no
/// namespace goes where the rest goes.
fn is_same_namespace(own: Option<&str>, other: Option<&str>) -> bool {
    match (own, other) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}
