//! Whatever a credential helper prints is an answer or a failure, and a failure
//! that prints data is never quoted.

#![no_main]

use kubectl_regcred::sources::helper::fault::HelperFault;
use kubectl_regcred::sources::helper::{self, Answer, HelperPrograms};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

struct Printing<'a> {
    success: bool,
    bytes: &'a [u8],
}

impl HelperPrograms for Printing<'_> {
    fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
        Ok(Answer {
            success: self.success,
            status: "exit status 1".to_owned(),
            stdout: Zeroizing::new(self.bytes.to_vec()),
            stderr: String::from_utf8_lossy(self.bytes).into_owned(),
        })
    }
}

fuzz_target!(|bytes: &[u8]| {
    for success in [true, false] {
        let programs = Printing { success, bytes };
        let _ = helper::list(&programs, "x");
        if let Err(fault) = helper::get(&programs, "x", "ghcr.io") {
            let told = fault.to_string() + &fault.hint("x");
            assert!(!told.chars().any(char::is_control), "{told:?}");
        }
    }
});
