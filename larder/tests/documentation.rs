//! The examples in the documentation are settings.

use larder::Settings;

#[test]
fn every_example_of_settings_reads() {
    let text = include_str!("../../docs/configuration.md");
    let blocks: Vec<&str> = text.split("```toml\n").skip(1).collect();
    assert!(blocks.len() >= 3, "{} examples", blocks.len());
    for block in blocks {
        let (example, _) = block.split_once("```").expect("a block ends");
        let settings = Settings::parse(example).unwrap_or_else(|error| panic!("{example}\n{error}"));
        assert!(settings.tiers.len() == 1);
    }
}

/// Whoever adds a setting, a serializer or a policy adds it to the reference.
#[test]
fn every_known_name_is_in_the_reference() {
    let text = include_str!("../../docs/configuration.md");
    let mut names: Vec<String> = larder::Format::ALL.iter().map(|format| format.name().to_owned()).collect();
    names.extend(larder::eviction::Policies::default().names().into_iter().map(str::to_owned));
    for wrong in ["[x]", "[cache]\nx = 1", "[[tier]]\nobject_store = { x = 1 }", "[[tier]]\nx = 1"] {
        let message = Settings::parse(wrong).unwrap_err().to_string();
        let (_, known) = message.rsplit_once("known: ").expect("unknown names come with the known ones");
        names.extend(known.split(", ").map(str::to_owned));
    }
    for name in names {
        assert!(text.contains(&format!("`{name}`")), "`{name}` is not in docs/configuration.md");
    }
}
