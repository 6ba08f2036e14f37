//! What a credential is, told from its registry, user name and form alone, and
//! how long such a credential lives.
//!
//! Sources: the vendors' helpers and manuals; for Amazon
//! amazon-ecr-credential-helper 0.12, `api/client.go`; for Google
//! docker-credential-gcr 2.1, `credhelper/helper.go`; for Azure Azure/acr,
//! `docs/AAD-OAuth.md`; for `DigitalOcean` doctl 1.150, `commands/registry.go`.

use secrecy::{ExposeSecret, SecretString};

use crate::registry::expiry;
use crate::registry::key::RegistryKey;

/// The user name under which Azure's registries take a refresh token as password.
/// Source: Azure/acr, `docs/AAD-OAuth.md`.
pub(crate) const AZURE_TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// Domains of Azure's container registries.
const AZURE_DOMAINS: [&str; 4] = [".azurecr.io", ".azurecr.cn", ".azurecr.us", ".azurecr.de"];

/// Domains under which Amazon's private registries stand.
const AMAZON_DOMAINS: [&str; 9] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "sc2s.sgov.gov",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name for programs.
    pub name: &'static str,
    /// What is wrong with it in a pull Secret; empty where nothing is.
    pub weakness: &'static str,
    /// What serves better; empty where nothing does.
    pub alternative: &'static str,
    /// Whether it lives shorter than a day.
    pub is_short: bool,
    /// Whether the registry lets it pull what is private: some let it only log in.
    pub may_pull: bool,
}

const fn lasting(name: &'static str) -> Kind {
    Kind { name, weakness: "", alternative: "", is_short: false, may_pull: true }
}

const fn short(name: &'static str, weakness: &'static str, alternative: &'static str) -> Kind {
    Kind { name, weakness, alternative, is_short: true, may_pull: true }
}

const ECR: Kind = short(
    "ecr",
    "a token of Amazon ECR lives for 12 hours",
    "let a CronJob renew it, or let the nodes' role pull: ECR has no lasting credential",
);
const ECR_PUBLIC: Kind = short(
    "ecr-public",
    "a token of Amazon ECR Public lives for 12 hours",
    "leave it out: everyone may pull from there",
);
const GOOGLE_TOKEN: Kind = short(
    "google-access-token",
    "an access token of Google lives for an hour at most",
    "take the key of a service account that only reads (user _json_key), or let the nodes' service account pull",
);
const AZURE_TOKEN: Kind = short(
    "azure-refresh-token",
    "a refresh token of Azure lives for about three hours",
    "make a token that lasts: az acr token create --scope-map _repositories_pull, or attach the registry to the cluster",
);
const CLASSIC_TOKEN: &str = "take a classic personal access token with read:packages alone";
const GITHUB_JOB: Kind =
    short("github-job-token", "the token of a GitHub Actions job ends with the job", CLASSIC_TOKEN);
const GITHUB_OAUTH: Kind = Kind {
    name: "github-oauth-token",
    weakness: "the token of GitHub's command line can do all that its user can",
    alternative: CLASSIC_TOKEN,
    is_short: false,
    may_pull: true,
};
/// Packages take classic tokens only. Source: docs.github.com, "Working with the Container
/// registry"; docker/login-action, issue 331.
const GITHUB_FINE_GRAINED: Kind = Kind {
    name: "github-fine-grained-token",
    weakness: "a fine-grained token of GitHub may log in to ghcr.io, and may not pull from there",
    alternative: CLASSIC_TOKEN,
    is_short: false,
    may_pull: false,
};
/// Source: docs.github.com, "Generating an installation access token for a GitHub App".
const GITHUB_APP: Kind = Kind {
    name: "github-app-token",
    weakness: "the token of a GitHub App ends within the hour, and may log in to ghcr.io without being allowed to pull",
    alternative: CLASSIC_TOKEN,
    is_short: true,
    may_pull: false,
};
const GITLAB_JOB: Kind = short(
    "gitlab-job-token",
    "the token of a GitLab job ends with the job",
    "make a deploy token with read_registry",
);
const ALIBABA_TEMPORARY: Kind = short(
    "alibaba-temporary-token",
    "a temporary token of Alibaba Cloud lives for an hour",
    "set the registry's own password in its console",
);
const YANDEX_IAM: Kind = short(
    "yandex-iam-token",
    "an IAM token of Yandex lives for 12 hours at most",
    "take the authorized key of a service account (user json_key)",
);
const DIGITALOCEAN: Kind = Kind {
    name: "digitalocean-token",
    weakness: "a token of DigitalOcean's command line lives for 30 days, and may do more than pull",
    alternative: "make one that lasts and only reads: doctl registry login --never-expire --read-only",
    is_short: false,
    may_pull: true,
};
const WEB_TOKEN: Kind = Kind { alternative: "take a token that lasts", ..lasting("jwt") };
const PASSWORD: Kind = Kind { alternative: "take a token that lasts", ..lasting("password") };

/// By how the password begins.
const PREFIXES: [(&str, Kind); 18] = [
    ("ghp_", lasting("github-personal-token")),
    ("github_pat_", lasting("github-fine-grained-token")),
    ("ghs_", GITHUB_JOB),
    ("gho_", GITHUB_OAUTH),
    ("ghu_", GITHUB_OAUTH),
    ("gldt-", lasting("gitlab-deploy-token")),
    ("glpat-", lasting("gitlab-access-token")),
    ("glcbt-", GITLAB_JOB),
    ("dckr_pat_", lasting("docker-hub-token")),
    ("dckr_oat_", lasting("docker-hub-organization-token")),
    ("dop_v1_", DIGITALOCEAN),
    ("doo_v1_", DIGITALOCEAN),
    ("dor_v1_", DIGITALOCEAN),
    ("ya29.", GOOGLE_TOKEN),
    ("sha256~", lasting("openshift-token")),
    ("AKCp", lasting("jfrog-api-key")),
    ("cmVmd", lasting("jfrog-reference-token")),
    ("nvapi-", lasting("nvidia-api-key")),
];

/// By the user name.
const USERS: [(&str, Kind); 14] = [
    ("AWS", ECR),
    ("_dcgcloud_token", GOOGLE_TOKEN),
    ("oauth2accesstoken", GOOGLE_TOKEN),
    ("_json_key", lasting("google-service-account-key")),
    ("_json_key_base64", lasting("google-service-account-key")),
    (AZURE_TOKEN_USER, AZURE_TOKEN),
    ("gitlab-ci-token", GITLAB_JOB),
    ("$oauthtoken", lasting("oauth-token")),
    ("$token", lasting("quay-application-token")),
    ("cr_temp_user", ALIBABA_TEMPORARY),
    ("iam", YANDEX_IAM),
    ("json_key", lasting("yandex-key")),
    ("iamapikey", lasting("ibm-api-key")),
    ("nologin", lasting("scaleway-key")),
];

/// What the credential is.
pub(crate) fn of(registry: &RegistryKey, username: &str, password: &SecretString) -> Kind {
    let secret = password.expose_secret();
    let host = registry.registry();
    if matches!(host.as_str(), "public.ecr.aws" | "ecr-public.aws.com") {
        return ECR_PUBLIC;
    }
    if is_ecr(host) {
        return ECR;
    }
    if is_gcr_helper(username) {
        return GOOGLE_TOKEN;
    }
    let issuer = expiry::issuer(password);
    if issuer.as_deref() == Some("Azure Container Registry") {
        return AZURE_TOKEN;
    }
    // A web token under Azure's user name says better when it ends.
    let of_user = USERS.iter().find(|(user, _)| *user == username);
    if let Some((_, kind)) = of_user.filter(|(user, _)| *user != "iam" || host == "cr.yandex") {
        return *kind;
    }
    if let Some((prefix, kind)) = PREFIXES.iter().find(|(prefix, _)| secret.starts_with(prefix)) {
        return of_github(host, username, secret, prefix).unwrap_or(*kind);
    }
    of_form(host, username, secret).unwrap_or_else(|| match issuer {
        Some(issuer) if ["jfrt@", "jfac@"].iter().any(|start| issuer.starts_with(start)) => {
            Kind { name: "jfrog-access-token", ..WEB_TOKEN }
        }
        Some(issuer) if issuer.contains("kubernetes") => {
            Kind { name: "service-account-token", ..WEB_TOKEN }
        }
        _ if expiry::is_web_token(password) => WEB_TOKEN,
        _ => PASSWORD,
    })
}

/// What GitHub's registry makes of a token, where that is less than GitHub itself does.
/// The token of an App is known by its user, or by the App that it names: the App of
/// GitHub Actions makes the tokens of jobs.
fn of_github(host: &str, username: &str, password: &str, prefix: &str) -> Option<Kind> {
    let is_packages = ["ghcr.io", "docker.pkg.github.com"].contains(&host);
    let app = password.strip_prefix("ghs_").and_then(|rest| rest.split_once('_'));
    let app = app.filter(|(_, token)| token.starts_with("eyJ")).map(|(app, _)| app);
    let is_app = || match app {
        Some(app) => app != GITHUB_ACTIONS,
        None => username == "x-access-token" || username.ends_with("[bot]"),
    };
    match prefix {
        "github_pat_" if is_packages => Some(GITHUB_FINE_GRAINED),
        "ghs_" if is_packages && is_app() => Some(GITHUB_APP),
        _ => None,
    }
}

/// The App of GitHub Actions. Source: api.github.com/apps/github-actions.
const GITHUB_ACTIONS: &str = "15368";

/// Whether a text has the form of a token, which some registries take as the user
/// name: a known prefix, a web token, or one long run that no person would type.
pub(crate) fn is_token(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase);
    let is_run = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_random = text.len() >= 24 && is_run && is_mixed && has(u8::is_ascii_lowercase);
    let has_prefix =
        || PREFIXES.iter().any(|(prefix, _)| text.len() > 12 && text.starts_with(prefix));
    is_random || has_prefix() || expiry::is_web_token(&SecretString::from(text))
}

/// Whether a host is one of Azure's registries.
pub(crate) fn is_azure(host: &str) -> bool {
    AZURE_DOMAINS.iter().any(|domain| host.ends_with(domain))
}

/// By conventions that several vendors share.
fn of_form(host: &str, username: &str, password: &str) -> Option<Kind> {
    let is_key =
        || password.trim_start().starts_with('{') && password.contains(r#""service_account""#);
    if username.starts_with("gitlab+deploy-token") {
        Some(lasting("gitlab-deploy-token"))
    } else if username.starts_with("robot$") {
        Some(lasting("harbor-robot"))
    } else if host == "registry.digitalocean.com" && username == password {
        Some(DIGITALOCEAN)
    } else if host == "registry.heroku.com" && username == "_" {
        Some(lasting("heroku-token"))
    } else if host == "cr.yandex" && username == "oauth" {
        Some(lasting("yandex-oauth-token"))
    } else if host.contains("quay") && username.contains('+') {
        Some(lasting("quay-robot"))
    } else if is_key() {
        Some(lasting("google-service-account-key"))
    } else {
        None
    }
}

/// `_dcgcr_2_1_30_token`: its own version.
fn is_gcr_helper(username: &str) -> bool {
    let version = username.strip_prefix("_dcgcr_").and_then(|rest| rest.strip_suffix("_token"));
    version.is_some_and(|version| {
        version.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Returns the region of one of Amazon's private registries.
pub(crate) fn ecr_region(host: &str) -> Option<&str> {
    let rest = host.split_once("dkr.ecr").or_else(|| host.split_once("dkr-ecr"))?.1;
    let rest = rest.strip_prefix("-fips").unwrap_or(rest).strip_prefix('.')?;
    rest.split('.').next().filter(|_| is_ecr(host))
}

/// Twelve digits, `dkr.ecr` or `dkr-ecr`, perhaps `-fips`, a region, a domain.
fn is_ecr(host: &str) -> bool {
    let Some((account, rest)) = host.split_once('.') else { return false };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let rest = rest.strip_prefix("dkr.ecr").or_else(|| rest.strip_prefix("dkr-ecr"));
    let rest = rest.map(|rest| rest.strip_prefix("-fips").unwrap_or(rest));
    let Some((region, domain)) =
        rest.and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    is_account && !region.is_empty() && AMAZON_DOMAINS.contains(&domain)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn name(registry: &str, username: &str, password: &str) -> &'static str {
        let key = RegistryKey::parse(registry).unwrap();
        of(&key, username, &SecretString::from(password)).name
    }

    fn web_token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn each_vendors_credential_is_known() {
        let azure = web_token(r#"{"iss":"Azure Container Registry"}"#);
        let jfrog = web_token(r#"{"iss":"jfac@01h"}"#);
        let account = web_token(r#"{"iss":"https://kubernetes.default.svc"}"#);
        let other = web_token(r#"{"iss":7}"#);
        for (registry, username, password, expected) in [
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS", "x", "ecr"),
            ("mirror.example", "AWS", "x", "ecr"),
            ("public.ecr.aws", "AWS", "x", "ecr-public"),
            ("gcr.io", "_dcgcloud_token", "ya29.x", "google-access-token"),
            ("europe-docker.pkg.dev", "_dcgcr_2_1_30_token", "x", "google-access-token"),
            ("gcr.io", "oauth2accesstoken", "x", "google-access-token"),
            ("gcr.io", "any", "ya29.x", "google-access-token"),
            ("gcr.io", "_dcgcr__token", "x", "password"),
            ("gcr.io", "_json_key", "{}", "google-service-account-key"),
            ("gcr.io", "_json_key_base64", "e30=", "google-service-account-key"),
            ("gcr.io", "any", r#"{"type": "service_account"}"#, "google-service-account-key"),
            ("acme.azurecr.io", AZURE_TOKEN_USER, "x", "azure-refresh-token"),
            ("acme.azurecr.io", "any", &azure, "azure-refresh-token"),
            ("acme.azurecr.io", "acme", "x", "password"),
            ("ghcr.io", "jane", "ghp_x", "github-personal-token"),
            ("ghcr.io", "jane", "ghs_x", "github-job-token"),
            ("ghcr.io", "jane", "gho_x", "github-oauth-token"),
            ("ghcr.io", "jane", "github_pat_x", "github-fine-grained-token"),
            ("ghcr.io", "x-access-token", "ghs_x", "github-app-token"),
            ("ghcr.io", "acme-ci[bot]", "ghs_x", "github-app-token"),
            ("ghcr.io", "jane", "ghs_12345_eyJhbGciOiJSUzI1NiJ9.e30.x", "github-app-token"),
            ("ghcr.io", "jane", "ghs_15368_eyJhbGciOiJSUzI1NiJ9.e30.x", "github-job-token"),
            ("registry.example", "x-access-token", "ghs_x", "github-job-token"),
            ("registry.gitlab.com", "gitlab+deploy-token-7", "x", "gitlab-deploy-token"),
            ("registry.gitlab.com", "any", "gldt-x", "gitlab-deploy-token"),
            ("registry.gitlab.com", "jane", "glpat-x", "gitlab-access-token"),
            ("registry.gitlab.com", "any", "glcbt-x", "gitlab-job-token"),
            ("registry.gitlab.com", "gitlab-ci-token", "x", "gitlab-job-token"),
            ("docker.io", "jane", "dckr_pat_x", "docker-hub-token"),
            ("docker.io", "acme", "dckr_oat_x", "docker-hub-organization-token"),
            ("registry.digitalocean.com", "x", "x", "digitalocean-token"),
            ("registry.digitalocean.com", "jane", "dop_v1_x", "digitalocean-token"),
            ("quay.io", "acme+robot", "x", "quay-robot"),
            ("quay.io", "$oauthtoken", "x", "oauth-token"),
            ("quay.io", "$token", "x", "quay-application-token"),
            ("registry.example", "any", "sha256~x", "openshift-token"),
            ("registry.example", "serviceaccount", &account, "service-account-token"),
            ("harbor.example", "robot$acme+ci", "x", "harbor-robot"),
            ("acme.jfrog.io", "jane", "AKCp8x", "jfrog-api-key"),
            ("acme.jfrog.io", "jane", "cmVmdGtuOjAx", "jfrog-reference-token"),
            ("acme.jfrog.io", "jane", &jfrog, "jfrog-access-token"),
            ("registry.cn-hangzhou.aliyuncs.com", "cr_temp_user", "x", "alibaba-temporary-token"),
            ("cr.yandex", "iam", "x", "yandex-iam-token"),
            ("registry.example", "iam", "x", "password"),
            ("cr.yandex", "oauth", "x", "yandex-oauth-token"),
            ("cr.yandex", "json_key", "{}", "yandex-key"),
            ("icr.io", "iamapikey", "x", "ibm-api-key"),
            ("rg.fr-par.scw.cloud", "nologin", "x", "scaleway-key"),
            ("registry.heroku.com", "_", "x", "heroku-token"),
            ("registry.example", "jane", &other, "jwt"),
            ("registry.example", "jane", "x", "password"),
        ] {
            assert_eq!(name(registry, username, password), expected, "{registry} {username}");
        }
    }

    #[test]
    fn hosts_of_ecr_are_told_from_others() {
        for host in [
            "123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "123456789012.dkr-ecr.us-east-1.on.aws",
            "123456789012.dkr-ecr-fips.us-east-1.on.aws",
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
        ] {
            assert!(is_ecr(host), "{host}");
        }
        for host in [
            "12345678901.dkr.ecr.us-east-1.amazonaws.com",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example",
            "123456789012.dkr.ecr.amazonaws.com",
            "123456789012.dkr.ecrx.us-east-1.amazonaws.com",
            "amazonaws.com",
        ] {
            assert!(!is_ecr(host), "{host}");
        }
    }
}
