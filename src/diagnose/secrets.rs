//! The pull Secrets of a Pod in the cluster, as far as they could be read.

use std::collections::BTreeMap;

use crate::cluster::secrets::LiveSecret;
use crate::kubelet::{self, Diagnosis, Reference, SecretValue, State};
use crate::registry::expiry::UnixSeconds;
use crate::registry::reference::ImageReference;

/// Pull Secrets by their names.
pub(crate) struct PodSecrets {
    secrets: BTreeMap<String, PodSecret>,
    /// Whether every Secret was read that exists.
    is_complete: bool,
}

struct PodSecret {
    value: SecretValue,
    /// As RFC 3339.
    written: String,
    /// Whether `secret --apply` cannot write it: it is immutable, or of the older type.
    is_fixed: bool,
}

impl PodSecrets {
    pub(crate) fn new(secrets: &[LiveSecret], is_complete: bool) -> Self {
        let secrets = secrets.iter().map(|live| {
            let (value, written) = (live.value(), live.metadata.written().to_owned());
            let is_fixed = live.immutable || kubelet::is_legacy(&live.secret_type);
            (live.metadata.name.clone(), PodSecret { value, written, is_fixed })
        });
        Self { secrets: secrets.collect(), is_complete }
    }

    /// Returns whether a Secret was read.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.secrets.contains_key(name)
    }

    /// Returns whether a Secret does not exist; one that could not be read may exist.
    pub(crate) fn is_missing(&self, name: &str) -> bool {
        self.is_complete && !self.contains(name)
    }

    /// Returns the names of the Secrets that `secret --apply` cannot write.
    pub(crate) fn unchangeable(&self) -> Vec<String> {
        let fixed = self.secrets.iter().filter(|(_, secret)| secret.is_fixed);
        fixed.map(|(name, _)| name.clone()).collect()
    }

    /// Returns what the kubelet does for an image with the Secrets of these names;
    /// none where one of them could not be read.
    pub(crate) fn diagnose(
        &self,
        names: &[&str],
        image: &ImageReference,
        now: UnixSeconds,
    ) -> Option<Diagnosis> {
        if !self.is_complete && !names.iter().all(|name| self.contains(name)) {
            return None;
        }
        let references: Vec<Reference<'_>> = names
            .iter()
            .map(|name| {
                let secret = self.secrets.get(*name);
                Reference { name, state: secret.map_or(State::Missing, |it| it.value.state()) }
            })
            .collect();
        Some(kubelet::diagnose(&references, &image.repository(), now))
    }

    /// Returns the names of the Secrets each of which alone would serve an image.
    pub(crate) fn serving(
        &self,
        image: &ImageReference,
        now: UnixSeconds,
    ) -> impl Iterator<Item = &str> {
        let repository = image.repository();
        let serves = move |(name, secret): &(&String, &PodSecret)| {
            let reference = Reference { name, state: secret.value.state() };
            kubelet::serves_image(reference, &repository, now)
        };
        self.secrets.iter().filter(serves).map(|(name, _)| name.as_str())
    }

    /// Returns when the last of the Secrets that match was written, as RFC 3339; empty
    /// where none matches.
    pub(crate) fn last_written(&self, diagnosis: &Diagnosis) -> &str {
        let matching = diagnosis.candidates.iter().filter_map(|(name, _)| self.secrets.get(name));
        matching.map(|secret| secret.written.as_str()).max().unwrap_or_default()
    }
}
