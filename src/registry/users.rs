//! Peculiarities of registries: the user that each takes with a credential of some form.
//! Under another name a good token is refused. Says nothing of whom a person may be.
//! A new peculiarity is a row here, with its source.

use crate::registry::hosts;

/// What a registry takes.
struct Row {
    /// The registry; one that begins with a dot stands for all hosts that end so, and an
    /// empty one for all that are not well known.
    registry: &'static str,
    /// How the password begins; empty for every one.
    password: &'static str,
    /// The users, with `*` for any text.
    users: Users,
    says: &'static str,
}

/// Which users a row is about.
enum Users {
    /// All others are refused.
    Only(&'static [&'static str]),
    /// These are refused.
    Not(&'static [&'static str]),
    /// The registry alone knows; it is said where it refused a login.
    Unknown,
}

/// What to say of a user that a registry does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which user it takes.
    pub message: &'static str,
    /// One thing to do.
    pub hint: &'static str,
}

const GOOGLE: &str = "Google takes the user _json_key with the key of a service account";
const GOOGLE_TOKEN: &str = "Google takes the user oauth2accesstoken with an access token";
const GOOGLE_KEY: &str = "the user _json_key takes the key of a service account as JSON, and _json_key_base64 takes it in base64";
const AMAZON: &str = "Amazon ECR takes the user AWS with the token of `aws ecr get-login-password`";

/// A row each, the first that fits counts. Sources: the vendors' manuals, by their titles.
const ROWS: [Row; 21] = [
    // ibm.com, "Obtaining your IBM entitlement API key".
    Row {
        registry: "cp.icr.io",
        password: "",
        users: Users::Only(&["cp", "ekey", "iamapikey"]),
        says: "cp.icr.io takes the user cp with an entitlement key",
    },
    // cloud.ibm.com/docs/Registry, "Accessing Container Registry"; trusted profiles take
    // their own identifier.
    Row {
        registry: ".icr.io",
        password: "",
        users: Users::Only(&[
            "iamapikey",
            "iambearer",
            "iamrefresh",
            "token",
            "Profile-*",
            "iam-Profile-*",
        ]),
        says: "IBM's registry takes the user iamapikey with an API key",
    },
    // docs.docker.com, "Organization access tokens": the name of an organization has no @.
    Row {
        registry: "docker.io",
        password: "dckr_oat_",
        users: Users::Not(&["*@*"]),
        says: ORGANIZATION,
    },
    Row { registry: "docker.io", password: "dckr_oat_", users: Users::Unknown, says: ORGANIZATION },
    // docs.docker.com, "Docker Hardened Images": the account of Docker Hub.
    Row { registry: "dhi.io", password: "dckr_oat_", users: Users::Unknown, says: ORGANIZATION },
    // docs.nvidia.com, "NGC User Guide".
    Row {
        registry: "nvcr.io",
        password: "",
        users: Users::Only(&["$oauthtoken"]),
        says: "nvcr.io takes the user $oauthtoken, written so, with an API key",
    },
    // cloud.google.com, "Configure authentication to Artifact Registry for Docker".
    Row { registry: ".pkg.dev", password: "{", users: Users::Only(&["_json_key"]), says: GOOGLE },
    Row { registry: ".gcr.io", password: "{", users: Users::Only(&["_json_key"]), says: GOOGLE },
    Row { registry: ".pkg.dev", password: "ya29.", users: TOKEN_USERS, says: GOOGLE_TOKEN },
    Row { registry: ".gcr.io", password: "ya29.", users: TOKEN_USERS, says: GOOGLE_TOKEN },
    // `{"` in base64.
    Row {
        registry: ".pkg.dev",
        password: "ew",
        users: Users::Not(&["_json_key"]),
        says: GOOGLE_KEY,
    },
    Row {
        registry: ".gcr.io",
        password: "ew",
        users: Users::Not(&["_json_key"]),
        says: GOOGLE_KEY,
    },
    // yandex.cloud, "Authenticating in Container Registry".
    Row {
        registry: "cr.yandex",
        password: "{",
        users: Users::Only(&["json_key"]),
        says: "Yandex takes the user json_key with the key of a service account",
    },
    // learn.microsoft.com, "Azure Container Registry authentication options".
    Row {
        registry: ".azurecr.io",
        password: "eyJ",
        users: Users::Only(&["00000000-0000-0000-0000-000000000000"]),
        says: "Azure takes the user 00000000-0000-0000-0000-000000000000 with a token of `az acr login`",
    },
    // docs.aws.amazon.com, "Private registry authentication in Amazon ECR".
    Row { registry: ".amazonaws.com", password: "", users: AWS, says: AMAZON },
    Row { registry: ".amazonaws.com.cn", password: "", users: AWS, says: AMAZON },
    Row { registry: "public.ecr.aws", password: "", users: AWS, says: AMAZON },
    // docs.oracle.com, "Pushing Images Using the Docker CLI".
    Row {
        registry: ".ocir.io",
        password: "",
        users: Users::Only(&["*/*"]),
        says: "Oracle's registry takes the user TENANCY/USER with an auth token",
    },
    // goharbor.io, "Create Project Robot Accounts"; goharbor/harbor, issue 15410. Quay's
    // users have a plus too, in their own namespace.
    Row {
        registry: "",
        password: "",
        users: Users::Not(&["robot", "robot$"]),
        says: "Harbor's robots are called robot$NAME: this user name looks cut off by the shell",
    },
    Row {
        registry: "",
        password: "",
        users: Users::Not(&["robot+*"]),
        says: "Harbor's robots are called robot$PROJECT+NAME: the shell seems to have taken $PROJECT for a variable",
    },
    Row {
        registry: "",
        password: "",
        users: Users::Not(&["robot$$*", "robot\\$*"]),
        says: "Harbor's robots are called robot$NAME: this user name is still escaped for a shell or a template",
    },
];

const ORGANIZATION: &str =
    "a token of an organization takes the name of the organization as its user";
const AWS: Users = Users::Only(&["AWS"]);
const TOKEN_USERS: Users = Users::Only(&["oauth2accesstoken", "_dcgcloud_token", "_dcgcr_*_token"]);

/// What Quay's robots are called. Source: docs.quay.io, "Robot Accounts".
const QUAY_ROBOT: &str =
    "this is the token of a robot of Quay, whose user is NAMESPACE+ROBOT with the plus";

/// Returns what to say of a user that a registry certainly does not take with a password
/// of this form.
pub(crate) fn advice(registry: &str, username: &str, password: &str) -> Option<Advice> {
    let password = password.trim_start();
    if is_quay(registry) && is_quay_robot_token(password) && !username.contains('+') {
        return Some(Advice {
            message: QUAY_ROBOT,
            hint: "write the whole name, as Quay shows it",
        });
    }
    let mut is_taken = false;
    let row = ROWS.iter().find(|row| {
        row.is_for(registry, password)
            && match row.users {
                // What one row takes, no later and more general one refuses.
                Users::Only(users) => {
                    is_taken |= is_one_of(users, username);
                    !is_taken
                }
                Users::Not(users) => {
                    is_one_of(users, username) && !(is_quay(registry) && username.contains('+'))
                }
                Users::Unknown => false,
            }
    })?;
    let hint = if row.says.contains('$') && !row.says.contains('`') {
        "log in again, with the user name in single quotes"
    } else {
        "log in again as that user"
    };
    Some(Advice { message: row.says, hint })
}

/// Returns what a registry takes in place of this user, or with it, where a credential of
/// this form was refused.
pub(crate) fn taken_with(registry: &str, username: &str, password: &str) -> Option<&'static str> {
    if let Some(advice) = advice(registry, username, password) {
        return Some(advice.message);
    }
    let password = password.trim_start();
    let is_unknown =
        |row: &&Row| matches!(row.users, Users::Unknown) && row.is_for(registry, password);
    ROWS.iter().find(is_unknown).map(|row| row.says)
}

impl Row {
    fn is_for(&self, registry: &str, password: &str) -> bool {
        let is_host = match self.registry.strip_prefix('.') {
            Some(domain) => registry == domain || registry.ends_with(self.registry),
            // A Harbor has a name of its own.
            None if self.registry.is_empty() => !hosts::is_well_known(registry),
            None => registry == self.registry,
        };
        is_host && password.starts_with(self.password)
    }
}

fn is_one_of(users: &[&str], username: &str) -> bool {
    users.iter().any(|user| fits(user, username))
}

/// Whether a text is of a pattern, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    rest.is_empty()
        || text.char_indices().any(|(at, _)| text.get(at..).is_some_and(|text| fits(rest, text)))
}

fn is_quay(registry: &str) -> bool {
    registry.contains("quay")
}

/// 64 upper-case letters and digits.
fn is_quay_robot_token(password: &str) -> bool {
    let is_its = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    password.trim_end().len() == 64 && password.trim_end().bytes().all(is_its)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_that_a_registry_does_not_take_is_told() {
        let robot = "A1B2".repeat(16);
        for (registry, username, password, is_told) in [
            ("cp.icr.io", "jane", "x", true),
            ("cp.icr.io", "cp", "x", false),
            ("us.icr.io", "jane", "x", true),
            ("us.icr.io", "cp", "x", true),
            ("icr.io", "iamapikey", "x", false),
            ("docker.io", "jane@acme.example", "dckr_oat_x", true),
            ("docker.io", "jane", "dckr_oat_x", false),
            ("docker.io", "jane", "dckr_pat_x", false),
            ("nvcr.io", "jane", "nvapi-x", true),
            ("nvcr.io", "$oauthtoken", "nvapi-x", false),
            ("europe-docker.pkg.dev", "jane", "\n{\"type\": \"service_account\"}", true),
            ("europe-docker.pkg.dev", "_json_key_base64", "{}", true),
            ("europe-docker.pkg.dev", "_json_key_base64", "ewogICJ0eXBlIjo=", false),
            ("europe-docker.pkg.dev", "_json_key", "ewogICJ0eXBlIjo=", true),
            ("gcr.io", "_json_key", "{}", false),
            ("gcr.io", "oauth2accesstoken", "ya29.x", false),
            ("gcr.io", "_dcgcr_2_1_30_token", "ya29.x", false),
            ("gcr.io", "jane", "ya29.x", true),
            ("acme.azurecr.io", "acme", "x", false),
            ("acme.azurecr.io", "acme", "eyJhbGciOi", true),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "jane", "x", true),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS", "x", false),
            ("fra.ocir.io", "jane", "x", true),
            ("fra.ocir.io", "acme/jane", "x", false),
            ("harbor.example", "robot", "x", true),
            ("harbor.example", "robot$", "x", true),
            ("harbor.example", "robot+ci", "x", true),
            ("harbor.example", "robot$$ci", "x", true),
            ("harbor.example", "robot$acme+ci", "x", false),
            ("quay.io", "robot", "x", false),
            ("ghcr.io", "robot", "x", false),
            ("quay.io", "robot+ci", &robot, false),
            ("quay.io", "acme", &robot, true),
            ("quay.acme.example", "acme", &robot, true),
            ("quay.io", "acme+ci", &robot, false),
            ("quay.io", "jane", "x", false),
            ("ghcr.io", "jane", "x", false),
        ] {
            let told = advice(registry, username, password);
            assert_eq!(told.is_some(), is_told, "{username} at {registry}: {told:?}");
        }
    }

    #[test]
    fn what_only_the_registry_knows_is_told_once_it_refused() {
        assert_eq!(taken_with("docker.io", "jane", "dckr_oat_x"), Some(ORGANIZATION));
        assert_eq!(taken_with("dhi.io", "acme", "dckr_oat_x"), Some(ORGANIZATION));
        assert_eq!(taken_with("docker.io", "jane", "dckr_pat_x"), None);
        assert!(taken_with("cp.icr.io", "jane", "x").is_some());
    }
}
