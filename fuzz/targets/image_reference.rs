//! Any text is an image or is refused; a repository names itself; so does a registry.

#![no_main]

use kubectl_regcred::registry::key::RegistryKey;
use kubectl_regcred::registry::reference::ImageReference;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(image) = ImageReference::parse(text) {
        let again = ImageReference::parse(&image.repository()).expect("its own repository");
        assert_eq!(again.repository(), image.repository());
    }
    if let Ok(key) = RegistryKey::parse(text) {
        assert_eq!(RegistryKey::parse(&key.auths_key()), Ok(key));
    }
});
