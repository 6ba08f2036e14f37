//! Clusters that refuse.

use super::*;
use crate::cluster::error::Remedy;

#[test]
fn clusters() {
    let (name, namespace) = ("regcred".to_owned(), Some("web".to_owned()));
    let errors = [
        ClusterError::NoKubectl { name: "kubectl".to_owned() },
        ClusterError::Refused {
            said: "kubectl printed without end".to_owned(),
            namespace: Some("web".to_owned()),
            remedy: None,
        },
        ClusterError::LiveSecret {
            name: name.clone(),
            namespace: namespace.clone(),
            reason: "its `.dockerconfigjson` is not base64".to_owned(),
        },
        ClusterError::OtherType { name, namespace, found: "Opaque".to_owned() },
        ClusterError::MoreNamespaces {
            problem: "further namespaces were not written",
            namespaces: vec!["a".to_owned(), "b".to_owned()],
        },
    ];
    assert_snapshot!(all_shown(errors), @r#"
    1 kubectl not found on PATH; it is needed to reach the cluster
      hint: install kubectl, or name its path: export KUBECTL=/path/to/kubectl
    1 namespace web: kubectl printed without end
    1 cannot merge into Secret regcred in namespace web: its `.dockerconfigjson` is not base64
      hint: overwrite the Secret: --replace
    1 Secret regcred in namespace web is of type Opaque, which cannot be changed
      hint: choose another name for the pull Secret
    1 further namespaces were not written: 2
        a
        b
      hint: run the same command again once the rest is solved
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of all variants, and their texts")]
fn remedies() {
    let namespace = || Some("web".to_owned());
    let remedies = [
        Remedy::UseOtherName,
        Remedy::WaitForNamespace,
        Remedy::FollowPolicy,
        Remedy::NameNamespaces,
        Remedy::ReadSecrets,
        Remedy::AskForRight,
        Remedy::ListPods,
        Remedy::CreateServiceAccount("ci".to_owned()),
        Remedy::CreateNamespace("web".to_owned()),
        Remedy::TrustApiServer,
        Remedy::CheckCluster,
        Remedy::SeeMessage,
        Remedy::ShowContext,
        Remedy::RenewLogin,
        Remedy::UpdateKubectl,
        Remedy::NameKubectl,
        Remedy::ListContexts,
        Remedy::NameContext,
        Remedy::ListConfig("user"),
        Remedy::FindWriter("regcred".to_owned()),
        Remedy::TakeOver,
        Remedy::ListNamespaceLabels,
        Remedy::ListPullSecrets,
        Remedy::DescribeWorkload("deployment/web".to_owned()),
    ];
    let shown = remedies.map(|remedy| {
        let name = format!("{remedy:?}");
        let name = name.split([' ', '(']).next().unwrap_or_default().to_owned();
        let error: Error = ClusterError::Refused {
            said: String::new(),
            namespace: namespace(),
            remedy: Some(remedy),
        }
        .into();
        format!("{name}: {}", error.hint().unwrap())
    });
    assert_snapshot!(shown.join("\n"), @r#"
    UseOtherName: choose another name for the pull Secret: an immutable Secret cannot be changed
    WaitForNamespace: wait until the namespace is deleted, then create the namespace again
    FollowPolicy: change what the cluster's policy names in the message
    NameNamespaces: name the namespaces: -n NAMESPACE, or ask for the right to list them
    ReadSecrets: ask for the right to get Secrets, or write without reading: --replace
    AskForRight: ask for the missing right, or use another user: --as USER, --context CONTEXT
    ListPods: name a Pod, or a workload as in deployment/web; to list the Pods: kubectl get pods -n web
    CreateServiceAccount: create the service account first: kubectl create serviceaccount ci -n web
    CreateNamespace: create the namespace first: kubectl create namespace web
    TrustApiServer: trust the API server's certificate: --certificate-authority FILE
    CheckCluster: check whether the cluster answers: kubectl cluster-info
    SeeMessage: see kubectl's own message: kubectl cluster-info
    ShowContext: check which cluster is used: kubectl config view --minify
    RenewLogin: renew kubectl's own login, then check the user: kubectl auth whoami
    UpdateKubectl: use kubectl 1.22 or newer, which has server-side apply
    NameKubectl: name a kubectl that runs: export KUBECTL=/path/to/kubectl
    ListContexts: list the contexts: kubectl config get-contexts
    NameContext: name one of the contexts with --context; to list them: kubectl config get-contexts
    ListConfig: list the users: kubectl config get-users
    FindWriter: find out what writes the Secret: kubectl get secret regcred -o 'jsonpath={.metadata.managedFields[*].manager}' -n web
    TakeOver: let the owner write the Secret, or take ownership: --force-conflicts
    ListNamespaceLabels: list the labels of namespaces: kubectl get namespaces --show-labels
    ListPullSecrets: list the pull Secrets: kubectl regcred list -n web
    DescribeWorkload: see why no Pod was created: kubectl describe deployment/web -n web
    "#);
}
