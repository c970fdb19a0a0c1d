use super::*;

/// Each spelling of a store, with what is spoken there and the prefix.
const SPELLINGS: &[(&str, Protocol, &str)] = &[
    ("s3://bucket", Protocol::S3, ""),
    ("s3://my_bucket.old/a/b%20c/", Protocol::S3, "a/b c"),
    ("s3a://bucket/a", Protocol::S3, "a"),
    ("https://s3.eu-north-1.amazonaws.com/bucket", Protocol::S3, ""),
    ("https://s3.eu-north-1.amazonaws.com/bucket/a/b", Protocol::S3, "a/b"),
    ("https://s3.dualstack.eu-north-1.amazonaws.com/bucket/a", Protocol::S3, "a"),
    ("https://bucket.s3.amazonaws.com/a", Protocol::S3, "a"),
    ("https://bucket.s3.eu-north-1.amazonaws.com/a/b", Protocol::S3, "a/b"),
    ("https://s3-bucket.s3.eu-north-1.amazonaws.com/a/b", Protocol::S3, "a/b"),
    ("https://bucket.s3.dualstack.eu-north-1.amazonaws.com/a", Protocol::S3, "a"),
    ("https://account.r2.cloudflarestorage.com/bucket/a", Protocol::S3, "a"),
    ("https://account.eu.r2.cloudflarestorage.com/bucket", Protocol::S3, ""),
    ("gs://bucket.example.org/a", Protocol::Google, "a"),
    ("az://container/%40", Protocol::Azure, "@"),
    ("azure://container/a", Protocol::Azure, "a"),
    ("adl://container/a", Protocol::Azure, "a"),
    ("abfs://container/a", Protocol::Azure, "a"),
    ("abfss://container/a", Protocol::Azure, "a"),
    ("abfss://container@account.dfs.core.windows.net/a", Protocol::Azure, "a"),
    ("abfs://container@account.blob.core.windows.net", Protocol::Azure, ""),
    ("az://container@account.dfs.fabric.microsoft.com/a", Protocol::Azure, "a"),
    ("https://account.blob.core.windows.net/container/a/b", Protocol::Azure, "a/b"),
    ("https://account.dfs.core.windows.net/container", Protocol::Azure, ""),
    ("https://onelake.blob.fabric.microsoft.com/workspace/item/a", Protocol::Azure, "item/a"),
    ("https://workspace.z28.blob.fabric.microsoft.com/container/a", Protocol::Azure, "a"),
    ("webdav+https://example.org/dav/a", Protocol::WebDav, "dav/a"),
    ("webdav+http://127.0.0.1:8080/", Protocol::WebDav, ""),
];

fn refused(url: &str) -> String {
    let error = url.parse::<StoreUrl>().expect_err(url);
    assert_eq!(error.kind(), ErrorKind::Invalid, "{url}");
    format!("{error} {error:?}")
}

#[test]
fn every_spelling_of_a_store_is_read() {
    for (url, protocol, prefix) in SPELLINGS {
        let read: StoreUrl = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!((read.protocol(), read.prefix().as_ref()), (*protocol, *prefix), "{url}");
        assert_eq!((read.as_str(), read.to_string().as_str()), (*url, *url));
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        assert!(StoreUrl::SCHEMES.contains(&scheme.unwrap_or_default()), "{url}");
    }
    let unspelt = |scheme: &str| !SPELLINGS.iter().any(|(url, ..)| url.starts_with(&format!("{scheme}://")));
    assert!(!StoreUrl::SCHEMES.iter().any(|scheme| unspelt(scheme)));
}

/// The client's own parser reads the same, where it reads a url at all.
#[test]
fn the_client_reads_the_same() {
    use object_store::ObjectStoreScheme as Theirs;
    for (url, protocol, prefix) in SPELLINGS {
        let told = url.strip_prefix(WEBDAV).unwrap_or(url);
        let (theirs, path) = Theirs::parse(&Url::parse(told).unwrap()).unwrap();
        let ours = match theirs {
            Theirs::AmazonS3 => Protocol::S3,
            Theirs::GoogleCloudStorage => Protocol::Google,
            Theirs::MicrosoftAzure => Protocol::Azure,
            Theirs::Http => Protocol::WebDav,
            other => panic!("{url}: {other:?}"),
        };
        assert_eq!(ours, *protocol, "{url}");
        // It takes a bucket in the host, whose name begins so, for one in the path.
        if !url.contains("s3-bucket") {
            assert_eq!(path.as_ref(), *prefix, "{url}");
        }
    }
}

#[test]
fn what_is_no_url_of_a_store_is_told_with_what_to_write() {
    for (url, reason) in [
        ("bucket", "no scheme of a store; known: s3, "),
        ("s4://bucket", "no scheme of a store; known: s3, "),
        ("file:///var", "no scheme of a store"),
        (
            "http://example.org/bucket",
            "`http://` is no scheme of a store: for a server that speaks like S3 write",
        ),
        ("s3://", "the name of a bucket or a host follows"),
        ("s3:///prefix", "the name of a bucket or a host follows"),
        ("s3://bucket:9000/x", "a bucket has no port"),
        ("s3://bucket/x#y", "a `#` in a url"),
        ("s3://bucket/x?region=eu", "write them beside it"),
        ("s3://bucket/a//b", "without empty parts"),
        ("s3://bucket/a%2F%2Fb", "without empty parts"),
        ("s3://bucket/%ff", "a prefix is Unicode"),
        ("az://account.blob.core.windows.net/x", "no dot in its name"),
        ("adl://container@account.dfs.core.windows.net", "no credentials"),
        ("abfss://container@example.org/x", "the host of an account"),
        ("abfss://container@bucket.s3.amazonaws.com/x", "the host of an account"),
        ("https://example.org/bucket", "the option `endpoint`"),
        ("https://127.0.0.1:9000/bucket", "the option `endpoint`"),
        ("https://bucket.notamazonaws.com/x", "no known cloud's"),
        ("https://s3.amazonaws.com/bucket", "no known cloud's"),
        ("https://my.bucket.s3.eu-north-1.amazonaws.com/x", "no known cloud's"),
        ("https://bucket.s3.dualstack.amazonaws.com/x", "no known cloud's"),
        (".s3.eu-north-1.amazonaws.com", "no scheme of a store"),
        ("https://s3..amazonaws.com/bucket", "no known cloud's"),
        ("https://s3.eu-north-1.amazonaws.com/", "the name of a bucket follows the host"),
        ("https://account.blob.core.windows.net", "the name of a bucket follows the host"),
        ("https://account.r2.cloudflarestorage.com:8443/bucket", "a cloud has no port"),
        ("webdav+https://", "no url"),
        ("webdav+ftp://example.org", "no scheme of a store"),
    ] {
        let told = refused(url);
        assert!(told.contains(reason), "{url}: {told}");
    }
}

#[test]
fn what_may_be_a_secret_is_refused_and_never_told() {
    for url in [
        "s3://key:secret@bucket",
        "s3://secret@bucket",
        "s3://key:sec/secret@bucket",
        "gs://:secret@bucket/x",
        "s3://bucket:secret",
        "s3://secret:secret",
        "key:secret@s3://bucket",
        "secret://bucket",
        "secret",
        "az://secret@container",
        "abfss://key:secret@account.dfs.core.windows.net",
        "abfss://sec-secret+/=@account.dfs.core.windows.net",
        "abfss://container@secret@account.dfs.core.windows.net",
        "abfss://container@account.dfs.core.windows.net/a?sv=2021&sig=secret",
        "https://key:secret@bucket.s3.amazonaws.com/a",
        "https://secret@account.blob.core.windows.net/container",
        "https://account.blob.core.windows.net/container?sig=secret",
        "https://example.org/secret",
        "webdav+https://ann:secret@example.org/a",
        "webdav+https://secret@example.org/a",
        "webdav+http://example.org/a?token=secret",
        "webdav+http://example.org/a#secret",
        "s3://bucket/a//secret",
    ] {
        assert!(!refused(url).contains("secret"), "{url}");
    }
}

#[test]
fn a_host_is_told_from_a_bucket() {
    for (url, host) in [
        ("s3://bucket/a", None),
        ("az://container/a", None),
        ("abfss://container@account.dfs.core.windows.net/a", Some("account.dfs.core.windows.net")),
        ("https://bucket.s3.amazonaws.com/a", Some("bucket.s3.amazonaws.com")),
        ("webdav+http://127.0.0.1:8080/a", Some("127.0.0.1")),
    ] {
        assert_eq!(url.parse::<StoreUrl>().unwrap().host(), host, "{url}");
    }
}

#[test]
fn an_option_is_said_by_the_url_that_says_it() {
    let says = |url: &str, name: &str| url.parse::<StoreUrl>().unwrap().says(name);
    for (url, said, unsaid) in [
        ("s3://b", &["bucket", "aws_bucket_name"][..], &["endpoint", "region", "nonsense"][..]),
        ("gs://b", &["google_bucket"], &["service_account"]),
        ("az://abc", &["container_name"], &["account_name"]),
        ("abfss://abc@a.dfs.core.windows.net", &["container_name", "account_name"], &["account_key"]),
        ("https://b.s3.amazonaws.com", &["endpoint", "aws_endpoint_url"], &["region"]),
        ("https://s3.eu.amazonaws.com/b", &["endpoint", "aws_region", "region"], &["secret_access_key"]),
        ("https://a.blob.core.windows.net/abc", &["azure_storage_account_name", "endpoint"], &["sas_token"]),
        ("webdav+https://h", &[], &["allow_http", "user_agent"]),
    ] {
        assert!(said.iter().all(|name| says(url, name)), "{url} says {said:?}");
        assert!(!unsaid.iter().any(|name| says(url, name)), "{url} does not say {unsaid:?}");
    }
}
