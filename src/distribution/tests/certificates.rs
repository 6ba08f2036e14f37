//! Certificates that signed themselves, as docker's recipe for a registry makes them.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
};

use super::*;

const UNTRUSTED: &str =
    "the certificate is signed by an authority that this machine does not trust";

fn is_authority(params: &mut CertificateParams) {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
}

/// The verdict on a registry with this certificate, where another one is trusted.
fn with(identity: &Identity, trusted: Option<&str>) -> (Outcome, String, Option<Remedy>) {
    let fake = Fake::start(Some(identity), |_| answer(200, MANIFEST, ""));
    let registries = registries(trusted, Some(&fake), false);
    let verdict = pull(&registries, "registry.example/app", &[&credential()]);
    assert_eq!(fake.requests().is_empty(), verdict.outcome != Outcome::Ok);
    (verdict.outcome, verdict.message, verdict.remedy)
}

#[test]
fn a_certificate_that_is_named_as_trusted_serves_though_it_may_sign() {
    type Change = fn(&mut CertificateParams);
    let changes: [(&str, Change); 5] = [
        ("a server's alone", |_| ()),
        ("CA:TRUE", is_authority),
        ("CA:TRUE for servers", |params| {
            is_authority(params);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }),
        ("CA:TRUE for anything", |params| {
            is_authority(params);
            params.extended_key_usages =
                vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::Any];
        }),
        ("CA:TRUE for signing", |params| {
            is_authority(params);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }),
    ];
    let another = Identity::of_itself(&NAMES, is_authority);
    for (case, change) in changes {
        let identity = Identity::of_itself(&NAMES, change);
        let (outcome, message, _) = with(&identity, Some(&identity.authority));
        assert_eq!((outcome, message.as_str()), (Outcome::Ok, "anyone can pull it"), "{case}");
        for trusted in [None, Some(another.authority.as_str())] {
            let (outcome, message, remedy) = with(&identity, trusted);
            assert_eq!((outcome, message.as_str()), (Outcome::Untrusted, UNTRUSTED), "{case}");
            assert_eq!(remedy, Some(Remedy::NameAuthority));
        }
    }
}

#[test]
fn a_servers_certificate_alone_may_be_trusted_without_its_authority() {
    let identity = Identity::new(&NAMES, |_| ());
    let own = identity.certificate_pem();
    assert_eq!(with(&identity, Some(&own)).0, Outcome::Ok);
}

#[test]
fn what_is_trusted_is_still_checked() {
    let past = rcgen::date_time_ymd(2020, 1, 1);
    let future = rcgen::date_time_ymd(2999, 1, 1);
    for ca in [false, true] {
        let change = |params: &mut CertificateParams| {
            if ca {
                is_authority(params);
            }
        };
        let of = |names: &[&str], more: &dyn Fn(&mut CertificateParams)| {
            Identity::of_itself(names, |params| {
                change(params);
                more(params);
            })
        };
        for (identity, expected) in [
            (of(&["other.example"], &|_| ()), "the certificate is for another host name"),
            (of(&NAMES, &|params| params.not_after = past), "the certificate has expired"),
            (
                of(&NAMES, &|params| params.not_before = future),
                "the certificate is not valid yet, by the clock of this machine",
            ),
            (
                of(&NAMES, &|params| {
                    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                }),
                "the certificate is not valid: it is not for servers",
            ),
        ] {
            let (outcome, message, _) = with(&identity, Some(&identity.authority));
            assert_eq!((outcome, message.as_str()), (Outcome::Untrusted, expected), "{ca}");
        }
    }
}

#[test]
fn a_key_that_is_not_the_certificates_is_refused() {
    let identity = Identity::of_itself(&NAMES, is_authority);
    let thief = identity.with_another_key();
    let (outcome, message, _) = with(&thief, Some(&identity.authority));
    assert_eq!((outcome, message.as_str()), (Outcome::Untrusted, UNTRUSTED));
}

#[test]
fn an_authoritys_certificate_that_another_signed_says_what_is_wrong() {
    let identity = Identity::new(&NAMES, |params| {
        is_authority(params);
        params.distinguished_name.push(DnType::CommonName, "registry.example");
    });
    let (outcome, message, _) = with(&identity, Some(&identity.authority));
    let expected = "the certificate is not valid: it is an authority's (CA:TRUE), not a server's";
    assert_eq!((outcome, message.as_str()), (Outcome::Untrusted, expected));
}
