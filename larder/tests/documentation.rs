//! The examples in the documentation are settings.

use larder::{Settings, Sources};

const REFERENCE: &str = include_str!("../../docs/configuration.md");

/// The blocks of `language` in `text`.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let blocks = text.split(opening.as_str()).skip(1);
    blocks.map(|block| block.split_once("```").expect("a block ends").0).collect()
}

#[test]
fn every_example_of_settings_reads() {
    for language in ["toml", "json"] {
        let blocks = blocks(REFERENCE, language);
        assert!(!blocks.is_empty(), "no example in {language}");
        for example in blocks {
            let settings = Settings::parse(example).unwrap_or_else(|error| panic!("{example}\n{error}"));
            assert_eq!(settings.tiers.len(), 1);
        }
    }
}

#[test]
fn every_example_of_a_url_reads() {
    let urls: Vec<&str> = blocks(REFERENCE, "url").into_iter().flat_map(str::lines).collect();
    assert!(urls.len() >= 3);
    for url in urls {
        Sources::at(url).settings().unwrap_or_else(|error| panic!("{url}\n{error}"));
    }
}

#[test]
fn every_example_of_a_variable_reads() {
    let variables = blocks(REFERENCE, "env").into_iter().flat_map(str::lines);
    let variables: Vec<(&str, &str)> = variables.filter_map(|line| line.split_once('=')).collect();
    assert!(variables.len() >= 5);
    Sources::default().environment(variables).settings().unwrap();
}

/// The names that an error lists as known.
fn known(error: &larder::Error) -> Vec<String> {
    let message = error.to_string();
    let (_, known) = message.rsplit_once("known: ").expect("unknown names come with the known ones");
    known.split(", ").map(str::to_owned).collect()
}

/// Whoever adds a setting, a serializer or a policy adds it to the reference.
#[test]
fn every_known_name_is_in_the_reference() {
    let mut names: Vec<String> = larder::Format::ALL.iter().map(|format| format.name().to_owned()).collect();
    names.extend(larder::eviction::Policies::default().names().into_iter().map(str::to_owned));
    for wrong in ["[x]", "[cache]\nx = 1", "[[tier]]\nobject_store = { x = 1 }", "[[tier]]\nx = 1"] {
        names.extend(known(&Settings::parse(wrong).unwrap_err()));
    }
    for name in names {
        assert!(REFERENCE.contains(&format!("`{name}`")), "`{name}` is not in docs/configuration.md");
    }
    let variables = known(&Sources::default().environment([("LARDER_X", "")]).settings().unwrap_err());
    assert!(variables.len() > 12, "{variables:?}");
    for name in variables {
        let name = name.trim_end_matches("NAME");
        assert!(REFERENCE.contains(name), "{name} is not in docs/configuration.md");
    }
}
