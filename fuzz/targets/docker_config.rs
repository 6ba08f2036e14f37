//! See `kubectl_regcred::properties::configuration`.

#![no_main]

use kubectl_regcred::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::configuration(bytes));
