//! Short names for programs: enums whose names in JSON are their own in kebab-case.

/// Defines an enum of codes, which is written in kebab-case in JSON and in texts,
/// with the list `ALL` of them.
macro_rules! codes {
    ($(#[$about:meta])* $visibility:vis enum $name:ident { $($(#[$doc:meta])* $code:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(rename_all = "kebab-case")]
        $visibility enum $name { $($(#[$doc])* $code,)* }

        impl $name {
            /// All codes, in the order of their definition.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$code,)*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // The name in JSON.
                serde::Serialize::serialize(self, formatter)
            }
        }
    };
}

pub(crate) use codes;
