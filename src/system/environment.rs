//! The environment variables and the home folder, read once.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The variables that the process was started with.
#[derive(Debug)]
pub struct Environment {
    variables: HashMap<OsString, OsString>,
    configuration_folder: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self { variables: std::env::vars_os().collect(), configuration_folder: dirs::config_dir() }
    }

    /// The value of a variable; an empty one counts as unset, as for docker and kubectl.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }

    /// The home folder as docker finds it: `USERPROFILE` on Windows; elsewhere
    /// `HOME`, or the password database where that is empty.
    /// Source: docker/cli 29.9, `cli/config/config.go`.
    pub fn home(&self) -> Option<PathBuf> {
        let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.get(variable).map(PathBuf::from).or_else(std::env::home_dir)
    }

    /// The folder for configuration that this system has for every program of
    /// this user: `XDG_CONFIG_HOME` or `~/.config`, `~/Library/Application Support`,
    /// `%APPDATA%`.
    pub fn configuration_folder(&self) -> Option<&Path> {
        self.configuration_folder.as_deref()
    }

    /// Puts another folder in its place.
    #[must_use]
    pub fn with_configuration_folder(mut self, folder: PathBuf) -> Self {
        self.configuration_folder = Some(folder);
        self
    }

    /// A path for messages, the home folder shortened to `~`.
    pub fn display_path(&self, path: &Path) -> String {
        let within_home =
            self.home().and_then(|home| path.strip_prefix(home).ok().map(PathBuf::from));
        let shown = match within_home {
            Some(rest) => Path::new("~").join(rest),
            None => path.to_owned(),
        };
        super::messages::clean(&shown.to_string_lossy())
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let variables =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, configuration_folder: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let environment = Environment::from_iter([("DOCKER_CONFIG", ""), ("SHELL", "/bin/sh")]);
        assert_eq!(environment.get("DOCKER_CONFIG"), None);
        assert_eq!(environment.get("SHELL"), Some(OsStr::new("/bin/sh")));
    }

    #[test]
    fn the_folder_for_configuration_belongs_to_the_environment() {
        let environment = Environment::from_iter([("HOME", "/home/jane")]);
        assert_eq!(environment.configuration_folder(), None, "not that of this process");
        let folder = PathBuf::from("/srv/configuration");
        let environment = environment.with_configuration_folder(folder.clone());
        assert_eq!(environment.configuration_folder(), Some(folder.as_path()));
        let real = Environment::of_process();
        assert_eq!(real.configuration_folder(), dirs::config_dir().as_deref());
    }

    #[cfg(unix)]
    #[test]
    fn paths_in_the_home_folder_are_shortened() {
        let environment = Environment::from_iter([("HOME", "/home/jane")]);
        let shown = |path: &str| environment.display_path(Path::new(path));
        assert_eq!(shown("/home/jane/.docker/config.json"), "~/.docker/config.json");
        assert_eq!(shown("/home/janet/x"), "/home/janet/x");
        assert_eq!(shown("/tmp/\u{1b}[31mred"), "/tmp/[31mred");
    }
}
