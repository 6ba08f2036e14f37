//! The keychain of macOS: internet passwords of docker's, generic passwords of ours.

use core_foundation::base::TCFType;
use core_foundation::propertylist::{self, kCFPropertyListXMLFormat_v1_0};
use security_framework::base::Error;
use security_framework::item::{ItemClass, ItemSearchOptions, Limit, SearchResult};
use security_framework::os::macos::keychain::{KeychainUserInteractionLock, SecKeychain};
use security_framework::passwords;
use security_framework_sys::keychain::{SecAuthenticationType, SecProtocolType};
use zeroize::Zeroizing;

use super::keychain::{DOCKER_LABEL, Place, port_in_property_list};
use super::{Item, Query, SERVICE, Store, StoreFault, WritableStore};

/// Source: Apple's `SecBase.h`.
const NOT_FOUND: i32 = -25300;
const INTERACTION_NOT_ALLOWED: i32 = -25308;
const AUTHENTICATION_FAILED: i32 = -25293;
const CANCELED: i32 = -128;

/// The keychains of this session.
pub(super) struct Keychain {
    /// Whether a person is there to answer a dialogue.
    pub(super) can_ask: bool,
}

impl Keychain {
    /// To be kept while a secret is read: without a person the keychain answers
    /// that it is locked instead of asking.
    fn quiet(&self) -> Option<KeychainUserInteractionLock> {
        if self.can_ask { None } else { SecKeychain::disable_user_interaction().ok() }
    }
}

impl Store for Keychain {
    fn name(&self) -> &'static str {
        "the keychain"
    }

    fn list(&self, query: Query<'_>) -> Result<Vec<Item>, StoreFault> {
        let mut search = ItemSearchOptions::new();
        // Attributes show without a dialogue; the secret would need one.
        search.load_attributes(true).limit(Limit::All);
        match query {
            Query::Docker(_) => search.class(ItemClass::internet_password()).label(DOCKER_LABEL),
            Query::Own(_) => search.class(ItemClass::generic_password()).service(SERVICE),
        };
        let found = match search.search() {
            Err(error) if error.code() == NOT_FOUND => Vec::new(),
            found => found.map_err(fault)?,
        };
        let items = found.iter().map(|found| match query {
            Query::Docker(server) => dockers_item(found, server),
            Query::Own(registry) => Ok(own_item(found, registry)),
        });
        items.filter_map(Result::transpose).collect()
    }

    fn read(&self, item: &Item) -> Result<Zeroizing<Vec<u8>>, StoreFault> {
        let _quiet = self.quiet();
        if item.username.is_empty() {
            let secret = passwords::get_generic_password(SERVICE, &item.server).map_err(fault)?;
            return Ok(Zeroizing::new(secret));
        }
        let location = Place::of_server(&item.location).ok_or(StoreFault::Malformed)?;
        let protocol =
            if location.is_http { SecProtocolType::HTTP } else { SecProtocolType::HTTPS };
        let keychain = SecKeychain::default().map_err(fault)?;
        let (secret, _) = keychain
            .find_internet_password(
                &location.host,
                None,
                &item.username,
                &location.path,
                location.port,
                protocol,
                // Versions 0.9.0 to 0.9.2 of docker's helper wrote none.
                SecAuthenticationType::Any,
            )
            .map_err(fault)?;
        Ok(Zeroizing::new(secret.to_vec()))
    }
}

impl WritableStore for Keychain {
    fn write(&self, registry: &str, secret: &[u8]) -> Result<(), StoreFault> {
        let _quiet = self.quiet();
        passwords::set_generic_password(SERVICE, registry, secret).map_err(fault)
    }

    fn remove(&self, item: &Item) -> Result<(), StoreFault> {
        let _quiet = self.quiet();
        passwords::delete_generic_password(SERVICE, &item.server).map_err(fault)
    }
}

/// An item of docker's, if it is for the server that is asked for.
fn dockers_item(found: &SearchResult, server: Option<&str>) -> Result<Option<Item>, StoreFault> {
    let Some(attributes) = found.simplify_dict() else { return Ok(None) };
    let port = port(found).ok_or_else(|| StoreFault::failed(&"an item's port cannot be read"))?;
    let Some(location) = Place::of_item(&attributes, port) else { return Ok(None) };
    if let Some(server) = server
        && Place::of_server(server).as_ref() != Some(&location)
    {
        return Ok(None);
    }
    let username = attributes.get("acct").cloned().unwrap_or_default();
    Ok(Some(item(
        server.map_or_else(|| location.server(), str::to_owned),
        username,
        location.server(),
    )))
}

fn own_item(found: &SearchResult, registry: Option<&str>) -> Option<Item> {
    let account = found.simplify_dict()?.remove("acct")?;
    let is_wanted = registry.is_none_or(|registry| registry == account);
    is_wanted.then(|| item(account.clone(), String::new(), account))
}

fn item(server: String, username: String, location: String) -> Item {
    Item { server, username, location, is_locked: false, modified: 0 }
}

/// The port in an item's attributes, which `simplify_dict` leaves out since it
/// is a number.
fn port(found: &SearchResult) -> Option<u16> {
    let SearchResult::Dict(dictionary) = found else { return None };
    let list = dictionary.as_CFTypeRef();
    let xml = propertylist::create_data(list, kCFPropertyListXMLFormat_v1_0).ok()?;
    port_in_property_list(&String::from_utf8_lossy(xml.bytes()))
}

fn fault(error: Error) -> StoreFault {
    match error.code() {
        INTERACTION_NOT_ALLOWED => StoreFault::Locked,
        CANCELED | AUTHENTICATION_FAILED => StoreFault::Dismissed,
        _ => StoreFault::failed(&error),
    }
}
