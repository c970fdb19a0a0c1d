//! Opening: where it works, where it does not and why, and which settings hold.

use std::fs;
use std::path::Path;

use larder_core::ErrorKind;
use larder_core::disk::{Disk, Settings};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions};

use crate::bench::{at, bench, directory, files};

async fn fails(path: &Path, settings: Option<Settings>) -> larder_core::Error {
    ObjectStoreDisk::at_path(path, settings).await.unwrap_err()
}

#[test]
fn a_missing_directory_is_made_with_its_parents() {
    let (bench, directory) = (bench(), directory());
    let path = directory.path().join("a").join("b #1 %20 ü").join("c");
    bench.block_on(async {
        let disk = ObjectStoreDisk::at_path(&path, Some(Settings::unbounded())).await.unwrap();
        bench.store(&disk, &bench.key("key"), "value").await;
        let again = ObjectStoreDisk::at_path(&path, None).await.unwrap();
        assert_eq!(bench.body(&again, &bench.key("key")).await.unwrap(), "value");
        assert_eq!(again.location(), format!("store+file://{}", path.display()));
    });
}

#[test]
fn a_file_in_the_way_is_told_and_left() {
    let (bench, directory) = (bench(), directory());
    let file = directory.path().join("file");
    fs::write(&file, "mine").unwrap();
    for path in [file.clone(), file.join("below"), file.join("below/deeper")] {
        let error = bench.block_on(fails(&path, Some(Settings::unbounded())));
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error:?}");
    }
    assert_eq!(files(directory.path()), std::slice::from_ref(&file));
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn directories_that_were_made_in_vain_are_gone_again() {
    let (bench, directory) = (bench(), directory());
    let path = directory.path().join("a/b").join("x".repeat(300));
    let error = bench.block_on(fails(&path, Some(Settings::unbounded())));
    assert!(std::error::Error::source(&error).is_some(), "{error:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_directory_that_cannot_be_written_is_told_with_its_cause() {
    let bench = bench();
    let path = "/proc/no/such/place";
    let error = bench.block_on(fails(Path::new(path), Some(Settings::unbounded())));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.to_string().contains(path), "{error:?}");
    assert!(std::error::Error::source(&error).is_some(), "{error:?}");
    assert!(error.message().starts_with("making the directory"), "{error:?}");
}

#[test]
fn a_new_place_needs_a_limit_and_is_not_made_without() {
    let (bench, directory) = (bench(), directory());
    let missing = directory.path().join("missing");
    for path in [missing.as_path(), directory.path()] {
        let error = bench.block_on(fails(path, None));
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.message().contains("size limit"), "{error}");
    }
    let error =
        bench.block_on(ObjectStoreDisk::open(Location::Memory, OpenOptions::default(), None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(!missing.exists());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn settings_are_recorded_and_an_argument_wins() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let open = async |settings| {
            let location = Location::Path(directory.path().to_owned());
            ObjectStoreDisk::open(location, OpenOptions::default(), settings)
                .await
                .unwrap()
                .settings(None)
                .await
                .unwrap()
        };
        let small = Settings { max_entries: Some(7), ..Settings::limited(5_000).policy("lru") };
        assert_eq!(open(Some(small.clone())).await, small);
        assert_eq!(open(None).await, small);
        let large = Settings::limited(9_000).policy("lfu");
        assert_eq!(open(Some(large.clone())).await, large);
        assert_eq!(open(None).await, large);
        let disk = ObjectStoreDisk::at_path(directory.path(), None).await.unwrap();
        assert_eq!(disk.settings(Some(small.clone())).await.unwrap(), small);
        assert_eq!(open(None).await, small);
    });
}

#[test]
fn settings_that_cannot_be_read_are_told() {
    let (bench, directory) = (bench(), directory());
    let record = directory.path().join("settings.json");
    bench.block_on(async {
        let disk = at(directory.path()).await;
        bench.store(&disk, &bench.key("key"), "value").await;
        fs::write(&record, "{").unwrap();
        assert_eq!(fails(directory.path(), None).await.kind(), ErrorKind::Corrupt);
        // The entry proves that the place is larder's.
        ObjectStoreDisk::at_path(directory.path(), Some(Settings::limited(5_000))).await.unwrap();
        ObjectStoreDisk::at_path(directory.path(), None).await.unwrap();

        let later = r#"{"version":2}"#;
        fs::write(&record, later).unwrap();
        for settings in [None, Some(Settings::limited(5_000))] {
            assert_eq!(fails(directory.path(), settings).await.kind(), ErrorKind::Format);
        }
        assert_eq!(fs::read_to_string(&record).unwrap(), later);
    });
}

#[test]
fn a_location_shows_no_secret() {
    let secret = [("secret_access_key", "hunter2")];
    for url in ["s3://ann:hunter2@bucket", "https://host/?sig=hunter2", "hunter2", "s3://bucket"] {
        let location = Location::Bucket { url: url.to_owned(), options: secret.into_iter().collect() };
        let shown = format!("{location:?} {location:#?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let error =
            pollster::block_on(ObjectStoreDisk::open(location, OpenOptions::default(), None)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
