//! A check of the model: its one derived number, and the faults that a check can have.

use larder_core::disk::{Checked, Finding, Findings, Fixed, Flaw, Repair};

use super::State;
use crate::model::Fault;

impl State {
    pub(in crate::model) fn check(&mut self, repair: Repair, findings: &mut dyn Findings) -> Checked {
        let mut checked = Checked { entries: self.entries.len() as u64, ..Checked::default() };
        if self.skew > 0 {
            let finding = Finding::new(Flaw::Volume, "the volume", format!("{} bytes too many", self.skew));
            findings.add(finding.then(repair, Fixed::Repaired));
        }
        if repair == Repair::Fix {
            self.skew = 0;
        }
        let removes = match self.fault {
            Some(Fault::ChecksRemove) => true,
            Some(Fault::FixesRemove) => repair == Repair::Fix,
            _ => false,
        };
        match self.fault {
            Some(Fault::FindsGhosts) => {
                findings.add(Finding::new(Flaw::Damaged, "a ghost", "it is not there"));
            }
            Some(Fault::FindsTheWritten) if !self.busy.is_empty() => {
                findings.add(Finding::new(Flaw::Unfinished, "a write", "it is under way"));
            }
            Some(Fault::FixesTheWritten) => {
                let busy = &self.busy;
                self.entries.retain(|identity, _| !busy.contains_key(identity));
            }
            Some(Fault::ChecksTooFew) => checked.entries = checked.entries.saturating_sub(1),
            _ if removes => drop(self.entries.pop_first()),
            _ => {}
        }
        checked
    }
}
