//! Windows' Credential Manager.

use std::collections::HashMap;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use windows_native_keyring_store::Store as Native;
use zeroize::Zeroizing;

use super::credential_manager::{dockers_item, own_item, own_target};
use super::{Item, Query, Store, StoreFault, WritableStore};

/// The Credential Manager of this logon session.
pub(super) struct CredentialManager;

/// The entry under a target; kept on this machine, as docker keeps its own.
fn entry(target: &str) -> Result<Entry, StoreFault> {
    let native = Native::new().map_err(fault)?;
    let modifiers = HashMap::from([("target", target), ("persistence", "Local")]);
    native.build("", "", Some(&modifiers)).map_err(fault)
}

impl Store for CredentialManager {
    fn name(&self) -> &'static str {
        "Windows' Credential Manager"
    }

    fn list(&self, query: Query<'_>) -> Result<Vec<Item>, StoreFault> {
        let native = Native::new().map_err(fault)?;
        let entries = native.search(&HashMap::new()).map_err(fault)?;
        // Those of other types than docker's cannot be looked at.
        let attributes = entries.iter().filter_map(|entry| entry.get_attributes().ok());
        let (items, server): (Vec<Item>, _) = match query {
            Query::Docker(server) => {
                (attributes.filter_map(|one| dockers_item(&one)).collect(), server)
            }
            Query::Own(registry) => {
                (attributes.filter_map(|one| own_item(&one)).collect(), registry)
            }
        };
        Ok(items.into_iter().filter(|item| server.is_none_or(|s| s == item.server)).collect())
    }

    fn read(&self, item: &Item) -> Result<Zeroizing<Vec<u8>>, StoreFault> {
        entry(&item.location)?.get_secret().map(Zeroizing::new).map_err(fault)
    }
}

impl WritableStore for CredentialManager {
    fn write(&self, registry: &str, secret: &[u8]) -> Result<(), StoreFault> {
        entry(&own_target(registry))?.set_secret(secret).map_err(fault)
    }

    fn remove(&self, item: &Item) -> Result<(), StoreFault> {
        entry(&item.location)?.delete_credential().map_err(fault)
    }
}

fn fault(error: Error) -> StoreFault {
    match error {
        Error::NoStorageAccess(_) => StoreFault::NoLogonSession,
        Error::TooLong(_, limit) => StoreFault::TooLong(limit),
        error => StoreFault::failed(&error),
    }
}
