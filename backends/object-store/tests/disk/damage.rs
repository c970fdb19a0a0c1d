//! Entries whose bytes were cut, changed or exchanged.

use std::fs;

use larder_core::ErrorKind;
use larder_core::disk::{Access, Disk};

use crate::bench::{bench, directory, file_of};

fn is_fault(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Corrupt | ErrorKind::Format)
}

#[test]
fn an_entry_cut_anywhere_is_corrupt_and_can_be_replaced() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let key = bench.key("key");
        bench.store(&disk, &key, "some value").await;
        let file = file_of(directory.path(), &key);
        let whole = fs::read(&file).unwrap();
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            let error = disk.get(&key, Access::Peek).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {length}: {error:?}");
            if let Err(error) = disk.peek(&key).await {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {length}: {error:?}");
            }
        }
        bench.store(&disk, &key, "another").await;
        assert_eq!(bench.body(&disk, &key).await.unwrap(), "another");
        bench.balanced(&disk).await;
    });
}

#[test]
fn an_entry_with_any_byte_changed_is_never_handed_out() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let key = bench.key("key");
        bench.store(&disk, &key, "some value").await;
        let file = file_of(directory.path(), &key);
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                fs::write(&file, &bytes).unwrap();
                let error = disk.get(&key, Access::Peek).await.unwrap_err();
                assert!(is_fault(error.kind()), "byte {at}: {error:?}");
            }
        }
    });
}

#[test]
fn a_damaged_entry_is_counted_and_not_listed() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let (whole, cut) = (bench.key("whole"), bench.key("cut"));
        let disk = crate::bench::at(directory.path()).await;
        bench.store(&disk, &whole, "value").await;
        bench.store(&disk, &cut, "value").await;
        for damage in [&b""[..], b"no frame", &[0; 5_000]] {
            fs::write(file_of(directory.path(), &cut), damage).unwrap();
            let again = crate::bench::at(directory.path()).await;
            assert_eq!(bench.keys(&again).await, std::slice::from_ref(&whole));
            assert_eq!(again.usage().await.unwrap().entries, 2);
            bench.balanced(&again).await;
        }
    });
}

#[test]
fn a_file_longer_than_any_entry_is_corrupt_and_not_counted() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let key = bench.key("key");
        bench.store(&disk, &key, "value").await;
        let file = fs::File::options().write(true).open(file_of(directory.path(), &key)).unwrap();
        file.set_len((1 << 40) + 1).unwrap();
        assert_eq!(disk.get(&key, Access::Peek).await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(disk.peek(&key).await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(bench.volume(&crate::bench::at(directory.path()).await).await, 0);
    });
}

#[test]
fn an_entry_in_the_place_of_another_is_a_miss_and_is_overwritten() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let (one, two) = (bench.key("one"), bench.key("two"));
        bench.store(&disk, &one, "first").await;
        bench.store(&disk, &two, "second").await;
        fs::copy(file_of(directory.path(), &one), file_of(directory.path(), &two)).unwrap();
        assert_eq!(bench.body(&disk, &two).await, None);
        assert!(disk.peek(&two).await.unwrap().is_none());
        bench.store(&disk, &two, "second").await;
        assert_eq!(bench.body(&disk, &two).await.unwrap(), "second");
        assert_eq!(bench.body(&disk, &one).await.unwrap(), "first");
    });
}
