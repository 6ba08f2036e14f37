//! A limit of time on a proxy's answer to `CONNECT`: ureq waits for each read
//! alone, so that an answer in drops would never end.

use std::time::Instant;

use ureq::Timeout;
use ureq::http::Uri;
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport,
};

/// Limits connections to the proxy itself, and no others.
#[derive(Debug)]
pub(super) struct TunnelLimit {
    pub(super) proxy: Option<Uri>,
}

/// A connection to a proxy. The limit ends with its first answer, when
/// something is sent again: from then on it is the tunnel, used as often as it lasts.
#[derive(Debug)]
pub(super) struct Limited<T> {
    transport: T,
    until: Option<Instant>,
    has_read: bool,
}

impl<In: Transport> Connector<In> for TunnelLimit {
    type Out = Either<In, Limited<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let is_proxy = self.proxy.as_ref() == Some(details.uri);
        Ok(chained.map(|transport| match details.timeout.after {
            Duration::Exact(after) if is_proxy => {
                let until = Instant::now().checked_add(after);
                Either::B(Limited { transport, until, has_read: false })
            }
            _ => Either::A(transport),
        }))
    }
}

impl<T> Limited<T> {
    fn limit(&self, mut timeout: NextTimeout) -> Result<NextTimeout, ureq::Error> {
        let Some(until) = self.until else { return Ok(timeout) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ureq::Error::Timeout(Timeout::Connect));
        }
        timeout.reason = Timeout::Connect;
        timeout.after = left.min(*timeout.after).into();
        Ok(timeout)
    }
}

impl<T: Transport> Transport for Limited<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.has_read {
            self.until = None;
        }
        self.transport.transmit_output(amount, self.limit(timeout)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.has_read = true;
        self.transport.await_input(self.limit(timeout)?)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}
