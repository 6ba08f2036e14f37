//! What to do where the cluster, or kubectl, did not do what was asked.

use crate::cluster::error::{ClusterError, Remedy};
use crate::system::hint::Hint;

const CLUSTER_INFO: &str = "kubectl cluster-info";
const KUBECTL_VARIABLE: &str = "export KUBECTL=/path/to/kubectl";

/// A sentence, and a command to paste; empty where there is none.
type Advice = (&'static str, &'static str);

const WAIT_FOR_NAMESPACE: Advice =
    ("wait until the namespace is deleted, then create the namespace again", "");
const FOLLOW_POLICY: Advice = ("change what the cluster's policy names in the message", "");
const NAME_NAMESPACES: Advice =
    ("name the namespaces: -n NAMESPACE, or ask for the right to list them", "");
const UPDATE_KUBECTL: Advice = ("use kubectl 1.22 or newer, which has server-side apply", "");
const OTHER_NAME: Advice =
    ("choose another name for the pull Secret: an immutable Secret cannot be changed", "");
const READ_SECRETS: Advice =
    ("ask for the right to get Secrets, or write without reading", "--replace");
const ASK_FOR_RIGHT: Advice =
    ("ask for the missing right, or use another user", "--as USER, --context CONTEXT");
const TRUST_API_SERVER: Advice =
    ("trust the API server's certificate", "--certificate-authority FILE");
const SHOW_CLUSTER: Advice = ("check which cluster is used", "kubectl config view --minify");
const RENEW_LOGIN: Advice =
    ("renew kubectl's own login, then check the user", "kubectl auth whoami");
const NAME_CONTEXT: Advice =
    ("name one of the contexts with --context; to list them", "kubectl config get-contexts");
const TAKE_OVER: Advice =
    ("let the owner write the Secret, or take ownership", "--force-conflicts");
const LIST_NAMESPACE_LABELS: Advice =
    ("list the labels of namespaces", "kubectl get namespaces --show-labels");

pub(in crate::error) fn hint(error: &ClusterError) -> Option<Hint> {
    Some(match error {
        ClusterError::NoKubectl { .. } => {
            Hint::new("install kubectl, or name its path").shell(KUBECTL_VARIABLE)
        }
        ClusterError::Refused { remedy, namespace, .. } => {
            return remedy.as_ref().map(|remedy| of_refusal(remedy, namespace.as_deref()));
        }
        ClusterError::LiveSecret { .. } => Hint::new("overwrite the Secret").shell("--replace"),
        // What the Secret holds may be needed elsewhere: no hint deletes it.
        ClusterError::OtherType { .. } => "choose another name for the pull Secret".into(),
        ClusterError::MoreNamespaces { .. } => {
            "run the same command again once the rest is solved".into()
        }
    })
}

fn of_refusal(remedy: &Remedy, namespace: Option<&str>) -> Hint {
    let sentence_and_command = match remedy {
        Remedy::ListConfig(kind) => {
            return Hint::new(format!("list the {kind}s"))
                .shell(format!("kubectl config get-{kind}s"));
        }
        Remedy::ListPullSecrets => {
            let words = ["kubectl", "regcred", "list"];
            return in_namespace("list the pull Secrets", &words, namespace);
        }
        Remedy::DescribeWorkload(workload) => {
            let words = ["kubectl", "describe", workload];
            return in_namespace("see why no Pod was created", &words, namespace);
        }
        Remedy::ListPods => {
            let sentence = "name a Pod, or a workload as in deployment/web; to list the Pods";
            return in_namespace(sentence, &["kubectl", "get", "pods"], namespace);
        }
        Remedy::CreateServiceAccount(name) => {
            let words = ["kubectl", "create", "serviceaccount", name];
            return in_namespace("create the service account first", &words, namespace);
        }
        Remedy::CreateNamespace(name) => {
            return Hint::new("create the namespace first").command([
                "kubectl",
                "create",
                "namespace",
                name,
            ]);
        }
        Remedy::FindWriter(name) => {
            // Its managers alone: the Secret in YAML would show what it holds.
            let managers = "jsonpath={.metadata.managedFields[*].manager}";
            let words = ["kubectl", "get", "secret", name, "-o", managers];
            return in_namespace("find out what writes the Secret", &words, namespace);
        }
        Remedy::WaitForNamespace => WAIT_FOR_NAMESPACE,
        Remedy::FollowPolicy => FOLLOW_POLICY,
        Remedy::NameNamespaces => NAME_NAMESPACES,
        Remedy::UpdateKubectl => UPDATE_KUBECTL,
        Remedy::UseOtherName => OTHER_NAME,
        Remedy::ReadSecrets => READ_SECRETS,
        Remedy::AskForRight => ASK_FOR_RIGHT,
        Remedy::TrustApiServer => TRUST_API_SERVER,
        Remedy::CheckCluster => ("check whether the cluster answers", CLUSTER_INFO),
        Remedy::SeeMessage => ("see kubectl's own message", CLUSTER_INFO),
        Remedy::ShowContext => SHOW_CLUSTER,
        Remedy::RenewLogin => RENEW_LOGIN,
        Remedy::NameKubectl => ("name a kubectl that runs", KUBECTL_VARIABLE),
        Remedy::ListContexts => ("list the contexts", "kubectl config get-contexts"),
        Remedy::NameContext => NAME_CONTEXT,
        Remedy::TakeOver => TAKE_OVER,
        Remedy::ListNamespaceLabels => LIST_NAMESPACE_LABELS,
    };
    match sentence_and_command {
        (sentence, "") => Hint::from(sentence),
        (sentence, command) => Hint::new(sentence).shell(command),
    }
}

fn in_namespace(sentence: &str, words: &[&str], namespace: Option<&str>) -> Hint {
    let namespace = namespace.into_iter().flat_map(|namespace| ["-n", namespace]);
    Hint::new(sentence).command(words.iter().copied().chain(namespace))
}
