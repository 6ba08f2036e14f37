//! The cluster's namespaces, and the context that decides which cluster it is.

use super::{Call, Kubectl, Selectors};
use crate::cluster::error::ClusterError;
use crate::system::messages::clean;
use crate::system::untrusted::Untrusted;

impl Kubectl {
    /// Returns the namespaces that have these labels, or all of them, sorted.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, ClusterError> {
        let selectors = Selectors { labels: selector, ..Selectors::default() };
        let mut names = self.object_names("namespaces", selectors)?;
        names.sort();
        Ok(names)
    }

    /// Returns the name of the context that is used, where there is one.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no answer.
    pub(crate) fn context(&self) -> Result<Option<String>, ClusterError> {
        let given = self.flags().find_map(|flag| flag.strip_prefix("--context="));
        if let Some(context) = given {
            return Ok(Some(clean(context)));
        }
        let call = Call { arguments: &["config", "current-context"], ..Call::default() };
        let answer = self.run(call)?.ok();
        Ok(answer.map(|answer| Untrusted::from_bytes(&answer).last_line()))
    }
}
