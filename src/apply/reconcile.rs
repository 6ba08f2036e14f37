//! What a write would change in a live Secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::cluster::error::ClusterError;
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret, Owner};
use crate::error::Error;
use crate::kubelet::SecretKind;
use crate::manifest::changes::{self, EntryChange};
use crate::manifest::merge::{self, Merged};
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::system::messages::clean;

/// The type of a pull Secret.
const PULL_SECRET: &str = SecretKind::DockerConfigJson.secret_type();

/// The one key of its data that the kubelet reads.
const KEY: &str = SecretKind::DockerConfigJson.key();

/// What a write would do to one Secret.
pub(super) struct Change {
    /// The dockerconfigjson to write.
    pub(super) value: SecretString,
    /// The keys of the live entries that stay.
    pub(super) kept: Vec<String>,
    /// Whether the live Secret has all of it already.
    pub(super) is_written: bool,
    /// Whether an annotation of the live Secret holds another copy of a credential.
    pub(super) has_copy: bool,
    /// Who owns the fields that would be written.
    pub(super) owner: Owner,
    /// The version that was read; none where there is no Secret.
    pub(super) version: Option<String>,
}

impl Change {
    /// Compares what is wanted with what the cluster has.
    ///
    /// # Errors
    /// [`ClusterError::OtherType`], [`ClusterError::LiveSecret`].
    pub(super) fn new(
        payload: &Payload,
        metadata: &Metadata,
        live: Option<&LiveSecret>,
    ) -> Result<Self, Error> {
        let Some(live) = live else {
            return Ok(Self {
                value: payload.value().clone(),
                kept: Vec::new(),
                is_written: false,
                has_copy: false,
                owner: Owner::None,
                version: None,
            });
        };
        let Merged { value, kept } = merged(payload, metadata, live)?;
        Ok(Self {
            is_written: is_written(live, metadata, &value),
            value,
            kept,
            has_copy: has_copy(live),
            owner: owner(live, metadata),
            version: Some(live.metadata.resource_version.clone()),
        })
    }

    /// Returns what becomes of each entry of the live Secret.
    pub(super) fn entries(&self, live: Option<&LiveSecret>) -> Vec<EntryChange> {
        let live = live.and_then(|live| decoded(live).ok());
        let live = live.as_ref().map(|live| live.as_slice());
        changes::compare(live, self.value.expose_secret().as_bytes())
    }
}

/// Returns the value with the live entries of other registries in it.
fn merged(payload: &Payload, metadata: &Metadata, live: &LiveSecret) -> Result<Merged, Error> {
    let name = metadata.name().to_owned();
    let namespace = metadata.namespace().map(str::to_owned);
    if live.secret_type != PULL_SECRET {
        let found = clean(&live.secret_type);
        return Err(ClusterError::OtherType { name, namespace, found }.into());
    }
    let merged = merged_value(payload, live);
    merged.map_err(|reason| ClusterError::LiveSecret { name, namespace, reason }.into())
}

fn merged_value(payload: &Payload, live: &LiveSecret) -> Result<Merged, String> {
    let bytes = decoded(live)?;
    let merged = merge::merge(&bytes, payload.value())
        .ok_or("its `.dockerconfigjson` is not JSON with `auths`")?;
    payload.prove(&merged.value).map_err(|error| format!("with its other entries, {error}"))?;
    Ok(merged)
}

fn decoded(live: &LiveSecret) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let data = live.data.get(KEY).ok_or("it has no `.dockerconfigjson`")?;
    let bytes = STANDARD.decode(data.expose_secret()).map(Zeroizing::new);
    bytes.map_err(|_| "its `.dockerconfigjson` is not base64")
}

/// Whether an annotation holds another copy of a credential.
pub(super) fn has_copy(live: &LiveSecret) -> bool {
    live.metadata.annotations.contains_key(LAST_APPLIED)
}

/// Whether the live Secret has all that is wanted.
pub(super) fn is_written(live: &LiveSecret, metadata: &Metadata, value: &SecretString) -> bool {
    let encoded = Zeroizing::new(STANDARD.encode(value.expose_secret()));
    let has_value = live.data.get(KEY).is_some_and(|data| data.expose_secret() == encoded.as_str());
    let has_labels =
        metadata.labels().iter().all(|(key, value)| live.metadata.labels.get(key) == Some(value));
    let has_annotations = metadata.annotations().iter().all(|(key, value)| {
        let annotation = live.metadata.annotations.get(key);
        annotation.is_some_and(|annotation| annotation.expose_secret() == value)
    });
    live.secret_type == PULL_SECRET && has_value && has_labels && has_annotations
}

/// Returns who owns the fields that would be written.
fn owner(live: &LiveSecret, metadata: &Metadata) -> Owner {
    let labels = metadata.labels().keys().map(|key| vec!["metadata", "labels", key]);
    let annotations = metadata.annotations().keys().map(|key| vec!["metadata", "annotations", key]);
    let fields = [vec!["data", KEY], vec!["type"]];
    live.metadata.owner(&fields.into_iter().chain(labels).chain(annotations).collect::<Vec<_>>())
}
