//! The files below a directory, in the order of their names.

use std::io;
use std::path::{Path, PathBuf};

/// Directories that hold what programs made.
const MADE: [&str; 2] = ["target", "node_modules"];

/// All regular files below `directory`, without hidden ones and those that programs made.
///
/// Links are not followed: they may lead in circles. Directories within that cannot be read are left out.
///
/// # Errors
///
/// That of `directory` itself.
pub(super) fn below(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = Vec::new();
    list(directory, &mut files, &mut directories)?;
    while let Some(directory) = directories.pop() {
        // What cannot be read is left out: the rest is as good.
        let _ = list(&directory, &mut files, &mut directories);
    }
    files.sort_unstable();
    Ok(files)
}

fn list(directory: &Path, files: &mut Vec<PathBuf>, directories: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if name.starts_with('.') {
            continue;
        }
        if kind.is_file() {
            files.push(entry.path());
        } else if kind.is_dir() && !MADE.contains(&&*name) {
            directories.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_made_files_are_left_out() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b/c", "a", ".git/x", "target/y", "b/.hidden", "b/target/z"] {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = below(directory.path()).unwrap();
        assert_eq!(found, ["a", "b/c"].map(|name| directory.path().join(name)));
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(below(&directory.path().join("x")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
