//! Files mapped into memory and shared by processes.
//!
//! All unsafe code of larder is here, so that it can be read in one sitting and run under sanitizers alone. What is
//! mapped is seen in two ways: as [words](Map::word), which are atomic and may change under anybody's eyes, and as
//! bytes, which are [copied](Map::copy_out) out before anybody looks at them or are [lent](Lent) by whoever knows that
//! nobody writes them any more.
//!
//! # Limits
//!
//! A file that somebody cuts short while it is mapped ends the process by SIGBUS when the missing bytes are touched, and
//! so does an error of the medium. Larder never cuts a file that it maps.

mod fork;
mod lent;
mod map;
mod range;

pub use fork::Forks;
#[cfg(any(test, feature = "testing"))]
pub use fork::in_a_fork;
pub use lent::Lent;
pub use map::{Access, Map};
pub use range::{is_locked, try_lock};
