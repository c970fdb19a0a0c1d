//! Where a record lies: the number of its segment and the offset in it, in one word.

/// Records begin at multiples of so many bytes.
pub(crate) const ALIGN: u64 = 8;

/// The place of a record. No record lies at the word 0: numbers of segments begin with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    /// In bytes, a multiple of [`ALIGN`].
    pub(crate) offset: u64,
    /// Whether the record tells where the body lies, in place of holding it.
    pub(crate) is_apart: bool,
}

impl Place {
    const APART: u64 = 1 << 31;

    pub(crate) const fn to_word(self) -> u64 {
        let apart = if self.is_apart { Self::APART } else { 0 };
        ((self.segment as u64) << 32) | apart | (self.offset / ALIGN)
    }

    pub(crate) const fn from_word(word: u64) -> Option<Self> {
        let segment = (word >> 32) as u32;
        if segment == 0 {
            return None;
        }
        let offset = (word & (Self::APART - 1)) * ALIGN;
        Some(Self { segment, offset, is_apart: word & Self::APART != 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_from_its_word() {
        for is_apart in [false, true] {
            let place = Place { segment: u32::MAX, offset: 8 * ((1 << 31) - 1), is_apart };
            assert_eq!(Place::from_word(place.to_word()), Some(place));
        }
        assert_eq!(Place::from_word(0), None);
    }
}
