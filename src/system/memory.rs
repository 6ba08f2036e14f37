//! What keeps this process's memory, which holds secrets, from being written to
//! a file.

/// Turns core dumps off for this process and for its children; to be called
/// before anything is read. On Linux no other process of this user may then look
/// into this one's memory either, as a debugger would; root still may, and so
/// may whoever started this program under a debugger.
///
/// Children inherit the limit on purpose: kubectl and the credential helpers
/// hold the same secrets. They can be traced again, since the system resets that
/// when a program is executed.
///
/// What cannot be had: macOS and the BSDs take the limit alone; Windows writes
/// no dump unless Windows Error Reporting was set up to, which a program has no
/// say in. Swap and hibernation are not kept from the memory anywhere: the
/// secrets live for seconds, and locking pages needs a right that users lack.
pub fn forbid_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Both may be refused by a sandbox: there is nothing more to do then.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn neither_the_system_nor_a_debugger_may_write_the_memory_down() {
        forbid_dumps();
        assert!(matches!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable)));
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
