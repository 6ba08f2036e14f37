//! From what a cluster holds to questions for registries, each asked once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

use crate::cluster::workloads;
use crate::kubelet::{Candidate, Keyring, PullSecret, SecretValue};
use crate::registry::credential::Credential;
use crate::registry::reference::ImageReference;
use crate::running::read::Cluster;
use crate::system::messages::clean;

/// All images that run, and the credentials that are tried for them.
#[derive(Default)]
pub(crate) struct Inventory {
    /// Each once.
    pub(crate) credentials: Vec<Credential>,
    /// Each image with each list of credentials once.
    pub(crate) pulls: Vec<Pull>,
    /// What no registry needs to be asked about.
    pub(crate) hopeless: Vec<Hopeless>,
    /// How many Pods and workloads there are.
    pub(crate) users: usize,
}

/// An image with what the kubelet tries for it.
pub(crate) struct Pull {
    /// The image.
    pub(crate) image: ImageReference,
    /// The indexes of its credentials, in their order; without any the pull is anonymous.
    pub(crate) credentials: Vec<usize>,
    /// What uses it.
    pub(crate) used_by: BTreeSet<User>,
}

/// An image that the kubelet does not even try to pull.
pub(crate) struct Hopeless {
    /// As it was written, safe to show.
    pub(crate) image: String,
    /// Why.
    pub(crate) fault: Fault,
    /// What uses it.
    pub(crate) used_by: BTreeSet<User>,
}

/// What keeps the kubelet from trying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// In words.
    pub(crate) reason: String,
    /// Namespace and name of the Secret that is malformed; none where the image's name is.
    pub(crate) secret: Option<(String, String)>,
}

/// A Pod or workload; both names are safe to show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct User {
    /// Where it is.
    pub(crate) namespace: String,
    /// `pod/web`.
    pub(crate) object: String,
}

impl User {
    fn new(namespace: &str, object: &str) -> Self {
        Self { namespace: clean(namespace), object: clean(object) }
    }
}

impl fmt::Display for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.object)
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A namespace and the names of pull Secrets, in their order.
type Group<'c> = (&'c str, Vec<&'c str>);

/// What uses each image of a group.
type Images<'c> = BTreeMap<&'c str, BTreeSet<User>>;

impl Inventory {
    /// Finds out what the kubelet would try.
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let values: BTreeMap<(&str, &str), SecretValue> = cluster
            .secrets
            .iter()
            .map(|live| {
                let place = (live.metadata.namespace.as_str(), live.metadata.name.as_str());
                (place, live.value())
            })
            .collect();
        let mut inventory = Self::default();
        let groups = inventory.groups(cluster);
        let (mut known, mut pulls) = (Known::default(), BTreeMap::new());
        let mut hopeless: BTreeMap<(String, Fault), BTreeSet<User>> = BTreeMap::new();
        for ((namespace, names), images) in groups {
            let secrets: Vec<(&str, PullSecret<'_>)> = names
                .iter()
                .filter_map(|name| match values.get(&(namespace, name)) {
                    Some(SecretValue::Plain(kind, value)) => {
                        Some((*name, PullSecret { kind: *kind, value }))
                    }
                    // What is not there, or not readable, is skipped.
                    _ => None,
                })
                .collect();
            let readable: Vec<PullSecret<'_>> = secrets.iter().map(|(_, secret)| *secret).collect();
            let keyring = Keyring::new(&readable).map_err(|malformed| {
                let name = secrets.get(malformed.secret).map_or("", |(name, _)| name);
                let reason = format!("Secret {} {}", clean(name), malformed.reason);
                Fault { reason, secret: Some((namespace.to_owned(), name.to_owned())) }
            });
            for (written, used_by) in images {
                let image = ImageReference::parse(written)
                    .map_err(|reason| Fault { reason: reason.to_string(), secret: None });
                let found = image.and_then(|image| match &keyring {
                    Ok(keyring) => Ok((known.indexes(keyring, &image), image)),
                    Err(fault) => Err(fault.clone()),
                });
                match found {
                    Ok((credentials, image)) => {
                        let key = (image.full(), credentials);
                        let (_, users) = pulls.entry(key).or_insert((image, BTreeSet::new()));
                        users.extend(used_by);
                    }
                    Err(fault) => {
                        hopeless.entry((clean(written), fault)).or_default().extend(used_by);
                    }
                }
            }
        }
        inventory.credentials = known.credentials;
        inventory.pulls = pulls
            .into_iter()
            .map(|((_, credentials), (image, used_by))| Pull { image, credentials, used_by })
            .collect();
        inventory.hopeless = hopeless
            .into_iter()
            .map(|((image, fault), used_by)| Hopeless { image, fault, used_by })
            .collect();
        inventory
    }

    /// Brings together what has the same pull Secrets.
    fn groups<'c>(&mut self, cluster: &'c Cluster) -> BTreeMap<Group<'c>, Images<'c>> {
        let mut groups: BTreeMap<Group<'c>, Images<'c>> = BTreeMap::new();
        for pod in cluster.pods.iter().filter(|pod| !pod.has_ended()) {
            self.users += 1;
            // The kubelet reads a static Pod from a file, and no Secrets for it.
            let names = if pod.is_static() { vec![] } else { pod.pull_secrets().collect() };
            let images = groups.entry((pod.namespace(), names)).or_default();
            let user = User::new(pod.namespace(), &format!("pod/{}", pod.name()));
            for image in pod.pulled_images() {
                images.entry(image).or_default().insert(user.clone());
            }
        }
        let accounts = workloads::by_place(cluster.accounts.iter());
        for workload in &cluster.workloads {
            self.users += 1;
            let namespace = workload.namespace.as_str();
            let group = (namespace, workload.pull_secrets(&accounts));
            let images = groups.entry(group).or_default();
            let user = User::new(namespace, &workload.name);
            for image in workload.images() {
                images.entry(image).or_default().insert(user.clone());
            }
        }
        groups
    }
}

/// The credentials that were met, each once.
#[derive(Default)]
struct Known {
    credentials: Vec<Credential>,
    /// The indexes of a user's credentials.
    of_user: BTreeMap<String, Vec<usize>>,
}

impl Known {
    /// Returns the indexes of what is tried for an image.
    fn indexes(&mut self, keyring: &Keyring<'_>, image: &ImageReference) -> Vec<usize> {
        let candidates = keyring.lookup(&image.repository()).candidates;
        candidates.into_iter().filter_map(Candidate::sent).map(|sent| self.index(sent)).collect()
    }

    fn index(&mut self, sent: Credential) -> usize {
        let known = self.of_user.entry(sent.username.clone()).or_default();
        let is_same = |index: &&usize| {
            let credential = self.credentials.get(**index);
            credential.is_some_and(|known| known.is(&sent.username, &sent.password))
        };
        if let Some(index) = known.iter().find(is_same) {
            return *index;
        }
        known.push(self.credentials.len());
        self.credentials.push(sent);
        self.credentials.len() - 1
    }
}
