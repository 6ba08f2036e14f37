//! What is in the cluster beside what is wanted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::apply::payload::{self, Written};
use crate::cluster::refusal::place;
use crate::cluster::secrets::LAST_APPLIED;
use crate::cluster::secrets::{LiveSecret, Owner};
use crate::error::Error;
use crate::kubelet::SecretKind;
use crate::manifest::merge::{self, Merged};
use crate::manifest::metadata::Metadata;
use crate::system::messages;

/// The type of a pull Secret.
const PULL_SECRET: &str = SecretKind::DockerConfigJson.secret_type();

/// Its one key that the kubelet reads.
const KEY: &str = SecretKind::DockerConfigJson.key();

/// The value with the live entries of other registries in it.
///
/// # Errors
/// [`Error::OtherType`], [`Error::LiveSecret`].
pub(super) fn merged(
    written: &Written<'_>,
    live: &LiveSecret,
    metadata: &Metadata,
) -> Result<Merged, Error> {
    let (name, place) = (metadata.name().to_owned(), place(metadata.namespace()));
    if live.secret_type != PULL_SECRET {
        let found = messages::clean(&live.secret_type);
        return Err(Error::OtherType { name, place, found });
    }
    let result = live
        .data
        .get(KEY)
        .ok_or("it has no `.dockerconfigjson`".to_owned())
        .and_then(|data| {
            STANDARD
                .decode(data.expose_secret())
                .map(Zeroizing::new)
                .map_err(|_| "its `.dockerconfigjson` is not base64".to_owned())
        })
        .and_then(|bytes| {
            let reason = "its `.dockerconfigjson` is not JSON with `auths`";
            merge::merge(&bytes, written.value).ok_or(reason.to_owned())
        })
        .and_then(|merged| {
            let proof = payload::prove(&merged.value, written.entries, written.images);
            proof.map(|()| merged).map_err(|error| format!("with what it holds, {error}"))
        });
    result.map_err(|reason| Error::LiveSecret { name, place, reason })
}

/// Whether it holds a second copy of a credential.
pub(super) fn has_copy(live: &LiveSecret) -> bool {
    live.metadata.annotations.contains_key(LAST_APPLIED)
}

/// Whether all that is wanted is there.
pub(super) fn is_written(live: &LiveSecret, metadata: &Metadata, value: &SecretString) -> bool {
    let encoded = Zeroizing::new(STANDARD.encode(value.expose_secret()));
    let annotations = &live.metadata.annotations;
    live.data.get(KEY).is_some_and(|data| data.expose_secret() == encoded.as_str())
        && live.secret_type == PULL_SECRET
        && metadata.labels().iter().all(|(key, value)| live.metadata.labels.get(key) == Some(value))
        && metadata.annotations().iter().all(|(key, value)| {
            annotations.get(key).is_some_and(|annotation| annotation.expose_secret() == value)
        })
}

/// Whose fields would be written.
pub(super) fn owner(live: &LiveSecret, metadata: &Metadata) -> Owner {
    let labels = metadata.labels().keys().map(|key| vec!["metadata", "labels", key]);
    let annotations = metadata.annotations().keys().map(|key| vec!["metadata", "annotations", key]);
    let fields = [vec!["data", KEY], vec!["type"]];
    live.metadata.owner(&fields.into_iter().chain(labels).chain(annotations).collect::<Vec<_>>())
}
