//! Starts a server, says how to open it with larder, and stops it when it is told to.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use larder_servers::{Kind, Server};

/// Starts an object store on this machine, until Enter is pressed or the input ends. What it holds goes with it.
///
/// Example: cargo run -p larder-servers -- seaweedfs
#[derive(Debug, Parser)]
struct Arguments {
    /// Which server
    #[arg(value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::name)))]
    server: String,
}

#[expect(clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let Arguments { server } = Arguments::parse();
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == server);
    match serve(kind.expect("the parser knows the names")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("larder-servers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(kind: Kind) -> io::Result<()> {
    let server = kind.start()?;
    let mut out = io::stdout();
    writeln!(out, "# {kind} serves. Enter stops it.\n{}", configuration(&server))?;
    out.flush()?;
    io::stdin().read_line(&mut String::new()).map(drop)
}

/// A configuration of larder with one tier, on the server.
fn configuration(server: &Server) -> String {
    let options: Vec<String> =
        server.options().iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
    let url = server.url("cache");
    format!(
        "[[tier]]\n[tier.object_store]\nurl = {url:?}\nsize_limit = \"1 GiB\"\noptions = {{ {} }}",
        options.join(", ")
    )
}
