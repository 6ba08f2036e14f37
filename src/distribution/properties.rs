//! What holds for anything that a registry may say, shared by the property
//! tests and the fuzz targets.

use ureq::http::Uri;

use crate::distribution::challenge::Challenge;
use crate::distribution::realm::{self, Namer, Network, PlainHttp};
use crate::distribution::redirect;
use crate::system::http::address::{is_host, is_loopback, is_spelled_private};

/// Any `WWW-Authenticate` is a challenge or a fault whose text can be shown; a
/// token server that it names can be written down and read again.
pub fn challenge(text: &str) {
    match Challenge::read(text.lines()) {
        Ok(Challenge::Basic) => {}
        Ok(Challenge::Bearer(bearer)) => {
            assert!(!bearer.realm.is_empty());
            let escaped = bearer.realm.replace('\\', "\\\\").replace('"', "\\\"");
            let again = format!("Bearer realm=\"{escaped}\"");
            let again = Challenge::read(std::iter::once(again.as_str()));
            let Ok(Challenge::Bearer(again)) = again else { panic!("{again:?}") };
            assert_eq!(again.realm, bearer.realm);
        }
        Err(fault) => {
            let shown = fault.to_string();
            assert!(shown.len() < 300 && !shown.contains(char::is_control), "{shown:?}");
        }
    }
}

/// Wherever a public registry may lead is asked by HTTPS, at no address that is
/// spelled private; one of this machine leads a credential over plain HTTP to
/// this machine alone.
pub fn led_to(text: &str) {
    let public: Uri = "https://registry.example/v2/".parse().expect("a URL");
    let here: Uri = "http://127.0.0.1:5000/v2/".parse().expect("a URL");
    let check = |url: &Uri, network| {
        realm::check(text, Namer { url, network, plain_http: PlainHttp::Loopback })
    };
    if let Ok(url) = check(&public, Network::Public) {
        let host = url.host().expect("a host");
        assert_eq!(url.scheme_str(), Some("https"));
        assert!(is_host(host) && !is_spelled_private(host), "{url}");
        assert!(!url.authority().expect("an authority").as_str().contains('@'), "{url}");
    }
    if let Ok(url) = check(&here, Network::Private)
        && url.scheme_str() == Some("http")
    {
        assert!(is_loopback(url.host().expect("a host")), "{url}");
    }
    if let Ok(url) = redirect::target(&public, text) {
        assert_eq!(url.scheme_str(), Some("https"));
        assert!(url.host().is_some_and(is_host), "{url}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_challenge_is_read(text in "(?i)(bearer|basic|\\PC{0,9}) ?(realm|service)?=?\"?\\PC{0,40}") {
            challenge(&text);
        }

        #[test]
        fn any_url_leads_where_it_may(
            text in "(https?:)?//?([a-z.]{0,9}@)?(localhost|127\\.0\\.0\\.1|10\\.1\\.1\\.1|\\[[0-9a-f:.]{2,20}\\]|[0-9a-fx.]{1,12}|\\PC{0,9})(:[0-9]{0,6})?(/\\PC{0,9})?"
        ) {
            led_to(&text);
        }
    }
}
