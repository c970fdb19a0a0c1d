//! Hooks for tests: moments at which a process may die, and system calls that fail.
//!
//! In the library both are nothing. Tests count moments, and end the process at the one that they choose, as a kill
//! does: between two instructions that others can tell apart. Tests also make chosen system calls of one directory
//! fail with an error number, or limit the space that its files may take.

/// A kind of system call. Every call of this crate on a file or directory is announced as one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Opening a file or directory that exists.
    Open,
    /// Creating a file.
    Create,
    /// Creating a directory.
    MakeDirectory,
    Read,
    /// Writing this many bytes.
    Write(u64),
    /// Changing the length of a file.
    Truncate,
    /// Reserving this many bytes.
    Allocate(u64),
    Sync,
    Lock,
    Map,
    Stat,
    List,
    Rename,
    Remove,
    /// Changing the mode or the owner.
    Permit,
    /// Measuring the free space of the file system.
    Measure,
}

/// A moment between two changes that others see.
#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn moment() {}

/// The system calls on one directory. Tests make them fail.
#[cfg(not(test))]
#[derive(Clone, Debug)]
pub(crate) struct Calls;

#[cfg(not(test))]
impl Calls {
    /// Those on the directory at `path`.
    pub(crate) const fn of(_: &std::path::Path) -> Self {
        Self
    }

    /// Announces a call, which is made only if the result is `Ok`.
    #[inline]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "it does more in tests")]
    pub(crate) const fn before(&self, _: Call) -> rustix::io::Result<()> {
        Ok(())
    }

    /// The free space that a test pretends to.
    #[expect(clippy::unused_self, reason = "it does more in tests")]
    pub(crate) const fn free_space(&self) -> Option<u64> {
        None
    }
}

#[cfg(test)]
pub(crate) use calls::{Calls, Injector};
#[cfg(test)]
pub(crate) use tests::moment;

#[cfg(test)]
mod calls;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod full;
#[cfg(test)]
mod tests;
