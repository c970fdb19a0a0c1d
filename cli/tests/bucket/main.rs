//! The command on a real bucket: `SeaweedFS`, where it is installed.
//!
//! Where it is not, the tests are ignored and say how to get it; with `LARDER_TEST_REQUIRE_SERVERS` in the environment that is
//! a failure. A program without the usual harness, because that cannot ignore what it finds missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bucket;
mod entries;
mod mistakes;
#[path = "../command/stand.rs"]
#[allow(dead_code, reason = "the tests of other disks do more with it")]
mod stand;
mod sweeping;
mod trying;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = bucket::Shared::new();
    let mut trials = vec![server.is_there()];
    for promises in [entries::PROMISES, sweeping::PROMISES, trying::PROMISES, mistakes::PROMISES] {
        trials.extend(promises.iter().map(|(name, run)| server.trial(name, *run)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
