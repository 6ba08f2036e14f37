//! One connection of a server that plays a registry.

use std::io::{Read, Write};

/// Answers each request without a body, until the peer leaves. A greeting of TLS,
/// where this is a plain connection, is refused as a plain server does.
pub fn converse(mut stream: impl Read + Write, handler: &dyn Fn(&str) -> String) {
    let mut request = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|count| count == 1) {
        request.extend(byte);
        if request == [0x16] {
            let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n");
            return;
        }
        if !request.ends_with(b"\r\n\r\n") {
            continue;
        }
        let answer = handler(&String::from_utf8_lossy(&request));
        if stream.write_all(answer.as_bytes()).is_err() || stream.flush().is_err() {
            return;
        }
        request.clear();
    }
}
