//! A fresh directory with configurations, and the binary run in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory of a test's own.
pub(crate) struct Stand {
    directory: TempDir,
}

/// What a command did.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Stand {
    /// A directory with `memory.toml`, `file.toml` whose disk lies in `store`, and `raw.toml` whose disk does too.
    pub(crate) fn new() -> Self {
        let stand = Self { directory: tempfile::tempdir().unwrap() };
        stand.write("memory.toml", "[[tier]]\nmemory = { size_limit = '10 MiB' }\n");
        stand.configure("file.toml", "");
        stand.configure("raw.toml", "[cache]\nserializer = 'raw'\n");
        stand
    }

    /// Writes a configuration of the disk in `store`, after these lines.
    pub(crate) fn configure(&self, name: &str, lines: &str) {
        let url = format!("store+file://{}", self.path("store").display());
        let tier = format!("[[tier]]\nobject_store = {{ url = '{url}', size_limit = '10 MiB' }}\n");
        self.write(name, format!("{lines}{tier}"));
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The names of what is in the directory.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.directory.path())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.feed(arguments, b"")
    }

    /// Runs the command with this on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Answer {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let code = output.status.code().expect("no signal ended it");
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Answer { code, out: output.stdout, err }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
        command.args(arguments).current_dir(self.directory.path()).env_remove("LARDER_CONFIG");
        command
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.out).unwrap()
    }

    /// The output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.text(), self.err))
    }

    /// Asserts this exit code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.text(), self.err);
        self
    }

    /// Asserts that it ended with this code and said all of this on the standard error, and nothing else.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, said: &[&str]) -> Self {
        let answer = self.ends(code);
        for part in said {
            assert!(answer.err.contains(part), "no `{part}` in: {}", answer.err);
        }
        assert_eq!(answer.text(), "");
        answer
    }
}

/// The names of what is in `directory`, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
