//! How a Pod comes to reference the Secret that serves its image.

use super::Surroundings;
use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::cluster::refusal::namespace_flag;
use crate::diagnose::evidence::PodEvidence;
use crate::kubelet::{Finding, Problem};
use crate::registry::hosts;
use crate::system::messages::clean;
use crate::system::shell;

/// Shortest name that another may be a misspelling of, in bytes.
const SHORTEST_NEAR_NAME: usize = 3;

/// Most bytes by which one edit changes the length of a name: a character of UTF-8.
const MAX_BYTES_OF_EDIT: usize = 4;

impl Surroundings<'_> {
    /// The service account, `default` where it is not known.
    pub(super) fn account(&self) -> &str {
        self.account.unwrap_or(DEFAULT_ACCOUNT)
    }

    /// The matching Secret to propose: best the one that the account only mounts.
    pub(super) fn proposed(&self) -> Option<&str> {
        let mounted = self.matching.iter().find(|name| self.mounted.contains(name));
        mounted.or(self.matching.first()).copied()
    }

    /// The Secret that the account names in the wrong list. What is mounted there may be
    /// something else: other than a matching one counts only where nothing is known of it.
    fn mounted_in_vain(&self) -> Option<&str> {
        let is_unknown = |name: &&&str| {
            !self.names.contains(*name) && !name.contains("-token") && !name.contains("-dockercfg")
        };
        let mut mounted = self.mounted.iter();
        let matching = self.matching.iter().find(|name| self.mounted.contains(name));
        matching.or_else(|| mounted.find(is_unknown)).copied()
    }
}

/// Returns a finding in words, with what its surroundings add to it.
pub(crate) fn message(finding: &Finding, surroundings: &Surroundings<'_>) -> String {
    let mut message = match &finding.problem {
        // Without a cluster it may exist there.
        Problem::SecretMissing if surroundings.manifest.is_some() => {
            "the Pod references this Secret, which the files do not hold".to_owned()
        }
        problem => problem.to_string(),
    };
    let account = hosts::account_of(surroundings.domain);
    if let (Problem::NoMatch(_) | Problem::NoPullSecret, Some(account)) =
        (&finding.problem, account)
    {
        message += &account_message(surroundings.domain, account);
    }
    if !matches!(finding.problem, Problem::SecretMissing | Problem::NoPullSecret) {
        return message;
    }
    if let (Problem::NoPullSecret, Some(name)) = (&finding.problem, surroundings.mounted_in_vain())
    {
        message += &mounted_message(surroundings.account(), name);
    } else if let Some(name) = surroundings.proposed() {
        message += &matching_message(name);
    }
    message
}

/// Says whose account a registry takes.
fn account_message(domain: &str, account: &str) -> String {
    format!("; {domain} takes the account of {account}, under its own name")
}

/// Says that another Secret would serve the image.
pub(in crate::diagnose) fn matching_message(name: &str) -> String {
    format!("; {} exists and its entry matches this image", clean(name))
}

/// Says that a service account names a Secret in the list of what may be mounted.
pub(in crate::diagnose) fn mounted_message(account: &str, name: &str) -> String {
    format!(
        "; service account {} names {} under `secrets`, which are mounted, not used to pull",
        clean(account),
        clean(name)
    )
}

/// Returns how a Pod without any reference gets one.
pub(super) fn reference_any(surroundings: &Surroundings<'_>) -> String {
    let account = surroundings.account();
    let namespace = surroundings.namespace;
    if let Some(name) = surroundings.mounted_in_vain() {
        return link(account, name, namespace);
    }
    match (surroundings.proposed(), surroundings.manifest) {
        (Some(name), Some(manifest)) if is_file(manifest) => format!(
            "reference it: kubectl regcred inject -f {manifest} --existing-secret {} --in-place",
            shell::word(name)
        ),
        (Some(name), _) => format!("reference it: {}", reference(name)),
        (None, _) => {
            let link = match account {
                DEFAULT_ACCOUNT => "--link".to_owned(),
                account => shell::flag("--link", account),
            };
            let words =
                ["kubectl", "regcred", "secret", "--registry", surroundings.domain, "--apply"];
            let write = shell::command(words);
            format!("create one that new Pods use: {write} {link}{}", namespace_flag(namespace))
        }
    }
}

/// Returns how a service account uses a Secret to pull.
pub(in crate::diagnose) fn link(account: &str, secret: &str, namespace: Option<&str>) -> String {
    let words = ["kubectl", "regcred", "link", account, "--secret-name", secret];
    format!("link it: {}{}", shell::command(words), namespace_flag(namespace))
}

/// Whether a manifest, as it is shown, is a file that can be changed.
fn is_file(manifest: &str) -> bool {
    manifest != "-"
}

/// Returns how a misplaced reference is moved.
pub(super) fn move_reference(secret: &str, surroundings: &Surroundings<'_>) -> String {
    match surroundings.manifest {
        Some(manifest) if is_file(manifest) => format!(
            "put it right: kubectl regcred inject -f {manifest} --existing-secret {} --fix --in-place",
            shell::word(secret)
        ),
        _ => format!("move it beside `containers`: {}", reference(secret)),
    }
}

/// Returns how a repeated reference becomes a single one. `unlink` removes all of them.
pub(super) fn reference_once(secret: &str, surroundings: &Surroundings<'_>) -> String {
    if surroundings.manifest.is_some() || !surroundings.account_repeats {
        return format!("reference it once: {}", reference(secret));
    }
    link_once(surroundings.account(), secret, surroundings.namespace)
}

/// Returns how a service account that names a Secret several times names it once.
pub(crate) fn link_once(account: &str, secret: &str, namespace: Option<&str>) -> String {
    let flag = namespace_flag(namespace);
    let command = |verb| {
        shell::command(["kubectl", "regcred", verb, account, "--secret-name", secret]) + &flag
    };
    format!("reference it once: {} && {}", command("unlink"), command("link"))
}

/// Returns the name that may be meant by one that does not exist: it differs in one
/// character or in two exchanged ones, or one of both continues the other.
pub(crate) fn near_name<'n>(missing: &str, names: &[&'n str]) -> Option<&'n str> {
    let is_near = |name: &&&str| {
        let is_long = name.len().min(missing.len()) >= SHORTEST_NEAR_NAME;
        let continues = name.starts_with(missing) || missing.starts_with(**name);
        // Most of many names differ too much in length to be compared.
        let is_one_edit = || {
            name.len().abs_diff(missing.len()) <= MAX_BYTES_OF_EDIT
                && strsim::damerau_levenshtein(name, missing) <= 1
        };
        **name != missing && is_long && (continues || is_one_edit())
    };
    names.iter().find(is_near).copied()
}

pub(super) fn reference_instead(name: &str) -> String {
    format!("reference {} instead: {}", clean(name), reference(name))
}

/// Returns how a Pod of the cluster references another Secret: its list cannot change
/// while it exists.
pub(in crate::diagnose) fn reference_other(pod: &PodEvidence, name: &str) -> String {
    let reference = reference(name);
    let name = clean(name);
    if pod.has_owner {
        return format!("reference {name} in {} instead: {reference}", clean(&pod.workload));
    }
    format!(
        "reference {name} instead, in the manifest of the Pod, and recreate the Pod: {reference}"
    )
}

/// Returns how the Pod gets a Secret that its service account references.
pub(in crate::diagnose) fn reference_too(secret: &str) -> String {
    format!("reference it in the Pod too: {}", reference(secret))
}

fn reference(secret: &str) -> String {
    format!("imagePullSecrets: [{{name: {}}}]", clean(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_recognized() {
        for (missing, name, is_near) in [
            ("regcerd", "regcred", true),
            ("recgred", "regcred", true),
            ("regcrd", "regcred", true),
            ("regcredd", "regcred", true),
            ("regcrad", "regcred", true),
            ("rgecerd", "regcred", false),
            ("regcred", "regcred-shop", true),
            ("regcred-shop", "regcred", true),
            ("regcred", "regcred", false),
            ("a", "b", false),
            ("re", "regcred", false),
            ("pull", "push", false),
            ("régcred", "regcred", true),
        ] {
            let near = near_name(missing, &["unrelated", name]);
            assert_eq!(near, is_near.then_some(name), "{missing} for {name}");
        }
    }
}
