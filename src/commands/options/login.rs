//! `login` and `logout`.

use super::input::StandardInput;
use super::{selection, trust, words};
use crate::cli::{LoginArguments, LogoutArguments};
use crate::error::Error;
use crate::registry::key::RegistryKey;
use crate::selection::parse_registry;
use crate::selection::typed::{TypedOptions, require_terminal};
use crate::selection::verification::TrustOptions;
use crate::system::environment::Environment;

/// `login`.
#[derive(Debug)]
pub(crate) struct LoginOptions {
    /// None is asked for.
    pub(crate) registry: Option<RegistryKey>,
    /// What is typed or piped.
    pub(crate) typed: TypedOptions,
    /// Whether the registry is asked first.
    pub(crate) check: LoginCheck,
}

/// Whether a registry is asked about a credential before it is kept.
#[derive(Debug)]
pub(crate) enum LoginCheck {
    /// It is not.
    Skip,
    /// It is; a registry that cannot be reached is warned of.
    WhenReachable(TrustOptions),
    /// It is, and has to accept the credential.
    Required(TrustOptions),
}

impl LoginOptions {
    pub(super) fn of(arguments: LoginArguments, environment: &Environment) -> Result<Self, Error> {
        let LoginArguments {
            registry,
            registry_flag,
            username,
            password_stdin,
            no_verify,
            verify,
            trust: how,
        } = arguments;
        let registry = registry.or(registry_flag);
        StandardInput::default()
            .flag("--password-stdin", password_stdin)
            .files("--ca-file", &how.ca_file)
            .check()?;
        if let Some(text) = &registry {
            words::question_registry(text, "kubectl regcred login ")?;
        }
        let registry = registry.map(|text| parse_registry(&text)).transpose()?;
        if registry.is_none() {
            require_terminal(
                "login needs a registry",
                "kubectl regcred login HOST --username USER --password-stdin",
            )?;
        }
        let typed = TypedOptions { username, password: selection::password_from(password_stdin) };
        typed.check()?;
        let check = match (no_verify, verify) {
            (true, _) => LoginCheck::Skip,
            (false, true) => LoginCheck::Required(trust(&how, environment)?),
            (false, false) => LoginCheck::WhenReachable(trust(&how, environment)?),
        };
        Ok(Self { registry, typed, check })
    }
}

/// What `logout` removes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LogoutOptions {
    /// The credential of this registry.
    Registry(RegistryKey),
    /// Everything that `login` keeps.
    All,
    /// What a person picks.
    Ask,
}

impl LogoutOptions {
    pub(super) fn of(arguments: &LogoutArguments) -> Result<Self, Error> {
        let registry = arguments.registry.as_ref().or(arguments.registry_flag.as_ref());
        if let Some(text) = registry {
            words::question_registry(text, "kubectl regcred logout ")?;
        }
        Ok(match registry {
            Some(registry) => Self::Registry(parse_registry(registry)?),
            None if arguments.all => Self::All,
            None => Self::Ask,
        })
    }
}
