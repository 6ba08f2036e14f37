//! See `kubectl_regcred::properties::foreign_text`.

#![no_main]

use kubectl_regcred::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| properties::foreign_text(text));
