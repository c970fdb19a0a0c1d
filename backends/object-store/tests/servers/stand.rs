//! One server that all tests of its kind share, each below a prefix of its own.

use std::sync::{Arc, OnceLock};

use larder_core::disk::{Capabilities, Reach};
use larder_object_store::StoreOptions;
use larder_servers::{Kind, Missing, Server};
use libtest_mimic::{Completion, Trial};

/// In the environment, a server that is not installed is a failure.
const REQUIRED: &str = "LARDER_TEST_REQUIRE_SERVERS";

/// A server that is started when the first test needs it.
pub(crate) struct Stand {
    pub(crate) kind: Kind,
    missing: Option<Missing>,
    started: OnceLock<Result<Server, String>>,
}

impl Stand {
    pub(crate) fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self { kind, missing: kind.program().find().err(), started: OnceLock::new() })
    }

    /// The running server.
    pub(crate) fn server(&self) -> &Server {
        let started = self.started.get_or_init(|| self.kind.start().map_err(|error| error.to_string()));
        started.as_ref().unwrap_or_else(|error| panic!("{error}"))
    }

    /// What a disk on it declares.
    pub(crate) fn declared(&self) -> Capabilities {
        let conditional = self.kind.is_conditional();
        Capabilities {
            create: conditional,
            compare: conditional,
            touch: conditional,
            ordered: false,
            counted: false,
            reach: Reach::Hosts,
            ..Capabilities::of_process()
        }
    }

    /// What a client is told.
    pub(crate) fn options(&self) -> StoreOptions {
        self.server().options().into_iter().collect()
    }

    /// A test of this server: ignored where it is not installed.
    pub(crate) fn trial(self: &Arc<Self>, name: &str, run: impl FnOnce(&Self) + Send + 'static) -> Trial {
        let stand = Arc::clone(self);
        Trial::ignorable_test(format!("{}::{name}", self.kind), move || {
            if let Some(missing) = &stand.missing {
                return Ok(Completion::ignored_with(missing));
            }
            run(&stand);
            Ok(Completion::Completed)
        })
    }

    /// The one test that fails where a server is required and not installed, and one that it goes without a trace.
    pub(crate) fn is_there(self: &Arc<Self>) -> Trial {
        match &self.missing {
            Some(missing) if std::env::var_os(REQUIRED).is_some() => {
                let told = format!("{missing}; {REQUIRED} requires it");
                Trial::test(format!("{}::starts_and_stops", self.kind), || Err(told.into()))
            }
            _ => self.trial("starts_and_stops", |stand| {
                let mut server = stand.kind.start().unwrap();
                let directory = server.directory().to_owned();
                assert!(!server.has_ended() && directory.is_dir());
                drop(server);
                assert!(!directory.exists(), "{} is left", directory.display());
            }),
        }
    }
}
