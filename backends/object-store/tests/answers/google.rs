//! Google's buckets, of which there is no server that can be had: the client speaks with one that keeps to the book.
//!
//! What a promise costs in requests, and what is made of errors, the other files tell of S3; here the whole suite runs, as
//! versions are numbers here, conditions have a header of their own, and each object is deleted by itself.

use std::sync::{Arc, LazyLock};

use larder_conformance::Place;
use larder_core::disk::{Access, Capabilities, Condition, Disk, Put, Reach, Settings};
use larder_core::{Error, ErrorKind, Result};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions, StoreOptions};
use pollster::block_on;

use crate::server::{Answer, Reply, Server};
use crate::stand::{PLANTED, bench};

/// Opens what lies below `prefix` in a bucket on `server`.
async fn open(server: &Server, prefix: &str, settings: Settings) -> Result<ObjectStoreDisk> {
    // Whoever has this key says where Google is, and needs no token of it.
    let key = format!(
        r#"{{"gcs_base_url": "{}", "disable_oauth": true, "client_email": "ann", "private_key": "{PLANTED}", "private_key_id": "1"}}"#,
        server.endpoint()
    );
    let options: StoreOptions =
        [("service_account_key", key.as_str()), ("allow_http", "true")].into_iter().collect();
    let location = Location::Bucket { url: format!("gs://shelf/{prefix}"), options };
    ObjectStoreDisk::open(location, OpenOptions::default(), settings).await
}

static SUITE: LazyLock<Server> = LazyLock::new(Server::start);

larder_conformance::conformance! {
    suite,
    Capabilities { ordered: false, counted: false, reach: Reach::Hosts, ..Capabilities::of_process() },
    |place: Place, settings: Settings| async move {
        Ok(Arc::new(open(&SUITE, place.name(), settings).await?) as Arc<dyn Disk>)
    }
}

/// The requests of `run`, method and condition.
fn asked(server: &Server, run: impl FnOnce()) -> Vec<String> {
    server.tell(|_| Reply::Honest);
    run();
    let condition = |number: Option<&str>| match number {
        Some("0") => " if absent",
        Some(_) => " if unchanged",
        None => "",
    };
    let asked = server.asked();
    asked
        .iter()
        .map(|asked| format!("{}{}", asked.method, condition(asked.header("x-goog-if-generation-match"))))
        .collect()
}

#[test]
fn a_condition_is_one_put_with_the_number_of_the_version() {
    let (server, bench) = (Server::start(), bench());
    let disk = block_on(open(&server, "", Settings::unbounded())).unwrap();
    let key = bench.key("key");
    let add = || {
        let put = block_on(bench.put(&disk, &key, "value", Condition::Absent)).unwrap();
        assert!(matches!(put, Put::Stored { .. }), "{put:?}");
    };
    assert_eq!(asked(&server, add), ["PUT if absent"]);
    let written = block_on(bench.store(&disk, &key, "value"));
    let swap = || _ = block_on(bench.put(&disk, &key, "other", Condition::Is(written.version))).unwrap();
    assert_eq!(asked(&server, swap), ["PUT if unchanged"]);
    let get = || assert!(block_on(disk.get(&key, Access::Peek)).unwrap().is_some());
    assert_eq!(asked(&server, get), ["GET"]);
}

#[test]
fn mistakes_are_told_without_the_key() {
    let refused = |status: u16, code: &str, words: &str| -> Error {
        let server = Server::start();
        let answer = Answer::error(status, code, &format!("{code}, {PLANTED}"));
        server.tell(move |_| Reply::Told(answer.clone()));
        let error = block_on(open(&server, "x", Settings::unbounded())).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains(words) && told.contains("gs://shelf/x") && !told.contains(PLANTED), "{told}");
        error
    };
    for (status, code, words) in [
        (401, "AuthenticationRequired", "refuses the credentials"),
        (403, "AccessDenied", "does not permit it"),
        (404, "NoSuchBucket", "no such bucket"),
    ] {
        assert_eq!(refused(status, code, words).kind(), ErrorKind::Invalid);
    }
}
