//! Whatever lies on a disk is a frame or an error; what is a frame is one exactly.
#![no_main]

use bytes::Bytes;
use larder_core::entry::{Meta, Name};
use larder_core::frame::{self, Frame, Head};
use larder_core::random::Seeded;
use larder_core::time::Time;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    if let Ok(head) = Head::decode(&bytes) {
        assert!(head.length <= bytes.len(), "a head is no longer than what it was read from");
    }
    if let Ok(frame) = Frame::decode(&bytes) {
        assert!(frame.body.len() <= bytes.len(), "a body is no longer than its frame");
        let again = frame::encode(&frame.key, &frame.meta, &frame.body);
        let again = Frame::decode(&again).expect("what was encoded is a frame");
        assert_eq!((again.key, again.body), (frame.key.clone(), frame.body), "and the same one");
    }
    // No input passes the checksums by chance, so a true frame is damaged as the input says.
    if let [place, kind, value, rest @ ..] = input {
        let (key, body) = rest.split_at(rest.len().min(usize::from(*kind)));
        let meta = Meta::new(&Seeded::new(1), Time::EPOCH, Name::Borrowed("raw"), Name::Borrowed("none"));
        let whole = frame::encode(key, &meta, body);
        let sound = Frame::decode(&whole).expect("what was encoded is a frame");
        assert_eq!((&sound.key[..], &sound.body[..]), (key, body), "and the same one");
        let place = usize::from(*place) * 131 % whole.len();
        assert!(Frame::decode(&whole.slice(..place)).is_err(), "a frame that was cut is none");
        let mut damaged = whole.to_vec();
        damaged[place] ^= (*value).max(1);
        assert!(Frame::decode(&damaged.into()).is_err(), "a frame that was changed is none");
    }
});
