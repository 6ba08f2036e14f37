//! See `kubectl_regcred::properties::image_reference`.

#![no_main]

use kubectl_regcred::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| properties::image_reference(text));
