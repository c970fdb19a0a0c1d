//! An honest store of one bucket that speaks as much of S3, and of Google's XML, as the disk does, on the store in memory of
//! the client's crate.
//!
//! The two differ in how a version is named: by a stamp in S3, by a number in Google's, of which 0 is no object.

use std::fmt::Write as _;
use std::ops::Range;

use futures_util::TryStreamExt;
use larder_object_store::object_store::memory::InMemory;
use larder_object_store::object_store::multipart::{MultipartStore, PartId};
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
        let upload = asked.queried("uploadId").map(str::to_owned);
        let answer = match (asked.method.as_str(), key, upload) {
            ("GET", "", None) => self.list(&asked.query),
            ("POST", "", None) => self.delete(&asked.body),
            ("GET" | "HEAD", _, None) => self.get(&name, asked),
            ("PUT", _, None) => self.put(&name, asked),
            ("DELETE", _, None) => block_on(self.0.delete(&name)).map(|()| empty(204)),
            ("POST", _, None) if asked.queried("uploads").is_some() => self.begin(&name),
            ("PUT", _, Some(upload)) => self.part(&name, &upload, asked),
            ("POST", _, Some(upload)) => self.complete(&name, &upload, &asked.body),
            ("DELETE", _, Some(upload)) => {
                block_on(self.0.abort_multipart(&name, &upload)).map(|()| empty(204))
            }
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
        let numbered = asked.queried("generation").map(stamp_of);
        let if_match = numbered.clone().or_else(|| asked.header("if-match").map(str::to_owned));
        let options = GetOptions { range, if_match, ..GetOptions::default() };
        let got = match block_on(self.0.get_opts(name, options)) {
            // A bucket that keeps no former versions does not have them.
            Err(Error::Precondition { path, source }) if numbered.is_some() => {
                return Err(Error::NotFound { path, source });
            }
            got => got?,
        };
        let (meta, Range { start, end }) = (got.meta.clone(), got.range.clone());
        let body = block_on(got.bytes())?.into();
        let answer = Answer { status, headers: Vec::new(), body }
            .with("x-goog-generation", number_of(meta.e_tag.as_deref()))
            .with("etag", stamp(meta.e_tag))
            .with("last-modified", meta.last_modified.to_rfc2822());
        Ok(match status {
            206 => answer.with("content-range", format!("bytes {start}-{}/{}", end - 1, meta.size)),
            _ => answer,
        })
    }

    fn put(&self, name: &Path, asked: &Asked) -> Result<Answer, Error> {
        let update = |stamp: String| PutMode::Update(UpdateVersion { e_tag: Some(stamp), version: None });
        let number = asked.header("x-goog-if-generation-match");
        let mode = match (asked.header("if-none-match"), asked.header("if-match"), number) {
            (Some("*"), None, None) | (None, None, Some("0")) => PutMode::Create,
            (None, Some(stamp), None) => update(stamp.to_owned()),
            (None, None, Some(number)) => update(stamp_of(number)),
            (None, None, None) => PutMode::Overwrite,
            odd => panic!("{odd:?}"),
        };
        let options = PutOptions { mode, ..PutOptions::default() };
        let put = block_on(self.0.put_opts(name, asked.body.clone().into(), options))?;
        Ok(empty(200)
            .with("x-goog-generation", number_of(put.e_tag.as_deref()))
            .with("etag", stamp(put.e_tag)))
    }

    fn begin(&self, name: &Path) -> Result<Answer, Error> {
        let upload = block_on(self.0.create_multipart(name))?;
        let told = format!(
            "<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        );
        Ok(Answer { body: told.into(), ..empty(200) })
    }

    fn part(&self, name: &Path, upload: &String, asked: &Asked) -> Result<Answer, Error> {
        let number: usize = asked.queried("partNumber").unwrap().parse().unwrap();
        block_on(self.0.put_part(name, upload, number - 1, asked.body.clone().into()))?;
        Ok(empty(200).with("etag", format!("part {number}")))
    }

    fn complete(&self, name: &Path, upload: &String, body: &[u8]) -> Result<Answer, Error> {
        let parts = String::from_utf8_lossy(body).matches("<ETag>").count();
        let parts = (1..=parts).map(|number| PartId { content_id: format!("part {number}") }).collect();
        let put = block_on(self.0.complete_multipart(name, upload, parts))?;
        let number = number_of(put.e_tag.as_deref());
        let stamp = stamp(put.e_tag);
        let told =
            format!("<CompleteMultipartUploadResult><ETag>{stamp}</ETag></CompleteMultipartUploadResult>");
        Ok(Answer { body: told.into(), ..empty(200) }.with("x-goog-generation", number))
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

fn empty(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

/// The number of the version with this stamp.
fn number_of(stamp: Option<&str>) -> String {
    let number = stamp.and_then(|stamp| stamp.trim_matches('"').parse::<u64>().ok());
    (number.expect("stamps in memory are numbers") + 1).to_string()
}

/// The stamp of the version with this number, which is not 0.
fn stamp_of(number: &str) -> String {
    format!("\"{}\"", number.parse::<u64>().unwrap() - 1)
}

/// The stamp of an object, in quotes as it is sent.
fn stamp(stamp: Option<String>) -> String {
    stamp.expect("the store in memory stamps all")
}
