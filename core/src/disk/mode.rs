//! Whether a disk that lies somewhere may change it.

/// Whether a disk may change what lies in its place.
///
/// ```
/// use larder_core::disk::Mode;
///
/// assert_eq!(Mode::default(), Mode::ReadWrite);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It reads and writes.
    #[default]
    ReadWrite,
    /// It reads. Opening, reading and closing create and change nothing, and no hits are counted.
    ReadOnly,
}
