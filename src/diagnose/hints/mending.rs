//! How what is in a Secret or file is written again in the shape that the kubelet reads:
//! `secret --from-file` and `--from-secret` take each shape in which what is meant is
//! certain.

use super::{WRITE_SECRET, other_name};
use crate::cluster::proposal::with_flags;
use crate::cluster::refusal::namespace_flag;
use crate::kubelet::ValueFault;
use crate::kubelet::shape::Shape;
use crate::system::shell;

const NOT_BASE64: &str =
    "encode it without line breaks, as base64 -w0 does, or write it with: kubectl regcred secret";

/// Where a value is that has no entries to show.
#[derive(Clone, Copy)]
pub(crate) enum ValuePlace<'a> {
    /// In this file.
    File(&'a str),
    /// In this Secret of the cluster, in this namespace, with the flags of kubectl that
    /// name the cluster.
    Secret(&'a str, Option<&'a str>, &'a [String]),
}

/// Returns what to do about a value that has no entries to show.
pub(crate) fn of_value(fault: &ValueFault, place: ValuePlace<'_>) -> String {
    match (fault, fault.shape(), place) {
        (_, Some(Shape::Modern), ValuePlace::Secret(secret, namespace, flags)) => {
            with_flags(&write_beside(secret, namespace), flags)
        }
        (_, Some(_), ValuePlace::Secret(secret, namespace, flags)) => {
            with_flags(&write_again(secret, namespace), flags)
        }
        (_, Some(_), ValuePlace::File(path)) => write_from_file(path),
        (ValueFault::OtherType(_), ..) => {
            "a pull Secret is of type kubernetes.io/dockerconfigjson".to_owned()
        }
        (ValueFault::NotBase64, ..) => NOT_BASE64.to_owned(),
        _ => WRITE_SECRET.to_owned(),
    }
}

/// Returns how to write the entries of a file again.
pub(crate) fn write_from_file(path: &str) -> String {
    let write = ["kubectl", "regcred", "secret", "--from-file", path];
    format!("write it as the kubelet reads it: {}", shell::command(write))
}

/// Returns how to write the entries of a Secret again, into the same Secret.
pub(super) fn write_again(secret: &str, namespace: Option<&str>) -> String {
    format!("write it as the kubelet reads it: {}", rewrite(secret, secret, namespace, true))
}

/// Returns how to write the entries of a Secret, whose type cannot be changed, into
/// another.
pub(super) fn write_beside(secret: &str, namespace: Option<&str>) -> String {
    let write = rewrite(secret, &other_name(secret), namespace, false);
    format!(
        "the type of a Secret cannot be changed: write its entries under another name, and reference that one: {write}"
    )
}

fn rewrite(from: &str, to: &str, namespace: Option<&str>, is_replaced: bool) -> String {
    let from = namespace.map_or(from.to_owned(), |namespace| format!("{namespace}/{from}"));
    let write = ["kubectl", "regcred", "secret", to, "--from-secret", &from, "--apply"];
    let write = write.into_iter().chain(is_replaced.then_some("--replace"));
    shell::command(write) + &namespace_flag(namespace)
}
