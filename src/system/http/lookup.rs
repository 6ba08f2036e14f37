//! Names looked up on a thread of their own, since the system's resolver has no
//! deadline. ureq's own resolver ends the program where no thread can be started.

use std::sync::mpsc::{self, RecvTimeoutError};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::unversioned::transport::time::Duration;

use crate::system::parallel;

/// The system's resolver, with a deadline.
#[derive(Debug)]
pub(super) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let without_limit = NextTimeout { after: Duration::NotHappening, ..timeout };
        if timeout.after.is_not_happening() {
            return DefaultResolver::default().resolve(uri, config, without_limit);
        }
        let (sender, answers) = mpsc::sync_channel(1);
        let (uri, config) = (uri.clone(), config.clone());
        parallel::start("lookup", move || {
            // The receiver is gone after the deadline.
            let _ = sender.send(DefaultResolver::default().resolve(&uri, &config, without_limit));
        })?;
        match answers.recv_timeout(*timeout.after) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
            Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
        }
    }
}
