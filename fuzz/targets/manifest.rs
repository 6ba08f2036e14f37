//! See `kubectl_regcred::properties::manifest`.

#![no_main]

use kubectl_regcred::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| properties::manifest(text));
