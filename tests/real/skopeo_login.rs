//! `skopeo login`, which writes podman's file, then `kubectl regcred`.

use crate::home::{Home, PASSWORD, USER, assert_kubelet_finds, finish};
use crate::registries::Registry;

fn login(home: &Home, registry: &Registry, scope: &str) {
    let mut command = home.command("skopeo");
    command.env("REGISTRY_AUTH_FILE", home.path("auth.json"));
    command.args(["login", "--tls-verify=false", "--username", USER, "--password-stdin"]);
    command.arg(format!("{}{scope}", registry.address));
    let output = finish(command, PASSWORD);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_login_of_skopeo() {
    let (home, registry) = (Home::new(), Registry::start());
    login(&home, &registry, "");
    let image = format!("{}/app:v1", registry.address);
    for authfile in [true, false] {
        let mut command = home.command(crate::home::BINARY);
        command.args(["pod", "private-reg", "--image", &image]);
        if authfile {
            command.arg("--authfile").arg(home.path("auth.json"));
        } else {
            command.env("REGISTRY_AUTH_FILE", home.path("auth.json"));
        }
        let output = finish(command, "");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, format!("{}: {USER}, from ~/auth.json\n", registry.address));
        let manifest = String::from_utf8(output.stdout).unwrap();
        assert_kubelet_finds(&manifest, &image, USER, PASSWORD);
    }
}

#[test]
fn a_login_of_skopeo_for_a_path() {
    let (home, registry) = (Home::new(), Registry::start());
    login(&home, &registry, "/team");
    let image = format!("{}/team/app:v1", registry.address);
    let mut command = home.command(crate::home::BINARY);
    command.args(["secret", "--image", &image, "--authfile"]).arg(home.path("auth.json"));
    let output = finish(command, "");
    assert!(output.status.success(), "{output:?}");
    let manifest = String::from_utf8(output.stdout).unwrap();
    assert_kubelet_finds(&manifest, &image, USER, PASSWORD);
    let other = format!("{}/other/app:v1", registry.address);
    let answer =
        crate::home::oracle(&[serde_json::json!({"manifest": manifest, "images": [other]})]);
    assert_eq!(answer[0]["lookups"][0]["credentials"], serde_json::json!([]));
}
