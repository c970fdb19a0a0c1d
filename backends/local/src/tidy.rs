//! What the dead left: looked for when a disk is opened, by whoever opens it.

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
            self.remove_unnamed_bodies(section, own);
            Ok(())
        })
        .await?;
        for name in self.root.names(apart::UNFINISHED).unwrap_or_default() {
            let writer = name.to_str().and_then(|name| name.split('-').next()?.parse().ok());
            if writer.is_some_and(is_gone) {
                // Whoever opens the disk next tries it again.
                let name = format!("{}/{}", apart::UNFINISHED, name.display());
                let _ = self.root.remove(&name);
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
    fn remove_unnamed_bodies(&self, section: &Section<'_>, own: usize) {
        let names = self.root.names(apart::DIRECTORY).unwrap_or_default();
        let numbers = names.iter().filter_map(|name| apart::number_of(name.to_str()?));
        let numbers: Vec<u64> = numbers.collect();
        if numbers.len() as u64 <= section.head(Word::Aparts) {
            return;
        }
        let are_others = self.handles.others(own);
        let named = self.named_aparts(section);
        for number in numbers.into_iter().filter(|number| !named.contains(number)) {
            let name = apart::file(number);
            if !are_others || check::is_old(&self.root, &name) {
                // Whoever opens the disk next, or checks it, tries it again.
                let _ = self.root.remove(&name);
            }
        }
    }
}
