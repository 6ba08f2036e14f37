//! See `kubectl_regcred::properties::helper_answer`.

#![no_main]

use kubectl_regcred::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::helper_answer(bytes));
