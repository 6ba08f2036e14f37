//! The store behind a helper, where the helper cannot run, or says too little.

use secrecy::ExposeSecret;

use super::fault::HelperFault;
use super::{HelperPrograms, Listed, Stored, login};
use crate::sources::store;
use crate::sources::store::fault::StoreFault;
use crate::system::untrusted::Untrusted;

/// Reads the store of a helper that cannot run; its fault counts where the
/// store is none of those we know.
pub(super) fn read_store(
    programs: &dyn HelperPrograms,
    helper: &str,
    server: &str,
    missing: HelperFault,
) -> Result<Stored, HelperFault> {
    let Some(store) = programs.store(helper) else { return Err(missing) };
    match store::get(&*store, server) {
        Ok(None) => Ok(Stored::Nothing(Untrusted::default(), Some(store.name()))),
        Ok(Some((_, secret))) if secret.expose_secret().is_empty() => Err(HelperFault::NoSecret),
        Ok(Some((username, secret))) => {
            Ok(Stored::Login(login(username, secret), Some(store.name())))
        }
        Err(fault) => {
            Err(HelperFault::Store { why: missing.to_string(), store: store.name(), fault })
        }
    }
}

/// `docker-credential-secretservice` 0.9 and later says "not found" of a locked
/// keyring too.
pub(super) fn check_not_locked(
    programs: &dyn HelperPrograms,
    helper: &str,
    server: &str,
) -> Result<(), HelperFault> {
    let store = programs.store(helper).filter(|_| helper == "secretservice");
    let Some(store) = store else { return Ok(()) };
    let fault = match store::find(&*store, server) {
        Ok(Some(item)) if item.is_locked => StoreFault::Locked,
        Ok(_) => return Ok(()),
        Err(fault) => fault,
    };
    Err(HelperFault::Store { why: "found nothing".to_owned(), store: store.name(), fault })
}

/// Lists the store of a helper that cannot run.
pub(super) fn list_store(
    programs: &dyn HelperPrograms,
    helper: &str,
    missing: HelperFault,
) -> Result<Listed, HelperFault> {
    let Some(store) = programs.store(helper) else { return Err(missing) };
    let name = store.name();
    match store::servers(&*store) {
        Ok(servers) => Ok(Listed { servers, store: Some(name) }),
        Err(fault) => Err(HelperFault::Store { why: missing.to_string(), store: name, fault }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zeroize::Zeroizing;

    use super::super::{Answer, get, list};
    use super::*;
    use crate::sources::store::Store;
    use crate::sources::store::fake::{FakeKeyring, item};

    /// A helper that is not there, or finds nothing, and the store behind it.
    struct Helper {
        is_there: bool,
        store: FakeKeyring,
    }

    impl HelperPrograms for Helper {
        fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
            if !self.is_there {
                return Err(HelperFault::Missing);
            }
            let stdout = Zeroizing::new(super::super::NOT_FOUND.into());
            let (status, stderr) = ("exit status 1".to_owned(), Untrusted::default());
            Ok(Answer { success: false, status, stdout, stderr })
        }

        fn store(&self, _: &str) -> Option<Arc<dyn Store>> {
            Some(Arc::new(self.store.clone()))
        }
    }

    fn helper(is_there: bool) -> Helper {
        let token = item("reg.example.com", "<token>", 1);
        let store = FakeKeyring::with(&[
            (item("ghcr.io", "jane", 1), b"hunter2"),
            (token, b"refresh"),
            (item("empty.example.com", "jane", 1), b""),
        ]);
        Helper { is_there, store }
    }

    fn fault(helper: &Helper, server: &str) -> String {
        get(helper, "secretservice", server).unwrap_err().to_string()
    }

    #[test]
    fn a_store_answers_as_its_helper_would() {
        let helper = helper(false);
        let read = |server| match get(&helper, "secretservice", server) {
            Ok(Stored::Login(login, Some("the fake keyring"))) => login,
            other => panic!("{other:?}"),
        };
        let login = read("ghcr.io");
        assert_eq!((login.username.as_str(), login.password.expose_secret()), ("jane", "hunter2"));
        assert_eq!(read("reg.example.com").identity_token.unwrap().expose_secret(), "refresh");
        let nothing = get(&helper, "secretservice", "quay.io");
        assert!(matches!(nothing, Ok(Stored::Nothing(_, Some("the fake keyring")))));
        assert_eq!(fault(&helper, "empty.example.com"), HelperFault::NoSecret.to_string());
        let listed = list(&helper, "secretservice").unwrap();
        assert_eq!(listed.servers, ["empty.example.com", "ghcr.io", "reg.example.com"]);
        assert_eq!(listed.store, Some("the fake keyring"));
    }

    #[test]
    fn a_store_that_cannot_be_read_is_told_with_its_helper() {
        let helper = helper(false);
        helper.store.lock();
        helper.store.change(|content| content.unlocking = Some(StoreFault::Locked));
        assert_eq!(
            fault(&helper, "ghcr.io"),
            "is not on PATH, and the fake keyring, read directly, is locked"
        );
        helper.store.change(|content| content.fault = Some(StoreFault::NotRunning));
        let told = list(&helper, "secretservice").unwrap_err().to_string();
        assert_eq!(told, "is not on PATH, and the fake keyring, read directly, is not running");
    }

    #[test]
    fn a_helper_that_finds_nothing_is_believed_only_of_an_open_store() {
        let helper = helper(true);
        let nothing =
            |server| matches!(get(&helper, "secretservice", server), Ok(Stored::Nothing(..)));
        assert!(nothing("ghcr.io") && nothing("quay.io"));
        helper.store.lock();
        assert!(nothing("quay.io"));
        assert_eq!(
            fault(&helper, "ghcr.io"),
            "found nothing, and the fake keyring, read directly, is locked"
        );
        helper.store.change(|content| content.fault = Some(StoreFault::NotRunning));
        assert!(fault(&helper, "quay.io").ends_with("is not running"));
        // Other helpers say so themselves.
        assert!(matches!(get(&helper, "pass", "ghcr.io"), Ok(Stored::Nothing(..))));
    }
}
