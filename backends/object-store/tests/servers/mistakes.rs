//! Mistakes in a configuration are loud when the disk is opened: they say what is wrong and where, without the secret.

use std::sync::Arc;
use std::time::Duration;

use larder_core::disk::Settings;
use larder_core::{Error, ErrorKind};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions, StoreOptions};
use larder_servers::Kind;
use libtest_mimic::Trial;
use pollster::block_on;

use crate::stand::Stand;

/// A secret that no server knows, to be looked for in messages.
const PLANTED: &str = "c2VjcmV0LW5vYm9keS1rbm93cw==";

pub(crate) fn trials(stand: &Arc<Stand>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut promise = |name: &str, run: fn(&Stand)| {
        trials.push(stand.trial(&format!("mistakes::{name}"), run));
    };
    if stand.kind.is_guarded() {
        promise("a_wrong_secret_is_told", a_wrong_secret_is_told);
    }
    // A directory is no bucket: the first write makes it.
    if stand.kind != Kind::WebDav {
        promise("a_missing_bucket_is_told_and_not_made", a_missing_bucket_is_told_and_not_made);
    }
    promise("a_server_that_is_gone_is_told", a_server_that_is_gone_is_told);
    trials
}

/// The error with which a disk does not open.
fn refused(url: &str, options: StoreOptions) -> Error {
    let location = Location::Bucket { url: url.to_owned(), options };
    // A server that is not there is waited for as long.
    let options = OpenOptions { deadline: Duration::from_secs(5), ..OpenOptions::default() };
    let opened = block_on(ObjectStoreDisk::open(location, options, Settings::unbounded()));
    let error = opened.expect_err("it opens nothing");
    let told = format!("{error} {error:?}");
    assert!(told.contains(url), "where: {told}");
    assert!(!told.contains(PLANTED), "a secret: {told}");
    error
}

fn a_wrong_secret_is_told(stand: &Stand) {
    let mut options = stand.options();
    let name = if stand.kind == Kind::Azurite { "access_key" } else { "secret_access_key" };
    options.set(name, PLANTED);
    let error = refused(&stand.server().url("mistaken"), options);
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    assert!(error.message().contains("secret") || error.message().contains("credentials"), "{error}");
}

fn a_missing_bucket_is_told_and_not_made(stand: &Stand) {
    // The second time, too: SeaweedFS makes a bucket for whoever writes into it.
    for _ in 0..2 {
        let error = refused(&stand.server().url_in("nobodys-bucket", "mistaken"), stand.options());
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
        let message = error.message();
        assert!(message.contains("bucket") || message.contains("container"), "{error}");
    }
}

fn a_server_that_is_gone_is_told(stand: &Stand) {
    let (url, options) = {
        let gone = stand.kind.start().unwrap();
        (gone.url("mistaken"), gone.options().into_iter().collect())
    };
    let error = refused(&url, options);
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
}
