//! `larder completions`: a script that completes commands and options in a shell.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Arguments;
use crate::failure::Failure;

const EXAMPLES: &str = "\
The script is written to the standard output; where it goes is the shell's matter.

Examples:
  larder completions bash > ~/.local/share/bash-completion/completions/larder
  larder completions zsh > ~/.zfunc/_larder
  larder completions fish > ~/.config/fish/completions/larder.fish

Exit codes: 0 done; 2 a wrong call.";

/// What `completions` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Writes the script.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut script = Vec::new();
        // Into memory first: the crate panics where it cannot write.
        clap_complete::generate(self.shell, &mut Arguments::command(), "larder", &mut script);
        Ok(out.write_all(&script)?)
    }
}
