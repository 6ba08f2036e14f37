//! Any bytes are a docker configuration or are refused; so are its entries and keys.

#![no_main]

use kubectl_regcred::registry::credential::usable;
use kubectl_regcred::registry::key::{DockerKey, RegistryKey};
use kubectl_regcred::sources::auths::config::DockerConfig;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = DockerConfig::parse(bytes) else { return };
    for key in config.auth_keys() {
        let entry = config.entry(key).expect("a key that is there has an entry");
        if let (Ok(entry), DockerKey::Registry(registry)) = (entry, RegistryKey::from_docker(key)) {
            // The canonical key stands for the same registry again.
            let again = RegistryKey::from_docker(&registry.auths_key());
            assert_eq!(again, DockerKey::Registry(registry.clone()));
            let _ = usable(&registry, entry.login, 0);
        }
    }
});
