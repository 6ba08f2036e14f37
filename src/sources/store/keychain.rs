//! How docker's helper spells a server in the attributes of a macOS internet
//! password, and back. Source: docker/docker-credential-helpers 0.9.10,
//! `registryurl/parse.go`, `osxkeychain/osxkeychain.go`.

use std::collections::HashMap;

/// The label of docker's items; a browser's have another, or none.
pub const DOCKER_LABEL: &str = "Docker Credentials";

/// The attributes by which an internet password is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Host name without brackets.
    pub host: String,
    /// None where the item has none.
    pub port: Option<u16>,
    /// With its leading slash; empty where the item has none.
    pub path: String,
    /// `http` instead of `https`.
    pub is_http: bool,
}

impl Place {
    /// The attributes under which docker's helper keeps a server. None where it
    /// would refuse the text.
    pub fn of_server(server: &str) -> Option<Self> {
        let (is_http, rest) = match server.split_once("://") {
            Some(("https", rest)) => (false, rest),
            Some(("http", rest)) => (true, rest),
            Some(_) => return None,
            None => (false, server.trim_start_matches("//")),
        };
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = port.filter(|port| !port.is_empty());
        let port = port.map(str::parse).transpose().ok()?;
        let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic());
        let (host, path) = (host.to_owned(), path.to_owned());
        is_host.then_some(Self { host, port, path, is_http })
    }

    /// The location of an item of docker's, by its attributes: the four-letter
    /// names of the keychain and their texts, and the port, which is a number.
    /// None for the items of others.
    pub fn of_item(attributes: &HashMap<String, String>, port: u16) -> Option<Self> {
        let text = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
        if text("labl") != DOCKER_LABEL || text("srvr").is_empty() {
            return None;
        }
        Some(Self {
            host: text("srvr").to_owned(),
            port: (port != 0).then_some(port),
            path: text("path").to_owned(),
            is_http: text("ptcl") == "http",
        })
    }

    /// The server as docker's helper lists it, except that `https://` is left
    /// out where docker never puts it: without a path.
    pub fn server(&self) -> String {
        let scheme = match (self.is_http, self.path.is_empty()) {
            (true, _) => "http://",
            (false, true) => "",
            (false, false) => "https://",
        };
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}{host}{port}{}", self.path)
    }
}

/// The number under `port` in the XML form of an item's attributes; 0, as the
/// keychain has it, where there is none.
pub fn port_in_property_list(xml: &str) -> Option<u16> {
    let Some((_, rest)) = xml.split_once("<key>port</key>") else { return Some(0) };
    let (number, _) = rest.trim_start().strip_prefix("<integer>")?.split_once("</integer>")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(list: &[(&str, &str)]) -> HashMap<String, String> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_docker_stored_is_found_under_its_spelling() {
        for server in [
            "ghcr.io",
            "reg.example.com:5000",
            "https://index.docker.io/v1/",
            "http://reg.example.com",
            "[::1]:5000",
        ] {
            let location = Place::of_server(server).unwrap();
            assert_eq!(location.server(), server);
            let item = attributes(&[
                ("labl", DOCKER_LABEL),
                ("srvr", &location.host),
                ("path", &location.path),
                ("ptcl", if location.is_http { "http" } else { "htps" }),
                ("acct", "janedoe"),
            ]);
            assert_eq!(Place::of_item(&item, location.port.unwrap_or(0)), Some(location));
        }
    }

    #[test]
    fn items_of_others_are_not_taken() {
        for label in ["ghcr.io", "ghcr.io (janedoe)", "docker credentials", ""] {
            let item = attributes(&[("labl", label), ("srvr", "ghcr.io"), ("ptcl", "htps")]);
            assert_eq!(Place::of_item(&item, 0), None, "{label}");
        }
    }

    #[test]
    fn the_port_is_read_as_a_number() {
        let xml = "<dict>\n\t<key>port</key>\n\t<integer>5000</integer>\n</dict>";
        assert_eq!(port_in_property_list(xml), Some(5000));
        assert_eq!(port_in_property_list("<dict></dict>"), Some(0));
        assert_eq!(port_in_property_list("<key>port</key><string>x</string>"), None);
    }
}
