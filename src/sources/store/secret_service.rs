//! The Secret Service of gnome-keyring, `KWallet` and `KeePassXC`, on the session bus.
//! Attributes: docker/docker-credential-helpers 0.9.10,
//! `secretservice/secretservice.c`; labels differ between its versions and are
//! not looked at.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};

use secret_service::blocking::{Item as ServiceItem, SecretService as Service};
use secret_service::{EncryptionType, Error};
use zeroize::Zeroizing;

use super::{Item, Query, SERVICE, Store, StoreFault, WritableStore};
use crate::system::messages;
use crate::system::parallel;
use crate::system::process::Timeout;

/// The attribute that says what kind of item it is.
const SCHEMA: &str = "xdg:schema";

/// The schema of docker's items; a browser's or a person's own have another.
const DOCKER_SCHEMA: &str = "io.docker.Credentials";

/// What gnome-keyring calls the attributes of a keyring that was not unlocked
/// since it started: their values are hashed (MD5), and a search for the plain
/// ones still finds the items, except by the schema. Seen with gnome-keyring 42.
const HASHED_SCHEMA: &str = "gkr:compat:hashed:xdg:schema";
const HASHED_DOCKER_SCHEMA: &str = "839bbd1e1f62013230bbb712d60204db";

/// Threads of a connection: ours, the bus's executor (zbus 5) and the reactor of
/// async-io 2, which ends the program where that one cannot be started.
const THREADS: usize = 3;

/// A connection that is made at the first question and kept.
type Connection = Arc<Mutex<Option<Service<'static>>>>;

/// The Secret Service on the session bus.
pub(super) struct SecretService {
    connection: Connection,
    timeout: Timeout,
    /// Whether a question had no answer in time: those after it would wait for it.
    gave_up: AtomicBool,
}

impl SecretService {
    /// Connects to nothing yet.
    pub(super) fn new(timeout: Timeout) -> Self {
        Self { connection: Arc::default(), timeout, gave_up: AtomicBool::new(false) }
    }

    /// Asks on a thread of its own, since neither the bus nor a dialogue has a deadline.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Service<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let timed_out = StoreFault::TimedOut(self.timeout.seconds());
        if self.gave_up.load(Ordering::Relaxed) {
            return Err(timed_out);
        }
        let no_thread = |error: std::io::Error| StoreFault::failed(&error);
        parallel::check_threads(THREADS).map_err(no_thread)?;
        let connection = Arc::clone(&self.connection);
        let (sender, answers) = mpsc::channel();
        let ask = move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let service = match &*connection {
                Some(service) => service,
                None => match Service::connect(EncryptionType::Dh) {
                    Ok(service) => connection.insert(service),
                    Err(error) => {
                        // Nobody waits any more after the deadline.
                        let _ = sender.send(Err(error));
                        return;
                    }
                },
            };
            let _ = sender.send(question(service));
        };
        parallel::start("secret-service", ask).map_err(no_thread)?;
        let notice =
            || messages::note("waiting for the Secret Service: it may be asking in a window");
        match self.timeout.wait(&answers, notice) {
            Ok(answer) => answer.map_err(|error| fault(&error)),
            Err(RecvTimeoutError::Timeout) => {
                self.gave_up.store(true, Ordering::Relaxed);
                Err(timed_out)
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(StoreFault::Failed("the connection broke".to_owned()))
            }
        }
    }
}

impl Store for SecretService {
    fn name(&self) -> &'static str {
        "the Secret Service"
    }

    fn list(&self, query: Query<'_>) -> Result<Vec<Item>, StoreFault> {
        let (mark, key, server) = match query {
            Query::Docker(server) => (("docker_cli", "1"), "server", server),
            Query::Own(registry) => (("service", SERVICE), "registry", registry),
        };
        let server = server.map(str::to_owned);
        let is_dockers = matches!(query, Query::Docker(_));
        self.ask(move |service| {
            let mut wanted = HashMap::from([mark]);
            wanted.extend(server.as_deref().map(|server| (key, server)));
            let found = service.search_items(wanted)?;
            let unlocked = found.unlocked.iter().map(|item| (item, false));
            let mut items = Vec::new();
            for (item, is_locked) in unlocked.chain(found.locked.iter().map(|item| (item, true))) {
                let mut attributes = item.get_attributes()?;
                if is_dockers && !has_dockers_schema(&attributes) {
                    continue;
                }
                let Some(server) = server.clone().or_else(|| attributes.remove(key)) else {
                    // Its attributes show once it is unlocked.
                    return Err(Error::Locked);
                };
                items.push(Item {
                    server,
                    username: attributes.remove("username").unwrap_or_default(),
                    location: item.item_path.to_string(),
                    is_locked,
                    modified: item.get_modified().unwrap_or(0),
                });
            }
            if items.is_empty() && hides_items(service)? {
                return Err(Error::Locked);
            }
            Ok(items)
        })
    }

    fn unlock(&self, item: &Item) -> Result<(), StoreFault> {
        if !self.timeout.interactive() {
            return Err(StoreFault::Locked);
        }
        let item = item.clone();
        self.ask(move |service| at(service, &item)?.unlock())
    }

    fn read(&self, item: &Item) -> Result<Zeroizing<Vec<u8>>, StoreFault> {
        let item = item.clone();
        self.ask(move |service| at(service, &item)?.get_secret().map(Zeroizing::new))
    }
}

impl WritableStore for SecretService {
    fn write(&self, registry: &str, secret: &[u8]) -> Result<(), StoreFault> {
        let (registry, secret) = (registry.to_owned(), Zeroizing::new(secret.to_vec()));
        let can_ask = self.timeout.interactive();
        self.ask(move |service| {
            let collection = match service.get_default_collection() {
                // As libsecret does before the first item; the person chooses its password.
                Err(Error::NoResult) if can_ask => service.create_collection("Default", "default"),
                collection => collection,
            }?;
            if collection.is_locked()? {
                if !can_ask {
                    return Err(Error::Locked);
                }
                collection.unlock()?;
            }
            let label = format!("{SERVICE}: {registry}");
            let attributes = HashMap::from([("service", SERVICE), ("registry", &registry)]);
            collection.create_item(&label, attributes, &secret, true, "application/json")?;
            Ok(())
        })
    }

    fn remove(&self, item: &Item) -> Result<(), StoreFault> {
        let item = item.clone();
        self.ask(move |service| at(service, &item)?.delete())
    }
}

/// Whether a locked keyring may hold items that it does not show: gnome-keyring
/// lets locked ones be found, others show an empty keyring until it is unlocked.
fn hides_items(service: &Service<'_>) -> Result<bool, Error> {
    for collection in service.get_all_collections()? {
        if collection.is_locked()? && collection.get_all_items()?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_dockers_schema(attributes: &HashMap<String, String>) -> bool {
    let is = |name: &str, value: &str| attributes.get(name).is_some_and(|found| found == value);
    is(SCHEMA, DOCKER_SCHEMA) || is(HASHED_SCHEMA, HASHED_DOCKER_SCHEMA)
}

/// The item that was listed.
fn at<'a>(service: &'a Service<'_>, item: &Item) -> Result<ServiceItem<'a>, Error> {
    service.get_item_by_path(item.location.as_str().try_into()?)
}

/// The bus gives most reasons only as text.
fn fault(error: &Error) -> StoreFault {
    let said = error.to_string();
    let speaks_of = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    match error {
        Error::Locked => StoreFault::Locked,
        Error::Prompt => StoreFault::Dismissed,
        Error::Unavailable => StoreFault::Unreachable("there is no session bus".to_owned()),
        Error::NoResult => StoreFault::NoKeyring,
        _ if speaks_of(&["ServiceUnknown", "NameHasNoOwner", "not provided by any", ".Spawn."]) => {
            StoreFault::NotRunning
        }
        _ if speaks_of(&["IsLocked"]) => StoreFault::Locked,
        Error::Zbus(_) if speaks_of(&["o such file"]) => {
            StoreFault::Unreachable("there is no session bus".to_owned())
        }
        Error::Zbus(_) if speaks_of(&["connect", "I/O error", "ddress", "andshake"]) => {
            StoreFault::Unreachable(messages::clean(said.trim_start_matches("zbus error: ")))
        }
        _ => StoreFault::failed(&said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_unlocked_is_told_apart_from_what_is_not_there() {
        assert_eq!(fault(&Error::Locked), StoreFault::Locked);
        assert_eq!(fault(&Error::Prompt), StoreFault::Dismissed);
        assert!(fault(&Error::Unavailable).is_absent());
        assert!(!fault(&Error::NoResult).is_absent());
        assert!(!fault(&Error::Crypto("no key")).is_absent());
    }

    #[test]
    fn a_keyring_that_never_answers_is_not_waited_for() {
        let service = SecretService::new(Timeout::brief());
        let held = Arc::clone(&service.connection);
        // As a question before it that never ends.
        let _held = held.lock().unwrap();
        for _ in 0..2 {
            assert!(matches!(service.list(Query::Own(None)), Err(StoreFault::TimedOut(_))));
        }
        assert!(service.gave_up.load(Ordering::Relaxed), "it is not waited for again");
    }

    #[test]
    fn only_items_with_the_schema_of_docker_are_taken() {
        let has = |name: &str, value: &str| {
            has_dockers_schema(&HashMap::from([(name.to_owned(), value.to_owned())]))
        };
        assert!(has(SCHEMA, DOCKER_SCHEMA));
        assert!(has(HASHED_SCHEMA, HASHED_DOCKER_SCHEMA));
        assert!(!has(SCHEMA, "org.freedesktop.Secret.Generic"));
        assert!(!has(SCHEMA, "chrome_libsecret_os_crypt_password_v2"));
    }
}
