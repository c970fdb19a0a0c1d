//! The promises of a [`Disk`](larder_core::disk::Disk) as a library of checks.
//!
//! Whoever writes a disk runs the suite from a test file of their own crate, with one call: a name, what the disk
//! declares, and how to open one. Each promise becomes a test of its own, `shelf::values::bodies::eight_mebibytes_come_back`
//! and so on:
//!
//! ```
//! use std::sync::Arc;
//!
//! use larder_conformance::Place;
//! # use larder_conformance::model::ModelDisk as Shelf;
//! use larder_core::disk::{Capabilities, Disk, Settings};
//!
//! larder_conformance::conformance! {
//!     shelf,
//!     Capabilities { durable: false, ..Capabilities::of_process() },
//!     |_: Place, settings: Settings| async move { Ok(Arc::new(Shelf::new(settings)) as Arc<dyn Disk>) }
//! }
//! # fn main() {}
//! ```
//!
//! The closure is asked for a disk once a check, and again, with the same [`Place`], where a check reopens it. A
//! disk in memory ignores the place; another one keeps its entries in the place's directory or under its name.
//!
//! # What the checks stand on
//!
//! Time is a driven clock, randomness is seeded, nothing sleeps, there is no async runtime: each check runs on a
//! thread of its own, those on concurrency start more. A check that does not end within two minutes of real time has
//! failed. A check sees a disk only through the
//! trait, or through a cache on it, so it finds nothing wrong with *how* a disk keeps its promises.
//!
//! # What a disk cannot do
//!
//! A check that needs a capability which the disk does not declare is skipped, and says so; before that it requires
//! that the disk answers [`Unsupported`](larder_core::ErrorKind::Unsupported). So half an answer fails either way.
//!
//! # Without a test harness
//!
//! [`run`] runs the checks and answers a [`Report`] that can be serialized. [`CHECKS`] is the list.
//!
//! # Codecs
//!
//! A codec has promises of its own: [`codec_conformance!`] takes it with values of its type, and [`codecs`] is the
//! list.
//!
//! # Tools for other tests
//!
//! [`Faulty`](faulty::Faulty) wraps any disk and fails, delays or lies on the n-th call.
//! [`ModelDisk`](model::ModelDisk) is a disk as plain as can be, and can be told to break one promise.

pub mod bench;
pub mod check;
pub mod checks;
pub mod codecs;
pub mod faulty;
pub mod level;
pub mod model;
mod registry;
pub mod report;
mod worker;

pub use bench::{Bench, Place};
pub use check::{Check, Need, Verdict};
pub use level::{Grade, Level};
pub use registry::CHECKS;
pub use report::{Report, run, run_telling};
pub use worker::serve;

#[doc(hidden)]
pub use larder_core::disk::Capabilities as __Capabilities;

/// Makes a module of tests for a disk, one for each promise.
///
/// It takes the name of the module, what the disk declares, and a closure that opens the disk at a
/// [`Place`] with [`Settings`](larder_core::disk::Settings): a future of `Result<Arc<dyn Disk>>`. The docs of this crate have an example.
///
/// The word `processes` at the end is for a disk that other processes open at the same place: the checks of those who
/// share it then start the test as processes of their own. Without it they open several handles.
#[macro_export]
macro_rules! conformance {
    ($name:ident, $capabilities:expr, $open:expr $(,)?) => {
        fn $name() -> $crate::Bench {
            let declared: $crate::__Capabilities = $capabilities;
            $crate::Bench::new(stringify!($name), declared, $open)
        }
        $crate::for_each_check! { __tests {$name} }
    };
    ($name:ident, $capabilities:expr, $open:expr, processes $(,)?) => {
        fn $name() -> $crate::Bench {
            let declared: $crate::__Capabilities = $capabilities;
            $crate::Bench::new(stringify!($name), declared, $open).shared()
        }
        $crate::for_each_check! { __tests {$name} }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ({$disk:ident} $($area:ident {
        $($group:ident { $($check:ident: $lines:literal $needs:tt;)* })*
    })*) => {
        mod $disk {
            $(mod $area {
                $(mod $group {
                    $(#[test]
                    fn $check() {
                        let bench = super::super::super::$disk();
                        let (area, group, check) = (stringify!($area), stringify!($group), stringify!($check));
                        $crate::check::assert_kept(&bench, module_path!(), area, group, check);
                    })*
                })*
            })*
        }
    };
}
