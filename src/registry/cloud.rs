//! The clouds whose nodes pull from the cloud's own registry without any pull Secret.

/// A cloud with registries and nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cloud {
    /// ECR and EKS.
    Amazon,
    /// Artifact Registry and GKE.
    Google,
    /// ACR and AKS.
    Azure,
}

impl Cloud {
    /// Returns the cloud that a registry belongs to.
    pub(crate) fn of_registry(host: &str) -> Option<Self> {
        let is_amazon = host.contains(".dkr.ecr") || host.contains(".dkr-ecr");
        if is_amazon && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")) {
            return Some(Self::Amazon);
        }
        if host.ends_with(".pkg.dev") || host == "gcr.io" || host.ends_with(".gcr.io") {
            return Some(Self::Google);
        }
        host.ends_with(".azurecr.io").then_some(Self::Azure)
    }

    /// Returns the cloud of a node, by its `spec.providerID`.
    /// Source: Kubernetes cloud providers, `ProviderName`: aws, gce, azure.
    pub(crate) fn of_node(provider_id: &str) -> Option<Self> {
        match provider_id.split_once("://")?.0 {
            "aws" => Some(Self::Amazon),
            "gce" => Some(Self::Google),
            "azure" => Some(Self::Azure),
            _ => None,
        }
    }

    /// Returns what lets its nodes pull without a Secret, as the cloud documents it.
    /// Sources: EKS user guide, "Amazon EKS node IAM role"; GKE documentation, "Artifact
    /// Registry access control with GKE"; AKS documentation, "Authenticate with ACR from
    /// AKS" (2026).
    pub(crate) fn without_secret(self) -> &'static str {
        match self {
            Self::Amazon => {
                "attach the policy AmazonEC2ContainerRegistryPullOnly to the IAM role of the nodes"
            }
            Self::Google => {
                "grant the role roles/artifactregistry.reader to the service account of the nodes"
            }
            Self::Azure => {
                "az aks update --name CLUSTER --resource-group GROUP --attach-acr REGISTRY"
            }
        }
    }

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Amazon => "AWS",
            Self::Google => "Google Cloud",
            Self::Azure => "Azure",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_and_nodes_have_a_cloud() {
        for (host, cloud) in [
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", Some(Cloud::Amazon)),
            ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", Some(Cloud::Amazon)),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", Some(Cloud::Amazon)),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.io", None),
            ("s3.amazonaws.com", None),
            ("europe-docker.pkg.dev", Some(Cloud::Google)),
            ("eu.gcr.io", Some(Cloud::Google)),
            ("notgcr.io", None),
            ("acme.azurecr.io", Some(Cloud::Azure)),
            ("public.ecr.aws", None),
            ("ghcr.io", None),
        ] {
            assert_eq!(Cloud::of_registry(host), cloud, "{host}");
        }
        assert_eq!(Cloud::of_node("aws:///eu-west-1a/i-0abc"), Some(Cloud::Amazon));
        assert_eq!(Cloud::of_node("gce://project/zone/node"), Some(Cloud::Google));
        assert_eq!(Cloud::of_node("azure:///subscriptions/x"), Some(Cloud::Azure));
        assert_eq!(Cloud::of_node("kind://docker/kind/x"), None);
        assert_eq!(Cloud::of_node(""), None);
    }
}
