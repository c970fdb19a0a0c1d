//! What the dead left: looked for when a disk is opened, by whoever opens it.

use std::io;

use larder_core::Result;

use crate::handles::reserved_word;
use crate::head::{MOST_HANDLES, Word};
use crate::inner::Inner;
use crate::log::numbers;
use crate::section::Section;
use crate::tables::{Address, Table};
use crate::{admit, apart, check, rebuild};

impl Inner {
    /// Gives back what processes that died had reserved, and removes the files that they left half made. Alone with the
    /// opening, so that nobody takes a number meanwhile.
    pub(crate) async fn tidy(&self, own: usize) -> Result<()> {
        let is_gone = |number: usize| number == own || self.handles.is_free(number);
        self.within(|section| {
            Self::give_back(section, is_gone);
            self.remove_unknown_segments(section);
            let removed = self.remove_unnamed_bodies(section, own);
            removed.map_err(|error| self.failed("listing the values in files of their own", error))
        })
        .await?;
        let removed = self.remove_unfinished(is_gone);
        removed.map_err(|error| self.failed("listing the unfinished values", error))
    }

    /// Removes the files that writers of these handles left unfinished.
    fn remove_unfinished(&self, is_gone: impl Fn(usize) -> bool) -> io::Result<()> {
        for name in self.root.names(apart::UNFINISHED)? {
            let writer = name.to_str().and_then(|name| name.split('-').next()?.parse().ok());
            if writer.is_some_and(&is_gone) {
                // The next opening tries it again.
                let _ = self.root.remove(&format!("{}/{}", apart::UNFINISHED, name.display()));
            }
        }
        Ok(())
    }

    fn give_back(section: &mut Section<'_>, is_gone: impl Fn(usize) -> bool) {
        section.forget();
        for number in 0..MOST_HANDLES {
            let left = section.tables.get(Address::new(Table::Head, reserved_word(number)));
            if left != 0 && is_gone(number) {
                admit::reserve(section, number, -left.cast_signed());
                let _ = section.commit();
            }
        }
    }

    /// Segments that were being made.
    fn remove_unknown_segments(&self, section: &Section<'_>) {
        let known = numbers(section.tables);
        for number in rebuild::segments(&self.root).unwrap_or_default() {
            if known.binary_search(&number).is_err() {
                self.remove_segment(number);
            }
        }
    }

    /// Bodies whose entries never came, or went. While others have the disk open, one may be about to be named.
    fn remove_unnamed_bodies(&self, section: &Section<'_>, own: usize) -> io::Result<()> {
        let numbers = apart::numbers(&self.root)?;
        if numbers.len() as u64 <= section.head(Word::Aparts) {
            return Ok(());
        }
        let are_others = self.handles.others(own);
        let Some(named) = self.named_aparts(section)? else {
            tracing::warn!(
                "an entry is damaged; values that no entry names are kept until a check repairs it"
            );
            return Ok(());
        };
        for number in numbers.into_iter().filter(|number| !named.contains(number)) {
            let name = apart::file(number);
            if !are_others || check::is_old(&self.root, &name) {
                // Whoever opens the disk next, or checks it, tries it again.
                let _ = self.root.remove(&name);
            }
        }
        Ok(())
    }
}
