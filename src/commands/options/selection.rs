//! Which credentials are wanted, and where they come from.

use super::input::{self, StandardInput};
use super::words;
use crate::cli::{SelectionArguments, Source as SourceArgument, SourceArguments};
use crate::error::Error;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::selection::mending::mend;
use crate::selection::typed::{self, PasswordFrom, TypedOptions};
use crate::selection::{self, ManifestOptions, SelectionOptions};
use crate::sources::Source;
use crate::sources::docker::HelperPolicy;
use crate::sources::search::{NamedFile, PullSecretText, SourceOptions};
use crate::system::environment::Environment;

/// Reads the options of choosing credentials.
///
/// # Errors
/// A usage error; a file that was named and cannot be read.
pub(super) fn of(
    arguments: SelectionArguments,
    environment: &Environment,
) -> Result<SelectionOptions, Error> {
    let registries = arguments.registries.iter().map(|text| {
        words::question_registry(text, "--image ")?;
        selection::parse_registry(text)
    });
    let registries = registries.collect::<Result<Vec<_>, Error>>()?;
    let images = images(&arguments.images)?;
    let typed = typed(arguments.username, arguments.password_stdin);
    let from_file = arguments.from_file.map(words::from_file);
    if let Some(file) = &from_file {
        input::check_readable_as(file, || environment.display_path(file))?;
    }
    let file = from_file.map(|path| NamedFile::DockerConfigJson(PullSecretText::File(path), mend));
    let sources = sources(arguments.sources, file, environment)?;
    for path in &arguments.filenames {
        input::check_readable(path)?;
    }
    let manifests = ManifestOptions { paths: arguments.filenames, recursive: arguments.recursive };
    Ok(SelectionOptions { registries, images, manifests, all: arguments.all, typed, sources })
}

/// The flags of choosing credentials that want standard input.
pub(super) fn standard_input(arguments: &SelectionArguments) -> StandardInput {
    StandardInput::default()
        .flag("--password-stdin", arguments.password_stdin)
        .files("--authfile", &arguments.sources.authfile)
        .files("--from-file", &arguments.from_file)
        .files("--filename", &arguments.filenames)
}

/// Reads images.
///
/// # Errors
/// `UsageError::InvalidImage`.
pub(super) fn images(texts: &[String]) -> Result<Vec<ImageReference>, Error> {
    let images = texts.iter().map(|text| {
        words::question_image(text)?;
        selection::parse_image(text)
    });
    images.collect()
}

/// A credential that is typed or piped; none where neither was announced.
fn typed(username: Option<String>, password_stdin: bool) -> Option<TypedOptions> {
    let is_typed = username.is_some() || password_stdin;
    is_typed.then(|| TypedOptions { username, password: password_from(password_stdin) })
}

pub(super) fn password_from(password_stdin: bool) -> PasswordFrom {
    if password_stdin { PasswordFrom::StandardInput } else { PasswordFrom::Prompt }
}

/// Checks that a typed credential is for one registry, as far as the command
/// line says which, and that what is missing can be asked for. `more` are images
/// that were named beside those of the selection.
///
/// # Errors
/// A usage error.
pub(super) fn check_typed(
    options: &SelectionOptions,
    more: &[ImageReference],
) -> Result<(), Error> {
    let Some(typed) = &options.typed else { return Ok(()) };
    let images = options.images.iter().chain(more).map(RegistryKey::of_image);
    let keys: Vec<RegistryKey> = options.registries.iter().cloned().chain(images).collect();
    // Manifests may name the registry; they are read later.
    if !keys.is_empty() || options.manifests.paths.is_empty() {
        typed::only(keys.iter())?;
    }
    typed.check()
}

/// Reads the options of where credentials are looked up; `file` is read in place
/// of `--authfile`.
///
/// # Errors
/// `FileError::Unreadable`.
pub(super) fn sources(
    arguments: SourceArguments,
    file: Option<NamedFile>,
    environment: &Environment,
) -> Result<SourceOptions, Error> {
    let SourceArguments { sources, authfile, ignore_helpers, allow_helpers } = arguments;
    if let Some(file) = &authfile {
        input::check_readable_as(file, || environment.display_path(file))?;
    }
    let file = file.or(authfile.map(NamedFile::Authfile));
    let policy = match &file {
        Some(NamedFile::DockerConfigJson(..)) => HelperPolicy::Ignore,
        _ if ignore_helpers => HelperPolicy::Ignore,
        Some(NamedFile::Authfile(_)) if !allow_helpers => HelperPolicy::Refuse,
        _ => HelperPolicy::Start,
    };
    Ok(SourceOptions { sources: sources.into_iter().map(source).collect(), file, policy })
}

fn source(argument: SourceArgument) -> Source {
    match argument {
        SourceArgument::Keyring => Source::Keyring,
        SourceArgument::Docker => Source::Docker,
        SourceArgument::Podman => Source::Podman,
        SourceArgument::Prompt => Source::Prompt,
    }
}
