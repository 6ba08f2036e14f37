//! What is put into manifests, and what is not changed.

use secrecy::SecretString;

use super::*;
use crate::registry::credential::Credential;
use crate::registry::key::RegistryKey;

const POD: &str = "\
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: a
    image: ghcr.io/jane/app
";

/// The Secret that [`POD`] needs, without its namespace and value.
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: regcred\n";

const DEPLOYMENT: &str = "\
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      containers:
      - {name: a, image: quay.io/team/api}
      - {name: b, image: nginx}
";

const ACCOUNTS: &str = "\
kind: ServiceAccount
metadata: {name: here}
---
kind: ServiceAccount
metadata: {name: there, namespace: shop}
---
kind: ServiceAccount
metadata: {name: elsewhere, namespace: other}
";

fn manifests(texts: &[&str]) -> Vec<Manifest> {
    let named = |(index, text): (usize, &&str)| {
        Manifest::read(format!("{index}.yaml"), Zeroizing::new((*text).to_owned())).unwrap()
    };
    texts.iter().enumerate().map(named).collect()
}

fn request(secret: SecretDocument) -> Request {
    Request {
        secret_name: "regcred".to_owned(),
        names: vec!["regcred".to_owned()],
        secret,
        service_accounts: ServiceAccounts::Kept,
        misplaced: Misplaced::Kept,
        namespace: None,
    }
}

/// Injects the credentials of these registries; returns the new texts, or the old.
fn injected(
    texts: &[&str],
    registries: &[&str],
    request: &Request,
) -> Result<(Vec<String>, Injected), Vec<String>> {
    let credential = Credential {
        username: "jane".to_owned(),
        password: SecretString::from("secret"),
        expires_at: None,
    };
    let credentials: Credentials<'_> = registries
        .iter()
        .map(|registry| (RegistryKey::parse(registry).unwrap(), &credential))
        .collect();
    let keys = credentials.keys().map(RegistryKey::auths_key).collect();
    let manifests = manifests(texts);
    let images = Images::of(&manifests);
    let written = (request.secret != SecretDocument::Omitted).then_some(&credentials);
    let injected = inject(&manifests, &images, &keys, written, request).map_err(|failures| {
        failures.errors().iter().map(ToString::to_string).collect::<Vec<_>>()
    })?;
    let texts = texts.iter().zip(&injected.texts);
    let texts =
        texts.map(|(old, new)| new.as_ref().map_or((*old).to_owned(), |new| new.to_string()));
    Ok((texts.collect(), injected))
}

fn references(text: &str) -> Vec<(String, Vec<String>)> {
    let objects = edit::read(text).unwrap().objects.into_iter();
    objects.map(|object| (object.name, object.pull_secrets)).collect()
}

/// The names of the objects that refer to a pull Secret.
fn referring(text: &str) -> Vec<String> {
    let objects = references(text).into_iter().filter(|(_, secrets)| !secrets.is_empty());
    objects.map(|(name, _)| name).collect()
}

#[test]
fn each_namespace_gets_its_secret_before_the_first_object_that_needs_it() {
    let request = request(SecretDocument::Added);
    let registries = ["ghcr.io", "quay.io", "harbor.example.com"];
    let (texts, injected) = injected(&[POD, DEPLOYMENT, POD], &registries, &request).unwrap();
    assert!(texts[0].starts_with(SECRET), "{}", texts[0]);
    assert!(texts[1].contains("  name: regcred\n  namespace: shop\n"), "{}", texts[1]);
    assert_eq!(texts[2].matches("kind: Secret").count(), 0);
    assert_eq!((injected.added, injected.unchanged), (3, 0));
    // What no image needs is not written.
    assert_eq!(injected.used, ["ghcr.io".to_owned(), "quay.io".to_owned()].into());
    assert_eq!(edit::read(&texts[1]).unwrap().objects.len(), 2);
}

#[test]
fn objects_whose_images_have_no_credential_are_left_alone() {
    let (texts, injected) =
        injected(&[POD, DEPLOYMENT], &["quay.io"], &request(SecretDocument::Added)).unwrap();
    assert_eq!(texts[0], POD);
    assert!(injected.texts[0].is_none());
    assert_eq!(referring(&texts[1]), ["api"]);
    let (texts, injected) =
        self::injected(&[POD], &["quay.io"], &request(SecretDocument::Added)).unwrap();
    assert_eq!((texts[0].as_str(), injected.added + injected.unchanged), (POD, 0));
    assert!(injected.used.is_empty());
}

#[test]
fn references_alone_need_no_credential() {
    let (texts, injected) =
        injected(&[POD, POD], &["ghcr.io"], &request(SecretDocument::Omitted)).unwrap();
    assert!(texts.iter().all(|text| !text.contains("kind: Secret")));
    assert_eq!(injected.added, 2);
    // The second time nothing changes.
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_, injected) =
        self::injected(&texts, &["ghcr.io"], &request(SecretDocument::Omitted)).unwrap();
    assert_eq!((injected.added, injected.unchanged), (0, 2));
    assert!(injected.texts.iter().all(Option::is_none));
}

#[test]
fn several_secrets_are_referred_to_after_those_that_are_there() {
    let names = vec!["one".to_owned(), "two".to_owned()];
    let request = Request { names, ..request(SecretDocument::Omitted) };
    let text = format!("{POD}  imagePullSecrets: [{{name: two}}, {{name: mine}}]\n");
    let (texts, _) = injected(&[&text], &["ghcr.io"], &request).unwrap();
    assert_eq!(references(&texts[0])[0].1, ["two", "mine", "one"]);
}

#[test]
fn a_secret_that_the_manifests_hold_is_kept_or_replaced() {
    let old =
        "kind: Secret\nmetadata: {name: regcred}\ntype: kubernetes.io/dockerconfigjson\ndata: {}\n";
    let (texts, injected) =
        injected(&[old, POD], &["ghcr.io"], &request(SecretDocument::Added)).unwrap();
    assert_eq!(texts[0], old);
    assert_eq!(
        injected.notes,
        ["the Secret regcred in 0.yaml is kept as it is: --refresh replaces it"]
    );
    assert!(injected.used.is_empty());
    assert_eq!(texts[1].matches("kind: Secret").count(), 0);
    let (texts, injected) =
        self::injected(&[old, POD], &["ghcr.io"], &request(SecretDocument::Refreshed)).unwrap();
    assert!(texts[0].starts_with(SECRET) && !texts[0].contains("{}"), "{}", texts[0]);
    assert_eq!((injected.notes.len(), injected.used.len()), (0, 1));
    // A Secret of another namespace or name is another Secret.
    for other in [old.replace("regcred}", "regcred, namespace: x}"), old.replace("regcred", "x")] {
        let (texts, injected) =
            self::injected(&[&other, POD], &["ghcr.io"], &request(SecretDocument::Added)).unwrap();
        assert_eq!((texts[0].as_str(), injected.notes.len()), (other.as_str(), 0));
        assert!(texts[1].starts_with(SECRET));
    }
}

#[test]
fn a_secret_inside_a_list_cannot_be_replaced() {
    let list =
        format!("kind: List\nitems:\n- kind: Secret\n  metadata: {{name: regcred}}\n---\n{POD}");
    let errors = injected(&[&list], &["ghcr.io"], &request(SecretDocument::Refreshed)).unwrap_err();
    assert!(errors[0].contains("the Secret shares its document with something else"), "{errors:?}");
}

#[test]
fn every_place_that_cannot_be_edited_is_named() {
    let odd = POD.replace("spec:\n", "spec:\n  imagePullSecrets: text\n");
    let errors =
        injected(&[&odd, POD, &odd], &["ghcr.io"], &request(SecretDocument::Omitted)).unwrap_err();
    assert_eq!(errors.len(), 2, "{errors:?}");
    let names = |error: &str, place: &str| {
        error.starts_with(&format!("cannot add imagePullSecrets at {place}:"))
    };
    assert!(names(&errors[0], "0.yaml") && names(&errors[1], "2.yaml"), "{errors:?}");
}

#[test]
fn service_accounts_refer_to_what_their_pods_need() {
    for (service_accounts, expected) in [
        (ServiceAccounts::Kept, &[][..]),
        (ServiceAccounts::Referring, &["here", "there"]),
        (ServiceAccounts::AllReferring, &["here", "there", "elsewhere"]),
    ] {
        let request = Request { service_accounts, ..request(SecretDocument::Omitted) };
        let (texts, _) =
            injected(&[ACCOUNTS, POD, DEPLOYMENT], &["ghcr.io", "quay.io"], &request).unwrap();
        assert_eq!(referring(&texts[0]), expected, "{service_accounts:?}");
    }
}

#[test]
fn images_that_are_none_and_kinds_that_make_no_pods_are_left_alone() {
    let odd = POD.replace("ghcr.io/jane/app", "REPLACE_ME");
    let service = "kind: Service\nmetadata: {name: web}\n";
    let read = manifests(&[&odd, POD, service]);
    let images = Images::of(&read);
    assert_eq!(images.references.keys().collect::<Vec<_>>(), ["ghcr.io/jane/app"]);
    assert!(images.warnings[0].starts_with("REPLACE_ME is not changed: "), "{images:?}");
    let request = request(SecretDocument::Omitted);
    let (texts, injected) = injected(&[&odd, POD, service], &["ghcr.io"], &request).unwrap();
    assert_eq!((texts[0].as_str(), texts[2].as_str()), (odd.as_str(), service));
    assert_eq!(injected.details, ["2.yaml: Service web is not changed"]);
}

#[test]
fn manifests_are_joined_as_one_stream() {
    let marked = format!("---\n{POD}");
    for (texts, expected) in [
        (&[POD, POD][..], format!("{POD}---\n{POD}")),
        (&[POD, &marked], format!("{POD}---\n{POD}")),
        (&[POD.trim_end(), POD], format!("{POD}---\n{POD}")),
        (
            &["{\"kind\":\"A\"}", "{\"kind\":\"B\"}"],
            "{\"kind\":\"A\"}\n{\"kind\":\"B\"}".to_owned(),
        ),
        (&["{\"kind\":\"A\"}", POD], format!("{{\"kind\":\"A\"}}\n---\n{POD}")),
    ] {
        let unchanged: Vec<_> = texts.iter().map(|_| None).collect();
        assert_eq!(*join(&manifests(texts), &unchanged), expected);
    }
    let changed = [None, Some(Zeroizing::new("kind: New\n".to_owned()))];
    assert_eq!(*join(&manifests(&[POD, POD]), &changed), format!("{POD}---\nkind: New\n"));
}
