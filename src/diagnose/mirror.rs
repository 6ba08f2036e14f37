//! What a mirror keeps from being pulled: another host answered than the registry that
//! the image names, and the Pod's credential is for the registry.

use crate::diagnose::evidence::{Evidence, Runtime};
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::diagnose::{credential, hints, node};
use crate::kubelet::cause::Cause;
use crate::registry::reference::ImageReference;
use crate::system::messages::clean;

/// Judges a failure that a mirror reports, or that came about on the way to it.
pub(super) fn judge(evidence: &Evidence<'_>, image: &ImageReference) -> Option<Verdict> {
    let (mirror, cause) = (clean(evidence.mirror.as_deref()?), evidence.cause?);
    let (domain, said) = (image.domain(), said(evidence, cause)?);
    let verb = if is_of_network(cause) { "was asked" } else { "answered" };
    let message = format!(
        "{mirror} {verb}, not {domain}: the node has a mirror for {domain}, and the mirror {said}{}",
        login(evidence, domain, cause)
    );
    let hint = hint(evidence, domain, &mirror, cause);
    Some(Verdict::new(VerdictCode::Mirror, message, hint))
}

fn is_of_network(cause: Cause) -> bool {
    matches!(cause, Cause::UnknownHost | Cause::Unreachable | Cause::Untrusted | Cause::PlainHttp)
}

fn is_of_login(cause: Cause) -> bool {
    matches!(cause, Cause::NotSent | Cause::Rejected | Cause::Denied | Cause::NarrowToken)
}

/// What the mirror did; none for what is no matter of the host that is asked.
fn said(evidence: &Evidence<'_>, cause: Cause) -> Option<&'static str> {
    let is_of_node = evidence.tells_of_login() && !evidence.has_usable();
    Some(match (cause, evidence.runtime()) {
        (Cause::Rejected, _) if is_of_node => "rejected the login that the node has of its own",
        (Cause::Rejected, Runtime::Crio) => "requires a login of its own",
        _ => node::said_by_host(cause)?,
    })
}

/// Whose login the mirror got. containerd sends the Pod's credential to whichever host
/// it asks, in place of the node's own (containerd 2.3,
/// `internal/cri/server/images/image_pull.go`); CRI-O sends it to the image's registry
/// alone (go.podman.io/image 5.38, `docker/docker_image_src.go`).
fn login(evidence: &Evidence<'_>, domain: &str, cause: Cause) -> String {
    if !is_of_login(cause) {
        return String::new();
    }
    let owners = credential::owners(evidence, " or ");
    match (evidence.runtime(), evidence.has_usable()) {
        (_, false) => String::new(),
        (Runtime::Crio, true) => {
            format!("; CRI-O sends the credential of {owners} to {domain} alone")
        }
        (Runtime::Containerd, true) if cause != Cause::NotSent => format!(
            "; containerd sent the mirror the credential of {owners}, which is for {domain}, and no login of the node's own"
        ),
        (_, true) => format!("; the credential of {owners} is for {domain}"),
    }
}

fn hint(evidence: &Evidence<'_>, domain: &str, mirror: &str, cause: Cause) -> String {
    let runtime = evidence.runtime();
    let files = hints::mirror_files(domain, runtime);
    match runtime {
        _ if cause == Cause::Untrusted => hints::trust_certificate(domain, mirror, runtime),
        _ if cause == Cause::PlainHttp => hints::allow_plain_http(domain, mirror, runtime),
        _ if !is_of_login(cause) => format!("correct the mirror on the node: {files}"),
        Runtime::Containerd if evidence.has_usable() => format!(
            "remove imagePullSecrets from the Pod, so that the node's own login for {mirror} is sent, put a login for {mirror} into the Secret under {domain}, or remove the mirror on the node: {files}"
        ),
        Runtime::Containerd => format!("correct the login for {mirror} on the node: {files}"),
        Runtime::Crio => format!(
            "add a login for {mirror} on the node to the file of `global_auth_file` in /etc/crio/crio.conf, or remove the mirror: {files}"
        ),
        Runtime::Docker => format!("remove the mirror on the node: {files}"),
    }
}
