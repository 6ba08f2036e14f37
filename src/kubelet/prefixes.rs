//! Keys without a wildcard, found by the repository that they start: thousands of
//! one registry are not gone through one by one.

use super::go::url::{self, Url};

/// The keys, each with the next shorter one that starts it.
#[derive(Default)]
pub(super) struct Prefixes {
    /// Sorted by what is matched.
    keys: Vec<Prefix>,
}

struct Prefix {
    /// Host, port and path with NUL between them, which neither of the first two holds.
    matched: String,
    key: Box<str>,
    /// The index of the longest key before this one that starts the same texts.
    shorter: Option<usize>,
}

impl Prefixes {
    /// Sorts these keys of the kubelet's index.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        let keys = keys.filter_map(|key| {
            // A key can stop being a URL once its path is unescaped: it matches nothing.
            let url = url::parse(key)?;
            // An IPv6 address without a port is a class of characters to Go's glob.
            let is_class = url::split_port(url.host).0.starts_with('[');
            let matched = text(&url);
            (!is_class).then(|| Prefix { matched, key: Box::from(key), shorter: None })
        });
        let mut keys: Vec<Prefix> = keys.collect();
        keys.sort_by(|one, other| one.matched.cmp(&other.matched));
        let mut shorter = Vec::with_capacity(keys.len());
        let mut starting: Vec<usize> = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let starts = |one: &usize| {
                keys.get(*one).is_some_and(|one| key.matched.starts_with(&one.matched))
            };
            while starting.pop_if(|one| !starts(one)).is_some() {}
            shorter.push(starting.last().copied());
            starting.push(index);
        }
        for (key, shorter) in keys.iter_mut().zip(shorter) {
            key.shorter = shorter;
        }
        Self { keys }
    }

    /// Returns the keys that match a repository.
    pub(super) fn of(&self, target: &Url<'_>) -> impl Iterator<Item = &str> {
        let wanted = text(target);
        // Whatever starts the text is at this index, or starts what is there.
        let index = self.keys.partition_point(|key| key.matched <= wanted).checked_sub(1);
        let chain = std::iter::successors(index.and_then(|index| self.keys.get(index)), |key| {
            self.keys.get(key.shorter?)
        });
        let found = chain.skip_while(move |key| !wanted.starts_with(&key.matched));
        found.map(|key| &*key.key)
    }
}

fn text(url: &Url<'_>) -> String {
    let (host, port) = url::split_port(url.host);
    [host, "\0", port, "\0", &url.path].concat()
}
