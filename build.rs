//! Notes the commit that is built and its date for `version`. A build without git, or
//! of a copy inside another repository, goes without; the date is that of
//! `SOURCE_DATE_EPOCH` where it is set, so that nothing depends on the clock.

#![expect(
    clippy::disallowed_methods,
    reason = "the doors outside are those of the program, not of its build"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    if !is_own_repository() {
        return;
    }
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    if let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) {
        println!("cargo::rustc-env=REGCRED_COMMIT={commit}");
    }
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
    let seconds = epoch.or_else(|| git(&["log", "-1", "--format=%ct"]));
    if let Some(date) = seconds.as_deref().and_then(date) {
        println!("cargo::rustc-env=REGCRED_DATE={date}");
    }
}

/// Whether git's repository is the one of this folder, and not one around it.
fn is_own_repository() -> bool {
    let folder = git(&["rev-parse", "--show-toplevel"]);
    let folder = folder.and_then(|folder| Path::new(&folder).canonicalize().ok());
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().ok();
    folder.is_some() && folder == own
}

/// Returns what git prints, without the line end; none where it fails or is missing.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim_end();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

/// Returns the day of a time in seconds since 1970, in UTC, as `2026-01-31`.
fn date(seconds: &str) -> Option<String> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.trim().parse().ok()?);
    let text = humantime::format_rfc3339_seconds(time).to_string();
    text.split_once('T').map(|(day, _)| day.to_owned())
}
