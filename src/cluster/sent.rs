//! The credentials in what is sent to kubectl, which may repeat them where it fails.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::kubelet::{PullSecret, SecretKind, entries};
use crate::system::secrets;

/// Shorter base64 holds no entry of a pull Secret, in characters.
const MIN_VALUE: usize = 24;

/// Hides the credentials of the pull Secrets in these documents from now on. It is
/// called only where there are words to show: it decodes all of them.
pub(super) fn hide_credentials(documents: &str) {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let values = documents.split(|c| !is_base64(c)).filter(|value| value.len() >= MIN_VALUE);
    for value in values.collect::<HashSet<&str>>() {
        let Ok(value) = STANDARD.decode(value).map(Zeroizing::new) else { continue };
        let pull_secret = PullSecret { kind: SecretKind::DockerConfigJson, value: &value };
        for entry in entries(pull_secret).into_iter().flatten() {
            if let Some((username, password)) = &entry.login {
                secrets::hide_login(username, password);
            }
        }
    }
}
