//! What to do on the node: its files belong to its container runtime.

use crate::diagnose::evidence::Runtime;
use crate::system::shell;

pub(in crate::diagnose) const NODE_CREDENTIAL: &str =
    "put the credential on the node: /var/lib/kubelet/config.json";
/// Where a node may have a login of its own.
pub(in crate::diagnose) const NODE_LOGINS: &str = "/var/lib/kubelet/config.json, a credential provider of the kubelet, or the runtime's registries";
pub(in crate::diagnose) const SIGN_IMAGE: &str =
    "sign the image, or correct the policy on the node: /etc/containers/policy.json";

pub(in crate::diagnose) fn check_mirrors(domain: &str) -> String {
    format!("check the mirrors on the node: /etc/containerd/certs.d/{domain}/hosts.toml")
}

/// Returns where the node's runtime takes the authority of a host from that it asks for a
/// registry. containerd 1.6 reads it
/// below `host` only, not below `server`.
pub(in crate::diagnose) fn trust_certificate(domain: &str, host: &str, runtime: Runtime) -> String {
    let place = match runtime {
        Runtime::Crio => format!("/etc/containers/certs.d/{host}/ca.crt"),
        Runtime::Docker => format!("/etc/docker/certs.d/{host}/ca.crt"),
        Runtime::Containerd => format!(
            "`ca = \"FILE\"` below `[host.\"https://{host}\"]` in /etc/containerd/certs.d/{domain}/hosts.toml"
        ),
    };
    format!("trust its authority on the node: {place}")
}

pub(in crate::diagnose) fn allow_plain_http(domain: &str, host: &str, runtime: Runtime) -> String {
    let place = match runtime {
        Runtime::Crio => format!(
            "`location = \"{host}\"` with `insecure = true` in /etc/containers/registries.conf"
        ),
        Runtime::Docker => {
            format!("`insecure-registries` with {host} in /etc/docker/daemon.json")
        }
        Runtime::Containerd => {
            format!("`[host.\"http://{host}\"]` in /etc/containerd/certs.d/{domain}/hosts.toml")
        }
    };
    format!("allow it on the node: {place}")
}

pub(in crate::diagnose) fn resolve(domain: &str) -> String {
    format!(
        "correct the registry in the image name, or check on the node: nslookup {}",
        shell::word(host(domain))
    )
}

/// Returns the host of a registry without its port, and without the brackets of an
/// IPv6 address.
fn host(domain: &str) -> &str {
    match domain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => domain.split_once(':').map_or(domain, |(host, _)| host),
    }
}

/// Returns how to try an address, `SCHEME://HOST`, on the node.
pub(in crate::diagnose) fn reach(address: &str) -> String {
    format!("check on the node: curl -v {}", shell::word(&format!("{address}/v2/")))
}

/// Returns where a runtime has the mirrors of a registry.
pub(in crate::diagnose) fn mirror_files(domain: &str, runtime: Runtime) -> String {
    match runtime {
        Runtime::Containerd => format!(
            "/etc/containerd/certs.d/{domain}/hosts.toml, or /etc/rancher/k3s/registries.yaml in k3s and RKE2"
        ),
        Runtime::Crio => "/etc/containers/registries.conf and registries.conf.d".to_owned(),
        Runtime::Docker => "`registry-mirrors` in /etc/docker/daemon.json".to_owned(),
    }
}

/// Returns where a runtime names the image that every Pod starts with.
pub(in crate::diagnose) fn sandbox_files(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Containerd => {
            "`sandbox_image` (containerd 2: `sandbox`) in /etc/containerd/config.toml"
        }
        Runtime::Crio => "`pause_image` and `pause_image_auth_file` in /etc/crio/crio.conf",
        Runtime::Docker => "`--pod-infra-container-image` of cri-dockerd",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_their_ports() {
        for (domain, expected) in [
            ("ghcr.io", "ghcr.io"),
            ("reg.example.com:5000", "reg.example.com"),
            ("[::1]:5000", "::1"),
            ("[fd00::1]", "fd00::1"),
        ] {
            assert_eq!(host(domain), expected);
        }
    }
}
