//! Graphs: what they refuse, and what they answer (SPEC 2.1).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use larder_dataflow::{Driver, Error, ErrorKind, Module, Node, node, nodes};

#[node]
fn count(numbers: &[i64]) -> i64 {
    i64::try_from(numbers.len()).unwrap()
}

#[node]
fn total(numbers: &[i64]) -> i64 {
    numbers.iter().sum()
}

#[node(tags(kind = "summary"))]
fn mean(total: i64, count: i64, #[default(0)] shift: i64) -> i64 {
    total / count + shift
}

#[node]
fn source() -> i64 {
    3
}

fn refused(module: Module) -> Error {
    let error = Driver::builder().nodes(module).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Graph);
    error
}

#[test]
fn what_no_node_makes_is_an_input_of_the_type_that_is_asked_for() {
    let driver = Driver::builder().nodes(nodes![count, total, mean, source]).build().unwrap();
    let inputs: Vec<_> = driver.graph().inputs().map(|input| (&*input.name, input.is_required)).collect();
    assert_eq!(inputs, [("numbers", true), ("shift", false)]);
    let takers = &driver.graph().input("numbers").unwrap().takers;
    assert_eq!(takers.iter().map(|name| &**name).collect::<Vec<_>>(), ["count", "total"]);
}

#[test]
fn two_types_for_one_input_are_refused_with_both_nodes_and_types() {
    #[node]
    fn text(numbers: &str) -> usize {
        numbers.len()
    }
    let error = refused(nodes![count, text]);
    assert_eq!(error.to_string(), "input `numbers` is Vec<i64> for node `count` and String for node `text`");
}

#[test]
fn a_type_that_does_not_fit_along_an_edge_is_refused_with_both_ends() {
    #[node]
    fn half(total: f64) -> f64 {
        total / 2.0
    }
    let error = refused(nodes![total, half]);
    assert_eq!(error.to_string(), "node `half` takes `total` as f64, but `total` makes i64");
}

#[test]
fn a_name_defined_twice_is_refused_unless_later_ones_win() {
    let twice = nodes![source].and(total::node().named("source"));
    let error = refused(twice.clone());
    assert!(error.to_string().starts_with("node `source` is defined twice in `graph`"), "{error}");
    let driver = Driver::builder().nodes(twice).later_nodes_win().build().unwrap();
    assert_eq!(driver.graph().node("source").unwrap().function(), "total");
    // A copy of a builder carries that, too.
    let builder = Driver::builder().later_nodes_win().nodes(nodes![source]);
    assert!(builder.clone().nodes(nodes![source]).build().is_ok());
}

#[test]
fn a_circle_is_refused_with_the_nodes_on_it() {
    #[node]
    fn egg(hen: i64) -> i64 {
        hen
    }
    #[node]
    fn chick(egg: i64) -> i64 {
        egg
    }
    #[node]
    fn hen(source: i64, chick: i64) -> i64 {
        source + chick
    }
    #[node]
    fn narcissus(narcissus: i64) -> i64 {
        narcissus
    }
    let error = refused(nodes![source, egg, chick, hen]);
    assert_eq!(error.to_string(), "nodes need each other in a circle: chick takes egg takes hen takes chick");
    let error = refused(nodes![narcissus]);
    assert_eq!(error.to_string(), "nodes need each other in a circle: narcissus takes narcissus");
}

#[test]
fn a_configured_value_takes_the_place_of_a_node_and_must_have_its_type() {
    let builder = Driver::builder().nodes(nodes![count, total, mean]);
    let driver = builder.clone().configure("total", 100_i64).configure("total", 50_i64).build().unwrap();
    assert!(driver.graph().node("total").is_err());
    let results = driver.execute(["mean"]).input("numbers", vec![1_i64, 2]).wait().unwrap();
    assert_eq!(results.get::<i64>("mean").unwrap(), &25, "the later value wins");
    let error = builder.configure("total", "text").build().unwrap_err();
    assert_eq!(error.to_string(), "the configured value of `total` is String and must be i64");
}

#[test]
fn the_graph_tells_what_is_needed_by_and_needs_what() {
    let driver = Driver::builder().nodes(nodes![count, total, mean, source]).build().unwrap();
    let graph = driver.graph();
    assert_eq!(graph.upstream_of(["mean"]).unwrap(), ["count", "mean", "numbers", "shift", "total"]);
    assert_eq!(graph.downstream_of(["numbers"]).unwrap(), ["count", "mean", "numbers", "total"]);
    assert_eq!(graph.between("numbers", "mean").unwrap(), ["count", "mean", "numbers", "total"]);
    assert_eq!(graph.between("source", "mean").unwrap(), [""; 0]);
    assert_eq!(graph.needs("source").count(), 0, "a node without parameters is a source");
    let summaries = graph.nodes().filter(|node| node.tags().contains_key("kind"));
    assert_eq!(summaries.map(Node::name).collect::<Vec<_>>(), ["mean"]);
    let variables: Vec<_> =
        graph.variables().into_iter().map(|(name, kind)| (name, kind.name().into_owned())).collect();
    assert_eq!(variables[0], ("count", "i64".to_owned()));
    assert_eq!(variables.len(), 6);
    assert_eq!(graph.node("totl").unwrap_err().to_string(), "there is no node `totl`: did you mean `total`?");
    assert!(graph.upstream_of(["nothing"]).is_err());
}

#[test]
fn the_version_of_a_graph_hangs_on_its_nodes_and_not_on_their_order() {
    let version = |module| Driver::builder().nodes(module).build().unwrap().graph().version();
    assert_eq!(version(nodes![count, total]), version(nodes![total, count]));
    assert_ne!(version(nodes![count, total]), version(nodes![count]));
    let mut lines = [count::node().version().to_string(), "numbers".to_owned()];
    lines.sort();
    let expected = larder_dataflow::code::CodeVersion::of_source(&lines.join("\n"));
    assert_eq!(version(nodes![count]), expected);
}
