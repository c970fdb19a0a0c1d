//! An honest store of one bucket that speaks as much of S3 as the disk does, on the store in memory of the client's crate.

use std::fmt::Write as _;
use std::ops::Range;

use futures_util::TryStreamExt;
use larder_object_store::object_store::memory::InMemory;
use larder_object_store::object_store::path::Path;
use larder_object_store::object_store::{
    Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
};
use pollster::block_on;

use crate::asked::Asked;
use crate::server::Answer;

/// The bucket.
#[derive(Debug, Default)]
pub(crate) struct Shelf(InMemory);

impl Shelf {
    pub(crate) fn answer(&self, asked: &Asked) -> Answer {
        let key = asked.path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
        let name = Path::from_url_path(key).unwrap();
        let answer = match (asked.method.as_str(), key) {
            ("GET", "") => self.list(&asked.query),
            ("POST", "") => self.delete(&asked.body),
            ("GET" | "HEAD", _) => self.get(&name, asked),
            ("PUT", _) => self.put(&name, asked),
            _ => panic!("a request that the disk does not make: {asked:?}"),
        };
        answer.unwrap_or_else(|error| match error {
            Error::NotFound { .. } => Answer::error(404, "NoSuchKey", "The specified key does not exist."),
            Error::AlreadyExists { .. } | Error::Precondition { .. } => {
                Answer::error(412, "PreconditionFailed", "At least one of the conditions did not hold.")
            }
            other => panic!("{other}"),
        })
    }

    fn get(&self, name: &Path, asked: &Asked) -> Result<Answer, Error> {
        let range = asked.header("range").map(|range| {
            let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
            let to = to.parse::<u64>().map_or(u64::MAX, |last| last + 1);
            GetRange::Bounded(from.parse().unwrap()..to)
        });
        let status = if range.is_some() { 206 } else { 200 };
        let options = GetOptions {
            range,
            if_match: asked.header("if-match").map(str::to_owned),
            ..GetOptions::default()
        };
        let got = block_on(self.0.get_opts(name, options))?;
        let (meta, Range { start, end }) = (got.meta.clone(), got.range.clone());
        let body = block_on(got.bytes())?.into();
        let answer = Answer { status, headers: Vec::new(), body }
            .with("etag", stamp(meta.e_tag))
            .with("last-modified", meta.last_modified.to_rfc2822());
        Ok(match status {
            206 => answer.with("content-range", format!("bytes {start}-{}/{}", end - 1, meta.size)),
            _ => answer,
        })
    }

    fn put(&self, name: &Path, asked: &Asked) -> Result<Answer, Error> {
        let mode = match (asked.header("if-none-match"), asked.header("if-match")) {
            (Some("*"), None) => PutMode::Create,
            (None, Some(stamp)) => {
                PutMode::Update(UpdateVersion { e_tag: Some(stamp.to_owned()), version: None })
            }
            (None, None) => PutMode::Overwrite,
            odd => panic!("{odd:?}"),
        };
        let options = PutOptions { mode, ..PutOptions::default() };
        let put = block_on(self.0.put_opts(name, asked.body.clone().into(), options))?;
        Ok(Answer { status: 200, ..Answer::default() }.with("etag", stamp(put.e_tag)))
    }

    fn delete(&self, body: &[u8]) -> Result<Answer, Error> {
        let mut told = "<DeleteResult>".to_owned();
        for key in String::from_utf8_lossy(body).split("<Key>").skip(1) {
            let key = key.split_once("</Key>").unwrap().0;
            match block_on(self.0.delete(&Path::from(key))) {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
            write!(told, "<Deleted><Key>{key}</Key></Deleted>").unwrap();
        }
        told.push_str("</DeleteResult>");
        Ok(Answer { status: 200, headers: Vec::new(), body: told.into() })
    }

    fn list(&self, query: &str) -> Result<Answer, Error> {
        let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
        let prefix = Path::from_url_path(prefix).unwrap();
        let objects: Vec<_> = block_on(self.0.list(Some(&prefix)).try_collect())?;
        let mut told = format!(
            "<ListBucketResult><KeyCount>{}</KeyCount><IsTruncated>false</IsTruncated>",
            objects.len()
        );
        for object in objects {
            let (key, size, stamp) = (object.location, object.size, stamp(object.e_tag));
            let modified = object.last_modified.to_rfc3339();
            write!(
                told,
                "<Contents><Key>{key}</Key><LastModified>{modified}</LastModified><ETag>{stamp}</ETag><Size>{size}</Size></Contents>"
            )
            .unwrap();
        }
        told.push_str("</ListBucketResult>");
        Ok(Answer { status: 200, headers: Vec::new(), body: told.into() })
    }
}

/// The stamp of an object, in quotes as it is sent.
fn stamp(stamp: Option<String>) -> String {
    stamp.expect("the store in memory stamps all")
}
