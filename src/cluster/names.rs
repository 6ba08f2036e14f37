//! Names for the shell's completion: none where they cannot be read.

use super::Kubectl;
use super::kubectl::Call;
use crate::system::messages::clean;

impl Kubectl {
    /// Returns the names of the objects of a kind, in the namespace of the flags that are
    /// passed on. `fields` is a field selector.
    pub(crate) fn names(&self, kind: &str, fields: Option<&str>) -> Vec<String> {
        let is_kind = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
        if kind.is_empty() || !kind.chars().all(is_kind) {
            return Vec::new();
        }
        let fields = fields.map(|fields| format!("--field-selector={fields}"));
        let mut arguments = vec!["get", kind, "--output=name"];
        arguments.extend(fields.as_deref());
        let answer = self.lines(&arguments);
        answer.iter().filter_map(|line| Some(clean(line.split_once('/')?.1))).collect()
    }

    /// Returns the contexts of the kubeconfig.
    pub(crate) fn contexts(&self) -> Vec<String> {
        let lines = self.lines(&["config", "get-contexts", "--output=name"]);
        lines.iter().map(|line| clean(line)).collect()
    }

    fn lines(&self, arguments: &[&str]) -> Vec<String> {
        let Ok(answer) = self.answer(Call { arguments, ..Call::of_many() }) else {
            return Vec::new();
        };
        String::from_utf8_lossy(&answer).lines().map(str::to_owned).collect()
    }
}
