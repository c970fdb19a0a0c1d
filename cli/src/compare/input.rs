//! Where the values of the comparison come from: real files, in pieces of 100 bytes to 1 MiB, no two equal.

mod files;
mod split;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use larder::Bytes;

use super::passage::{Kind, Lines};
use crate::failure::Failure;

/// The smallest and the largest value, in bytes.
pub(crate) const SMALLEST: usize = 100;
pub(crate) const LARGEST: usize = 1 << 20;

/// Files are read until they are this many bytes together: values are kept in memory.
const MOST_READ: u64 = 512 << 20;

/// A file or a part of one, as it is found.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The path below the place that was given.
    pub(crate) path: String,
    /// What it is of the file.
    pub(crate) kind: Kind,
    /// Where it stands in a text.
    pub(crate) lines: Option<Lines>,
    /// Its bytes.
    pub(crate) content: Bytes,
}

/// The values that were found.
#[derive(Debug)]
pub(crate) struct Input {
    /// The place they were taken from.
    pub(crate) source: PathBuf,
    /// At most as many as were asked for, of all sizes that were found.
    pub(crate) pieces: Vec<Piece>,
    /// How many distinct ones were found.
    pub(crate) found: usize,
    /// How many files could not be read, or would have been too much.
    pub(crate) left_out: usize,
}

/// At most `most` values from `given`, or from the sources around the working directory.
///
/// # Errors
///
/// [`Failure::Call`] where there is nothing to read, or nothing of a fitting size.
pub(crate) fn collect(given: Option<&Path>, most: usize) -> Result<Input, Failure> {
    let source = match given {
        Some(path) => path.to_owned(),
        None => workspace()?,
    };
    let unreadable = |cause| Failure::Call(format!("reading the input {}: {cause}", source.display()));
    let metadata = fs::metadata(&source).map_err(unreadable)?;
    let mut found = Found::default();
    if metadata.is_dir() {
        for path in files::below(&source).map_err(unreadable)? {
            let name = path.strip_prefix(&source).unwrap_or(&path).display().to_string();
            match found.read(&path) {
                // A file that is of no use to us is none of the user's concern, but is counted.
                None => found.left_out += 1,
                Some(content) => split::whole_and_parts(&name, content, &mut |piece| found.take(piece)),
            }
        }
    } else {
        if metadata.len() > MOST_READ {
            let message = format!("{} is larger than {MOST_READ} bytes: give a part of it", source.display());
            return Err(Failure::Call(message));
        }
        let content = Bytes::from(fs::read(&source).map_err(unreadable)?);
        let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        split::elements(&name, &content, &mut |piece| found.take(piece));
    }
    if found.pieces.is_empty() {
        let message = format!(
            "nothing of {SMALLEST} bytes to {LARGEST} bytes in {}: give other data with --input FILE or --input DIR",
            source.display()
        );
        return Err(Failure::Call(message));
    }
    let Found { pieces, left_out, .. } = found;
    let found = pieces.len();
    Ok(Input { source, pieces: spread(pieces, most), found, left_out })
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    pieces: Vec<Piece>,
    seen: HashSet<Bytes>,
    bytes: u64,
    left_out: usize,
}

impl Found {
    fn take(&mut self, piece: Piece) {
        let fits = (SMALLEST..=LARGEST).contains(&piece.content.len());
        if fits && self.seen.insert(piece.content.clone()) {
            self.pieces.push(piece);
        }
    }

    /// The content of a file, if it can be read and is not too much.
    fn read(&mut self, path: &Path) -> Option<Bytes> {
        let length = fs::metadata(path).ok()?.len();
        let bytes = self.bytes.saturating_add(length);
        if bytes > MOST_READ {
            return None;
        }
        self.bytes = bytes;
        fs::read(path).ok().map(Bytes::from)
    }
}

/// At most `most` of `pieces`, the largest among them, of all sizes in the same proportions, in the same order.
fn spread(pieces: Vec<Piece>, most: usize) -> Vec<Piece> {
    let found = pieces.len();
    if found <= most {
        return pieces;
    }
    let mut by_size: Vec<usize> = (0..found).collect();
    by_size.sort_by_key(|at| Reverse(pieces[*at].content.len()));
    let mut chosen = vec![false; found];
    for (rank, at) in by_size.into_iter().enumerate() {
        chosen[at] = (rank * most) % found < most;
    }
    pieces.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(piece, _)| piece).collect()
}

/// The directory of sources that the working directory is in.
fn workspace() -> Result<PathBuf, Failure> {
    let advice = "give the data with --input FILE or --input DIR, or run this in a clone of the repository";
    let here = std::env::current_dir()
        .map_err(|cause| Failure::Call(format!("there is no working directory: {cause}; {advice}")))?;
    let is_root = |path: &&Path| {
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
        manifest.contains("[workspace]") || path.join(".git").exists()
    };
    let root = here.ancestors().find(is_root).map(Path::to_owned);
    root.ok_or_else(|| Failure::Call(format!("{} is in no repository: {advice}", here.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(content: String) -> Piece {
        Piece { path: "a".into(), kind: Kind::File, lines: None, content: content.into() }
    }

    #[test]
    fn equal_and_ill_sized_pieces_are_no_values() {
        let mut found = Found::default();
        for length in [SMALLEST - 1, SMALLEST, SMALLEST, LARGEST, LARGEST + 1] {
            found.take(piece("x".repeat(length)));
        }
        let lengths: Vec<usize> = found.pieces.iter().map(|piece| piece.content.len()).collect();
        assert_eq!(lengths, [SMALLEST, LARGEST]);
    }

    #[test]
    fn values_of_all_sizes_are_chosen() {
        let pieces = |count: usize| (0..count).map(|number| piece(number.to_string())).collect::<Vec<_>>();
        for (found, most) in [(10, 5), (10, 10), (10, 3), (3, 10), (1000, 999), (7, 1)] {
            let chosen = spread(pieces(found), most);
            assert_eq!(chosen.len(), found.min(most), "{most} of {found}");
        }
        let sized = |lengths: &[usize]| lengths.iter().map(|length| piece("x".repeat(*length))).collect();
        let half = spread(sized(&[1, 6, 3, 4, 5, 2]), 3);
        let lengths: Vec<_> = half.iter().map(|piece| piece.content.len()).collect();
        assert_eq!(lengths, [6, 4, 2], "in the order in which they were found");
    }

    #[test]
    fn this_repository_has_a_thousand_values() {
        let input = collect(None, usize::MAX).unwrap();
        assert!(input.found >= 1000, "{}", input.found);
        assert_eq!(input.found, input.pieces.len());
    }
}
