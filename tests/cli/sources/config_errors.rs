//! Configurations that cannot be read, and what a person is told.

use indoc::indoc;

use crate::support::{Case, expected};

const HINT: &str = "\n\nhint: correct ~/.docker/config.json, or name another file\n";

fn stderr_about(config: impl AsRef<[u8]>) -> String {
    Case::new().config(config).secret("hunter2").fail(1, &["secret", "--registry", "ghcr.io"])
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (config, problem) in [
        (
            &b"{\"auths\": {\"ghcr.io\": {\"auth\": \"hunter2"[..],
            "ends in the middle of its JSON: it was cut off",
        ),
        (b"// hunter2\n{}", "has a comment, which JSON does not allow, at line 1, column 1"),
        (b"{\n\"auths\": {},}", "has a comma after the last member at line 2, column 12"),
        (b"{\"auths\": ~}", "is not valid JSON at line 1, column 11"),
        (b"[\"hunter2\"]", "has a value of the wrong type near line 1, column 1"),
        (b"{\"auths\": [\"hunter2\"]}", "has a value of the wrong type near line 1, column 10"),
        (
            b"{\"credsStore\": {\"hunter2\": 1}}",
            "has a value of the wrong type near line 1, column 16",
        ),
        (b"\xff\xfe{\0}\0", "is not UTF-8 text"),
        (b"{\"auths\": \xff}", "is not UTF-8 text"),
    ] {
        let stderr = stderr_about(config);
        let start = format!("error: ~/.docker/config.json {problem}");
        assert!(stderr.starts_with(&start), "{stderr}");
        assert!(stderr.ends_with(HINT), "{stderr}");
    }
}

#[test]
fn what_is_not_utf8_in_one_entry_concerns_this_entry_alone() {
    let config = b"{\"note\": \"\xe9\", \"auths\": {
        \"a.io\": {\"username\": \"u\", \"password\": \"hunter2\xe9\"},
        \"b.io\": {\"username\": \"u\", \"password\": \"hunter2\\udc00\"},
        \"c.io\": {\"auth\": \"hunter2\xe9\"},
        \"d.io\": {\"note\": \"\xe9\", \"username\": \"u\", \"password\": \"hunter2\"}}}";
    let case = Case::new().config(config).secret("hunter2");
    let not_unicode = "holds a user name, password or token that is not valid UTF-8";
    let reasons = [not_unicode, not_unicode, "holds `auth` that is not base64"];
    for (registry, reason) in ["a.io", "b.io", "c.io"].into_iter().zip(reasons) {
        let stderr = case.fail(1, &["secret", "--registry", registry]);
        assert!(stderr.contains(reason), "{registry}: {stderr}");
    }
    let (entries, _) = case.entries(&["secret", "--registry", "d.io"]);
    assert_eq!(entries, expected(&[("d.io", "u", "hunter2")]));
}

#[test]
fn empty_configurations_hold_nothing() {
    for config in ["", "  \n", "null", "{}", "{\"auths\": null}"] {
        let stderr = Case::new().config(config).fail(3, &["secret", "--registry", "ghcr.io"]);
        assert!(stderr.contains("~/.docker/config.json: no entry"), "{stderr}");
    }
}

#[test]
fn a_byte_order_mark_and_trailing_data_are_accepted_with_a_word() {
    let login = r#"{"auths":{"ghcr.io":{"username":"u","password":"hunter2"}}}"#;
    let config = format!("\u{feff}{login} and more");
    let (entries, stderr) = Case::new().config(config).secret("hunter2").entries(&["secret"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
    assert!(
        stderr.contains("warning: ~/.docker/config.json starts with a byte order mark"),
        "{stderr}"
    );
    assert!(
        stderr.contains("warning: ~/.docker/config.json goes on after its JSON value"),
        "{stderr}"
    );
}

#[test]
fn an_oversized_file_is_refused() {
    let case = Case::new().config(vec![b' '; 100 * 1024 * 1024]);
    assert_eq!(
        case.fail(1, &["secret"]),
        "error: cannot read ~/.docker/config.json: it is larger than 16 MiB\n"
    );
}

#[test]
fn a_named_file_has_to_exist() {
    assert_eq!(
        Case::new().fail(1, &["secret", "--authfile", "none.json"]),
        "error: cannot read none.json: there is no such file\n"
    );
}

#[test]
fn a_folder_in_place_of_the_file_is_told() {
    let case = Case::new().file("home/.docker/config.json/x", "");
    let stderr = case.fail(1, &["secret"]);
    assert!(stderr.starts_with("error: cannot read ~/.docker/config.json: "), "{stderr}");
}

#[cfg(unix)]
#[test]
fn an_endless_link_is_told() {
    let case = Case::new();
    let path = case.path("home/.docker/config.json");
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let stderr = case.fail(1, &["secret"]);
    assert!(stderr.contains("Too many levels of symbolic links"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new().config("{}");
    let path = case.path("home/.docker/config.json");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read it all the same, and then it is just empty.
    if std::fs::read(&path).is_ok() {
        let _ = case.fail(3, &["secret"]);
        return;
    }
    let stderr = case.fail(1, &["secret"]);
    assert!(stderr.contains("cannot read ~/.docker/config.json: Permission denied"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_file_with_helpers_that_others_may_change_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new()
        .config(r#"{"credsStore":"x"}"#)
        .helper(
            "x",
            indoc! {r#"
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let path = case.path("home/.docker/config.json");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let (_, stderr) = case.entries(&["secret", "--registry", "ghcr.io"]);
    assert!(
        stderr.contains("can be changed by other users, and it names programs to run"),
        "{stderr}"
    );
}

#[test]
fn without_a_home_folder_a_named_file_still_works() {
    let case = Case::new()
        .file("work/auth.json", r#"{"auths":{"ghcr.io":{"username":"u","password":"hunter2"}}}"#)
        .variable("HOME", "")
        .variable("USERPROFILE", "")
        .secret("hunter2");
    let (entries, _) = case.entries(&["secret", "--authfile", "auth.json"]);
    assert_eq!(entries.len(), 1);
}

#[test]
fn under_sudo_it_is_said_whose_login_is_read() {
    let case = Case::new().logins(&[("ghcr.io", "u", "hunter2")]).variable("SUDO_USER", "jane");
    let (_, stderr) = case.entries(&["secret"]);
    assert!(
        stderr.contains("run by sudo: ~/.docker/config.json is read, not jane's own"),
        "{stderr}"
    );
    let stderr = Case::new().variable("SUDO_USER", "jane").fail(3, &["secret"]);
    assert!(stderr.starts_with("warning: run by sudo: "), "{stderr}");
}
