//! Which configuration a command is about: a file or a url, with the environment over a file.

use clap::Args;
use larder::{Settings, Sources};

use crate::failure::Failure;

/// Where a configuration is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// The configuration of the disk: a file in TOML or JSON, or the url of a directory or bucket
    #[arg(long, short, value_name = "FILE|URL", env = "LARDER_CONFIG", hide_env_values = true,
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    config: String,
}

impl Source {
    /// The configuration in the file or at the URL `place`.
    pub(crate) fn at(place: &str) -> Self {
        Self { config: place.to_owned() }
    }

    /// What the configuration says.
    ///
    /// # Errors
    ///
    /// As for [`settings`].
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        settings(&self.config)
    }
}

/// What the file or url `place` says.
///
/// # Errors
///
/// [`Failure::Call`] for a file that cannot be read, and for what nobody knows.
pub(crate) fn settings(place: &str) -> Result<Settings, Failure> {
    Ok(sources(place).settings()?)
}

/// The file or url `place` with the environment of this process.
pub(crate) fn sources(place: &str) -> Sources {
    Sources::at(place).environment(std::env::vars_os())
}
