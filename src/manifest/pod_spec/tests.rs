//! One table for two readers: whatever names images does so for both.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::manifest::edit::{self, Kind};
use crate::manifest::images;
use crate::system::files;

const GROUPS: [&str; 10] = [
    "v1",
    "apps/v1",
    "batch/v1",
    "argoproj.io/v1alpha1",
    "serving.knative.dev/v1",
    "apps.openshift.io/v1",
    "apps.kruise.io/v1alpha1",
    "kafka.strimzi.io/v1beta2",
    "networking.k8s.io/v1",
    "containerinstance.azure.com/v1",
];

const KINDS: [&str; 10] = [
    "Pod",
    "PodTemplate",
    "Deployment",
    "Job",
    "CronJob",
    "Service",
    "Rollout",
    "DeploymentConfig",
    "KafkaConnect",
    "ConfigMap",
];

/// The images that each reader sees: of values, and of places.
fn both(text: &str) -> (Vec<String>, Vec<String>) {
    let values = images::find(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let stream = edit::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let places = stream.objects.into_iter().flat_map(|object| object.images).collect();
    (values, places)
}

/// Whether an object makes Pods, which both readers have to say.
fn is_workload(text: &str) -> bool {
    let (values, places) = both(text);
    assert_eq!(values, places, "{text}");
    let is_workload = edit::read(text).unwrap().objects[0].kind == Kind::Workload;
    assert_eq!(is_workload, !values.is_empty(), "{text}");
    is_workload
}

#[test]
fn custom_workloads_are_told_by_their_shape() {
    let containers = "{containers: [{name: x, image: a.io/b}]}";
    let template = format!("{{template: {{spec: {containers}}}}}");
    for (version, kind, spec) in [
        ("argoproj.io/v1alpha1", "Rollout", &template),
        ("serving.knative.dev/v1", "Service", &template),
        ("serving.knative.dev/v1", "Revision", &containers.to_owned()),
        ("apps.openshift.io/v1", "DeploymentConfig", &template),
        ("v1", "DeploymentConfig", &template),
        ("apps.kruise.io/v1beta1", "DaemonSet", &template),
        ("monitoring.coreos.com/v1", "Prometheus", &containers.to_owned()),
        ("x.example.com/v1", "X", &format!("{{jobTemplate: {{spec: {template}}}}}")),
    ] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nspec: {spec}\n");
        assert!(is_workload(&text), "{text}");
    }
    let text = format!("apiVersion: x.example.com/v1\nkind: X\ntemplate: {{spec: {containers}}}\n");
    assert!(is_workload(&text));
}

#[test]
fn what_only_looks_like_a_workload_is_left_alone() {
    for (version, kind, spec) in [
        (
            "kafka.strimzi.io/v1beta2",
            "KafkaConnect",
            "{image: a.io/b, template: {pod: {}, connectContainer: {}}}",
        ),
        (
            "kubevirt.io/v1",
            "VirtualMachine",
            "{template: {spec: {volumes: [{containerDisk: {image: a.io/b}}]}}}",
        ),
        ("cluster.x-k8s.io/v1beta1", "MachineDeployment", "{template: {spec: {bootstrap: {}}}}"),
        ("argoproj.io/v1alpha1", "ApplicationSet", "{template: {spec: {source: {image: a.io/b}}}}"),
        (
            "types.kubefed.io/v1beta1",
            "FederatedDeployment",
            "{template: {spec: {template: {spec: {containers: [{image: a.io/b}]}}}}}",
        ),
        (
            "x.example.com/v1",
            "X",
            "{template: {spec: {containers: [{image: {repository: a.io/b, tag: x}}]}}}",
        ),
        ("x.example.com/v1", "X", "{template: {spec: {containers: [{image: a.io/b}, text]}}}"),
        ("x.example.com/v1", "X", "{template: {spec: {containers: {x: {image: a.io/b}}}}}"),
        ("x.example.com/v1", "X", "{template: {spec: {containers: [{name: x}, {image: ''}]}}}"),
        ("x.example.com/v1", "X", "{template: {spec: {initContainers: [{image: a.io/b}]}}}"),
        ("x.example.com/v1", "X", "{template: {spec: a.io/b}}"),
        ("containerinstance.azure.com/v1", "ContainerGroup", "{containers: [{image: a.io/b}]}"),
        ("v1", "Service", "{template: {spec: {containers: [{image: a.io/b}]}}}"),
        ("apps/v1", "Rollout", "{template: {spec: {containers: [{image: a.io/b}]}}}"),
        (
            "batch.volcano.sh/v1",
            "Job",
            "{tasks: [{template: {spec: {containers: [{image: a.io/b}]}}}]}",
        ),
    ] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nspec: {spec}\n");
        assert!(!is_workload(&text), "{text}");
    }
}

#[test]
fn a_template_in_a_custom_workload_is_told() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {template: {spec: {containers: [{image: {{ .x }}}]}}}\n";
    assert_eq!(edit::read(text).unwrap_err(), edit::Fault::Template { line: 3 });
}

/// The manifests in a file: all of a manifest, and every text in the code of a
/// test that looks like one.
fn manifests(path: &Path) -> Vec<String> {
    let bytes = files::read(path, 1024 * 1024).unwrap_or_else(|_| panic!("{}", path.display()));
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    if path.extension().is_some_and(|end| end != "rs") {
        return vec![text];
    }
    let texts = literals(&text);
    texts.filter(|text| text.contains("kind") && text.contains("image")).collect()
}

/// The texts in the code of a test, each as it is and as `format!` would write it.
fn literals(code: &str) -> impl Iterator<Item = String> {
    let code = code.replace("\\\\", "\\\\ ").replace("\\\"", "\u{1}");
    let texts: Vec<String> = code.split('"').map(str::to_owned).collect();
    texts.into_iter().flat_map(|text| {
        let text = text.replace('\u{1}', "\"").replace("\\n", "\n").replace("\\r", "\r");
        let text = text.replace("\\\n", "");
        let of_format = text.replace("{{", "{").replace("}}", "}");
        [text, of_format]
    })
}

fn find_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in files::list(folder).unwrap() {
        if path.is_dir() {
            find_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| ["rs", "yaml", "yml"].iter().any(|e| end == *e))
        {
            found.push(path);
        }
    }
}

#[test]
fn both_readers_see_the_same_images_in_all_manifests_of_the_project() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["tests", "examples", "src"] {
        find_files(&root.join(folder), &mut paths);
    }
    let mut seen = 0;
    for text in paths.iter().flat_map(|path| manifests(path)) {
        // What one of them cannot read is no manifest.
        let (Ok(values), Ok(stream)) = (images::find(&text), edit::read(&text)) else { continue };
        let places: Vec<String> =
            stream.objects.into_iter().flat_map(|object| object.images).collect();
        assert_eq!(values, places, "{text}");
        seen += usize::from(!values.is_empty());
    }
    assert!(seen > 25, "only {seen} manifests with images were found");
}

/// A Pod's specification, or what looks like one.
fn spec() -> impl Strategy<Value = String> {
    let image = prop::sample::select(vec![
        "image: a.io/b",
        "image: 'b.io/c:v1'",
        "image: ''",
        "image: {repository: x}",
        "image: null",
        "image: 12",
        "image: .5",
        "image: true",
        "image: nginx",
        "image: 1and1",
        "image: ~",
        "image: '7'",
        "name: x",
        "<<: *c",
        "image: *i",
    ]);
    let name =
        prop::sample::select(vec!["containers", "initContainers", "ephemeralContainers", "other"]);
    let list = (name, prop::collection::vec(image, 0..3), any::<bool>());
    prop::collection::btree_map(0..4_u8, list, 0..4).prop_map(|lists| {
        let mut names = std::collections::BTreeSet::new();
        let mut text = String::from("{x: y");
        for (name, items, is_list) in lists.into_values() {
            if !names.insert(name) {
                continue;
            }
            let items: Vec<String> = items.iter().map(|item| format!("{{{item}}}")).collect();
            let items = items.join(", ");
            text += &[", ", name, if is_list { ": [" } else { ": {items: [" }].concat();
            text += &items;
            text += if is_list { "]" } else { "]}" };
        }
        text + ", volumes: [{image: {reference: v.io/w}}, {image: a.io/none}, *v]}"
    })
}

fn object() -> impl Strategy<Value = String> {
    let paths = prop::sample::select(vec![
        "spec: SPEC",
        "template: {spec: SPEC}",
        "spec: {template: {spec: SPEC}}",
        "spec: {template: {spec: SPEC}, containers: [{image: c.io/d}]}",
        "spec: {jobTemplate: {spec: {template: {spec: SPEC}}}}",
        "spec: {template: {spec: {template: {spec: SPEC}}}}",
        "spec: {<<: {template: {spec: SPEC}}}",
        "<<: [{spec: {template: {spec: SPEC}}}]",
        "data: SPEC",
    ]);
    (prop::sample::select(GROUPS.to_vec()), prop::sample::select(KINDS.to_vec()), paths, spec())
        .prop_map(|(version, kind, path, spec)| {
            format!("{{apiVersion: {version}, kind: {kind}, {}}}", path.replace("SPEC", &spec))
        })
}

proptest! {
    #[test]
    fn both_readers_see_the_same_images(objects in prop::collection::vec(object(), 1..4), lists in 0..3_u8) {
        let anchors = "{c: &c {image: d.io/e}, i: &i e.io/f, v: &v {image: {reference: w.io/x}}}";
        let text = match lists {
            0 => format!("kind: List\nx: {anchors}\nitems:\n- {}\n", objects.join("\n- ")),
            1 => format!("kind: PodList\nx: {anchors}\nitems: [{{kind: List, items: [{}]}}]\n", objects.join(", ")),
            _ => {
                let document = |object: &String| format!("---\nkind: List\nx: {anchors}\nitems: [{object}]\n");
                objects.iter().map(document).collect()
            }
        };
        let (values, places) = both(&text);
        prop_assert_eq!(values, places, "{}", text);
    }
}
