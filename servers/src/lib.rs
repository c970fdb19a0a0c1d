//! Real object stores on this machine, for tests, benches and first steps.
//!
//! [`Kind::start`] starts a server on free ports of the loopback interface, in a fresh directory, with telemetry off and a
//! bucket made. It answers when it starts, and it goes with its [`Server`] or with the process that started it,
//! however that ends. What a server honours differs, which is why there are several; `docs/s3.md` tells.
//!
//! Programs are not downloaded here: `.ci/servers` installs those that are [looked for](Program).

mod azurite;
mod kind;
mod leash;
mod port;
mod program;
mod rclone;
mod request;
mod seaweedfs;
mod server;
mod signed;
mod webdav;

pub use kind::Kind;
pub use leash::Leash;
pub use program::{Missing, Program};
pub use server::{BUCKET, KEY, SECRET, Server};
