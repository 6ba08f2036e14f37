//! Texts that are large, or stand for more than they say.

use super::*;

/// Far more than any of these needs; a loop without an end would go on.
fn within_a_minute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(std::time::Duration::from_secs(60)).expect("it takes too long")
}

fn fault(text: impl Into<String>) -> Fault {
    let text = text.into();
    within_a_minute(move || read(&text).unwrap_err())
}

#[test]
fn an_alias_inside_its_own_anchor_is_refused() {
    for (text, line) in [
        ("&a\nkind: List\nitems: [*a]\n", 3),
        ("&a\nkind: List\nitems: [*a, *a]\n", 3),
        ("&a {kind: List, items: [&b {kind: List, items: [*a, *b]}, *b]}\n", 1),
        ("kind: Pod\nspec: &s\n  <<: *s\n", 3),
        ("kind: Pod\nspec: &s\n  <<: [*s]\n", 3),
        ("&a\n? *a\n: b\n", 2),
        ("kind: Pod\n---\nkind: Pod\nspec: &s\n  x: *s\n", 5),
        ("x: &a {y: &a {z: *a}}\n", 1),
    ] {
        assert_eq!(fault(text), Fault::OwnAnchor { line }, "{text}");
        let reason = format!("the alias in line {line} is inside its own anchor");
        let images = crate::manifest::images::find(text).unwrap_err();
        assert_eq!(images.to_string(), reason, "{text}");
    }
    // The inner one has ended; a name may be given again, in each document.
    assert!(read("x: &a {y: &a [], z: *a}\n---\nx: &a []\ny: *a\n").is_ok());
    assert!(read("x: &a []\n---\ny: *a\n").is_err());
}

#[test]
fn what_aliases_stand_for_is_counted() {
    let level = |n| format!("  - &l{n} {{kind: List, items: [*l{0}, *l{0}, *l{0}]}}\n", n - 1);
    let levels = (1..40).map(level).collect::<String>();
    let lists = format!("kind: List\nitems:\n  - &l0 {{kind: Pod, spec: {{}}}}\n{levels}");
    assert!(matches!(fault(lists), Fault::Expansion { .. }));
    let merge = |n| format!("m{n}: &m{n}\n  <<: *m{}\n", n - 1);
    let merges: String = (1..3_000).map(merge).collect();
    assert!(matches!(
        fault(format!("m0: &m0 {{a: b}}\n{merges}kind: Pod\nspec: *m2999\n")),
        Fault::Expansion { .. }
    ));
    let long = "x".repeat(1024 * 1024);
    let names =
        "--- &x\n".to_owned() + &format!("a: &m {{name: {long}}}\nb: [{}]\n", "*m, ".repeat(70));
    assert!(matches!(fault(names), Fault::Expansion { .. }));
    let containers = "{image: a.io/b}, ".repeat(3_000);
    let pods = "- {kind: Pod, spec: {containers: *c}}\n".repeat(3_000);
    let shared = format!("kind: List\nx: &c [{containers}]\nitems:\n{pods}");
    assert!(matches!(fault(shared), Fault::Expansion { .. }));
    // Over all documents of a stream.
    let part = format!("---\nx: &c [{containers}]\ny: [{}]\n", "*c, ".repeat(30));
    assert!(read(&part).is_ok());
    assert!(matches!(fault(part.repeat(10)), Fault::Expansion { .. }));
}

#[test]
fn large_manifests_are_read_in_one_pass() {
    let objects =
        |text: String| within_a_minute(move || read(&text).map(|stream| stream.objects.len()));
    let anchored = |n| format!("- {{kind: Pod, spec: &s{n} {{}}, x: *s{n}}}\n");
    let aliases = (0..30_000).map(anchored).collect::<String>();
    assert_eq!(objects(format!("kind: List\nitems:\n{aliases}")), Ok(30_000));
    assert_eq!(
        objects(format!("x: &x y\nkind: List\nz: [{}]\nitems: []\n", "*x, ".repeat(30_000))),
        Ok(0)
    );
    assert_eq!(objects("---\n".repeat(100_000)), Ok(0));
    assert_eq!(objects("{\"kind\": \"Pod\"}\n".repeat(30_000)), Ok(30_000));
    let deep = format!("kind: Pod\nx: {}{}\n", "[".repeat(200), "]".repeat(200));
    assert_eq!(objects(deep), Ok(1));
}

#[test]
fn the_number_of_objects_is_limited() {
    let count = |text: &str| read_some(text, 3).map(|stream| stream.objects.len());
    for three in ["kind: A\n---\n".repeat(3), "{\"kind\": \"A\"}".repeat(3)] {
        assert_eq!(count(&three), Ok(3));
        assert_eq!(count(&(three.clone() + &three)), Err(Fault::TooManyObjects));
    }
    let list = |items| format!("kind: List\nitems: [{}]\n", "{kind: A}, ".repeat(items));
    assert_eq!(count(&list(3)), Ok(3));
    assert_eq!(count(&list(4)), Err(Fault::TooManyObjects));
    assert!(Fault::TooManyObjects.to_string().contains("500000"));
}

#[test]
fn a_list_that_aliases_repeat_is_read_once() {
    let text = "x: &l {kind: List, items: [{kind: Pod, spec: {}}]}\nkind: List\nitems: [*l, *l, &p {kind: Pod}, *p]\n";
    let stream = read(text).unwrap();
    assert_eq!(stream.objects.len(), 3);
}
