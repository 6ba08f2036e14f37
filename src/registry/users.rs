//! The user that a registry takes with a credential of some form: under another name a
//! good token is refused. Says nothing of whom a person may be.

/// What a registry takes.
struct Row {
    /// The registry; one that begins with a dot stands for all hosts that end so.
    registry: &'static str,
    /// How the password begins; empty for every one.
    password: &'static str,
    /// The users; empty where only the registry knows.
    users: &'static [&'static str],
    says: &'static str,
}

/// A row each, the first that fits counts. Sources: the vendors' manuals, by their titles.
const ROWS: [Row; 8] = [
    // ibm.com, "Obtaining your IBM entitlement API key".
    Row {
        registry: "cp.icr.io",
        password: "",
        users: &["cp", "ekey", "iamapikey"],
        says: "cp.icr.io takes the user cp with an entitlement key",
    },
    // cloud.ibm.com/docs/Registry, "Accessing your namespaces in automation".
    Row {
        registry: ".icr.io",
        password: "",
        users: &["iamapikey", "iambearer", "iamrefresh", "token"],
        says: "IBM's registry takes the user iamapikey with an API key",
    },
    // docs.docker.com, "Organization access tokens".
    Row {
        registry: "docker.io",
        password: "dckr_oat_",
        users: &[],
        says: "a token of an organization takes the name of the organization as its user",
    },
    // docs.nvidia.com, "NGC User Guide".
    Row {
        registry: "nvcr.io",
        password: "",
        users: &["$oauthtoken"],
        says: "nvcr.io takes the user $oauthtoken, written so, with an API key",
    },
    // cloud.google.com, "Configure authentication to Artifact Registry for Docker".
    Row { registry: ".pkg.dev", password: "{", users: &["_json_key"], says: GOOGLE },
    Row { registry: ".gcr.io", password: "{", users: &["_json_key"], says: GOOGLE },
    // yandex.cloud, "Authenticating in Container Registry".
    Row {
        registry: "cr.yandex",
        password: "{",
        users: &["json_key"],
        says: "Yandex takes the user json_key with the key of a service account",
    },
    // learn.microsoft.com, "Azure Container Registry authentication with service principals".
    Row {
        registry: ".azurecr.io",
        password: "eyJ",
        users: &["00000000-0000-0000-0000-000000000000"],
        says: "Azure takes the user 00000000-0000-0000-0000-000000000000 with a token of `az acr login`",
    },
];

const GOOGLE: &str = "Google takes the user _json_key with the key of a service account";

/// Returns what a registry takes in place of this user, or with it, where a credential of
/// this form was refused.
pub(crate) fn taken_with(registry: &str, username: &str, password: &str) -> Option<&'static str> {
    let password = password.trim_start();
    let is_of = |row: &&Row| {
        let is_host = match row.registry.strip_prefix('.') {
            Some(domain) => registry == domain || registry.ends_with(row.registry),
            None => registry == row.registry,
        };
        is_host && password.starts_with(row.password)
    };
    let row = ROWS.iter().find(is_of)?;
    (!row.users.contains(&username)).then_some(row.says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_that_a_registry_does_not_take_is_told() {
        for (registry, username, password, is_told) in [
            ("cp.icr.io", "jane", "x", true),
            ("cp.icr.io", "cp", "x", false),
            ("us.icr.io", "jane", "x", true),
            ("icr.io", "iamapikey", "x", false),
            ("docker.io", "jane", "dckr_oat_x", true),
            ("docker.io", "jane", "dckr_pat_x", false),
            ("nvcr.io", "", "nvapi-x", true),
            ("nvcr.io", "$oauthtoken", "nvapi-x", false),
            ("europe-docker.pkg.dev", "jane", "\n{\"type\": \"service_account\"}", true),
            ("gcr.io", "_json_key", "{}", false),
            ("gcr.io", "oauth2accesstoken", "ya29.x", false),
            ("acme.azurecr.io", "acme", "x", false),
            ("acme.azurecr.io", "acme", "eyJhbGciOi", true),
            ("ghcr.io", "jane", "x", false),
        ] {
            let told = taken_with(registry, username, password);
            assert_eq!(told.is_some(), is_told, "{username} at {registry}: {told:?}");
        }
    }
}
