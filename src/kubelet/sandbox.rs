//! The image that a node starts every Pod with, its sandbox or pause image, in what is
//! said where that image cannot be pulled.

/// What stands before the name of the image.
/// Sources: containerd 1.6 to 2.3, `internal/cri/server/podsandbox/sandbox_run.go`;
/// CRI-O 1.35, `server/sandbox_run_linux.go`; cri-dockerd 0.3, `core/image.go`.
const BEFORE_IMAGE: [&str; 4] = [
    "failed to get sandbox image \"",
    "failed pulling image \"",
    "nitializing source docker://",
    "determining manifest MIME type for docker://",
];

/// Returns the image; none where the sandbox could not be created for another reason.
pub(crate) fn image(message: &str) -> Option<&str> {
    let rest = BEFORE_IMAGE.iter().find_map(|before| message.split_once(before));
    let image = rest?.1.split(['"', ' ']).next()?.trim_end_matches(':');
    (!image.is_empty()).then_some(image)
}

/// Returns what is said of a sandbox without what the kubelet puts before it.
/// Source: Kubernetes 1.37, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`.
pub(crate) fn reason(message: &str) -> &str {
    let before = ["Failed to create pod sandbox: ", "rpc error: code = Unknown desc = "];
    before.iter().fold(message, |text, before| text.strip_prefix(before).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_of_the_sandbox_is_found() {
        for (message, expected) in [
            (
                "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image \"a.example/pause:3.9\": failed to pull image \"a.example/pause:3.9\": x",
                Some("a.example/pause:3.9"),
            ),
            (
                "Failed to create pod sandbox: rpc error: code = Unknown desc = failed pulling image \"registry.k8s.io/pause:3.9\": Error response from daemon: x",
                Some("registry.k8s.io/pause:3.9"),
            ),
            (
                "Failed to create pod sandbox: rpc error: code = Unknown desc = creating pod sandbox with name \"k8s_web\": initializing source docker://a.example/pause:3.10: reading manifest 3.10 in a.example/pause: x",
                Some("a.example/pause:3.10"),
            ),
            (
                "Failed to create pod sandbox: rpc error: code = Unknown desc = error creating pod sandbox with name \"k8s_web\": Error initializing source docker://a.example:5000/pause:3.2: x",
                Some("a.example:5000/pause:3.2"),
            ),
            (
                "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"a\": plugin type=\"calico\" failed (add): x",
                None,
            ),
            (
                "Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded",
                None,
            ),
        ] {
            assert_eq!(image(message), expected, "{message}");
        }
        assert_eq!(reason("Failed to create pod sandbox: rpc error: code = Unknown desc = x"), "x");
        assert_eq!(reason("y"), "y");
    }
}
