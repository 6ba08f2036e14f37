//! The archive, as krew installs it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::home::{BINARY, Home, finish, program};

fn packed(home: &Home) -> PathBuf {
    let folder = home.path("packed");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("krew-manifest/package");
    let output = Command::new(script).arg(&folder).env("BINARY", BINARY).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    folder
}

fn archive(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "gz")).last().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn krew_installs_it_and_kubectl_runs_and_completes_it() {
    let home = Home::new();
    let folder = packed(&home);
    let mut krew = home.command(&program("krew"));
    krew.env("KREW_ROOT", home.path("krew")).arg("install");
    krew.arg(format!("--manifest={}", folder.join("regcred.yaml").display()));
    krew.arg(format!("--archive={}", archive(&folder).display()));
    let _ = text(&finish(krew, ""));
    let installed = home.path("krew/store/regcred").join(concat!("v", env!("CARGO_PKG_VERSION")));
    assert!(installed.join("LICENSE").exists() && installed.join("README.md").exists());

    let kubectl = |arguments: &[&str]| {
        let path = format!("{}:/usr/bin:/bin", home.path("krew/bin").display());
        let mut command = home.command(&program("kubectl"));
        command.env("PATH", path).args(arguments);
        text(&finish(command, ""))
    };
    assert_eq!(
        kubectl(&["regcred", "--version"]),
        concat!("kubectl-regcred ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let listed = kubectl(&["plugin", "list"]);
    assert!(listed.contains("/krew/bin/kubectl-regcred\n"), "{listed}");
    let config = r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2"}}}"#;
    fs::write(home.path(".docker/config.json"), config).unwrap();
    assert!(kubectl(&["regcred", "secret"]).starts_with("apiVersion: v1\nkind: Secret\n"));

    // krew links the program alone; the README tells how to link this.
    let script = "kubectl_complete-regcred";
    std::os::unix::fs::symlink(installed.join(script), home.path("krew/bin").join(script)).unwrap();
    let completed = kubectl(&["__complete", "regcred", "so"]);
    assert!(completed.starts_with("sources\t") && completed.ends_with("\n:4\n"), "{completed}");
    assert_eq!(kubectl(&["__complete", "regcred", "secret", "--authfile", "/et"]), "/etc/\n:6\n");
    let registries = kubectl(&["__complete", "regcred", "secret", "--registry", ""]);
    assert_eq!(registries, "ghcr.io\n:4\n");
    let mut tar = home.command(&program("tar"));
    tar.arg("-xzOf").arg(archive(&folder)).arg("./man/kubectl-regcred-secret.1");
    assert!(text(&finish(tar, "")).contains("Create a pull Secret"));
}

/// The validator calls krew as a plugin.
fn validate(manifest: &Path, more: &[&str]) -> Output {
    let programs = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(program("krew"), programs.path().join("kubectl-krew")).unwrap();
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program("validate-krew-manifest"));
    command.env("PATH", path).arg("-manifest").arg(manifest).args(more).output().unwrap()
}

#[test]
fn the_committed_manifest_is_valid() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("krew-manifest/regcred.yaml");
    let _ = text(&validate(&manifest, &["-skip-install"]));
}

/// Serves a file to everybody who asks; its address.
fn serve(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                bytes.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&bytes).unwrap();
        }
    });
    address
}

#[test]
fn a_release_is_valid_and_can_be_installed() {
    let home = Home::new();
    let folder = packed(&home);
    let archive = archive(&folder);
    let address = serve(fs::read(&archive).unwrap());
    let rendered = fs::read_to_string(folder.join("regcred.yaml")).unwrap();
    // The platforms of Linux, both with this machine's archive: it is unpacked, not run.
    let (head, platforms) = rendered.split_once("  platforms:\n").unwrap();
    let platforms: Vec<&str> = platforms.split("  - selector:\n").skip(1).collect();
    let sum = |text: &str| text.split_once("sha256: ").unwrap().1[..64].to_owned();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let packed = platforms.iter().map(|text| sum(text)).find(|sum| sum != empty).unwrap();
    let mut copy = format!("{head}  platforms:\n");
    for platform in platforms.iter().filter(|text| text.contains("os: linux")) {
        let (before, after) = platform.split_once("    uri: https://github.com").unwrap();
        let after = after.replace(&sum(platform), &packed);
        copy.extend(["  - selector:\n", before, "    uri: http://", &address, &after]);
    }
    let manifest = home.path("regcred.yaml");
    fs::write(&manifest, copy).unwrap();
    let output = validate(&manifest, &[]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("all 2 spec.platforms installed fine"), "{told}");
}
