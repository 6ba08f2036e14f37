//! Images that were moved to another registry or repository: under the old name nothing
//! new is found, or nothing at all.

use crate::registry::reference::ImageReference;

/// Registry and start of the repository, where that was moved to, and who says so.
const MOVED: [(&str, &str, &str, &str); 7] = [
    // github.com/bitnami/containers, issue 83267.
    ("docker.io", "bitnami/", "docker.io/bitnamilegacy/", "Bitnami moved its free images in 2025"),
    // kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement
    ("k8s.gcr.io", "", "registry.k8s.io/", "Kubernetes moved its images in 2023"),
    ("gcr.io", "google-containers/", "registry.k8s.io/", "Kubernetes moved its images in 2023"),
    ("gcr.io", "google_containers/", "registry.k8s.io/", "Kubernetes moved its images in 2023"),
    // github.com/kubernetes-sigs/kubebuilder, discussion 3907.
    (
        "gcr.io",
        "kubebuilder/kube-rbac-proxy",
        "quay.io/brancz/kube-rbac-proxy",
        "Kubebuilder moved its images in 2025",
    ),
    // kubernetes.github.io/ingress-nginx/deploy/upgrade
    (
        "quay.io",
        "kubernetes-ingress-controller/nginx-ingress-controller",
        "registry.k8s.io/ingress-nginx/controller",
        "ingress-nginx moved its images in 2020",
    ),
    // docs.github.com, "Migrating to the Container registry from the Docker registry".
    ("docker.pkg.github.com", "", "ghcr.io/", "GitHub moved its Docker registry to ghcr.io"),
];

/// Where an image was moved to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Who moved it, and when.
    pub(crate) reason: &'static str,
    /// The new repository, with the tag or digest of the image.
    pub(crate) image: String,
}

/// Returns where an image was moved to, as far as that is known.
pub(crate) fn moved(image: &ImageReference) -> Option<Moved> {
    let (domain, path) = (image.domain().as_str(), image.path());
    MOVED.iter().find_map(|(registry, start, new, reason)| {
        let rest = path.strip_prefix(start).filter(|_| *registry == domain)?;
        let is_whole = start.is_empty() || start.ends_with('/') || rest.is_empty();
        is_whole.then(|| Moved { reason, image: format!("{new}{rest}{}", image.version()) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_images_are_found_under_their_new_names() {
        for (image, new) in [
            ("bitnami/redis:7.0", Some("docker.io/bitnamilegacy/redis:7.0")),
            ("docker.io/bitnami/kafka", Some("docker.io/bitnamilegacy/kafka")),
            ("index.docker.io/bitnami/git:latest", Some("docker.io/bitnamilegacy/git:latest")),
            ("bitnamicharts/redis:1", None),
            ("quay.io/bitnami/redis:7.0", None),
            ("k8s.gcr.io/pause:3.9", Some("registry.k8s.io/pause:3.9")),
            (
                "k8s.gcr.io/ingress-nginx/controller:v1",
                Some("registry.k8s.io/ingress-nginx/controller:v1"),
            ),
            ("gcr.io/google_containers/pause:3.1", Some("registry.k8s.io/pause:3.1")),
            (
                "gcr.io/kubebuilder/kube-rbac-proxy:v0.15.0",
                Some("quay.io/brancz/kube-rbac-proxy:v0.15.0"),
            ),
            ("gcr.io/kubebuilder/kube-rbac-proxy-x:v0.15.0", None),
            ("gcr.io/acme/app:v1", None),
        ] {
            let image = ImageReference::parse(image).unwrap();
            assert_eq!(moved(&image).map(|moved| moved.image).as_deref(), new, "{image:?}");
        }
    }
}
