//! Mistakes in a configuration are loud when the disk is opened: they say what is wrong, and ask only once.

use std::net::TcpListener;
use std::time::Duration;

use larder_core::ErrorKind;
use larder_core::disk::Settings;
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions};
use pollster::block_on;

use crate::server::{Answer, Reply};
use crate::stand::{PLANTED, Stand, cache, told};

/// Opens where every request is answered `answer`; requires the words in the error, and that it was asked once.
#[track_caller]
fn invalid(answer: &Answer, words: &[&str]) {
    let stand = Stand::new();
    let answer = Reply::Told(answer.clone());
    stand.server.tell(move |_| answer.clone());
    let error = stand.refused();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    let message = error.message();
    assert!(words.iter().all(|word| message.contains(word)), "{words:?} are not in: {error:?}");
    assert_eq!(stand.server.count(), 1, "a mistake is not tried again: {:?}", stand.server.asked());
}

#[test]
fn a_wrong_secret_is_told() {
    let message = format!("The request signature we calculated does not match: ann, {PLANTED}");
    invalid(&Answer::error(403, "SignatureDoesNotMatch", &message), &["credentials", "secret"]);
}

#[test]
fn an_unknown_access_key_is_told() {
    invalid(&Answer::error(403, "InvalidAccessKeyId", "The access key does not exist"), &["access key"]);
}

#[test]
fn lacking_rights_are_told() {
    invalid(&Answer::error(403, "AccessDenied", "Access Denied"), &["rights"]);
}

#[test]
fn a_wrong_clock_a_quota_and_an_archive_are_no_mistakes_of_the_settings() {
    for (status, code, words) in [
        (403, "RequestTimeTooSkewed", "check the clock of this machine"),
        (403, "QuotaExceeded", "a quota is exceeded"),
        (403, "InvalidObjectState", "restore it"),
    ] {
        let stand = Stand::new();
        stand.server.tell(move |_| Reply::Told(Answer::error(status, code, "No.")));
        let error = stand.refused();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        assert!(error.message().contains(words), "{error:?}");
        assert!(!error.message().contains("rights"), "{error:?}");
    }
}

#[test]
fn a_secret_that_a_server_repeats_in_any_form_is_in_no_error() {
    let encoded: String = url::form_urlencoded::byte_serialize(PLANTED.as_bytes()).collect();
    let cut = &PLANTED[4..20];
    for echo in [PLANTED, &encoded, &encoded.to_lowercase(), cut] {
        let stand = Stand::new();
        let message = format!("not <{echo}>, sorry");
        stand.server.tell(move |_| Reply::Told(Answer::error(403, "AccessDenied", &message)));
        let error = stand.refused();
        let told = format!("{} {error:?} {error:#?}", larder_core::Error::to_string(&error));
        for piece in echo.as_bytes().windows(7).map(|piece| str::from_utf8(piece).unwrap()) {
            assert!(!told.contains(piece), "`{piece}` of `{echo}` is in {told}");
        }
    }
}

#[test]
fn a_missing_bucket_is_told() {
    invalid(&Answer::error(404, "NoSuchBucket", "The specified bucket does not exist"), &["bucket"]);
}

#[test]
fn a_bucket_that_only_the_listing_misses_is_told() {
    let stand = Stand::new();
    stand.server.tell(|asked| match asked.query.as_str() {
        "" => Reply::Told(Answer::error(404, "NoSuchKey", "The specified key does not exist.")),
        _ => Reply::Told(Answer::error(404, "NoSuchBucket", "The specified bucket does not exist")),
    });
    let error = stand.refused();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    assert!(error.message().contains("bucket"), "{error:?}");
    assert_eq!(stand.server.count(), 2, "{:?}", stand.server.asked());
}

#[test]
fn a_wrong_secret_that_only_the_listing_tells_is_told() {
    let stand = Stand::new();
    stand.server.tell(|asked| match asked.query.as_str() {
        "" => Reply::Honest,
        _ => Reply::Told(Answer::error(403, "SignatureDoesNotMatch", "The signature does not match")),
    });
    let error = stand.refused();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    assert!(error.message().contains("secret"), "{error:?}");
}

#[test]
fn a_region_that_the_server_redirects_from_is_named() {
    let moved = Answer::error(301, "PermanentRedirect", "The bucket must be addressed using the endpoint");
    invalid(&moved, &["another region"]);
    invalid(&moved.clone().with("x-amz-bucket-region", "eu-north-1"), &["in the region `eu-north-1`"]);
    let located = moved.with("location", "https://shelf.s3.eu-north-1.amazonaws.com/some/prefix");
    invalid(&located.with("x-amz-bucket-region", "eu-north-1"), &["in the region `eu-north-1`"]);
}

#[test]
fn a_redirect_leads_to_no_other_store() {
    for status in [301, 302, 303, 307, 308] {
        let (stand, other) = (Stand::new(), Stand::new());
        let elsewhere = other.server.endpoint();
        stand.server.tell(move |asked| {
            let moved = Answer::error(status, "TemporaryRedirect", "The bucket is elsewhere");
            Reply::Told(moved.with("location", format!("{elsewhere}{}?token={PLANTED}", asked.path)))
        });
        let error = stand.refused();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
        assert!(error.message().contains("at `127.0.0.1`"), "{error:?}");
        assert_eq!((stand.server.count(), other.server.count()), (1, 0), "{status}");
    }
}

#[test]
fn a_redirect_of_an_open_store_loses_no_value_to_another_one() {
    let (stand, other) = (Stand::new(), Stand::new());
    let cache = cache(&stand.disk());
    let elsewhere = other.server.endpoint();
    stand.server.tell(move |asked| {
        let moved = Answer::error(307, "TemporaryRedirect", "Over there");
        Reply::Told(moved.with("location", format!("{elsewhere}{}", asked.path)))
    });
    let set = block_on(cache.set("key", &"value".to_owned())).unwrap();
    assert!(!set.is_stored(), "{set:?}");
    assert_eq!(block_on(cache.get("key")).unwrap(), None);
    assert_eq!((cache.stats().misses.total(), cache.stats().errors), (0, 2));
    assert_eq!(other.server.count(), 0);
}

#[test]
fn a_region_that_the_server_refuses_is_named() {
    let message =
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-north-1'";
    let mut answer = Answer::error(400, "AuthorizationHeaderMalformed", message);
    invalid(&answer, &["region"]);
    let named = String::from_utf8(answer.body).unwrap();
    answer.body = named.replace("</Error>", "<Region>eu-north-1</Region></Error>").into();
    invalid(&answer, &["in the region `eu-north-1`"]);
}

#[test]
fn a_server_that_is_not_there_is_told() {
    // Nobody listens any more: whoever connects is refused.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = [
        ("endpoint", format!("http://127.0.0.1:{port}")),
        ("region", "us-east-1".into()),
        ("access_key_id", "ann".into()),
        ("secret_access_key", PLANTED.into()),
        ("allow_http", "true".into()),
    ];
    let location = Location::Bucket { url: crate::stand::URL.into(), options: options.into_iter().collect() };
    // The cause is told, and not only that time is up, whatever the deadline.
    let options = OpenOptions { deadline: Duration::from_secs(2), ..OpenOptions::default() };
    let error = told(block_on(ObjectStoreDisk::open(location, options, Settings::unbounded())).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(format!("{error:?}").contains("Connection refused"), "{error:?}");
}
