//! See `kubectl_regcred::properties::hint`.

#![no_main]

use kubectl_regcred::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| properties::hint(text));
