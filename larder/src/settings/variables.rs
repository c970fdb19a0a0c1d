//! Settings in the environment: `LARDER_CACHE_LIFE`, `LARDER_TIER_SIZE_LIMIT`, `LARDER_TIER_OPTIONS_REGION`.
//!
//! A variable that begins so and is none is an error, for a mistyped one would be silence. The price is a list of
//! others that begin the same way: those that clusters set for a service called `larder`, and those of larder's own
//! tests.

use std::ffi::OsString;

use super::node::At;
use super::source::Fault;
use super::words::{self, Address, Word};

/// What the names of all variables begin with.
pub(super) const PREFIX: &str = "LARDER_";

/// Variables of others that begin with the prefix: what Kubernetes and Docker set for a service called `larder`, and
/// what larder's own tests ask for.
fn is_of_others(name: &str) -> bool {
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    let of_a_service = ["SERVICE_HOST", "SERVICE_PORT", "PORT"]
        .iter()
        .any(|ends| name == *ends || name.strip_suffix(ends).is_some_and(|before| before.ends_with('_')));
    of_a_service
        || ["SERVICE_PORT_", "PORT_"]
            .iter()
            .any(|part| name.starts_with(part) || name.contains(&format!("_{part}")))
        || name.starts_with("TEST_")
        || ["CONFIG", "TRACES", "KILLED_WRITER"].contains(&name)
}

/// The settings that `variables` say; those without the prefix are somebody else's.
pub(super) fn words(variables: &[(OsString, OsString)]) -> Result<Vec<Word>, Fault> {
    let mut words = Vec::new();
    for (name, value) in variables {
        // A name that is no Unicode is none of ours.
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && !is_of_others(name)) else {
            continue;
        };
        let at = At::Variable(super::values::shown_name(name).to_owned());
        let address = Address::parse(&name[PREFIX.len()..].to_lowercase(), '_').map_err(|stray| {
            let known: Vec<String> =
                Address::names('_').iter().map(|name| format!("{PREFIX}{}", name.to_uppercase())).collect();
            words::stray("variable", name, &stray, &known).at(At::Nowhere)
        })?;
        // A variable that is empty counts as one that is not set, as everywhere on Unix.
        if value.is_empty() {
            continue;
        }
        let Some(text) = value.to_str() else {
            return Err(Fault::new(address.to_string(), "the value is no Unicode").at(at));
        };
        words.push(Word { address, text: text.to_owned(), at });
    }
    words::twice(&words)?;
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(name: &str) -> String {
        match words(&[(name.into(), "secret".into())]) {
            Ok(_) => panic!("{name} was taken"),
            Err(fault) => fault.into_error().to_string(),
        }
    }

    #[test]
    fn every_setting_has_a_variable() {
        for name in Address::names('_') {
            let name = format!("{PREFIX}{}", name.to_uppercase());
            assert_eq!(words(&[(name.into(), "x".into())]).unwrap().len(), 1);
        }
        let numbered = words(&[("LARDER_TIER_0_SIZE_LIMIT".into(), "x".into())]).unwrap();
        assert_eq!(numbered[0].address, Address::Tier("size_limit".into()));
    }

    #[test]
    fn a_mistyped_variable_is_told_with_the_near_miss_and_without_its_value() {
        for (name, near) in [
            ("LARDER_CACHE_LIVE", "LARDER_CACHE_LIFE"),
            ("LARDER_TIER_SIZELIMIT", "LARDER_TIER_SIZE_LIMIT"),
            ("LARDER_TEIR_URL", "LARDER_TIER_URL"),
        ] {
            let message = complaint(name);
            assert!(
                message.contains(&format!("unknown variable `{name}`, did you mean `{near}`?")),
                "{message}"
            );
            assert!(!message.contains("secret"), "{message}");
        }
        assert!(complaint("LARDER_TIER_1_URL").contains("exactly one tier"));
        assert!(complaint("LARDER_").contains("unknown variable"));
    }

    #[test]
    fn an_empty_variable_counts_as_not_set_and_a_mistyped_one_is_still_told() {
        for name in ["LARDER_CACHE_LIFE", "LARDER_TIER_URL", "LARDER_TIER_OPTIONS_REGION"] {
            assert!(words(&[(name.into(), "".into())]).unwrap().is_empty(), "{name}");
        }
        assert!(words(&[("LARDER_CACHE_LIVE".into(), "".into())]).is_err());
    }

    #[test]
    fn variables_of_others_are_left_alone() {
        for name in [
            "HOME",
            "LARDERS",
            "LARDER_SERVICE_HOST",
            "LARDER_PORT",
            "LARDER_CACHE_SERVICE_PORT_HTTP",
            "LARDER_CACHE_PORT_80_TCP_ADDR",
            "LARDER_TEST_BUCKET",
        ] {
            assert!(words(&[(name.into(), "x".into())]).unwrap().is_empty(), "{name}");
        }
    }

    #[test]
    fn two_variables_of_one_setting_are_refused() {
        let variables = ["LARDER_TIER_URL", "LARDER_TIER_0_URL"].map(|name| (name.into(), "memory:".into()));
        assert_eq!(words(&variables).err().unwrap().message, "the setting is there twice");
    }
}
