//! System calls that fail on demand, for one directory at a time.
//!
//! An [`Injector`] belongs to the path of a directory and is found by every handle that opens it afterwards,
//! on all threads. Tests of other directories are not affected.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustix::io::Errno;

use super::Call;

static INJECTORS: Mutex<Vec<Weak<Injector>>> = Mutex::new(Vec::new());

fn injectors() -> MutexGuard<'static, Vec<Weak<Injector>>> {
    INJECTORS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The system calls on one directory.
#[derive(Clone, Debug)]
pub(crate) struct Calls(Option<Arc<Injector>>);

impl Calls {
    pub(crate) fn of(path: &Path) -> Self {
        let mut injectors = injectors();
        injectors.retain(|injector| injector.strong_count() > 0);
        Self(injectors.iter().filter_map(Weak::upgrade).find(|injector| injector.path == path))
    }

    pub(crate) fn before(&self, call: Call) -> rustix::io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |injector| injector.before(call))
    }

    /// The free space where it is [limited](Injector::limit_space).
    pub(crate) fn free_space(&self) -> Option<u64> {
        self.0.as_ref().and_then(|injector| injector.free_space())
    }
}

/// Makes system calls on the directory `path` fail.
#[derive(Debug)]
pub(crate) struct Injector {
    path: PathBuf,
    state: Mutex<State>,
}

/// What a test looks at before each call.
struct Observer(Box<dyn Fn(Call) + Send + Sync>);

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    observer: Option<Arc<Observer>>,
    fault: Option<Fault>,
    capacity: Option<u64>,
}

#[derive(Debug)]
struct Fault {
    /// How many matching calls succeed first.
    after: u64,
    errno: Errno,
    is_hit: fn(Call) -> bool,
    is_lasting: bool,
}

impl Injector {
    /// An injector for all handles that open `path` from now on; it injects nothing until a fault is set.
    pub(crate) fn new(path: &Path) -> Arc<Self> {
        let injector = Arc::new(Self { path: path.to_owned(), state: Mutex::default() });
        injectors().push(Arc::downgrade(&injector));
        injector
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails one call with `errno`: the one that follows `after` calls of those for which `is_hit` holds.
    pub(crate) fn fail_once(&self, after: u64, errno: Errno, is_hit: fn(Call) -> bool) {
        self.state().fault = Some(Fault { after, errno, is_hit, is_lasting: false });
    }

    /// Fails every call with `errno` for which `is_hit` holds, after `after` of them, until
    /// [`stop`](Self::stop).
    pub(crate) fn fail_from(&self, after: u64, errno: Errno, is_hit: fn(Call) -> bool) {
        self.state().fault = Some(Fault { after, errno, is_hit, is_lasting: true });
    }

    /// Calls `observer` before each call, on its thread.
    pub(crate) fn observe(&self, observer: impl Fn(Call) + Send + Sync + 'static) {
        self.state().observer = Some(Arc::new(Observer(Box::new(observer))));
    }

    /// Limits the bytes that all files below the directory may take on the medium: more is `ENOSPC`.
    pub(crate) fn limit_space(&self, bytes: Option<u64>) {
        self.state().capacity = bytes;
    }

    /// What of the [limited](Self::limit_space) space is free.
    pub(crate) fn free_space(&self) -> Option<u64> {
        let capacity = self.state().capacity?;
        Some(capacity.saturating_sub(taken(&self.path)))
    }

    /// Makes all calls succeed again. Says whether no fault is left that was still to come.
    pub(crate) fn stop(&self) -> bool {
        let mut state = self.state();
        state.capacity = None;
        state.fault.take().is_none_or(|fault| fault.is_lasting && fault.after == 0)
    }

    /// The calls since this was asked last, or since the injector was made.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    fn before(&self, call: Call) -> rustix::io::Result<()> {
        let observer = self.state().observer.clone();
        if let Some(observer) = observer {
            (observer.0)(call);
        }
        let mut state = self.state();
        state.calls.push(call);
        if let Some(fault) = state.fault.as_mut().filter(|fault| (fault.is_hit)(call)) {
            if fault.after > 0 {
                fault.after -= 1;
            } else {
                let errno = fault.errno;
                if !fault.is_lasting {
                    state.fault = None;
                }
                return Err(errno);
            }
        }
        if let (Some(capacity), Call::Allocate(bytes) | Call::Write(bytes)) = (state.capacity, call)
            && taken(&self.path) + bytes > capacity
        {
            return Err(Errno::NOSPC);
        }
        Ok(())
    }
}

/// The bytes that the files below `path` take on the medium.
fn taken(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => taken(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root::Root;

    #[test]
    fn one_call_fails_once_or_for_good() {
        let directory = tempfile::tempdir().unwrap();
        let injector = Injector::new(directory.path());
        let root = Root::create(directory.path()).unwrap();
        let code = |result: std::io::Result<bool>| result.err().and_then(|error| error.raw_os_error());
        injector.fail_once(1, Errno::MFILE, |call| call == Call::Stat);
        let codes = [(); 3].map(|()| code(root.has("name")));
        assert_eq!(codes, [None, Some(Errno::MFILE.raw_os_error()), None]);
        injector.fail_from(0, Errno::IO, |_| true);
        let codes = [(); 2].map(|()| code(root.has("name")));
        assert_eq!(codes, [Some(Errno::IO.raw_os_error()); 2]);
        assert!(injector.stop());
        assert!(!root.has("name").unwrap());
        injector.fail_once(0, Errno::INTR, |call| call == Call::Stat);
        assert!(!root.has("name").unwrap(), "an interrupted call is made again");
    }

    #[test]
    fn space_is_limited() {
        let directory = tempfile::tempdir().unwrap();
        let injector = Injector::new(directory.path());
        let root = Root::create(directory.path()).unwrap();
        injector.limit_space(Some(64 << 10));
        let [one, two] = ["one", "two"].map(|name| root.create_file(name).unwrap());
        one.reserve(0, 40 << 10).unwrap();
        assert_eq!(two.reserve(0, 40 << 10).unwrap_err().kind(), std::io::ErrorKind::StorageFull);
        root.remove("one").unwrap();
        two.reserve(0, 40 << 10).unwrap();
        assert_eq!(injector.calls().last(), Some(&Call::Allocate(40 << 10)));
    }
}
