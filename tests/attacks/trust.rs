//! A certificate as docker's recipe for a registry makes it, by openssl itself,
//! and proxies that the binary is started with.

use std::process::{Command, Stdio};

use crate::network::{Authority, Server, answer, check_inside, run};

/// `openssl s_server`, stopped at the end of its test.
struct OpenSsl(std::process::Child);

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_certificate_of_dockers_recipe_is_trusted_where_it_is_named() {
    check_inside();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    // Source: docs.docker.com, "Test an insecure registry", with a smaller key.
    let recipe = format!(
        "openssl req -newkey rsa:2048 -nodes -sha256 -keyout {key} -x509 -days 365 -out {crt} \
         -subj /CN=reg.example -addext 'subjectAltName = DNS:reg.example'",
        key = path("domain.key"),
        crt = path("domain.crt")
    );
    let made = Command::new("sh").args(["-c", &recipe]).stderr(Stdio::null()).status().unwrap();
    assert!(made.success());
    let certificate = std::fs::read_to_string(path("domain.crt")).unwrap();
    let mut server = Command::new("openssl");
    server.args(["s_server", "-accept", "203.0.113.10:443", "-www", "-quiet"]);
    server.args(["-cert", &path("domain.crt"), "-key", &path("domain.key")]);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = OpenSsl(server.spawn().unwrap());
    for _ in 0..100 {
        if std::net::TcpStream::connect("203.0.113.10:443").is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let verify = ["verify", "reg.example/team/app:v1"];
    // The server is none of a registry: what counts is that it is spoken to.
    let trusted = run("reg.example", &certificate, &verify, None);
    assert!(!trusted.stderr.contains("certificate"), "{trusted:?}");
    assert!(!trusted.stderr.contains("TLS"), "{trusted:?}");
    let untrusted = run("reg.example", &Authority::new().pem, &verify, None);
    let message = "the certificate is signed by an authority that this machine does not trust";
    assert!(untrusted.stderr.contains(message), "{untrusted:?}");
    assert!(untrusted.stderr.contains("--ca-file FILE"), "{untrusted:?}");
}

#[test]
fn no_proxy_aborts_the_program() {
    let authority = Authority::new();
    let _registry = Server::start("203.0.113.10:443", Some(&authority), |_| answer(200, "", ""));
    for scheme in ["socks5", "socks5h", "socks4", "socks4a", "socks", "ftp", "https", "http"] {
        let proxy = format!("{scheme}://u:p@127.0.0.1:1");
        let verify = ["verify", "reg.example/team/app:v1"];
        let outcome = run("reg.example", &authority.pem, &verify, Some(&proxy));
        assert_eq!(outcome.code, Some(1), "{scheme}: {outcome:?}");
        assert!(outcome.stderr.contains("the proxy "), "{scheme}: {outcome:?}");
    }
}
