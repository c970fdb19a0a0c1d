//! How a command ends that did not do what it was asked, and the exit codes.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::process::ExitCode;

use larder::ErrorKind;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It ran and found something wrong: a miss, a failed check. 1.
    Found(String),
    /// The call or the configuration is wrong. 2.
    Call(String),
    /// The disk failed, or the system did. 3.
    Disk(String),
    /// Whoever read the output has enough. 0.
    Read,
}

impl Failure {
    /// Tells the caller on the standard error, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let code = match self {
            Self::Found(_) => 1,
            Self::Call(_) => 2,
            Self::Disk(_) => 3,
            Self::Read => return ExitCode::SUCCESS,
        };
        say(format_args!("larder: {}", self.message()));
        ExitCode::from(code)
    }

    /// What the caller is told.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Found(message) | Self::Call(message) | Self::Disk(message) => message,
            Self::Read => "whoever read the output has enough",
        }
    }
}

/// Tells something beside the output.
pub(crate) fn say(message: fmt::Arguments<'_>) {
    use io::Write as _;
    // Where nobody listens there is nobody to tell.
    let _ = writeln!(io::stderr(), "{message}");
}

impl From<larder::Error> for Failure {
    fn from(error: larder::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            // Some errors repeat their cause in their own words.
            if !message.contains(&words) {
                message = format!("{message}: {words}");
            }
            cause = error.source();
        }
        match error.kind() {
            ErrorKind::Invalid
            | ErrorKind::Unsupported
            | ErrorKind::ReadOnly
            | ErrorKind::NotFound
            | ErrorKind::Encode => Self::Call(message),
            ErrorKind::Corrupt | ErrorKind::Decode | ErrorKind::NotANumber | ErrorKind::Overflow => {
                Self::Found(message)
            }
            _ => Self::Disk(message),
        }
    }
}

/// Failures of the output; other files are named by those who open them.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Read,
            _ => Self::Disk(format!("writing the output: {error}")),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_end_by_what_the_caller_does_next() {
        let failure = |kind| Failure::from(larder::Error::new(kind, "x"));
        assert!(matches!(failure(ErrorKind::Invalid), Failure::Call(_)));
        for found in [ErrorKind::Decode, ErrorKind::NotANumber, ErrorKind::Overflow] {
            assert!(matches!(failure(found), Failure::Found(_)));
        }
        assert!(matches!(failure(ErrorKind::Unavailable), Failure::Disk(_)));
        assert!(matches!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)), Failure::Read));
    }

    #[test]
    fn causes_are_told() {
        let error =
            larder::Error::new(ErrorKind::Unavailable, "reading").because(io::Error::other("no disk"));
        let Failure::Disk(message) = Failure::from(error) else { panic!("a disk that fails") };
        assert!(message.ends_with("reading: no disk"), "{message}");
    }
}
