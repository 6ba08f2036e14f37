//! `inject --in-place` over files that change meanwhile, and over several of
//! which some cannot be written.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use indoc::{formatdoc, indoc};

use crate::support::Case;

const POD: &str = indoc! {"
    kind: Pod
    spec:
      containers: [{image: ghcr.io/a/b}]
"};

/// A store whose helper does something to the manifests while it lists.
fn meddling(line: &str) -> Case {
    let script = formatdoc! {r#"
        #!/bin/sh
        PATH=/usr/bin:/bin
        {line}
        echo '{{"ghcr.io":"u"}}'
    "#};
    let case = Case::new()
        .config(r#"{"credsStore":"x"}"#)
        .file("bin/docker-credential-x", script)
        .file("work/a.yaml", POD)
        .file("work/b.yaml", POD)
        .file("work/victim", POD);
    let path = case.path("bin/docker-credential-x");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    case
}

#[test]
fn what_another_program_wrote_meanwhile_is_kept() {
    for line in [
        "echo '# edited' >>a.yaml",
        "cp a.yaml n; echo '# edited' >>n; mv n a.yaml",
        "rm a.yaml; ln -s victim a.yaml",
        "rm a.yaml; ln victim a.yaml",
        "cp -p a.yaml n; sed s/image/IMAGE/ n >a.yaml; touch -r n a.yaml; rm n",
    ] {
        let case = meddling(line);
        let inode = fs::metadata(case.path("work/a.yaml")).unwrap().ino();
        let stderr = case.fail(1, &["inject", "-f", "a.yaml", "-f", "b.yaml", "--in-place"]);
        let told = "error: a.yaml changed after it was read, and was not overwritten\n";
        assert!(stderr.contains(told), "{line}: {stderr}");
        let a = fs::read_to_string(case.path("work/a.yaml")).unwrap();
        assert!(!a.contains("imagePullSecrets"), "{line}: {a}");
        assert_eq!(fs::read_to_string(case.path("work/victim")).unwrap(), POD, "{line}");
        if line.starts_with("echo") {
            assert!(a.ends_with("# edited\n"), "{a}");
            assert_eq!(fs::metadata(case.path("work/a.yaml")).unwrap().ino(), inode);
        }
        // The other file is changed all the same.
        assert!(stderr.contains("note: changed: b.yaml\n"), "{line}: {stderr}");
        let b = fs::read_to_string(case.path("work/b.yaml")).unwrap();
        assert!(b.contains("- name: regcred"), "{line}: {b}");
        assert_eq!(fs::read_dir(case.path("work")).unwrap().count(), 3, "nothing is left behind");
    }
}

#[test]
fn files_that_cannot_be_written_do_not_stop_the_others() {
    let case = meddling("").file("work/c.yaml", POD);
    for name in ["a.yaml", "b.yaml"] {
        let path = case.path("work").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
    }
    let files = ["a.yaml", "b.yaml", "c.yaml"].map(|name| ["-f", name]).concat();
    let stderr = case.fail(1, &[&["inject", "--in-place"][..], &files].concat());
    for told in [
        "error: cannot write a.yaml: it is read-only\n",
        "error: cannot write b.yaml: it is read-only\n",
        "note: changed: c.yaml\n",
    ] {
        assert!(stderr.contains(told), "{stderr}");
    }
}

#[test]
fn a_file_of_several_names_is_changed_once_and_stays_one() {
    let case = meddling("");
    fs::hard_link(case.path("work/a.yaml"), case.path("work/c.yaml")).unwrap();
    std::os::unix::fs::symlink("a.yaml", case.path("work/d.yaml")).unwrap();
    let files = ["a.yaml", "c.yaml", "d.yaml", "./a.yaml"].map(|name| ["-f", name]).concat();
    let outcome = case.run(&[&["inject", "--in-place"][..], &files].concat());
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let told = "note: changed: a.yaml (overwritten in place: it has 2 hard links)\n";
    assert_eq!(outcome.stderr.matches("changed: ").count(), 1, "{outcome:#?}");
    assert!(outcome.stderr.contains(told), "{outcome:#?}");
    for name in ["work/a.yaml", "work/c.yaml", "work/d.yaml"] {
        let text = fs::read_to_string(case.path(name)).unwrap();
        assert_eq!(text.matches("- name: regcred").count(), 1, "{name}: {text}");
    }
    assert!(case.path("work/d.yaml").is_symlink());
}
