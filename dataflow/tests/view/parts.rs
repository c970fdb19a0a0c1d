//! What is in a view.

use larder_dataflow::view::{Role, State, View};

use crate::flow::{chain, driver, view};

#[test]
fn every_role_and_state_is_told() {
    let view = view();
    let told: Vec<(&str, Role, State, bool)> =
        view.shapes().iter().map(|shape| (&*shape.name, shape.role, shape.state, shape.is_final)).collect();
    assert_eq!(
        told,
        [
            ("rate", Role::Configured, State::NotRun, false),
            ("spend", Role::Input, State::NotRun, false),
            ("weights", Role::Override, State::NotRun, false),
            ("mean", Role::Node, State::FromCache, true),
            ("centred", Role::Node, State::Executed, false),
            ("score", Role::Node, State::Failed, false),
            ("report", Role::Node, State::NotRun, true),
        ]
    );
}

#[test]
fn edges_follow_parameters_and_leave_out_what_was_not_given() {
    let view = view();
    let edges: Vec<(&str, &str)> = view.edges().map(|(from, to)| (&*from.name, &*to.name)).collect();
    assert_eq!(
        edges,
        [
            ("spend", "mean"),
            ("spend", "centred"),
            ("mean", "centred"),
            ("centred", "score"),
            ("weights", "score"),
            ("rate", "score"),
            ("score", "report"),
            ("mean", "report"),
        ]
    );
}

#[test]
fn types_versions_and_documentation_are_there_for_tooltips() {
    let view = view();
    let mean = view.shapes().iter().find(|shape| shape.name == "mean").unwrap();
    assert_eq!((&*mean.kind, &*mean.documentation), ("f64", "The mean of all."));
    assert_eq!(mean.version, driver().graph().node("mean").unwrap().version().to_string());
    let spend = view.shapes().iter().find(|shape| shape.name == "spend").unwrap();
    assert_eq!((&*spend.kind, &*spend.version), ("Vec<f64>", ""));
}

#[test]
fn an_override_that_nothing_takes_is_not_drawn() {
    let driver = driver();
    let run = driver.execute(["mean"]).input("spend", vec![1.0_f64]).replace("score", 1.0_f64);
    let view = View::of_plan(driver.graph(), &run.plan().unwrap());
    assert_eq!(view.shapes().iter().map(|shape| &*shape.name).collect::<Vec<_>>(), ["spend", "mean"]);
}

#[test]
fn an_override_of_an_input_is_drawn_in_its_place() {
    let driver = driver();
    let run = driver.execute(["mean"]).replace("spend", vec![1.0_f64]);
    let view = View::of_plan(driver.graph(), &run.plan().unwrap());
    let told: Vec<(&str, Role)> = view.shapes().iter().map(|shape| (&*shape.name, shape.role)).collect();
    assert_eq!(told, [("spend", Role::Override), ("mean", Role::Node)]);
    assert_eq!(view.edges().count(), 1);
}

#[test]
fn what_is_given_has_no_state() {
    let view = view();
    assert_eq!(view.clone().state("spend", State::Executed).state("nobody", State::Failed), view);
}

#[test]
fn a_node_that_takes_one_thing_twice_has_one_edge() {
    let view = chain(&["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    assert_eq!(view.edges().count(), 3);
    let twice = crate::flow::join::node().bind_to("one", "a").unwrap().bind_to("other", "a").unwrap();
    let driver = larder_dataflow::Driver::builder().nodes(twice).build().unwrap();
    let plan = driver.execute(["join"]).input("a", 1_i64).plan().unwrap();
    assert_eq!(View::of_plan(driver.graph(), &plan).edges().count(), 1);
}

#[test]
fn the_same_view_draws_the_same() {
    let (one, other) = (view(), view());
    assert_eq!(one.to_svg(), other.to_svg());
    assert_eq!(one.to_html(), other.to_html());
    assert_eq!(one.to_dot(), other.to_dot());
    assert_eq!(one.to_mermaid(), other.to_mermaid());
}
