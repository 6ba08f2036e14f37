//! What the answers of the guided mode add up to: one command, and the same in words.

use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::system::shell;

/// A registry that was picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registry {
    /// As `--registry` takes it.
    pub(super) name: String,
    /// The source that has a login for it; none where it is typed.
    pub(super) source: Option<&'static str>,
}

/// Where the Secret goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// To standard output.
    Print,
    /// Into the cluster.
    Apply {
        /// The context, where kubectl has one.
        context: Option<String>,
        /// Whether new Pods use the Secret.
        new_pods: NewPods,
    },
}

/// Whether Pods that are created later use the Secret by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewPods {
    /// Their service account references it.
    UseIt,
    /// They have to reference it.
    ReferenceIt,
}

/// What the answers add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Of the Secret.
    pub(super) name: String,
    /// Never empty.
    pub(super) registries: Vec<Registry>,
    /// The user of the one registry that has no login.
    pub(super) username: Option<String>,
    /// None is the one that is current when the YAML is applied.
    pub(super) namespaces: Vec<String>,
    /// Where the Secret goes.
    pub(super) delivery: Delivery,
}

impl Plan {
    /// Returns the words that follow `kubectl regcred`.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = vec!["secret".to_owned(), self.name.clone()];
        for registry in &self.registries {
            words.extend(["--registry".to_owned(), registry.name.clone()]);
        }
        if let Some(username) = &self.username {
            words.extend(["--username".to_owned(), username.clone()]);
        }
        for namespace in &self.namespaces {
            words.extend(["-n".to_owned(), namespace.clone()]);
        }
        if let Delivery::Apply { new_pods, .. } = &self.delivery {
            words.push("--apply".to_owned());
            if *new_pods == NewPods::UseIt {
                words.push("--link".to_owned());
            }
        }
        words
    }

    /// Returns the command that does the same without questions, for a shell.
    pub(super) fn command(&self) -> String {
        let words = self.words();
        let command = shell::command(words.iter().map(String::as_str));
        let password = self.username.as_ref().map(|_| " --password-stdin <token.txt");
        format!("kubectl regcred {command}{}", password.unwrap_or_default())
    }

    /// Returns the plan in words, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let (verb, context) = match &self.delivery {
            Delivery::Print => ("print", None),
            Delivery::Apply { context, .. } => ("create or update", context.as_deref()),
        };
        let namespaces = match self.namespaces.as_slice() {
            [] => String::new(),
            [one] => format!(" in namespace {one}"),
            more => format!(" in namespaces {}", more.join(", ")),
        };
        let context = context.map(|context| format!(", context {context}")).unwrap_or_default();
        let mut lines = vec![format!("  {verb} Secret {}{namespaces}{context}", self.name)];
        lines.extend(self.registries.iter().map(|registry| match registry.source {
            Some(source) => format!("  with the login for {} from {source}", registry.name),
            None => format!("  with a password for {} that you type next", registry.name),
        }));
        if let Delivery::Apply { new_pods: NewPods::UseIt, .. } = &self.delivery {
            let secret = &self.name;
            lines.push(format!("  add Secret {secret} to service account {DEFAULT_ACCOUNT}"));
        }
        lines
    }

    /// Returns what is left to do, as a line.
    pub(super) fn next_step(&self) -> Option<String> {
        match &self.delivery {
            Delivery::Print => {
                Some(format!("to create it in a cluster: {} | kubectl apply -f -", self.command()))
            }
            Delivery::Apply { new_pods: NewPods::ReferenceIt, .. } => Some(format!(
                "to use it, add this to your Pods: imagePullSecrets: [{{name: {}}}]",
                self.name
            )),
            Delivery::Apply { new_pods: NewPods::UseIt, .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(registries: &[(&str, Option<&'static str>)], delivery: Delivery) -> Plan {
        let registries = registries
            .iter()
            .map(|(name, source)| Registry { name: (*name).to_owned(), source: *source });
        Plan {
            name: "regcred".to_owned(),
            registries: registries.collect(),
            username: None,
            namespaces: vec!["shop".to_owned()],
            delivery,
        }
    }

    fn applied(new_pods: NewPods) -> Delivery {
        Delivery::Apply { context: Some("prod".to_owned()), new_pods }
    }

    #[test]
    fn known_logins_are_applied_and_linked() {
        let known = [("ghcr.io", Some("docker")), ("quay.io/team", Some("podman"))];
        let mut plan = plan(&known, applied(NewPods::UseIt));
        plan.namespaces.push("test".to_owned());
        assert_eq!(
            plan.command(),
            "kubectl regcred secret regcred --registry ghcr.io --registry quay.io/team \
             -n shop -n test --apply --link"
        );
        assert_eq!(
            plan.lines(),
            [
                "  create or update Secret regcred in namespaces shop, test, context prod",
                "  with the login for ghcr.io from docker",
                "  with the login for quay.io/team from podman",
                "  add Secret regcred to service account default",
            ]
        );
        assert_eq!(plan.next_step(), None);
    }

    #[test]
    fn a_typed_password_is_a_pipe_in_the_command() {
        let mut plan = plan(&[("ghcr.io", None)], applied(NewPods::ReferenceIt));
        plan.username = Some("robot$x".to_owned());
        assert_eq!(
            plan.command(),
            "kubectl regcred secret regcred --registry ghcr.io --username 'robot$x' -n shop \
             --apply --password-stdin <token.txt"
        );
        assert_eq!(plan.lines()[1], "  with a password for ghcr.io that you type next");
        assert_eq!(
            plan.next_step().unwrap(),
            "to use it, add this to your Pods: imagePullSecrets: [{name: regcred}]"
        );
    }

    #[test]
    fn what_is_printed_is_piped_to_kubectl() {
        let mut plan = plan(&[("ghcr.io", Some("keyring"))], Delivery::Print);
        plan.namespaces.clear();
        assert_eq!(plan.lines()[0], "  print Secret regcred");
        assert_eq!(
            plan.next_step().unwrap(),
            "to create it in a cluster: kubectl regcred secret regcred --registry ghcr.io \
             | kubectl apply -f -"
        );
    }
}
