//! Looking over the map and the books: each knows every entry, so each can tell what the other lacks.
//!
//! Memory does not rot and bodies are shared, so they are not looked at; what can be wrong is what is counted and
//! found. Each look takes the writers' place at its key and passes over keys that somebody is writing.

use std::sync::Arc;

use larder_core::books::Found;
use larder_core::disk::{Checked, Finding, Findings, Fixed, Flaw, Page, Repair, Scope};
use larder_core::frame;
use larder_core::key::Key;

use crate::disk::MemoryDisk;

/// How many briefs are asked for at once.
const PAGE: usize = 1000;

impl MemoryDisk {
    pub(crate) fn look_over(&self, repair: Repair, findings: &mut dyn Findings) -> Checked {
        let mut checked = Checked::default();
        let of = self.books.usage().entries;
        for (looked, (key, _)) in (0..).zip(&self.entries) {
            findings.looked(looked, of);
            self.look_at(&key, repair, findings, &mut checked);
        }
        let mut page = Page::any(Scope::All, PAGE);
        loop {
            let survey = self.books.survey(&page);
            for (key, _) in survey.briefs.iter().filter_map(|brief| self.books.find(brief.id)) {
                if !self.entries.contains_key(&key) {
                    self.look_at(&key, repair, findings, &mut checked);
                }
            }
            match survey.next {
                Some(next) => page = page.then(next),
                None => break,
            }
        }
        self.books.audit(repair).into_iter().for_each(|finding| findings.add(finding));
        checked
    }

    /// Compares what the map has at `key` with what the books say of it.
    fn look_at(&self, key: &Key, repair: Repair, findings: &mut dyn Findings, checked: &mut Checked) {
        // Whoever is writing sets the books right himself.
        let Some(writing) = self.books.try_write(key) else { return };
        let known = writing.current();
        let Some(kept) = self.entries.get(key) else {
            if known.is_some() {
                let finding = Finding::new(Flaw::Missing, key, "the books know it, and it is not there");
                findings.add(finding.then(repair, Fixed::Removed));
                if repair == Repair::Fix {
                    let _ = writing.remove();
                    checked.struck += 1;
                }
            }
            return;
        };
        checked.entries += 1;
        let size = frame::weight(key.as_bytes(), &kept.meta, kept.body.len() as u64);
        let seen = (kept.meta.version, size, kept.meta.expires);
        let (flaw, why) = match known {
            None => (Flaw::Unindexed, "it is there, and the books do not know it"),
            Some(known) if (known.version, known.size, known.expires) != seen => {
                (Flaw::Differing, "the books know another write, size or expiry of it")
            }
            Some(_) => return,
        };
        findings.add(Finding::new(flaw, key, why).of(size).then(repair, Fixed::Repaired));
        if repair == Repair::Fix {
            checked.adopted += u64::from(known.is_none());
            let mut found = Found::new(key, &kept.meta, size, known.map_or(0, |known| known.word));
            // Readers go on noting hits on the marks that are in the map.
            found.marks = Arc::clone(&kept.marks);
            let _ = writing.commit(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use larder_core::disk::{Condition, Disk, NoRoom, Settings};
    use larder_core::entry::{Draft, Meta, Source};
    use larder_core::key::Namespace;
    use larder_core::random::SystemRandom;
    use larder_core::time::Time;
    use pollster::block_on;

    use super::*;

    fn key(name: &str) -> Key {
        Key::new(&Namespace::named("n"), name).expect("text is a key")
    }

    fn put(disk: &MemoryDisk, name: &str) {
        let meta = Meta::new(&SystemRandom::new(), Time::EPOCH, "raw".into(), "none".into());
        let draft = Draft { meta: meta.into(), source: Source::Whole("body".into()), word: 3 };
        let put = block_on(disk.put(&key(name), draft, Condition::Always, &NoRoom));
        assert!(matches!(put, Ok(larder_core::disk::Put::Stored { .. })), "{put:?}");
    }

    #[test]
    fn what_map_and_books_do_not_agree_on_is_told_fixed_and_then_gone() {
        let disk = MemoryDisk::new(Settings::unbounded());
        let other = MemoryDisk::new(Settings::unbounded());
        for name in ["a", "b", "c", "d"] {
            put(&disk, name);
            put(&other, name);
        }
        let look = |repair| {
            let mut findings: Vec<Finding> = Vec::new();
            let checked = disk.look_over(repair, &mut findings);
            findings.sort_by_key(|finding| finding.flaw);
            (findings.into_iter().map(|finding| (finding.flaw, finding.fixed)).collect::<Vec<_>>(), checked)
        };
        assert_eq!(look(Repair::Fix), (vec![], Checked { entries: 4, ..Checked::default() }));
        disk.entries.invalidate(&key("a"));
        let _ = disk.books.try_write(&key("b")).expect("nobody writes").remove();
        disk.entries.insert(key("c"), other.entries.get(&key("c")).expect("it was put"));
        let found = [Flaw::Unindexed, Flaw::Missing, Flaw::Differing];
        let (told, checked) = look(Repair::Tell);
        assert_eq!(told, found.map(|flaw| (flaw, Fixed::No)));
        assert_eq!(checked, Checked { entries: 3, ..Checked::default() });
        let (fixed, checked) = look(Repair::Fix);
        let done = [Fixed::Repaired, Fixed::Removed, Fixed::Repaired];
        assert_eq!(fixed, std::iter::zip(found, done).collect::<Vec<_>>());
        assert_eq!(checked, Checked { entries: 3, adopted: 1, struck: 1 });
        assert_eq!(look(Repair::Tell).0, []);
        assert_eq!(disk.books.usage().entries, 3);
    }

    #[test]
    fn what_is_being_written_is_passed_over() {
        let disk = MemoryDisk::new(Settings::unbounded());
        put(&disk, "a");
        let writing = disk.books.try_write(&key("a")).expect("nobody writes");
        disk.entries.invalidate(&key("a"));
        let mut findings: Vec<Finding> = Vec::new();
        assert_eq!(disk.look_over(Repair::Fix, &mut findings), Checked::default());
        assert_eq!(findings, []);
        drop(writing);
    }
}
