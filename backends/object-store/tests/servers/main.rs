//! What the disk on buckets promises, on real servers, one file for each subject.
//!
//! Each promise is a test of its own for each server, `seaweedfs::values::bodies::eight_mebibytes_come_back`. Where a server
//! is not installed its tests are ignored, and say how to get it; with `LARDER_TEST_REQUIRE_SERVERS` in the environment that
//! is a failure. A program without the usual harness, because that cannot ignore what it finds missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mistakes;
mod stand;
mod suite;
mod together;
mod worker;

use std::process::ExitCode;

use larder_servers::Kind;
use libtest_mimic::Arguments;

use crate::stand::Stand;

/// How many tests run at once unless it is said: they wait for a server more than they compute.
const AT_ONCE: usize = 8;

fn main() -> ExitCode {
    if worker::is_one() {
        worker::work();
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let mut trials = Vec::new();
    for kind in Kind::ALL {
        let stand = Stand::new(kind);
        let of_kind = [suite::trials(&stand), mistakes::trials(&stand), together::trials(&stand)];
        let of_kind = of_kind.into_iter().flatten().chain([stand.is_there()]);
        trials.extend(of_kind.enumerate());
    }
    // The long ones first, and the servers in turns: some use one core only.
    trials.sort_by_key(|(turn, trial)| if trial.name().contains("::sequences::") { 0 } else { turn + 1 });
    let trials = trials.into_iter().map(|(_, trial)| trial).collect();
    // The servers go with the last of their tests.
    libtest_mimic::run(&arguments, trials).exit_code()
}
