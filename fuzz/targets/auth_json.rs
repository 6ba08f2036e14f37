//! Any bytes are a file of podman or are refused, and looking into it never fails
//! in another way than with an error.

#![no_main]

use kubectl_regcred::testing::reference::ImageReference;
use kubectl_regcred::testing::CredentialQuery;
use kubectl_regcred::testing::docker::HelperPolicy;
use kubectl_regcred::testing::helper::fault::HelperFault;
use kubectl_regcred::testing::helper::{Answer, HelperPrograms};
use kubectl_regcred::testing::podman::Podman;
use kubectl_regcred::testing::Environment;
use libfuzzer_sys::fuzz_target;

struct NoPrograms;

impl HelperPrograms for NoPrograms {
    fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
        Err(HelperFault::Missing)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("regcred-fuzz-{}.json", std::process::id()));
    std::fs::write(&path, bytes).expect("a file to write");
    let environment = Environment::from_iter([("HOME", "/")]);
    let podman = Podman::load(&environment, Some(&path), HelperPolicy::Start);
    std::fs::remove_file(&path).expect("the file just written");
    let Ok(podman) = podman else { return };
    for key in podman.known().into_keys() {
        let _ = podman.look_up(&CredentialQuery::registry(key), &NoPrograms);
    }
    for image in ["nginx", "quay.io/org/app", "a/b"] {
        let image = ImageReference::parse(image).expect("an image");
        let _ = podman.look_up(&CredentialQuery::image(&image), &NoPrograms);
    }
});
