//! Refusals say what is wrong and which serializers hold the value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::harness::codecs;
use larder_core::codec::Format;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Maybe {
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<u8>,
    b: u8,
}

#[test]
fn a_refusal_names_the_reason_and_the_serializers_that_hold_the_value() {
    let error = codecs(Format::Postcard).encode(&Maybe { a: None, b: 1 }).expect_err("a skipped field");
    let message = error.to_string();
    assert!(message.contains("a field is skipped"), "{message}");
    assert!(message.ends_with("serializers that hold it: json, messagepack"), "{message}");

    let error = codecs(Format::Postcard).encode(&Value::Null).expect_err("a JSON value");
    let message = error.to_string();
    assert!(message.contains("asks the format for the kind of a value"), "{message}");
    assert!(message.ends_with("serializers that hold it: json, messagepack"), "{message}");

    let error = codecs(Format::Json).encode(&f64::NAN).expect_err("NaN");
    let message = error.to_string();
    assert!(
        message.contains("a float is not finite; serializers that hold it: messagepack, postcard"),
        "{message}"
    );
}
