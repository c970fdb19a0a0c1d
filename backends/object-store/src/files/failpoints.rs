//! Makes a system call of this thread fail, in tests.

use std::cell::Cell;

use rustix::io::Errno;

use super::root::Call;

thread_local! {
    static ARMED: Cell<Option<(Call, usize, Errno)>> = const { Cell::new(None) };
    static FIRED: Cell<bool> = const { Cell::new(false) };
}

/// Makes the calls of kind `call` after the next `after` ones fail with `errno`, until [`disarm`].
pub(crate) fn arm(call: Call, after: usize, errno: Errno) {
    FIRED.set(false);
    ARMED.set(Some((call, after, errno)));
}

/// Ends the failures. Returns whether there was one.
pub(crate) fn disarm() -> bool {
    ARMED.set(None);
    FIRED.get()
}

pub(super) fn due(call: Call) -> Option<Errno> {
    let (armed, after, errno) = ARMED.get().filter(|(armed, ..)| *armed == call)?;
    if after > 0 {
        ARMED.set(Some((armed, after - 1, errno)));
        return None;
    }
    FIRED.set(true);
    Some(errno)
}
