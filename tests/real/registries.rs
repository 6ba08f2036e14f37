//! Debian's docker-registry on loopback: with a password, with tokens, with TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::home::{PASSWORD, Running, USER, feed};

/// A registry on loopback that one user may use; it takes a free port by itself.
pub struct Registry {
    /// `HOST:PORT`
    pub address: String,
    /// What the clients have to trust, where it speaks HTTPS.
    pub authority: Option<PathBuf>,
    _running: Vec<Running>,
    folder: tempfile::TempDir,
}

impl Registry {
    /// With Basic over plain HTTP.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let auth = passwords(folder.path());
        Self::serve(folder, &auth, json!({}), vec![])
    }

    /// With tokens over plain HTTP; nobody may see what is below `hidden/`.
    pub fn with_tokens() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("password"), PASSWORD).unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/token-server");
        let mut command = Command::new(program);
        command.arg(path).arg(USER).arg(path.join("password"));
        let tokens = Running::start(command, &path.join("tokens.log"));
        let port =
            wait(|| fs::read_to_string(path.join("token.port")).ok(), &path.join("tokens.log"));
        let auth = json!({"token": {
            "realm": format!("http://127.0.0.1:{port}/token"), "service": "test",
            "issuer": "test-issuer", "rootcertbundle": path.join("token.crt"),
        }});
        Self::serve(folder, &auth, json!({}), vec![tokens])
    }

    /// With Basic over HTTPS, signed by an authority of its own.
    pub fn with_tls() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = "
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.crt -subj /CN=test-authority
            openssl req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj /CN=localhost
            echo subjectAltName=DNS:localhost >names
            openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out tls.crt";
        let mut command = Command::new("bash");
        command.args(["-ec", script]).current_dir(folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let auth = passwords(folder.path());
        let path = |name| folder.path().join(name);
        let tls = json!({"certificate": path("tls.crt"), "key": path("tls.key")});
        let authority = path("ca.crt");
        let mut registry = Self::serve(folder, &auth, tls, vec![]);
        registry.address = registry.address.replace("127.0.0.1", "localhost");
        registry.authority = Some(authority);
        registry
    }

    fn serve(
        folder: tempfile::TempDir,
        auth: &Value,
        tls: Value,
        mut running: Vec<Running>,
    ) -> Self {
        let mut config = json!({
            "version": "0.1",
            "storage": {"filesystem": {"rootdirectory": folder.path().join("data")}},
            "http": {"addr": "127.0.0.1:0"},
            "auth": auth,
        });
        if tls != json!({}) {
            config["http"]["tls"] = tls;
        }
        let (file, log) = (folder.path().join("config.yml"), folder.path().join("log"));
        fs::write(&file, config.to_string()).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file);
        running.push(Running::start(command, &log));
        // It takes a free port by itself, and its log tells which.
        let port = wait(
            || {
                let told = fs::read_to_string(&log).ok()?;
                let (_, rest) = told.split_once("listening on 127.0.0.1:")?;
                let (port, _) = rest.split_once(|other: char| !other.is_ascii_digit())?;
                Some(port.to_owned())
            },
            &log,
        );
        let address = format!("127.0.0.1:{port}");
        Self { address, authority: None, _running: running, folder }
    }

    /// Puts an image there, which skopeo makes from nothing.
    pub fn push(&self, repository: &str, tag: &str) {
        let layers = self.folder.path().join("layers");
        if !layers.exists() {
            fs::create_dir(&layers).unwrap();
            let script = r#"
                echo hello >file
                tar -cf layer.tar file
                echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$(sha256sum <layer.tar | cut -d' ' -f1)\"]}}" >config.json
                echo '[{"Config":"config.json","RepoTags":["localhost/x:1"],"Layers":["layer.tar"]}]' >manifest.json
                tar -cf ../image.tar manifest.json config.json layer.tar"#;
            let mut command = Command::new("bash");
            command.args(["-ec", script]).current_dir(&layers);
            assert!(command.output().unwrap().status.success());
        }
        let authfile = self.folder.path().join("push.json");
        let auth = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        fs::write(&authfile, json!({"auths": {&self.address: {"auth": auth}}}).to_string())
            .unwrap();
        let image = self.folder.path().join("image.tar");
        let mut command = Command::new("skopeo");
        command.args(["copy", "--quiet", "--dest-tls-verify=false", "--authfile"]);
        command.arg(&authfile).arg(format!("docker-archive:{}", image.display()));
        command.arg(format!("docker://{}/{repository}:{tag}", self.address));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// The status with which the registry answers this user and password.
    pub fn status(&self, username: &str, password: &str) -> String {
        let basic = STANDARD.encode(format!("{username}:{password}"));
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "GET /v2/ HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {basic}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }
}

/// What the registry's `auth` says of a file with the one user.
fn passwords(folder: &Path) -> Value {
    // -i: the password on standard input, -B: bcrypt, -n: to standard output.
    let users = feed("htpasswd", &["-inB", USER], PASSWORD);
    fs::write(folder.join("htpasswd"), users.stdout).unwrap();
    json!({"htpasswd": {"realm": "test", "path": folder.join("htpasswd")}})
}

fn wait<T>(ready: impl Fn() -> Option<T>, log: &Path) -> T {
    for _ in 0..200 {
        if let Some(found) = ready() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it did not start: {}", fs::read_to_string(log).unwrap());
}
