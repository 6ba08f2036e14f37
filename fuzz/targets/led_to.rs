//! See `kubectl_regcred::distribution::properties::led_to`.

#![no_main]

use kubectl_regcred::testing::distribution_properties as properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| properties::led_to(text));
