//! Pictures of dataflows (DRV-21, EVT-12): whole, escaped, and the same each time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use larder_dataflow::code::CodeVersion;
use larder_dataflow::node::{Body, Parameter};
use larder_dataflow::view::State;
use larder_dataflow::{Arguments, Driver, Module, Node, Value, View, kind, node, nodes};
use proptest::prelude::*;

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[node]
fn sum(double: i64, number: i64) -> i64 {
    double + number
}

fn example() -> View {
    let driver = Driver::builder().nodes(nodes![double, sum]).build().unwrap();
    let plan = driver.execute(["sum"]).input("number", 1_i64).plan().unwrap();
    View::of_plan(driver.graph(), &plan).state("double", State::FromCache).state("sum", State::Executed)
}

#[test]
fn a_picture_says_what_was_given_found_executed_and_asked_for() {
    let mermaid = example().to_mermaid();
    assert!(mermaid.starts_with("flowchart TD\n"));
    assert!(mermaid.contains(r#"n0["<b>double</b><br/>i64 · from cache"]:::cached"#), "{mermaid}");
    assert!(mermaid.contains(r#"n1(["<b>number</b><br/>i64 · input"]):::input"#));
    assert!(
        mermaid.contains("n1 --> n0\n") && mermaid.contains("n1 --> n2\n") && mermaid.contains("n0 --> n2\n")
    );
    assert!(mermaid.contains("n2 --> f2((final))"));
    let dot = example().to_dot();
    assert!(dot.contains(
        r##"n0 [label="double\ni64 · from cache", fillcolor="#e9f7ec", color="#1f8a3b", penwidth=4];"##
    ));
    assert!(dot.contains("n1 -> n2;") && dot.ends_with("}\n"));
    assert!(example().to_html().contains("1 executed, 1 from the cache, 0 failed"));
}

#[test]
fn an_override_is_an_override_and_what_only_it_needs_is_not_there() {
    let driver = Driver::builder().nodes(nodes![double, sum]).build().unwrap();
    let plan = driver.execute(["sum"]).input("number", 1_i64).replace("double", 1_i64).plan().unwrap();
    let view = View::of_plan(driver.graph(), &plan);
    let roles: Vec<String> =
        view.shapes().iter().map(|shape| format!("{} {:?}", shape.name, shape.role)).collect();
    assert_eq!(roles, ["double Override", "number Input", "sum Node"]);
    assert_eq!(view.edges().count(), 2);
}

/// The picture of nodes of these names, each of which takes some of those before it.
fn picture(names: &[String], takes: &[(usize, usize)]) -> View {
    let body = |_: &Arguments| Ok(Value::new(1_i64));
    let mut module = Module::new();
    for (at, name) in names.iter().enumerate() {
        let node = Node::new("made", kind!(i64), CodeVersion::of_source(""), Body::Plain(Arc::new(body)));
        let mut node = node.named(name.as_str());
        let mut taken: Vec<usize> = takes
            .iter()
            .filter(|(to, _)| to % names.len() == at && at > 0)
            .map(|(_, from)| from % at)
            .collect();
        taken.sort_unstable();
        taken.dedup();
        for (place, from) in taken.into_iter().enumerate() {
            let parameter = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"][place % 8];
            if place < 8 {
                node = node.parameter(Parameter::new(parameter, kind!(i64)));
                node = node.bind_to(parameter, names[from].as_str()).unwrap();
            }
        }
        module = module.and(node);
    }
    let driver = Driver::builder().nodes(module).build().unwrap();
    let plan = driver.execute(names.iter().map(String::as_str)).plan().unwrap();
    View::of_plan(driver.graph(), &plan)
}

fn names() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        "[a-z_]{1,12}",
        "\\PC{1,12}",
        Just("\"]; drop --> \\\" <b>&amp;</b> `x` #35;\n\u{0}\u{7f}]]>-->".to_owned()),
        "[a-z]{50,80}",
    ];
    prop::collection::btree_set(name, 1..12).prop_map(|names| names.into_iter().collect())
}

proptest! {
    #[test]
    fn names_of_any_characters_are_drawn_whole(names in names(), takes in prop::collection::vec((0..12_usize, 0..12_usize), 0..20)) {
        let view = picture(&names, &takes);
        let edges = view.edges().count();

        let svg = view.to_svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let titles: Vec<&str> = document.descendants().filter(|node| node.has_tag_name("title")).filter_map(|node| node.text()).collect();
        let shown = |name: &String| format!("{}: i64", name.replace(|sign: char| sign.is_control(), " "));
        prop_assert_eq!(titles, view.shapes().iter().map(|shape| shown(&shape.name)).collect::<Vec<_>>());
        let drawn = document.descendants().filter(|node| node.attribute("class") == Some("edge")).count();
        prop_assert_eq!(drawn, edges);
        boxes_are_apart(&document)?;

        // Nothing of a name ends the label that it is in.
        let mermaid = view.to_mermaid();
        let boxes = mermaid.lines().filter(|line| line.contains(":::")).count();
        prop_assert_eq!(boxes, names.len());
        for line in mermaid.lines().filter(|line| line.contains(":::")) {
            prop_assert_eq!(line.matches('"').count(), 2, "{}", line);
        }
        let dot = view.to_dot();
        prop_assert_eq!(dot.lines().filter(|line| line.contains("label=")).count(), names.len());
        prop_assert_eq!(dot.lines().filter(|line| line.contains(" -> ") && !line.contains("label=")).count(), edges);
        prop_assert_eq!(view.to_html(), picture(&names, &takes).to_html(), "the same each time");
    }
}

/// Boxes lie inside of the picture, and none over another.
fn boxes_are_apart(document: &roxmltree::Document<'_>) -> Result<(), TestCaseError> {
    let number = |node: &roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let (width, height) =
        (number(&document.root_element(), "width"), number(&document.root_element(), "height"));
    let boxes = document.descendants().filter(|node| node.attribute("class") == Some("box"));
    let boxes: Vec<[f64; 4]> =
        boxes.map(|node| ["x", "y", "width", "height"].map(|name| number(&node, name))).collect();
    for (at, [x, y, w, h]) in boxes.iter().enumerate() {
        prop_assert!(*x >= 0.0 && *y >= 0.0 && x + w <= width && y + h <= height);
        for [x2, y2, w2, h2] in &boxes[at + 1..] {
            prop_assert!(x + w <= *x2 || x2 + w2 <= *x || y + h <= *y2 || y2 + h2 <= *y);
        }
    }
    Ok(())
}
