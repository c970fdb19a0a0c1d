//! Runs: what they are given, what they do, and in which order (SPEC 2.2).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use larder_dataflow::node::{Body, Parameter};
use larder_dataflow::{
    Arguments, Driver, Error, ErrorKind, Node, Value, code::CodeVersion, kind, node, nodes,
};

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[node]
fn sum(double: i64, number: i64, #[default(0)] more: i64) -> i64 {
    double + number + more
}

#[node]
fn apart(other: i64) -> i64 {
    other
}

fn driver() -> Driver {
    Driver::builder().nodes(nodes![double, sum, apart]).build().unwrap()
}

fn request(error: &Error) -> String {
    assert_eq!(error.kind(), ErrorKind::Request);
    error.to_string()
}

#[test]
fn values_come_in_the_order_asked_for_and_each_once() {
    let node = sum::node();
    let finals: Vec<larder_dataflow::Final> =
        vec!["number".into(), (&node).into(), double::NAME.into(), "sum".into()];
    let results = driver().execute(finals).input("number", 1_i64).wait().unwrap();
    assert_eq!(results.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["number", "sum", "double"]);
    assert_eq!(results.get::<i64>("sum").unwrap(), &3);
    assert_eq!(results.get::<String>("sum").unwrap_err().kind(), ErrorKind::Value);
    assert_eq!(results.get::<i64>("more").unwrap_err().to_string(), "there is no value of `more`");
}

#[test]
fn all_unknown_names_are_told_at_once() {
    let error = driver().execute(["a", "sum", "b", "a"]).input("number", 1_i64).wait().unwrap_err();
    assert_eq!(request(&error), "Unknown nodes [a,\nb] requested. Check for typos?");
}

#[test]
fn all_missing_and_mistaken_inputs_are_told_at_once_and_nothing_runs() {
    let error = driver().execute(["sum", "apart"]).input("more", "text").wait().unwrap_err();
    assert_eq!(
        request(&error),
        "3 errors encountered: \n  \
         Error: Required input number not provided for nodes: [double, sum].\n  \
         Error: Required input other not provided for nodes: [apart].\n  \
         Error: Type requirement mismatch. Expected more:i64 got more:String instead."
    );
    assert_eq!(driver().execute(["sum"]).plan().unwrap_err().kind(), ErrorKind::Request);
}

#[test]
fn an_input_that_nothing_needs_is_ignored() {
    let results = driver().execute(["double"]).input("number", 1_i64).input("unheard", "of").wait().unwrap();
    assert_eq!(results.get::<i64>("double").unwrap(), &2);
}

#[test]
fn a_name_that_is_configured_and_given_is_refused() {
    let driver = Driver::builder().nodes(nodes![double]).configure("number", 1_i64).build().unwrap();
    let error = driver.execute(["double"]).input("number", 2_i64).wait().unwrap_err();
    assert_eq!(request(&error), "`number` is configured and given as an input too: leave one");
}

#[test]
fn an_optional_parameter_has_its_default_where_nothing_is_given_and_a_node_where_there_is_one() {
    let results = driver().execute(["sum"]).input("number", 1_i64).input("more", 10_i64).wait().unwrap();
    assert_eq!(results.get::<i64>("sum").unwrap(), &13);
    let more = apart::node().named("more").bind("other", 100_i64).unwrap();
    let with_node = Driver::builder().nodes(nodes![double, sum].and(more)).build().unwrap();
    let results = with_node.execute(["sum"]).input("number", 1_i64).wait().unwrap();
    assert_eq!(results.get::<i64>("sum").unwrap(), &103);
}

#[test]
fn a_replaced_node_does_not_run_nor_what_only_it_needs() {
    let driver = driver();
    let run =
        driver.execute(["sum", "double"]).replace("double", 5_i64).input("number", 1_i64).replace("x", 1_i64);
    assert_eq!(run.plan().unwrap().nodes().len(), 1);
    let results = run.wait().unwrap();
    assert_eq!(results.get::<i64>("sum").unwrap(), &6);
    let alone = driver.execute(["double"]).replace("double", 5_i64).wait().unwrap();
    assert_eq!(alone.get::<i64>("double").unwrap(), &5, "the input of a replaced node is not required");
    let error = driver.execute(["sum"]).input("number", 1_i64).replace("double", 0.5).wait().unwrap_err();
    assert!(request(&error).contains("Expected double:i64 got double:f64"), "{error}");
}

/// A node that tells `log` when it runs.
fn telling(log: &Arc<Mutex<Vec<String>>>, name: &'static str, takes: &[&'static str]) -> Node {
    let log = Arc::clone(log);
    let body = move |_: &Arguments| {
        log.lock().unwrap().push(name.to_owned());
        Ok(Value::new(1_i64))
    };
    let node = Node::new(name, kind!(i64), CodeVersion::of_source(name), Body::Plain(Arc::new(body)));
    takes.iter().fold(node, |node, takes| node.parameter(Parameter::new(takes, kind!(i64))))
}

#[test]
fn nodes_run_depth_first_in_the_order_of_parameters_and_only_those_that_are_needed() {
    let log = Arc::default();
    let nodes = [
        telling(&log, "a", &[]),
        telling(&log, "b", &["a"]),
        telling(&log, "c", &[]),
        telling(&log, "d", &["c", "b"]),
        telling(&log, "e", &["b"]),
        telling(&log, "idle", &["e"]),
    ];
    let driver =
        Driver::builder().nodes(nodes.into_iter().collect::<larder_dataflow::Module>()).build().unwrap();
    driver.execute(["e", "d"]).wait().unwrap();
    assert_eq!(*log.lock().unwrap(), ["a", "b", "e", "c", "d"]);
}

#[derive(Debug, PartialEq)]
struct Broken(u8);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broken {}", self.0)
    }
}

impl std::error::Error for Broken {}

static AFTER: AtomicUsize = AtomicUsize::new(0);

#[node]
fn breaks(number: u8) -> Result<u8, Broken> {
    Err(Broken(number))
}

#[node]
fn after(breaks: u8) -> u8 {
    AFTER.fetch_add(1, Ordering::Relaxed);
    breaks
}

#[test]
fn an_error_of_a_node_stops_the_run_and_comes_to_the_caller_as_it_is() {
    let driver = Driver::builder().nodes(nodes![breaks, after]).build().unwrap();
    let error = driver.execute(["after"]).input("number", 7_u8).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Node);
    assert_eq!(error.to_string(), "node `breaks` failed");
    assert_eq!(error.cause::<Broken>(), Some(&Broken(7)));
    assert_eq!(AFTER.load(Ordering::Relaxed), 0);
}

#[test]
fn every_run_has_a_name_of_its_own() {
    let driver = driver();
    let run = || driver.execute(["double"]).input("number", 1_i64).wait().unwrap().run_id().clone();
    let (one, other) = (run(), run());
    assert_ne!(one, other);
    assert_eq!(one.as_str().len(), 36);
    assert_eq!(one.as_str().as_bytes()[14], b'4', "a random UUID: {one}");
}

/// Two nodes that each wait for the other to run: only at once do they end.
#[test]
fn nodes_that_do_not_need_each_other_run_at_once_where_asked_for() {
    let barrier = Arc::new(Barrier::new(2));
    let meeting = |name: &'static str| {
        let barrier = Arc::clone(&barrier);
        let body = move |_: &Arguments| {
            barrier.wait();
            Ok(Value::new(name.to_owned()))
        };
        Node::new(name, kind!(String), CodeVersion::of_source(name), Body::Plain(Arc::new(body)))
    };
    let module = larder_dataflow::Module::new().and(meeting("left")).and(meeting("right"));
    let driver = Driver::builder().nodes(module).at_once(NonZero::new(2).unwrap()).build().unwrap();
    let results = driver.execute(["right", "left"]).wait().unwrap();
    assert_eq!(results.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["right", "left"]);
}

/// Of several nodes that fail at once, the first by the order of the plan is told, whichever failed first.
#[test]
fn which_error_is_told_does_not_hang_on_which_thread_was_quicker() {
    let (slow, quick) = std::sync::mpsc::channel::<()>();
    let (slow, quick) = (Mutex::new(Some(slow)), Mutex::new(quick));
    let first = move |_: &Arguments| {
        // Fails only after the second has.
        let _ = quick.lock().unwrap().recv();
        Err(Broken(1).into())
    };
    let second = move |_: &Arguments| {
        drop(slow.lock().unwrap().take());
        Err(Broken(2).into())
    };
    let failing =
        |name: &'static str, body: Body| Node::new(name, kind!(u8), CodeVersion::of_source(name), body);
    let module = larder_dataflow::Module::new()
        .and(failing("first", Body::Plain(Arc::new(first))))
        .and(failing("second", Body::Plain(Arc::new(second))));
    let driver = Driver::builder().nodes(module).at_once(NonZero::new(2).unwrap()).build().unwrap();
    let error = driver.execute(["first", "second"]).wait().unwrap_err();
    assert_eq!(error.cause::<Broken>(), Some(&Broken(1)));
}

/// A node that comes before the one that failed is run, though it waits for another: alone it would have run, and failed first.
#[test]
fn an_error_is_that_of_a_run_of_one_node_at_a_time() {
    let failing = |name: &'static str, takes: Option<&'static str>, error: u8| {
        let body =
            move |_: &Arguments| if error == 0 { Ok(Value::new(0_u8)) } else { Err(Broken(error).into()) };
        let node = Node::new(name, kind!(u8), CodeVersion::of_source(name), Body::Plain(Arc::new(body)));
        takes.into_iter().fold(node, |node, takes| node.parameter(Parameter::new(takes, kind!(u8))))
    };
    let nodes = [failing("base", None, 0), failing("early", Some("base"), 1), failing("late", None, 2)];
    let module: larder_dataflow::Module = nodes.into_iter().collect();
    for at_once in 1..4 {
        let builder = Driver::builder().nodes(module.clone()).at_once(NonZero::new(at_once).unwrap());
        let error = builder.build().unwrap().execute(["early", "late"]).wait().unwrap_err();
        assert_eq!(error.cause::<Broken>(), Some(&Broken(1)), "{at_once} at once");
    }
}

#[test]
fn a_driver_runs_from_several_threads() {
    let driver = driver();
    std::thread::scope(|scope| {
        for number in 0..8_i64 {
            let driver = &driver;
            scope.spawn(move || {
                let results = driver.execute(["sum"]).input("number", number).wait().unwrap();
                assert_eq!(results.get::<i64>("sum").unwrap(), &(3 * number));
            });
        }
    });
}

/// A value that counts how many of it there are.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn values_that_are_not_needed_any_more_are_let_go_of_during_the_run() {
    let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let link = |name: &'static str, takes: Option<&'static str>| {
        let (alive, most) = (Arc::clone(&alive), Arc::clone(&most));
        let body = move |_: &Arguments| {
            most.fetch_max(alive.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            Ok(Value::new(Counted(Arc::clone(&alive))))
        };
        let node = Node::new(name, kind!(Counted), CodeVersion::of_source(name), Body::Plain(Arc::new(body)));
        takes.into_iter().fold(node, |node, takes| node.parameter(Parameter::new(takes, kind!(Counted))))
    };
    let names = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"];
    let nodes =
        names.iter().enumerate().map(|(at, name)| link(name, at.checked_sub(1).map(|before| names[before])));
    let driver = Driver::builder().nodes(nodes.collect::<larder_dataflow::Module>()).build().unwrap();
    let results = driver.execute(["n7"]).wait().unwrap();
    assert_eq!(most.load(Ordering::Relaxed), 2, "a link and the one that it is made of");
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    drop(results);
}

#[test]
fn a_chain_of_a_hundred_thousand_nodes_needs_no_stack() {
    let links = (0..100_000_u32).map(|at| {
        let node = double::node().named(format!("link{at}"));
        if at == 0 { node } else { node.bind_to("number", format!("link{}", at - 1)).unwrap() }
    });
    let driver = Driver::builder().nodes(links.collect::<larder_dataflow::Module>()).build().unwrap();
    let results = driver.execute(["link99999"]).input("number", 0_i64).wait().unwrap();
    assert_eq!(results.get::<i64>("link99999").unwrap(), &0);
}
