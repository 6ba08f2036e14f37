//! References that have no effect: told, and moved with `--fix`.

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::Case;

/// github.com/1Password/op-scim-helm/issues/158
const DEPLOYMENT: &str = indoc! {"
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: op-scim}
    spec:
      template:
        spec:
          containers:
          - name: scim
            image: reg.example/op/scim:v2
            imagePullSecrets: # for the private registry
            - name: regcred
            env: []
"};

fn case() -> Case {
    Case::new().logins(&[("reg.example", "jane", "hunter2")])
}

#[test]
fn a_reference_without_effect_stays_and_is_told() {
    let case = case().file("work/web.yaml", DEPLOYMENT);
    let outcome = case.run(&["inject", "-f", "web.yaml", "--references-only"]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: op-scim}
    spec:
      template:
        spec:
          imagePullSecrets:
          - name: regcred
          containers:
          - name: scim
            image: reg.example/op/scim:v2
            imagePullSecrets: # for the private registry
            - name: regcred
            env: []
    --- stderr
    note: web.yaml:10: `imagePullSecrets` in container scim has no effect: it belongs in spec.template.spec, beside `containers`; --fix moves it
    note: added imagePullSecrets to 1 object
    ");
}

#[test]
fn a_reference_without_effect_is_moved() {
    let case = case().file("work/web.yaml", DEPLOYMENT);
    let outcome = case.run(&["inject", "-f", "web.yaml", "--fix", "--references-only"]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: op-scim}
    spec:
      template:
        spec:
          imagePullSecrets:
          - name: regcred
          containers:
          - name: scim
            image: reg.example/op/scim:v2
            env: []
    --- stderr
    note: web.yaml:10: moved the reference to regcred to spec.template.spec
    ");
    // As the hint of `diagnose` has it; the second time there is nothing to do.
    let arguments =
        ["inject", "-f", "web.yaml", "--existing-secret", "regcred", "--fix", "--in-place"];
    assert_snapshot!(case.run(&arguments), @"
    exit code 0
    --- stderr
    note: changed: web.yaml
    note: web.yaml:10: moved the reference to regcred to spec.template.spec
    ");
    assert_snapshot!(std::fs::read_to_string(case.path("work/web.yaml")).unwrap(), @"
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: op-scim}
    spec:
      template:
        spec:
          imagePullSecrets:
          - name: regcred
          containers:
          - name: scim
            image: reg.example/op/scim:v2
            env: []
    ");
    assert_snapshot!(case.run(&arguments), @"
    exit code 0
    --- stderr
    note: no changes: 1 object had imagePullSecrets already
    ");
    assert_snapshot!(case.run(&["diagnose", "-f", "web.yaml"]), @"
    exit code 3
    --- stdout
    Deployment op-scim (web.yaml), reg.example/op/scim: the kubelet tries no credential, and pulls anonymously

    secret-missing (Secret regcred): the Pod references this Secret, which the files do not hold
      hint: create it in the Pod's namespace: kubectl regcred secret regcred --registry reg.example --apply
    --- stderr
    1 problem found
    ");
}

#[test]
fn what_an_account_only_mounts_is_referenced() {
    let account = "kind: ServiceAccount\nmetadata: {name: build-bot}\nsecrets:\n- name: regcred\n";
    let case = case().file("work/sa.yaml", account);
    let outcome = case.run(&["inject", "-f", "sa.yaml", "--existing-secret", "regcred"]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    kind: ServiceAccount
    metadata: {name: build-bot}
    secrets:
    - name: regcred
    --- stderr
    note: sa.yaml:1: regcred under `secrets` of service account build-bot is mounted, not used to pull; --fix references it
    note: no changes: no images found in the manifests
    ");
    let outcome = case.run(&["inject", "-f", "sa.yaml", "--existing-secret", "regcred", "--fix"]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    kind: ServiceAccount
    imagePullSecrets:
    - name: regcred
    metadata: {name: build-bot}
    secrets:
    - name: regcred
    --- stderr
    note: sa.yaml:1: service account build-bot references regcred now
    ");
}

#[test]
fn texts_in_place_of_references_are_rewritten() {
    let pod = "kind: Pod\nmetadata: {name: web}\nspec:\n  imagePullSecrets:\n  - regcred\n  containers:\n  - image: reg.example/app:v1\n";
    let case = case().file("work/pod.yaml", pod);
    assert_snapshot!(case.run(&["inject", "-f", "pod.yaml", "--references-only"]), @"
    exit code 0
    --- stdout
    kind: Pod
    metadata: {name: web}
    spec:
      imagePullSecrets:
      - regcred
      - name: regcred
      containers:
      - image: reg.example/app:v1
    --- stderr
    note: pod.yaml:5: the API server refuses this `imagePullSecrets`: it is a list, and each item of it is written `name: SECRET`; --fix rewrites it
    note: added imagePullSecrets to 1 object
    ");
    assert_snapshot!(case.run(&["inject", "-f", "pod.yaml", "--references-only", "--fix"]), @"
    exit code 0
    --- stdout
    kind: Pod
    metadata: {name: web}
    spec:
      imagePullSecrets:
      - name: regcred
      containers:
      - image: reg.example/app:v1
    --- stderr
    note: pod.yaml:5: moved the reference to regcred to spec
    ");
}

#[test]
fn one_text_in_place_of_the_list_needs_the_flag() {
    let pod = "kind: Pod\nmetadata: {name: web}\nspec:\n  imagePullSecrets: regcred\n  containers:\n  - image: reg.example/app:v1\n";
    let case = case().file("work/pod.yaml", pod);
    assert_snapshot!(case.run(&["inject", "-f", "pod.yaml", "--references-only"]), @"
    exit code 1
    --- stderr
    error: cannot add imagePullSecrets at pod.yaml:4: its imagePullSecrets is no list

    hint: let it be made a list: --fix
    ");
    let outcome = case.run(&["inject", "-f", "pod.yaml", "--references-only", "--fix"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}
