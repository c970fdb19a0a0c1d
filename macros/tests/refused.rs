//! What does not compile, and what the compiler says of it: to the letter, since that is all a user sees.
//!
//! After a change of wording: `TRYBUILD=overwrite cargo test -p larder-macros --test refused`, and read what comes out.

#[test]
fn what_does_not_compile_says_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
