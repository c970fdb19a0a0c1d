//! Checking a disk, and fixing it.

use larder_core::disk::{Checked, Disk, Finding, Repair};

use crate::Bench;

pub mod beside;
pub mod findings;

/// Checks `disk`; what it found that is not to be left alone.
async fn check(bench: &Bench, disk: &dyn Disk, repair: Repair) -> (Vec<Finding>, Checked) {
    let mut findings = Vec::new();
    let checked = bench.must(disk.check(repair, &mut findings).await, "checking");
    findings.retain(|finding: &Finding| !finding.flaw.is_left_alone());
    (findings, checked)
}
