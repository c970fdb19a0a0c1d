//! Whatever lies on a disk is a frame or an error; what is a frame is one exactly.
#![no_main]

use bytes::Bytes;
use larder_core::frame::{self, Frame, Head};
use larder_core::key::Key;
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
    // The frame of an input that is a key, with the rest as its body: any flip is found.
    if let Ok(key) = Key::from_bytes(input) {
        assert_eq!(key.as_bytes(), input, "a key has one encoding");
    }
});
