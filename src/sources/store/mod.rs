//! The stores behind docker's credential helpers, read without a helper, and
//! the one in which `login` keeps credentials. Listing unlocks nothing and asks
//! nothing. The adapters only move data; what may be taken is decided here.
//!
//! The `keyring` crate is not used for the Secret Service: its search unlocks
//! what it finds, and it does not tell a locked item from a missing one.

pub mod credential_manager;
#[cfg(test)]
pub(crate) mod fake;
pub mod fault;
pub mod keychain;
#[cfg(target_os = "macos")]
mod macos;
pub mod pass;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;
#[cfg(windows)]
mod windows;

use std::collections::BTreeSet;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::registry::key::{DockerKey, RegistryKey};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::Timeout;
use crate::system::secrets;
use fault::StoreFault;

/// The service under which `login` keeps its items.
pub const SERVICE: &str = "kubectl-regcred";

/// Which items are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Query<'a> {
    /// What docker's helpers stored: for this server, exactly, or for all.
    Docker(Option<&'a str>),
    /// What `login` stored: for this registry, or for all.
    Own(Option<&'a str>),
}

/// An item as it stands in a store, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The server as docker's helper got it; of our own items the registry.
    pub server: String,
    /// Empty in a locked item that does not show it, and for our own items: some registries take the token as the user
    /// name too, and then it is secret.
    pub username: String,
    /// Where the store has it, in the store's own terms.
    pub location: String,
    /// Whether reading it needs an unlocking.
    pub is_locked: bool,
    /// When it was changed, in seconds since 1970; 0 where the store does not say.
    pub modified: u64,
}

/// A store that docker's helpers write to.
pub trait Store: Send + Sync {
    /// For messages: `the Secret Service`.
    fn name(&self) -> &'static str;

    /// The items there are, locked ones too; nothing is unlocked for it.
    ///
    /// # Errors
    /// [`StoreFault`] where it could not be looked.
    fn list(&self, query: Query<'_>) -> Result<Vec<Item>, StoreFault>;

    /// Unlocks an item, by asking a person if one is there.
    ///
    /// # Errors
    /// [`StoreFault::Locked`] where no person can be asked; other faults.
    fn unlock(&self, _item: &Item) -> Result<(), StoreFault> {
        Ok(())
    }

    /// The secret of an item that is not locked, as bytes.
    ///
    /// # Errors
    /// [`StoreFault`]; an item that is gone by now too.
    fn read(&self, item: &Item) -> Result<Zeroizing<Vec<u8>>, StoreFault>;
}

/// A store that keeps items of ours too.
pub trait WritableStore: Store {
    /// Keeps a secret for a registry, in place of what was kept for it before.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn write(&self, registry: &str, secret: &[u8]) -> Result<(), StoreFault>;

    /// Removes an item of ours.
    ///
    /// # Errors
    /// [`StoreFault`].
    fn remove(&self, item: &Item) -> Result<(), StoreFault>;
}

/// The keyring that every session of this system has.
pub fn keyring(timeout: Timeout) -> Box<dyn WritableStore> {
    #[cfg(target_os = "macos")]
    let keyring = macos::Keychain { can_ask: timeout.interactive() };
    // It asks nobody.
    #[cfg(windows)]
    let (keyring, _) = (windows::CredentialManager, timeout);
    #[cfg(all(unix, not(target_os = "macos")))]
    let keyring = secret_service::SecretService::new(timeout);
    Box::new(keyring)
}

/// The store behind a helper, if this system has it.
/// Docker Desktop's helper is a front for the system's own store, on Linux for `pass`.
pub fn behind(helper: &str, environment: &Environment, timeout: Timeout) -> Option<Box<dyn Store>> {
    let helper = if cfg!(windows) { helper.strip_suffix(".exe").unwrap_or(helper) } else { helper };
    let pass = || pass::Pass::new(environment, timeout);
    match helper {
        "pass" => Some(Box::new(pass())),
        "osxkeychain" if cfg!(target_os = "macos") => Some(keyring(timeout)),
        "wincred" if cfg!(windows) => Some(keyring(timeout)),
        "secretservice" if cfg!(not(any(windows, target_os = "macos"))) => Some(keyring(timeout)),
        "desktop" if cfg!(any(windows, target_os = "macos")) => Some(keyring(timeout)),
        "desktop" => Some(pass()).filter(pass::Pass::has_items).map(|pass| Box::new(pass) as _),
        _ => None,
    }
}

/// What docker's helpers stored for a server: its user and secret. None where
/// there is no item.
///
/// # Errors
/// [`StoreFault`] where it could not be looked, or what is there cannot be used.
pub fn get(store: &dyn Store, server: &str) -> Result<Option<(String, SecretString)>, StoreFault> {
    let mut found = find(store, server)?;
    if let Some(item) = found.as_ref().filter(|item| item.is_locked) {
        store.unlock(item)?;
        // Now it shows its user, and may turn out to be one of several.
        found = find(store, server)?;
    }
    match found {
        None => Ok(None),
        Some(item) if item.is_locked => Err(StoreFault::Locked),
        Some(item) => {
            let secret = text(&store.read(&item)?)?;
            Ok(Some((item.username, secret)))
        }
    }
}

/// The item of docker's for a server, its secret unread. Of several of one
/// user, as two keyrings may hold them, the newest.
///
/// # Errors
/// [`StoreFault::SeveralUsers`] where docker itself would pick one at random.
pub fn find(store: &dyn Store, server: &str) -> Result<Option<Item>, StoreFault> {
    if RegistryKey::from_docker(server) == DockerKey::HubSession {
        return Ok(None);
    }
    let items = store.list(Query::Docker(Some(server)))?;
    messages::detail(&format!("{}: {} item(s) for {}", store.name(), items.len(), clean(server)));
    let users: BTreeSet<&str> = items.iter().map(|item| item.username.as_str()).collect();
    if users.len() > 1 {
        return Err(StoreFault::SeveralUsers(users.into_iter().map(clean).collect()));
    }
    Ok(items.into_iter().max_by_key(|item| item.modified))
}

/// The servers that docker's helpers stored something for, without the session
/// keys of Docker Hub.
///
/// # Errors
/// [`StoreFault`] where it could not be looked.
pub fn servers(store: &dyn Store) -> Result<Vec<String>, StoreFault> {
    let items = store.list(Query::Docker(None))?;
    let servers: BTreeSet<String> = items
        .into_iter()
        .map(|item| item.server)
        .filter(|server| RegistryKey::from_docker(server) != DockerKey::HubSession)
        .collect();
    Ok(servers.into_iter().collect())
}

fn text(secret: &[u8]) -> Result<SecretString, StoreFault> {
    match std::str::from_utf8(secret) {
        // UTF-16 of plain letters would be UTF-8 too.
        Ok(text) if !text.contains('\0') => {
            let secret = SecretString::from(text);
            secrets::hide(&secret);
            Ok(secret)
        }
        _ => Err(StoreFault::NotText),
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{FakeKeyring, item};
    use super::*;
    use secrecy::ExposeSecret;

    fn read(store: &dyn Store, server: &str) -> Result<Option<(String, String)>, StoreFault> {
        let found = get(store, server)?;
        Ok(found.map(|(user, secret)| (user, secret.expose_secret().to_owned())))
    }

    #[test]
    fn the_item_of_exactly_this_server_is_read() {
        let store = FakeKeyring::with(&[
            (item("ghcr.io", "jane", 1), b"hunter2"),
            (item("https://ghcr.io", "joe", 2), b"other"),
        ]);
        let expected = Some(("jane".to_owned(), "hunter2".to_owned()));
        assert_eq!(read(&store, "ghcr.io"), Ok(expected));
        assert_eq!(read(&store, "quay.io"), Ok(None));
    }

    #[test]
    fn several_users_are_refused_and_listed() {
        let store = FakeKeyring::with(&[
            (item("ghcr.io", "joe", 2), b"two"),
            (item("ghcr.io", "jane\u{1b}", 1), b"one"),
        ]);
        let fault = read(&store, "ghcr.io").unwrap_err();
        assert_eq!(fault, StoreFault::SeveralUsers(vec!["jane".into(), "joe".into()]));
    }

    #[test]
    fn of_two_items_of_one_user_the_newer_counts() {
        let store = FakeKeyring::with(&[
            (item("ghcr.io", "jane", 7), b"new"),
            (item("ghcr.io", "jane", 3), b"old"),
        ]);
        assert_eq!(read(&store, "ghcr.io").unwrap().unwrap().1, "new");
    }

    #[test]
    fn a_secret_that_is_no_text_is_refused() {
        // The second is UTF-16, as Windows' own programs store text.
        for secret in [&b"\xff\xfe"[..], b"h\0u\0n\0t\0e\0r\0"] {
            let store = FakeKeyring::with(&[(item("ghcr.io", "jane", 1), secret)]);
            assert_eq!(read(&store, "ghcr.io"), Err(StoreFault::NotText));
        }
    }

    #[test]
    fn session_keys_are_neither_asked_for_nor_listed() {
        let session = "https://index.docker.io/v1/refresh-token";
        let store = FakeKeyring::with(&[
            (item(session, "jane", 1), b"hunter2"),
            (item("https://index.docker.io/v1/", "jane", 1), b"token"),
        ]);
        assert_eq!(read(&store, session), Ok(None));
        assert_eq!(store.change(|content| content.questions), 0);
        assert_eq!(servers(&store).unwrap(), ["https://index.docker.io/v1/"]);
    }

    #[test]
    fn a_locked_item_is_unlocked_by_a_person_or_told() {
        let store = FakeKeyring::with(&[(item("ghcr.io", "jane", 1), b"hunter2")]);
        for fault in [StoreFault::Locked, StoreFault::Dismissed] {
            store.lock();
            store.change(|content| content.unlocking = Some(fault.clone()));
            assert_eq!(read(&store, "ghcr.io"), Err(fault));
            assert_eq!(read(&store, "quay.io"), Ok(None), "what is not there is not locked");
        }
        store.change(|content| content.unlocking = None);
        assert_eq!(read(&store, "ghcr.io").unwrap().unwrap().1, "hunter2");
    }

    #[test]
    fn users_that_only_show_unlocked_are_looked_at_again() {
        let store = FakeKeyring::with(&[
            (item("ghcr.io", "", 1), b"one"),
            (item("ghcr.io", "", 2), b"two"),
        ]);
        store.lock();
        store.change(|content| content.users_behind_lock = vec!["jane", "joe"]);
        let fault = read(&store, "ghcr.io").unwrap_err();
        assert_eq!(fault, StoreFault::SeveralUsers(vec!["jane".into(), "joe".into()]));
    }

    #[test]
    fn listing_reads_and_unlocks_nothing() {
        let store = FakeKeyring::with(&[(item("ghcr.io", "jane", 1), b"hunter2")]);
        store.lock();
        assert_eq!(servers(&store).unwrap(), ["ghcr.io"]);
        assert_eq!(
            store.change(|content| (content.questions, content.items[0].item.is_locked)),
            (1, true)
        );
    }
}
