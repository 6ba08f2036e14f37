//! Where a redirect leads.

use ureq::http::Uri;

use crate::distribution::finding::RedirectFault;

/// The URL that `location` names, seen from `url`.
///
/// # Errors
/// [`RedirectFault`]: what is no URL, and plain HTTP after HTTPS.
pub(super) fn target(url: &Uri, location: &str) -> Result<Uri, RedirectFault> {
    let scheme = url.scheme_str().unwrap_or("https");
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let text = location.split('#').next().unwrap_or_default();
    let absolute = if text.contains("://") {
        text.to_owned()
    } else if let Some(rest) = text.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if text.starts_with('/') {
        format!("{scheme}://{authority}{text}")
    } else if text.is_empty() {
        return Err(RedirectFault::NotUrl);
    } else {
        let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{text}")
    };
    let next: Uri = absolute.parse().map_err(|_| RedirectFault::NotUrl)?;
    let is_whole = next.host().is_some_and(|host| !host.is_empty());
    match next.scheme_str() {
        Some("https") if is_whole => Ok(next),
        Some("http") if is_whole && scheme == "http" => Ok(next),
        Some("http") if is_whole => Err(RedirectFault::PlainHttp),
        _ => Err(RedirectFault::NotUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_read_as_browsers_read_them() {
        let from: Uri = "https://a.example:5000/v2/x/manifests/1".parse().unwrap();
        for (location, expected) in [
            ("https://b.example/y", Ok("https://b.example/y")),
            ("//b.example/y#part", Ok("https://b.example/y")),
            ("/y?z=1", Ok("https://a.example:5000/y?z=1")),
            ("2", Ok("https://a.example:5000/v2/x/manifests/2")),
            ("http://b.example/", Err(RedirectFault::PlainHttp)),
            ("ftp://b.example/", Err(RedirectFault::NotUrl)),
            ("", Err(RedirectFault::NotUrl)),
            ("https://", Err(RedirectFault::NotUrl)),
            ("/\u{7f}", Err(RedirectFault::NotUrl)),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(target(&from, location).map(|url| url.to_string()), expected, "{location}");
        }
    }
}
