//! Names of objects and contexts.

use super::kubectl::Call;
use super::{Kubectl, Selectors};
use crate::cluster::error::ClusterError;
use crate::system::messages::clean;

impl Kubectl {
    /// Returns the names of the objects of a kind, in the namespace of the flags that are
    /// passed on. `fields` is a field selector.
    pub(crate) fn names(&self, kind: &str, fields: Option<&str>) -> Vec<String> {
        let is_kind = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
        if kind.is_empty() || !kind.chars().all(is_kind) {
            return Vec::new();
        }
        let selectors = Selectors { fields, ..Selectors::default() };
        self.object_names(kind, selectors).unwrap_or_default()
    }

    /// Returns the names of the objects of a kind, in the plural.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(super) fn object_names(
        &self,
        kind: &str,
        selectors: Selectors<'_>,
    ) -> Result<Vec<String>, ClusterError> {
        let words = selectors.arguments(kind, "name");
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = self.answer(Call { arguments: &arguments, ..Call::default() })?;
        let text = String::from_utf8_lossy(&answer);
        Ok(text.lines().filter_map(|line| Some(clean(line.split_once('/')?.1))).collect())
    }

    /// Returns the contexts of the kubeconfig.
    pub(crate) fn contexts(&self) -> Vec<String> {
        let arguments = &["config", "get-contexts", "--output=name"];
        let answer = self.answer(Call { arguments, ..Call::default() }).unwrap_or_default();
        String::from_utf8_lossy(&answer).lines().map(clean).collect()
    }
}
