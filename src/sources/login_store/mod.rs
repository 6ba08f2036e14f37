//! What `login` keeps: the credentials in the OS keyring, and beside it an index
//! of their registries, without any secret, so that the keyring is opened only
//! for what is in it.

pub(crate) mod fault;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::registry::credential::{Credential, Login};
use crate::registry::key::RegistryKey;
use crate::sources::error::SourceError;
use crate::sources::login_store::fault::{IndexFault, VERSION};
use crate::sources::store::fault::StoreFault;
use crate::sources::store::{Item, Query, WritableStore};
use crate::sources::{CredentialQuery, FoundCredential, Lookup, Remedy, Source};
use crate::system::environment::Environment;
use crate::system::file_error::FileError;
use crate::system::files::{self, ReadFault};
use crate::system::messages::{self, clean};
use crate::system::private_files;
use crate::system::secrets;

/// Largest index that is read, in bytes.
const MAX_INDEX_BYTES: u64 = 1024 * 1024;

/// The index as it is written.
#[derive(Debug, Deserialize, Serialize)]
struct Index {
    version: u64,
    registries: BTreeSet<String>,
}

/// The secret of an item. The user name is in it too: some registries take
/// their token as that.
#[derive(Deserialize)]
struct Kept {
    username: SecretString,
    password: SecretString,
}

/// What `login` keeps.
pub(crate) struct LoginStore {
    path: Option<PathBuf>,
    /// Its name for messages.
    shown: String,
    registries: BTreeSet<RegistryKey>,
    keyring: Box<dyn WritableStore>,
}

impl LoginStore {
    /// Reads the index in the user's configuration folder; the keyring is not touched.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn load(
        environment: &Environment,
        keyring: Box<dyn WritableStore>,
    ) -> Result<Self, SourceError> {
        let folder = environment.configuration_folder();
        let path = folder.map(|folder| folder.join("kubectl-regcred").join("registries.json"));
        let shown = path.as_deref().map(|path| environment.display_path(path));
        let shown = shown.unwrap_or_else(|| "the index of registries".to_owned());
        Self::open(path, shown, keyring)
    }

    fn open(
        path: Option<PathBuf>,
        shown: String,
        keyring: Box<dyn WritableStore>,
    ) -> Result<Self, SourceError> {
        let folder = path.as_deref().and_then(Path::parent);
        if folder.is_some_and(files::is_writable_by_others) {
            messages::warning(&format!("{shown}: other users can write in its folder"));
        }
        let mut saved = Self { path, shown, registries: BTreeSet::new(), keyring };
        saved.registries = saved.read_index()?;
        Ok(saved)
    }

    fn read_index(&self) -> Result<BTreeSet<RegistryKey>, SourceError> {
        let Some(path) = &self.path else { return Ok(BTreeSet::new()) };
        let bytes = match files::read(path, MAX_INDEX_BYTES) {
            Ok(bytes) => bytes,
            Err(ReadFault::NotFound) => return Ok(BTreeSet::new()),
            Err(ReadFault::TooLarge(_)) => return Err(self.index_fault(IndexFault::TooLarge)),
            Err(ReadFault::Failed(error)) => {
                let reason = error.to_string();
                return Err(FileError::Unreadable { path: self.shown.clone(), reason }.into());
            }
        };
        let texts = parse_index(&bytes).map_err(|fault| self.index_fault(fault))?;
        let mut registries = BTreeSet::new();
        for text in texts {
            match RegistryKey::parse(&text) {
                Ok(key) => _ = registries.insert(key),
                Err(reason) => messages::warning(&format!(
                    "{}: {} is not a registry: {reason}; the line is ignored",
                    self.shown,
                    clean(&text)
                )),
            }
        }
        Ok(registries)
    }

    fn index_fault(&self, fault: IndexFault) -> SourceError {
        SourceError::Index { path: self.shown.clone(), fault }
    }

    fn store_error(&self, registry: Option<&RegistryKey>, fault: StoreFault) -> SourceError {
        SourceError::LoginStore { store: self.keyring.name(), registry: registry.cloned(), fault }
    }

    /// The keyring's name for messages.
    pub(crate) fn origin(&self) -> String {
        format!("{} (kubectl regcred login)", self.keyring.name())
    }

    /// The keyring's name.
    pub(crate) fn store_name(&self) -> &'static str {
        self.keyring.name()
    }

    /// Whether the keyring can be asked at all. Unlocks nothing.
    ///
    /// # Errors
    /// A keyring that cannot be looked at.
    pub(crate) fn check(&self, key: &RegistryKey) -> Result<(), SourceError> {
        let items = self.keyring.list(Query::Own(Some(&key.to_string())));
        items.map(drop).map_err(|fault| self.store_error(Some(key), fault))
    }

    /// The registries in the index.
    pub(crate) fn registries(&self) -> &BTreeSet<RegistryKey> {
        &self.registries
    }

    /// Where the index is, for messages.
    pub(crate) fn index_path(&self) -> &str {
        &self.shown
    }

    /// Searches for the credential of a registry, or of a path above the image, if
    /// the index lists it; a registry whose item is gone is taken off the index.
    ///
    /// # Errors
    /// A store that is locked or cannot be reached.
    pub(crate) fn look_up_and_repair(
        &self,
        wanted: &CredentialQuery,
    ) -> Result<Lookup, SourceError> {
        let (lookup, gone) = self.look_up(wanted)?;
        for key in gone {
            messages::warning(&format!(
                "{key}: its item in {} is gone; removing the registry from {}",
                self.keyring.name(),
                self.shown
            ));
            if let Err(error) = self.take_off(&key) {
                messages::warning(&error.to_string());
            }
        }
        Ok(lookup)
    }

    /// Searches, and returns which registries of the index have no item. Changes nothing.
    fn look_up(&self, wanted: &CredentialQuery) -> Result<(Lookup, Vec<RegistryKey>), SourceError> {
        let plain = wanted.key.without_default_port();
        let covering = |key: &&RegistryKey| key.covers(plain.registry(), wanted.path());
        let mut candidates: Vec<&RegistryKey> = self.registries.iter().filter(covering).collect();
        candidates.sort_by_key(|key| std::cmp::Reverse(key.path().len()));
        let mut searched = Vec::new();
        if candidates.is_empty() && !self.registries.is_empty() {
            searched.push(format!("{}: not listed in {}", self.origin(), self.shown));
        }
        let mut gone = Vec::new();
        for key in candidates {
            if let Some(login) = self.read(key)? {
                // The port of an image stays as it is spelt.
                let key = if key.path().is_empty() { wanted.key.clone() } else { key.clone() };
                let origin = self.origin();
                let found = FoundCredential {
                    key,
                    login,
                    source: Source::Keyring,
                    origin,
                    notes: Vec::new(),
                };
                return Ok((Lookup::Found(found), gone));
            }
            gone.push(key.clone());
            searched.push(format!("{}: its item is gone", self.origin()));
        }
        let remedy = Some(Remedy::LogIn(wanted.key.clone()));
        Ok((Lookup::NotFound { searched, remedy }, gone))
    }

    fn read(&self, key: &RegistryKey) -> Result<Option<Login>, SourceError> {
        let read = || {
            let Some(item) = self.unlocked(key)? else { return Ok(None) };
            let secret = self.keyring.read(&item)?;
            // The parser's own words may quote the secret.
            let kept: Kept = serde_json::from_slice(&secret).map_err(|_| StoreFault::Malformed)?;
            let username = kept.username.expose_secret().to_owned();
            secrets::hide_login(&username, &kept.password);
            Ok(Some(Login::basic(username, kept.password)))
        };
        read().map_err(|fault| self.store_error(Some(key), fault))
    }

    /// The newest item for a registry, unlocked.
    fn unlocked(&self, key: &RegistryKey) -> Result<Option<Item>, StoreFault> {
        let registry = key.to_string();
        let items = self.keyring.list(Query::Own(Some(&registry)))?;
        let newest = items.into_iter().max_by_key(|item| item.modified);
        if let Some(item) = newest.as_ref().filter(|item| item.is_locked) {
            self.keyring.unlock(item)?;
        }
        Ok(newest)
    }

    /// Keeps a credential in place of an earlier one, and notes its registry.
    ///
    /// The index is written first: where it cannot be, nothing is in the keyring
    /// that no index lists, and an earlier credential is still there. An index
    /// that lists too much, after a crash between the two, corrects itself.
    ///
    /// # Errors
    /// A keyring or an index that cannot be written.
    pub(crate) fn keep(
        &mut self,
        key: &RegistryKey,
        credential: &Credential,
    ) -> Result<(), SourceError> {
        let secret = Zeroizing::new(
            serde_json::json!({
                "username": credential.username,
                "password": credential.password.expose_secret(),
            })
            .to_string(),
        );
        let _lock = self.lock().map_err(not_kept)?;
        let listed = self.read_index()?;
        let mut registries = listed.clone();
        registries.insert(key.clone());
        self.write_index(&registries).map_err(not_kept)?;
        if let Err(fault) = self.keyring.write(&key.to_string(), secret.as_bytes()) {
            if let Err(error) = self.restore_index(&listed) {
                messages::warning(&error.to_string());
            }
            return Err(self.store_error(Some(key), fault));
        }
        self.registries = registries;
        Ok(())
    }

    /// Removes the credential of a registry, and its note. Gives whether there was one.
    ///
    /// # Errors
    /// A keyring or an index that cannot be changed.
    pub(crate) fn forget(&mut self, key: &RegistryKey) -> Result<bool, SourceError> {
        let _lock = self.lock()?;
        let mut had_item = false;
        let registry = key.to_string();
        let remove = |had_item: &mut bool| {
            for item in self.keyring.list(Query::Own(Some(&registry)))? {
                if item.is_locked {
                    self.keyring.unlock(&item)?;
                }
                self.keyring.remove(&item)?;
                *had_item = true;
            }
            Ok(())
        };
        remove(&mut had_item).map_err(|fault| self.store_error(Some(key), fault))?;
        self.registries = self.read_index()?;
        let was_listed = self.registries.remove(key);
        if was_listed {
            self.write_index(&self.registries)?;
        }
        match (had_item, was_listed) {
            (true, false) => {
                messages::warning(&format!("{key}: it was not in {}", self.shown));
            }
            (false, true) => messages::warning(&format!(
                "{key}: its item in {} was gone already; removing the registry from {}",
                self.keyring.name(),
                self.shown
            )),
            _ => {}
        }
        Ok(had_item || was_listed)
    }

    /// Makes the index list what the keyring holds, and warns of what differed.
    /// Nothing is unlocked: of a locked keyring that does not show its items
    /// the index is believed.
    ///
    /// # Errors
    /// A keyring that cannot be looked at, an index that cannot be written.
    pub(crate) fn repair(&mut self) -> Result<(), SourceError> {
        match self.held()? {
            Some(held) if held != self.registries => {}
            _ => return Ok(()),
        }
        // Another login may have been about to note what it keeps.
        let _lock = self.lock()?;
        self.registries = self.read_index()?;
        let Some(held) = self.held()? else { return Ok(()) };
        let (name, shown) = (self.keyring.name(), &self.shown);
        for key in held.difference(&self.registries) {
            messages::warning(&format!(
                "{key}: {name} has it, and {shown} did not list it; now it does"
            ));
        }
        for key in self.registries.difference(&held) {
            messages::warning(&format!(
                "{key}: its item in {name} is gone; removing the registry from {shown}"
            ));
        }
        self.write_index(&held)?;
        self.registries = held;
        Ok(())
    }

    /// The registries that the keyring has an item for; none where it is locked
    /// and does not show them.
    fn held(&self) -> Result<Option<BTreeSet<RegistryKey>>, SourceError> {
        match self.keyring.list(Query::Own(None)) {
            Ok(items) => {
                let keys = items.iter().filter_map(|item| RegistryKey::parse(&item.server).ok());
                Ok(Some(keys.collect()))
            }
            Err(StoreFault::Locked) => Ok(None),
            Err(fault) => Err(self.store_error(None, fault)),
        }
    }

    /// Takes a registry off the index, unless it has an item again by now.
    fn take_off(&self, key: &RegistryKey) -> Result<(), SourceError> {
        let _lock = self.lock()?;
        let items = self.keyring.list(Query::Own(Some(&key.to_string())));
        let mut registries = self.read_index()?;
        if items.is_ok_and(|items| items.is_empty()) && registries.remove(key) {
            self.write_index(&registries)?;
        }
        Ok(())
    }

    fn lock(&self) -> Result<private_files::Lock, SourceError> {
        let path = self.path()?.with_extension("lock");
        private_files::lock(&path).map_err(|error| {
            self.index_fault(match error.kind() {
                std::io::ErrorKind::TimedOut => IndexFault::Busy,
                _ => IndexFault::Unwritable(error.to_string()),
            })
        })
    }

    fn write_index(&self, registries: &BTreeSet<RegistryKey>) -> Result<(), SourceError> {
        let index = Index {
            version: VERSION,
            registries: registries.iter().map(ToString::to_string).collect(),
        };
        let text = serde_json::to_string_pretty(&index)
            .map_err(|error| self.index_fault(IndexFault::Unwritable(error.to_string())))?;
        let path = self.path()?;
        private_files::replace(path, format!("{text}\n").as_bytes())
            .map_err(|error| self.index_fault(IndexFault::Unwritable(error.to_string())))
    }

    /// Writes the index as it was before; one that listed nothing needs no file.
    fn restore_index(&self, listed: &BTreeSet<RegistryKey>) -> Result<(), SourceError> {
        let path = self.path()?;
        if listed.is_empty() && !path.is_symlink() {
            return private_files::remove(path)
                .map_err(|error| self.index_fault(IndexFault::Unwritable(error.to_string())));
        }
        self.write_index(listed)
    }

    fn path(&self) -> Result<&Path, SourceError> {
        self.path.as_deref().ok_or_else(|| self.index_fault(IndexFault::NoFolder))
    }
}

/// A failure to write the index, where that ends a login.
fn not_kept(error: SourceError) -> SourceError {
    match error {
        SourceError::Index { path, fault: IndexFault::Unwritable(reason) } => {
            SourceError::Index { path, fault: IndexFault::NotKept(reason) }
        }
        other => other,
    }
}

fn parse_index(bytes: &[u8]) -> Result<BTreeSet<String>, IndexFault> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u64,
    }
    // Nothing in it is secret, but a file in its place may be: only the path is shown.
    let malformed = |error: serde_json::Error| {
        IndexFault::Malformed(format!("line {}, column {}", error.line(), error.column()))
    };
    let Versioned { version } = serde_json::from_slice(bytes).map_err(malformed)?;
    if version > VERSION {
        return Err(IndexFault::Newer(version));
    }
    let index: Index = serde_json::from_slice(bytes).map_err(malformed)?;
    Ok(index.registries)
}

#[cfg(test)]
mod tests;
