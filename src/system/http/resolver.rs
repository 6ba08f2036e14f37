//! Which addresses a registry's requests may be sent to, decided when the
//! connection is made: a name says nothing of the network that it leads to.

use std::sync::{Arc, Mutex, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::{self, Reach, reach};
use super::lookup::SystemResolver;

/// One registry's host, and whether it is of the public internet.
///
/// A registry on a private network may name its neighbours. One on the internet
/// may lead neither token requests nor redirects to addresses that are not
/// public: it would make this program speak to hosts that it cannot reach itself.
#[derive(Debug)]
pub(super) struct Neighbourhood {
    host: String,
    reach: Mutex<Option<Reach>>,
}

/// Why no address of a host is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("at a private address")]
    Private,
    #[error("a name of this machine at the address of another")]
    NotThisMachine,
}

impl Neighbourhood {
    /// Of a registry; `host` is a URL's, without the port.
    pub(super) fn new(host: &str) -> Self {
        let spelled = address::literal(host).map(reach);
        let named = address::is_loopback_name(host).then_some(Reach::Loopback);
        Self { host: host.to_owned(), reach: Mutex::new(spelled.or(named)) }
    }

    /// Whether the registry is public; also where only a proxy knows its address.
    pub(super) fn is_public(&self) -> bool {
        let known = *self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_none_or(|known| known == Reach::Public)
    }

    /// Whether a host is refused for its spelling alone: all that can be
    /// judged where a proxy looks the name up.
    pub(super) fn refuses(&self, host: &str) -> bool {
        !self.is_own(host) && self.is_public() && address::is_spelled_private(host)
    }

    fn is_own(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(&self.host)
    }

    /// Once public, the registry stays so: whoever runs its DNS could otherwise
    /// change its mind between two requests.
    fn learn(&self, reached: impl Iterator<Item = Reach>) {
        let mut known = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        for reach in reached {
            if *known != Some(Reach::Public) {
                *known = Some(reach);
            }
        }
    }

    /// The addresses of `host` that may be connected to.
    fn allowed(
        &self,
        host: &str,
        found: &ResolvedSocketAddrs,
        empty: ResolvedSocketAddrs,
    ) -> Result<ResolvedSocketAddrs, Refusal> {
        let is_loopback_name = address::is_loopback_name(host);
        if self.is_own(host) && !is_loopback_name {
            self.learn(found.iter().map(|address| reach(address.ip())));
        }
        let must_be_public = !self.is_own(host) && self.is_public();
        let mut allowed = empty;
        for address in found {
            let reach = reach(address.ip());
            // Plain HTTP is spoken to names of this machine.
            let is_right_machine = !is_loopback_name || reach == Reach::Loopback;
            if is_right_machine && (!must_be_public || reach == Reach::Public) {
                allowed.push(*address);
            }
        }
        match (allowed.is_empty(), must_be_public) {
            (false, _) => Ok(allowed),
            (true, true) => Err(Refusal::Private),
            (true, false) => Err(Refusal::NotThisMachine),
        }
    }
}

/// Looks names up as the system does, and leaves out what a registry may not
/// lead to.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) neighbourhood: Arc<Neighbourhood>,
    /// The proxy, which the person chose: it may be anywhere.
    pub(super) proxy: Option<Uri>,
    pub(super) system: SystemResolver,
}

impl Resolver for GuardedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        if self.proxy.as_ref().is_some_and(|proxy| proxy.authority() == uri.authority()) {
            return Ok(found);
        }
        let host = uri.host().unwrap_or_default();
        let allowed = self.neighbourhood.allowed(host, &found, self.empty());
        allowed.map_err(|refusal| ureq::Error::Other(Box::new(refusal)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(addresses: &str) -> ResolvedSocketAddrs {
        let mut all = SystemResolver.empty();
        for address in addresses.split_whitespace() {
            all.push(std::net::SocketAddr::new(address.parse().unwrap(), 443));
        }
        all
    }

    fn allowed(neighbourhood: &Neighbourhood, host: &str, found: &str) -> Result<String, Refusal> {
        let allowed = neighbourhood.allowed(host, &addresses(found), addresses(""))?;
        Ok(allowed.iter().map(|it| it.ip().to_string()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_public_registry_leads_to_public_addresses_only() {
        let of = |address| {
            let registry = Neighbourhood::new("reg.example");
            assert!(registry.is_public());
            allowed(&registry, "Reg.example", address).unwrap();
            registry
        };
        let public = of("203.0.113.10");
        assert_eq!(allowed(&public, "priv.example", "10.0.0.5"), Err(Refusal::Private));
        assert_eq!(allowed(&public, "a.localhost", "127.0.0.1"), Err(Refusal::Private));
        assert_eq!(allowed(&public, "nat.example", "64:ff9b::a9fe:a9fe"), Err(Refusal::Private));
        assert_eq!(allowed(&public, "a.example", "10.0.0.5 1.1.1.1"), Ok("1.1.1.1".to_owned()));
        // Its own name may change; what was public stays so.
        assert_eq!(allowed(&public, "reg.example", "10.0.0.5"), Ok("10.0.0.5".to_owned()));
        assert!(public.is_public() && public.refuses("10.0.0.5") && !public.refuses("b.example"));
        // One address of several that is public is enough.
        for mixed in ["10.0.0.1 203.0.113.10", "203.0.113.10 10.0.0.1"] {
            assert!(of(mixed).is_public(), "{mixed}");
        }
    }

    #[test]
    fn a_private_registry_leads_to_its_neighbours() {
        let named = Neighbourhood::new("reg.corp.example");
        allowed(&named, "reg.corp.example", "10.0.0.1").unwrap();
        for private in [named, Neighbourhood::new("10.0.0.1"), Neighbourhood::new("localhost")] {
            assert_eq!(allowed(&private, "auth.example", "10.0.0.5"), Ok("10.0.0.5".to_owned()));
            assert_eq!(allowed(&private, "auth.example", "1.1.1.1"), Ok("1.1.1.1".to_owned()));
            assert!(!private.refuses("169.254.1.1") && !private.is_public());
        }
    }

    #[test]
    fn a_name_of_this_machine_has_an_address_of_this_machine() {
        let here = Neighbourhood::new("x.localhost");
        assert_eq!(allowed(&here, "x.localhost", "203.0.113.66"), Err(Refusal::NotThisMachine));
        assert_eq!(allowed(&here, "y.localhost", "10.0.0.5 ::1"), Ok("::1".to_owned()));
    }
}
