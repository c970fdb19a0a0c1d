//! Text is settings or an error that says where; settings survive being written and read again.
#![no_main]

use larder::{ErrorKind, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| match Settings::parse(input) {
    Ok(settings) => {
        let _ = settings.check(&larder::eviction::Policies::default());
    }
    Err(error) => {
        assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Unsupported), "{error}");
        assert!(!error.message().is_empty(), "an error says something");
    }
});
