//! A registry on loopback that knows one user and one image, `team/app:v1`.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::indoc;

use crate::http::converse;

/// Starts it; it listens until the tests end. Gives back `127.0.0.1:PORT`.
pub fn start(username: &str, password: &str) -> String {
    let login = format!("basic {}", STANDARD.encode(format!("{username}:{password}")));
    listen(move |request| answer(request, &login))
}

/// Starts one that refuses every login with this body. Gives back `127.0.0.1:PORT`.
pub fn refusing(body: &str) -> String {
    let answer = format!(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    listen(move |_| answer.clone())
}

/// Starts one that answers so. Gives back `127.0.0.1:PORT`.
pub fn listen(handler: impl Fn(&str) -> String + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let handler = Arc::new(handler);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            thread::spawn(move || converse(stream, &*handler));
        }
    });
    address
}

fn answer(request: &str, login: &str) -> String {
    let authorization = request.lines().find_map(|line| line.strip_prefix("authorization: "));
    let is_right = authorization.is_some_and(|value| {
        let (scheme, rest) = value.split_once(' ').unwrap();
        format!("{} {rest}", scheme.to_lowercase()) == login
    });
    let is_there = ["/v2/ ", "/v2/team/app/manifests/v1 "].iter().any(|url| request.contains(url));
    let head = match (is_right, is_there) {
        (false, _) => indoc! {"
            401 Unauthorized\r
            WWW-Authenticate: Basic realm=\"test\""},
        (true, false) => "404 Not Found",
        (true, true) => "200 OK",
    };
    format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n")
}
