//! One server that all tests share, each with a prefix of its own.

use std::sync::{Arc, OnceLock};

use futures_util::TryStreamExt;
use larder_servers::{Kind, Missing, Server};
use libtest_mimic::{Completion, Trial};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::stand::{Answer, Stand};

/// In the environment, a server that is not installed is a failure.
const REQUIRED: &str = "LARDER_TEST_REQUIRE_SERVERS";

/// A server that is started when the first test needs it.
pub(crate) struct Shared {
    missing: Option<Missing>,
    started: OnceLock<Result<Server, String>>,
}

/// A prefix of its own in the bucket, with a configuration `bucket.toml` of the disk there.
pub(crate) struct Bucket {
    pub(crate) stand: Stand,
    pub(crate) url: String,
    prefix: String,
    options: Vec<(&'static str, String)>,
}

/// A promise by its name, and what tries it.
pub(crate) type Promise = (&'static str, fn(&Bucket));

impl Shared {
    pub(crate) fn new() -> Arc<Self> {
        let missing = Kind::SeaweedFs.program().find().err();
        Arc::new(Self { missing, started: OnceLock::new() })
    }

    /// A test on the server: ignored where it is not installed.
    pub(crate) fn trial(self: &Arc<Self>, name: &str, run: fn(&Bucket)) -> Trial {
        let (shared, prefix) = (Arc::clone(self), name.replace("::", "/"));
        Trial::ignorable_test(name, move || {
            if let Some(missing) = &shared.missing {
                return Ok(Completion::ignored_with(missing));
            }
            let started =
                shared.started.get_or_init(|| Kind::SeaweedFs.start().map_err(|error| error.to_string()));
            let server = started.as_ref().unwrap_or_else(|error| panic!("{error}"));
            run(&Bucket::new(server, &prefix));
            Ok(Completion::Completed)
        })
    }

    /// The test that fails where the server is required and not installed.
    pub(crate) fn is_there(self: &Arc<Self>) -> Trial {
        match &self.missing {
            Some(missing) if std::env::var_os(REQUIRED).is_some() => {
                let told = format!("{missing}; {REQUIRED} requires it");
                Trial::test("the_server_is_there", || Err(told.into()))
            }
            _ => self.trial("the_server_is_there", |bucket| {
                assert!(bucket.keys().is_empty());
                assert!(bucket.objects().is_empty(), "who looks leaves nothing");
            }),
        }
    }
}

impl Bucket {
    fn new(server: &Server, prefix: &str) -> Self {
        let (url, options) = (server.url(prefix), server.options());
        let bucket = Self { stand: Stand::new(), url, prefix: prefix.to_owned(), options };
        bucket.configure("bucket.toml", "10 MiB", &[]);
        bucket
    }

    /// Writes a configuration of the disk with this size limit, where these options take the place of the right ones.
    pub(crate) fn configure(&self, name: &str, limit: &str, wrong: &[(&str, &str)]) {
        let value = |(name, right): &(&str, String)| {
            let wrong = wrong.iter().find(|(wrong, _)| wrong == name);
            format!("{name} = {:?}", wrong.map_or(right.as_str(), |(_, value)| value))
        };
        let options: Vec<String> = self.options.iter().map(value).collect();
        let (url, options) = (&self.url, options.join(", "));
        self.stand.write(
            name,
            format!("[[tier]]\nobject_store = {{ url = '{url}', size_limit = '{limit}', options = {{ {options} }} }}\n"),
        );
    }

    /// Runs a command on the disk.
    pub(crate) fn run(&self, command: &str, rest: &[&str]) -> Answer {
        self.stand.run(&[&[command, "-c", "bucket.toml"], rest].concat())
    }

    /// The disk as a url that says everything.
    pub(crate) fn whole_url(&self) -> String {
        let escaped = |value: &str| value.replace('%', "%25").replace('&', "%26").replace('+', "%2B");
        let options = self.options.iter().map(|(name, value)| format!("&{name}={}", escaped(value)));
        format!("{}?size_limit=10MiB{}", self.url, options.collect::<String>())
    }

    /// The objects below the prefix, whatever they are.
    pub(crate) fn objects(&self) -> Vec<ObjectMeta> {
        let below = Path::from(self.prefix.as_str());
        self.ask(async |store| store.list(Some(&below)).try_collect().await.unwrap())
    }

    /// Changes a byte of an entry.
    pub(crate) fn damage_one(&self) {
        let objects = self.objects();
        // The names of entries are digests of 64 digits.
        let is_entry = |object: &&ObjectMeta| object.location.filename().is_some_and(|name| name.len() == 64);
        let name = objects.iter().find(is_entry).unwrap().location.clone();
        self.ask(async |store| {
            let mut bytes = Vec::from(store.get(&name).await.unwrap().bytes().await.unwrap());
            *bytes.last_mut().unwrap() ^= 1;
            store.put(&name, bytes.into()).await.unwrap();
        });
    }

    /// Asks the server without larder.
    fn ask<T>(&self, question: impl AsyncFnOnce(AmazonS3) -> T) -> T {
        let mut builder = AmazonS3Builder::new().with_bucket_name(larder_servers::BUCKET);
        for (name, value) in &self.options {
            builder = builder.with_config(name.parse().unwrap(), value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(question(builder.build().unwrap()))
    }

    /// The keys that are listed, sorted.
    #[track_caller]
    pub(crate) fn keys(&self) -> Vec<String> {
        let listed = self.run("ls", &["--json"]).ends(0);
        let key = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["key"]["text"].clone();
        let mut keys: Vec<String> =
            listed.text().lines().map(|line| key(line).as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }
}
