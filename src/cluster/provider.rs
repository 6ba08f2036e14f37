//! Which cloud the nodes are of.

use serde::Deserialize;

use super::kubectl::parse;
use super::{Call, Kubectl};
use crate::registry::cloud::Cloud;
use crate::system::messages;

/// Some nodes stand for all: their list may be long.
const NODES: &str = "--raw=/api/v1/nodes?limit=20";

#[derive(Deserialize)]
struct Nodes {
    items: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    spec: NodeSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NodeSpec {
    #[serde(rename = "providerID")]
    provider_id: String,
}

impl Kubectl {
    /// Says, once, that the nodes could pull from one of these registries without a Secret:
    /// both are of one cloud. Nodes are read only where a registry is a cloud's; that they
    /// may not be read is no failure.
    pub(crate) fn note_registry_of_nodes<'r>(&self, hosts: impl Iterator<Item = &'r str>) {
        let clouds = hosts.filter_map(|host| Some((host, Cloud::of_registry(host)?)));
        let clouds: Vec<(&str, Cloud)> = clouds.collect();
        if clouds.is_empty() {
            return;
        }
        let of_nodes = self.cloud_of_nodes();
        if let Some((host, cloud)) = clouds.iter().find(|(_, cloud)| Some(*cloud) == of_nodes) {
            messages::note(&format!(
                "{host} and the nodes are both of {}, and may need no pull Secret: {}",
                cloud.name(),
                cloud.without_secret()
            ));
        }
    }

    fn cloud_of_nodes(&self) -> Option<Cloud> {
        let call = Call { arguments: &["get", NODES], ..Call::of_many() };
        let answer = self.answer(call).ok()?;
        let nodes: Nodes = parse(&answer, "a list of nodes", None).ok()?;
        let mut clouds = nodes.items.iter().map(|node| Cloud::of_node(&node.spec.provider_id));
        let first = clouds.next()??;
        clouds.all(|cloud| cloud == Some(first)).then_some(first)
    }
}
