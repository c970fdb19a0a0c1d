//! Where the program of a server is found.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// A program that may be installed.
///
/// It is the one that a variable of the environment names; else the one that `.ci/servers` installed below `target`,
/// in the version that it pins; else one of the `PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name in a directory of programs.
    pub name: &'static str,
    /// The variable that names its path.
    pub variable: &'static str,
}

/// A program that is not there. It displays as what is missing and how to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    program: Program,
    /// What the variable says, where it says something wrong.
    named: Option<PathBuf>,
}

impl Program {
    /// The path of the program.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is nowhere, and if the variable names no file: another one is not taken instead then.
    pub fn find(self) -> Result<PathBuf, Missing> {
        let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/servers/bin");
        self.find_in(env::var_os(self.variable).as_deref(), &installed, env::var_os("PATH").as_deref())
    }

    fn find_in(
        self,
        named: Option<&OsStr>,
        installed: &Path,
        path: Option<&OsStr>,
    ) -> Result<PathBuf, Missing> {
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            let named = PathBuf::from(named);
            let found = named.is_file().then(|| named.clone());
            return found.ok_or(Missing { program: self, named: Some(named) });
        }
        let directories = path.into_iter().flat_map(env::split_paths);
        let mut places = std::iter::once(installed.to_owned()).chain(directories);
        let found = places.find_map(|place| Some(place.join(self.name)).filter(|file| file.is_file()));
        found.ok_or(Missing { program: self, named: None })
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program: Program { name, variable }, named } = self;
        match named {
            Some(named) => write!(f, "{variable} names {}, which is no file", named.display()),
            None => write!(f, "no `{name}` is there; .ci/servers installs it, {variable} names one"),
        }
    }
}

impl std::error::Error for Missing {}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: Program = Program { name: "weed", variable: "LARDER_TEST_WEED" };

    /// Makes `place/weed`.
    fn make(place: &Path) -> PathBuf {
        std::fs::create_dir_all(place).unwrap();
        let file = place.join("weed");
        std::fs::write(&file, "").unwrap();
        file
    }

    #[test]
    fn a_named_program_goes_before_the_installed_one_and_that_before_the_path() {
        let directory = tempfile::tempdir().unwrap();
        let [named, installed, path] = ["named", "installed", "path"].map(|name| directory.path().join(name));
        let find = |named| PROGRAM.find_in(named, &installed, Some(path.as_os_str()));
        assert!(find(None).is_err());
        let last = make(&path);
        assert_eq!(find(None), Ok(last));
        let pinned = make(&installed);
        assert_eq!(find(None), Ok(pinned));
        let first = make(&named);
        assert_eq!(find(Some(first.as_os_str())), Ok(first.clone()));
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let nowhere = Path::new("/nowhere");
        let told = PROGRAM.find_in(None, nowhere, None).unwrap_err().to_string();
        assert!(
            told.contains("`weed`") && told.contains(".ci/servers") && told.contains("LARDER_TEST_WEED"),
            "{told}"
        );
        let told = PROGRAM.find_in(Some(OsStr::new("/nowhere/w")), nowhere, None).unwrap_err().to_string();
        assert_eq!(told, "LARDER_TEST_WEED names /nowhere/w, which is no file");
    }
}
