//! Text is settings or an error that says where, as TOML, as JSON and as a url; settings survive being written and read
//! again, and no secret among them is shown.
#![no_main]

use larder::{ErrorKind, Result, Settings, Sources};
use libfuzzer_sys::fuzz_target;

/// What no input has by chance.
const SECRET: &str = "hunter2hunter2";

fn judge(settings: Result<Settings>) {
    match settings {
        Ok(settings) => {
            let _ = settings.check(&larder::eviction::Policies::default());
            // More entries than TOML can say are told, not written.
            let Ok(text) = toml::to_string(&settings) else { return };
            // What is not shown is refused when it is read again, and everything else comes back.
            if !text.contains("***") {
                assert_eq!(Settings::parse(&text).expect("what was written is settings"), settings);
            }
        }
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Unsupported), "{error}");
            assert!(!error.message().is_empty(), "an error says something");
        }
    }
}

fuzz_target!(|input: &str| {
    judge(Settings::parse(input));
    judge(Settings::parse(&format!("{{{input}}}")));
    for begin in [
        "memory:?",
        "s3://bucket/",
        "gs://",
        "abfss://",
        "https://",
        "webdav+http://",
        "store+file://",
        "file://",
    ] {
        judge(Sources::at(format!("{begin}{input}")).settings());
    }
    let sources = Sources::at(format!("s3://bucket?secret_access_key={SECRET}&{input}"));
    let said = format!("{sources:?} {:?} {:?}", sources.settings(), sources.explain());
    assert!(!said.contains(SECRET) || input.contains(SECRET), "a secret is told");
});
