//! Adapters, and the points at which they are called (SPEC 2.3).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use larder_dataflow::adapter::{
    Adapter, AfterGraph, AfterNode, Answer, BeforeGraph, BeforeNode, BuildHooks, BuildResult, ExecuteNode,
    NodeCall, RunHooks, ValidateInput, async_trait,
};
use larder_dataflow::node::Made;
use larder_dataflow::{Driver, ErrorKind, Graph, Node, Value, node, nodes};

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[node]
fn sum(double: i64, #[default(0)] more: i64) -> i64 {
    double + more
}

#[node]
fn fails(double: i64) -> Result<i64, std::num::TryFromIntError> {
    i64::try_from(u64::MAX).map(|max| max + double)
}

/// Where an adapter that records fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Nowhere,
    BeforeAnything,
    ValidateNode,
    ValidateGraph,
    BeforeGraph,
    BeforeNode,
    AfterNode,
    AfterGraph,
}

/// Writes down each point that it is called at.
#[derive(Debug)]
struct Recorder {
    name: &'static str,
    fails: At,
    log: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    fn failing(name: &'static str, fails: At, log: &Arc<Mutex<Vec<String>>>) -> Arc<Self> {
        Arc::new(Self { name, fails, log: Arc::clone(log) })
    }

    fn new(name: &'static str, log: &Arc<Mutex<Vec<String>>>) -> Arc<Self> {
        Self::failing(name, At::Nowhere, log)
    }

    fn note(&self, at: At, what: &str) -> Answer {
        self.log.lock().unwrap().push(format!("{} {at:?}{what}", self.name));
        if self.fails == at { Err(format!("{} failed", self.name).into()) } else { Ok(()) }
    }

    fn refuse(&self, at: At, what: &str) -> Result<(), String> {
        self.note(at, what).map_err(|error| error.to_string())
    }
}

impl Adapter for Recorder {
    fn build_hooks(&self) -> Option<&dyn BuildHooks> {
        Some(self)
    }
    fn run_hooks(&self) -> Option<&dyn RunHooks> {
        Some(self)
    }
}

impl BuildHooks for Recorder {
    fn before_anything(&self) -> Answer {
        self.note(At::BeforeAnything, "")
    }
    fn validate_node(&self, node: &Node) -> Result<(), String> {
        self.refuse(At::ValidateNode, &format!(" {}", node.name()))
    }
    fn validate_graph(&self, graph: &Graph) -> Result<(), String> {
        self.refuse(At::ValidateGraph, &format!(" of {}", graph.nodes().count()))
    }
    fn after_graph_built(&self, _: &Graph) -> Answer {
        self.log.lock().unwrap().push(format!("{} built", self.name));
        Ok(())
    }
}

#[async_trait]
impl RunHooks for Recorder {
    async fn before_graph(&self, run: &BeforeGraph<'_>) -> Answer {
        let nodes: Vec<&str> = run.nodes.iter().map(Node::name).collect();
        let names = |values: &larder_dataflow::Arguments| {
            values.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        let (finals, inputs, overrides) = (run.finals, names(run.inputs), names(run.overrides));
        self.note(At::BeforeGraph, &format!(" {finals:?} {inputs:?} {overrides:?} {nodes:?}"))
    }
    async fn before_node(&self, node: &BeforeNode<'_>) -> Answer {
        let names: Vec<&str> = node.arguments.iter().map(|(name, _)| name).collect();
        self.note(At::BeforeNode, &format!(" {} {names:?}", node.node.name()))
    }
    async fn after_node(&self, node: &AfterNode<'_>) -> Answer {
        self.note(At::AfterNode, &format!(" {} {}", node.node.name(), node.outcome.is_ok()))
    }
    async fn after_graph(&self, run: &AfterGraph<'_>) -> Answer {
        let outcome = match run.outcome {
            Ok(values) => format!("{} values", values.len()),
            Err(error) => format!("{:?}", error.kind()),
        };
        self.note(At::AfterGraph, &format!(" {outcome}"))
    }
}

fn taken(log: &Arc<Mutex<Vec<String>>>) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

#[test]
fn hooks_are_called_at_each_point_in_the_order_of_the_adapters() {
    let log = Arc::default();
    let one = Recorder::new("one", &log);
    let builder = Driver::builder().nodes(nodes![double, sum]).adapter(Arc::clone(&one)).adapter(one);
    let driver = builder.adapter(Recorder::new("two", &log)).build().unwrap();
    assert_eq!(
        taken(&log),
        [
            "one BeforeAnything",
            "two BeforeAnything",
            "one ValidateNode double",
            "two ValidateNode double",
            "one ValidateNode sum",
            "two ValidateNode sum",
            "one ValidateGraph of 2",
            "two ValidateGraph of 2",
            "one built",
            "two built",
        ],
        "an adapter that is given twice is called once"
    );
    driver.execute(["sum"]).input("number", 1_i64).input("idle", 0_i64).wait().unwrap();
    let of_one: Vec<String> = taken(&log).into_iter().filter(|line| line.starts_with("one")).collect();
    assert_eq!(
        of_one,
        [
            r#"one BeforeGraph ["sum"] ["number"] [] ["double", "sum"]"#,
            r#"one BeforeNode double ["number"]"#,
            "one AfterNode double true",
            r#"one BeforeNode sum ["double"]"#,
            "one AfterNode sum true",
            "one AfterGraph 1 values",
        ]
    );
}

#[test]
fn inputs_and_replaced_nodes_pass_through_no_hook_of_nodes() {
    let log = Arc::default();
    let driver =
        Driver::builder().nodes(nodes![double, sum]).adapter(Recorder::new("", &log)).build().unwrap();
    taken(&log);
    driver.execute(["sum", "number"]).input("number", 1_i64).replace("double", 1_i64).wait().unwrap();
    let of_nodes: Vec<String> = taken(&log).into_iter().filter(|line| line.contains("Node")).collect();
    assert_eq!(of_nodes, [r#" BeforeNode sum ["double"]"#, " AfterNode sum true"]);
}

#[test]
fn what_checks_refuse_is_gathered_and_sorted() {
    let log = Arc::default();
    let builder = Driver::builder().nodes(nodes![sum, double]);
    let refuses =
        |at| builder.clone().adapter(Recorder::failing("strict", at, &log)).build().unwrap_err().to_string();
    assert_eq!(
        refuses(At::ValidateNode),
        "Node validation failed! 2 errors encountered:\n  double: strict failed\n  sum: strict failed"
    );
    assert_eq!(refuses(At::ValidateGraph), "Graph validation failed! 1 errors encountered:\n  strict failed");
    let error = builder.adapter(Recorder::failing("strict", At::BeforeAnything, &log)).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Adapter);
}

#[test]
fn hooks_after_are_called_also_when_something_failed() {
    let log = Arc::default();
    let driver =
        Driver::builder().nodes(nodes![double, fails]).adapter(Recorder::new("", &log)).build().unwrap();
    taken(&log);
    driver.execute(["fails"]).input("number", 1_i64).wait().unwrap_err();
    let after: Vec<String> = taken(&log).into_iter().filter(|line| line.contains("After")).collect();
    assert_eq!(after, [" AfterNode double true", " AfterNode fails false", " AfterGraph Node"]);
    // Inputs that are refused: the run has an end, and no beginning.
    driver.execute(["fails"]).wait().unwrap_err();
    assert_eq!(taken(&log), [" AfterGraph Request"]);
}

#[test]
fn a_hook_that_fails_stops_the_run() {
    for at in [At::BeforeGraph, At::BeforeNode, At::AfterNode, At::AfterGraph] {
        let log = Arc::default();
        let adapter = Recorder::failing("hook", at, &log);
        let driver = Driver::builder().nodes(nodes![double]).adapter(adapter).build().unwrap();
        let error = driver.execute(["double"]).input("number", 1_i64).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Adapter, "{at:?}");
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "hook failed");
        let was_after_node = taken(&log).iter().any(|line| line.contains("AfterNode"));
        assert_eq!(was_after_node, matches!(at, At::AfterNode | At::AfterGraph), "{at:?}");
    }
}

#[test]
fn the_error_of_a_node_is_told_before_that_of_a_hook() {
    for at in [At::AfterNode, At::AfterGraph] {
        let log = Arc::default();
        let adapter = Recorder::failing("hook", at, &log);
        let driver = Driver::builder().nodes(nodes![double, fails]).adapter(adapter).build().unwrap();
        let run = driver.execute(["fails"]).input("number", 1_i64).replace("double", 1_i64);
        let error = run.wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Node);
        assert!(error.cause::<std::num::TryFromIntError>().is_some());
        assert_eq!(error.also().map(ToString::to_string).collect::<Vec<_>>(), ["hook failed"]);
    }
}

/// Takes part in the work: adds one to each node, refuses negative inputs, sums the final values.
#[derive(Debug)]
struct Works;

impl Adapter for Works {
    fn execute_node(&self) -> Option<&dyn ExecuteNode> {
        Some(self)
    }
    fn build_result(&self) -> Option<&dyn BuildResult> {
        Some(self)
    }
    fn validate_input(&self) -> Option<&dyn ValidateInput> {
        Some(self)
    }
}

#[async_trait]
impl ExecuteNode for Works {
    async fn execute(&self, call: NodeCall<'_>) -> Made {
        let value = call.run().await?;
        Ok(Value::new(value.get::<i64>().unwrap() + 1))
    }
}

impl BuildResult for Works {
    fn build(&self, finals: &[(&str, &Value)]) -> Made {
        Ok(Value::new(finals.iter().map(|(_, value)| value.get::<i64>().unwrap()).sum::<i64>()))
    }
}

impl ValidateInput for Works {
    fn validate(&self, _: &str, value: &Value) -> Result<(), String> {
        if value.get::<i64>().is_some_and(|number| *number < 0) {
            Err("is negative".to_owned())
        } else {
            Ok(())
        }
    }
}

#[test]
fn an_adapter_can_run_nodes_build_the_result_and_look_at_inputs() {
    let driver = Driver::builder().nodes(nodes![double, sum]).adapter(Arc::new(Works)).build().unwrap();
    let results = driver.execute(["double", "sum"]).input("number", 1_i64).wait().unwrap();
    assert_eq!(results.built::<i64>().unwrap(), &(3 + 4));
    let error = driver.execute(["double"]).input("number", -1_i64).wait().unwrap_err();
    assert_eq!(error.to_string(), "1 errors encountered: \n  Error: number: is negative");
}

#[test]
fn two_adapters_for_what_one_can_do_are_refused() {
    let error = Driver::builder().adapter(Arc::new(Works)).adapter(Arc::new(Works)).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Graph);
    assert!(error.to_string().contains("2 adapters implement `execute_node`"), "{error}");
}

/// Makes a value of another type than the node says.
#[derive(Debug)]
struct Liar;

impl Adapter for Liar {
    fn execute_node(&self) -> Option<&dyn ExecuteNode> {
        Some(self)
    }
}

#[async_trait]
impl ExecuteNode for Liar {
    async fn execute(&self, _: NodeCall<'_>) -> Made {
        Ok(Value::new("text"))
    }
}

#[test]
fn a_value_of_another_type_than_the_node_makes_is_an_error_and_no_panic() {
    let driver = Driver::builder().nodes(nodes![double, sum]).adapter(Arc::new(Liar)).build().unwrap();
    let error = driver.execute(["sum"]).input("number", 1_i64).wait().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "node `double` made a String, and makes i64");
}
