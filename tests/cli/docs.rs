//! What README, the pages in docs/ and the manifests for krew say is so.

use indoc::{formatdoc, indoc};

use crate::support::Case;

/// README and the pages that show what commands print.
const PAGES: [&str; 8] = [
    include_str!("../../README.md"),
    include_str!("../../docs/install.md"),
    include_str!("../../docs/kubernetes-page.md"),
    include_str!("../../docs/credentials.md"),
    include_str!("../../docs/without-docker.md"),
    include_str!("../../docs/apply.md"),
    include_str!("../../docs/verify.md"),
    include_str!("../../docs/diagnose.md"),
];
const TEMPLATE: &str = include_str!("../../plugin.yaml");
const MANIFEST: &str = include_str!("../../krew-manifest/regcred.yaml");

/// The output that the pages show for a command; the same wherever it is shown.
fn shown(command: &str) -> &'static str {
    let of_page = |page: &'static str| {
        let (_, rest) = page.split_once(&format!("\n$ {command}\n"))?;
        let next = rest.find("\n$ ").map_or(rest.len(), |end| end + 1);
        Some(&rest[..rest.find("```").unwrap().min(next)])
    };
    let mut outputs = PAGES.into_iter().filter_map(of_page);
    let first = outputs.next().unwrap();
    for other in outputs {
        assert_eq!(other, first, "{command}");
    }
    first
}

#[test]
fn readme_is_short_and_every_page_is_listed() {
    let (readme, list) = (PAGES[0], include_str!("../../docs/SUMMARY.md"));
    assert!(readme.len() <= 6 * 1024, "{} bytes", readme.len());
    assert!(readme.contains("](docs/SUMMARY.md)"));
    for page in pages_of_docs().filter(|page| page != "SUMMARY.md") {
        assert!(list.contains(&format!("]({page})")), "{page}");
    }
}

/// The names of the pages in docs/.
fn pages_of_docs() -> impl Iterator<Item = String> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
    let names = folder.map(|page| page.unwrap().file_name().into_string().unwrap());
    names.filter(|name| std::path::Path::new(name).extension().is_some_and(|end| end == "md"))
}

#[test]
fn the_page_of_commands_is_their_help() {
    let written = include_str!("../../docs/commands.md").replace("\r\n", "\n");
    let command = "cargo run --example manual -- commands >docs/commands.md";
    assert!(written == kubectl_regcred::testing::reference(), "write it again: {command}");
}

/// Fails where the page of reference lacks a field of this JSON.
pub fn fields_are_in_reference(json: &str) {
    fn check(value: &serde_json::Value) {
        let page = include_str!("../../docs/reference.md");
        for (name, member) in value.as_object().into_iter().flatten() {
            assert!(page.contains(&format!("`{name}`")), "docs/reference.md lacks {name}");
            check(member);
        }
        value.as_array().into_iter().flatten().for_each(check);
    }
    check(&serde_json::from_str(json).unwrap());
}

#[test]
fn the_page_of_reference_has_every_field() {
    let auth = r#"{"auth":"amFuZTpodW50ZXIy"}"#;
    let config = format!(r#"{{"auths":{{"ghcr.io":{auth},"https://ghcr.io":{auth},"x y":{{}}}}}}"#);
    let case = Case::new().config(&config).file("work/config.json", &config).secret("hunter2");
    let image = "ghcr.io/jane/app:v1";
    let pod = formatdoc! {"
        kind: Pod
        metadata: {{name: web}}
        spec: {{containers: [{{name: web, image: {image}}}]}}
    "};
    let case = case.file("work/pod.yaml", pod).secret("amFuZTpodW50ZXIy");
    for words in [
        &["version"][..],
        &["sources", "--check"],
        &["inspect", "-f", "config.json", "--reveal"],
        &["diagnose", "--image", image, "-f", "config.json", "--reveal"],
        &["diagnose", "-f", "config.json", "-f", "pod.yaml"],
    ] {
        fields_are_in_reference(&case.run(&[words, &["-o", "json"]].concat()).stdout);
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md"].map(String::from);
    let docs = pages_of_docs().map(|page| format!("docs/{page}"));
    for page in pages.into_iter().chain(docs) {
        let text = std::fs::read_to_string(root.join(&page)).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let target = root.join(&page).parent().unwrap().join(link);
            assert!(link.contains("://") || target.exists(), "{page}: {link}");
            // The book holds the pages of docs/ alone.
            assert!(!page.starts_with("docs/") || !link.starts_with("../"), "{page}: {link}");
        }
    }
}

#[test]
fn the_first_command_prints_what_readme_shows() {
    let command = "cargo run --release --locked --quiet -- pod private-reg --image your.private.registry.example.com/janedoe/jdoe-private:v1 --authfile examples/docker/config.json";
    let (_, arguments) = command.split_once(" -- ").unwrap();
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let example = include_str!("../../examples/docker/config.json");
    let outcome = Case::new().file("work/examples/docker/config.json", example).run(&arguments);
    assert_eq!(outcome.stderr + &outcome.stdout, shown(command));
}

/// With one space for many: a free port is longer than the one that README shows.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn verify_prints_what_readme_shows() {
    let registry = crate::support::fake_registry::start("janedoe", "s3cret");
    let store = formatdoc! {r#"
        list unused
          stdout {{"{registry}":"janedoe"}}
        get {registry}
          stdout {{"Username":"janedoe","Secret":"s3cret"}}
    "#};
    let case = Case::new()
        .config(r#"{"credsStore":"pass"}"#)
        .helper("pass", &store)
        .stdin("an old token\n")
        .secret("s3cret")
        .secret("an old token");
    for (command, code) in [
        ("kubectl regcred verify localhost:5000/team/app:v1", 0),
        ("kubectl regcred verify localhost:5000/team/app:v2", 3),
        (
            "kubectl regcred secret --image localhost:5000/team/app:v1 --username janedoe --password-stdin --verify <old-token.txt",
            3,
        ),
    ] {
        let typed = command.split(" <").next().unwrap().replace("localhost:5000", &registry);
        let outcome = case.run(&typed.split(' ').skip(2).collect::<Vec<_>>());
        assert_eq!(outcome.code, code, "{outcome:?}");
        let (origin, rest) = outcome.stderr.split_once('\n').unwrap();
        let printed = format!("{origin}\n{}{rest}", outcome.stdout);
        let printed = printed.replace(&registry, "localhost:5000");
        assert_eq!(squeezed(&printed), squeezed(shown(command)));
    }
}

#[test]
fn the_other_commands_print_what_readme_shows() {
    let store = indoc! {r#"
        list unused
          stdout {"localhost:5000":"janedoe"}
        get localhost:5000
          stdout {"Username":"janedoe","Secret":"s3cret"}
    "#};
    let case = Case::new()
        .config(r#"{"auths":{"localhost:5000":{}},"credsStore":"pass"}"#)
        .helper("pass", store)
        .stdin("s3cret\n")
        .secret("s3cret");
    for (command, code) in [
        ("kubectl regcred secret myregistrykey -n awesomeapps --labels team=web", 0),
        ("kubectl regcred secret --image ghcr.io/janedoe/app:v1", 3),
        ("kubectl regcred secret --password s3cret", 2),
        (
            "kubectl regcred secret --registry ghcr.io --username janedoe --password-stdin -o name <token.txt",
            0,
        ),
    ] {
        let words = command.split(' ').skip(2).filter(|word| !word.starts_with('<'));
        let outcome = case.run(&words.collect::<Vec<_>>());
        assert_eq!(outcome.code, code, "{command}");
        assert_eq!(outcome.stderr + &outcome.stdout, shown(command), "{command}");
    }
}

#[test]
fn sources_lists_what_readme_shows() {
    let store = indoc! {r#"
        list unused
          stdout {"localhost:5000":"janedoe"}
        get localhost:5000
          stdout {"Username":"janedoe","Secret":"s3cret"}
    "#};
    let case = Case::new()
        .config(r#"{"auths":{"localhost:5000":{}},"credsStore":"pass"}"#)
        .helper("pass", store)
        .file(
            "home/.config/containers/auth.json",
            r#"{"auths":{"quay.io/org":{"auth":"cm9ib3Q6czNjcmV0"}}}"#,
        )
        .secret("s3cret");
    for command in ["kubectl regcred sources", "kubectl regcred sources --check"] {
        let outcome = case.run(&command.split(' ').skip(2).collect::<Vec<_>>());
        assert_eq!(outcome.stderr + &outcome.stdout, shown(command));
    }
}

#[test]
fn inject_prints_what_readme_shows() {
    let manifest = include_str!("../../examples/manifests/web.yaml");
    let case =
        Case::new().logins(&[("ghcr.io", "janedoe", "s3cret")]).file("work/web.yaml", manifest);
    let command = "kubectl regcred inject -f web.yaml";
    let outcome = case.run(&command.split(' ').skip(2).collect::<Vec<_>>());
    assert_eq!(outcome.stderr + &outcome.stdout, shown(command));
}

#[test]
fn inspect_and_diagnose_print_what_readme_shows() {
    let value = r#"{"auths":{"ghcr.io/team":{"username":"janedoe","password":"s3cret"}}}"#;
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value);
    let secret = formatdoc! {"
        kind: Secret
        metadata:
          name: regcred
        data:
          .dockerconfigjson: {data}
        type: kubernetes.io/dockerconfigjson
    "};
    let case = Case::new().file("work/secret.yaml", secret).secret("s3cret");
    for command in [
        "kubectl regcred inspect -f secret.yaml",
        "kubectl regcred diagnose --image ghcr.io/janedoe/app:v1 -f secret.yaml",
    ] {
        let outcome = case.run(&command.split(' ').skip(2).collect::<Vec<_>>());
        assert_eq!(outcome.stdout + &outcome.stderr, shown(command));
    }
}

#[test]
fn link_prints_what_readme_shows() {
    let account = |names: &str| {
        formatdoc! {r#"
            get ...
              stdout {{"metadata":{{"resourceVersion":"7"}},"imagePullSecrets":[{names}]}}
        "#}
    };
    let pods = r#"get ...
  stdout {"items":[{"metadata":{"name":"web-5d4f-1","labels":{"pod-template-hash":"5d4f"},"ownerReferences":[{"kind":"ReplicaSet","name":"web-5d4f"}]},"spec":{}}]}
"#;
    let there = "get ...\n  stdout kubernetes.io/dockerconfigjson\n";
    let linked = [account(""), there.to_owned(), pods.to_owned()].concat();
    let unlinked = [account("{\"name\":\"regcred\"}"), pods.to_owned()].concat();
    for (command, script) in [
        ("kubectl regcred link --secret regcred -n shop", linked),
        ("kubectl regcred unlink --secret regcred -n shop", unlinked),
    ] {
        let case = Case::new().program("kubectl", &format!("{script}patch ...\n  exit 0\n"));
        let outcome = case.run(&command.split(' ').skip(2).collect::<Vec<_>>());
        let printed = outcome.stdout + &outcome.stderr;
        assert_eq!(printed.trim_end(), shown(command).trim_end());
    }
}

#[test]
fn the_manifest_for_krew_is_the_template_filled_in() {
    let body = |text: &str| text[text.find("apiVersion").unwrap()..].to_owned();
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let filled: Vec<String> = body(TEMPLATE)
        .replace("VERSION", &version)
        .lines()
        .map(|line| match line.split_once("SHA256_") {
            Some((start, _)) => format!("{start}{empty}"),
            None => line.to_owned(),
        })
        .collect();
    assert_eq!(filled.join("\n") + "\n", body(MANIFEST));
}
