//! The store of `pass`: a folder of encrypted files, listed as files and read
//! with `pass show`. Paths: docker/docker-credential-helpers 0.9.10, `pass/pass.go`.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use zeroize::{Zeroize, Zeroizing};

use super::{Item, Query, Store, StoreFault};
use crate::sources::cause::Cause;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::messages;
use crate::system::process::{self, ProcessFault, Request, Timeout};
use crate::system::programs::{self, Search};

/// Where docker's items stand in the store.
const FOLDER: &str = "docker-credential-helpers";

/// No user name has more slashes than this.
const MAX_DEPTH: usize = 8;

/// Most that an item may hold, in bytes.
const MAX_SECRET: usize = 1024 * 1024;

/// The store of `pass`.
#[derive(Debug)]
pub struct Pass {
    folder: Option<PathBuf>,
    program: Search,
    timeout: Timeout,
}

impl Pass {
    /// The store that `pass` itself would use.
    pub fn new(environment: &Environment, timeout: Timeout) -> Self {
        let named = environment.get("PASSWORD_STORE_DIR").map(PathBuf::from);
        let folder = named.or_else(|| environment.home().map(|home| home.join(".password-store")));
        Self { folder, program: programs::find(environment, "pass"), timeout }
    }

    /// Whether there is anything of docker's in it.
    pub fn has_items(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.join(FOLDER).is_dir())
    }

    /// The folder of a server's items.
    fn server_folder(folder: &Path, server: &str) -> PathBuf {
        folder.join(FOLDER).join(URL_SAFE.encode(server))
    }

    fn run(&self, program: &Path, location: &str) -> Result<Zeroizing<Vec<u8>>, StoreFault> {
        let request = Request {
            program,
            arguments: &["show", location],
            input: Zeroizing::default(),
            hidden_variables: &["DOCKER_AUTH_CONFIG"],
            timeout: self.timeout,
            max_stdout: MAX_SECRET,
            on_stdout: None,
        };
        let finished = process::run(request, |said| {
            let said = said.sentence_so_far();
            let said = if said.is_empty() { said } else { format!(" ({said})") };
            messages::note(&format!("waiting for pass{said}"));
        })
        .map_err(|fault| match fault {
            ProcessFault::TimedOut(limit) => StoreFault::TimedOut(limit.as_secs()),
            ProcessFault::TooMuchOutput => StoreFault::Failed("it holds more than 1 MiB".into()),
            ProcessFault::Failed(error) => StoreFault::failed(&error),
        })?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        let said = finished.stderr.last_sentence();
        Err(match Cause::of(finished.stderr.raw()) {
            Some(Cause::Gpg) => StoreFault::Gpg(said),
            Some(Cause::PassNotInitialized) => StoreFault::NotInitialized,
            _ if said.is_empty() => {
                StoreFault::Failed(format!("pass ended with {}", finished.status))
            }
            _ => StoreFault::Failed(said),
        })
    }
}

impl Store for Pass {
    fn name(&self) -> &'static str {
        "the store of pass"
    }

    fn list(&self, query: Query<'_>) -> Result<Vec<Item>, StoreFault> {
        let Query::Docker(server) = query else { return Ok(Vec::new()) };
        let folder = self.folder.as_ref().ok_or(StoreFault::NotInitialized)?;
        if !folder.join(".gpg-id").exists() && !self.has_items() {
            return Err(StoreFault::NotInitialized);
        }
        let servers = match server {
            Some(server) => vec![Self::server_folder(folder, server)],
            None => files_in(&folder.join(FOLDER))?,
        };
        let mut items = Vec::new();
        for location in servers {
            // A folder that is no server's stops docker's helper; it is not docker's.
            if let Some(server) = server_of(&location) {
                add_users(&location, "", &server, folder, &mut items)?;
            }
        }
        Ok(items)
    }

    fn read(&self, item: &Item) -> Result<Zeroizing<Vec<u8>>, StoreFault> {
        let Search::Found(program) = &self.program else {
            return Err(StoreFault::NoProgram("pass"));
        };
        let mut secret = self.run(program, &item.location)?;
        // As docker's helper trims what it reads.
        let end = secret.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
        let end = end.map_or(0, |last| last + 1);
        secret.get_mut(end..).into_iter().for_each(Zeroize::zeroize);
        secret.truncate(end);
        Ok(secret)
    }
}

fn server_of(folder: &Path) -> Option<String> {
    let name = folder.file_name()?.to_str()?;
    String::from_utf8(URL_SAFE.decode(name).ok()?).ok()
}

/// What is in a folder; nothing where there is none.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, StoreFault> {
    match files::list(folder) {
        Ok(paths) => Ok(paths),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(StoreFault::Failed(error.to_string())),
    }
}

/// Adds the users of a server. `pass` makes folders of a user name with
/// slashes, which docker's helper cannot read back; `pass show` can.
fn add_users(
    folder: &Path,
    above: &str,
    server: &str,
    store: &Path,
    items: &mut Vec<Item>,
) -> Result<(), StoreFault> {
    if above.matches('/').count() > MAX_DEPTH {
        return Ok(());
    }
    for path in files_in(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            add_users(&path, &format!("{above}{name}/"), server, store, items)?;
        } else if let Some(user) = name.strip_suffix(".gpg")
            && let Ok(location) = path.strip_prefix(store)
            && let Some(location) = location.to_str()
        {
            items.push(Item {
                server: server.to_owned(),
                username: format!("{above}{user}"),
                location: location.trim_end_matches(".gpg").to_owned(),
                is_locked: false,
                modified: 0,
            });
        }
    }
    Ok(())
}
