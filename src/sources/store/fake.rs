//! A keyring in memory, for what cannot be run here.

use std::sync::{Arc, Mutex};

use zeroize::Zeroizing;

use super::{Item, Query, Store, StoreFault, WritableStore};

/// An item, and whether docker's helper stored it.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) is_dockers: bool,
    pub(crate) item: Item,
    pub(crate) secret: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Content {
    pub(crate) items: Vec<Stored>,
    /// What every question is answered with.
    pub(crate) fault: Option<StoreFault>,
    /// What a person does when asked to unlock: where it is set, nothing good.
    pub(crate) unlocking: Option<StoreFault>,
    /// The users that show once an item is unlocked, by location.
    pub(crate) users_behind_lock: Vec<&'static str>,
    /// How often it was asked for anything.
    pub(crate) questions: usize,
    pub(crate) limit: Option<usize>,
}

/// Clones share their content.
#[derive(Clone, Default)]
pub(crate) struct FakeKeyring(pub(crate) Arc<Mutex<Content>>);

pub(crate) fn item(server: &str, username: &str, modified: u64) -> Item {
    let location = format!("{server} of {username} at {modified}");
    Item {
        server: server.to_owned(),
        username: username.to_owned(),
        location,
        is_locked: false,
        modified,
    }
}

impl FakeKeyring {
    pub(crate) fn with(items: &[(Item, &[u8])]) -> Self {
        let keyring = Self::default();
        let stored = items.iter().map(|(item, secret)| Stored {
            is_dockers: true,
            item: item.clone(),
            secret: secret.to_vec(),
        });
        keyring.change(|content| content.items = stored.collect());
        keyring
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Content) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    pub(crate) fn lock(&self) {
        self.change(|content| {
            content.items.iter_mut().for_each(|stored| stored.item.is_locked = true);
        });
    }

    fn ask<T>(
        &self,
        answer: impl FnOnce(&mut Content) -> Result<T, StoreFault>,
    ) -> Result<T, StoreFault> {
        self.change(|content| {
            content.questions += 1;
            content.fault.clone().map_or(Ok(()), Err)?;
            answer(content)
        })
    }
}

impl Store for FakeKeyring {
    fn name(&self) -> &'static str {
        "the fake keyring"
    }

    fn list(&self, query: Query<'_>) -> Result<Vec<Item>, StoreFault> {
        let (dockers, server) = match query {
            Query::Docker(server) => (true, server),
            Query::Own(registry) => (false, registry),
        };
        self.ask(|content| {
            let items = content.items.iter().filter(|stored| {
                stored.is_dockers == dockers
                    && server.is_none_or(|server| server == stored.item.server)
            });
            Ok(items.map(|stored| stored.item.clone()).collect())
        })
    }

    fn unlock(&self, _item: &Item) -> Result<(), StoreFault> {
        self.ask(|content| {
            content.unlocking.clone().map_or(Ok(()), Err)?;
            content.items.iter_mut().for_each(|stored| stored.item.is_locked = false);
            let users = std::mem::take(&mut content.users_behind_lock);
            for (stored, user) in content.items.iter_mut().zip(users) {
                user.clone_into(&mut stored.item.username);
            }
            Ok(())
        })
    }

    fn read(&self, item: &Item) -> Result<Zeroizing<Vec<u8>>, StoreFault> {
        self.ask(|content| {
            let stored = content.items.iter().find(|stored| stored.item.location == item.location);
            let stored = stored.ok_or_else(|| StoreFault::Failed("no such item".into()))?;
            assert!(!stored.item.is_locked, "a locked item is not read");
            Ok(Zeroizing::new(stored.secret.clone()))
        })
    }
}

impl WritableStore for FakeKeyring {
    fn write(&self, registry: &str, secret: &[u8]) -> Result<(), StoreFault> {
        self.ask(|content| {
            if content.limit.is_some_and(|limit| secret.len() > limit) {
                return Err(StoreFault::TooLong(2560));
            }
            content.items.retain(|stored| stored.is_dockers || stored.item.server != registry);
            let (item, secret) = (item(registry, "", 0), secret.to_vec());
            content.items.push(Stored { is_dockers: false, item, secret });
            Ok(())
        })
    }

    fn remove(&self, item: &Item) -> Result<(), StoreFault> {
        self.ask(|content| {
            content.items.retain(|stored| stored.item.location != item.location);
            Ok(())
        })
    }
}
