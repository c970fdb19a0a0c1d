//! Runs that stop before their end: a node fails, or nobody waits for them any more (SPEC 2.2, DRV-13 and DRV-15).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use futures_util::FutureExt;
use larder_dataflow::caching::CachingAdapter;
use larder_dataflow::code::CodeVersion;
use larder_dataflow::node::{Body, Parameter};
use larder_dataflow::{Arguments, CacheHook, Driver, Execution, Node, Value, kind, node, nodes};
use tracing::Level;

#[expect(dead_code, reason = "some of it is for the hook alone")]
#[path = "hook/told.rs"]
mod told;

const TARGET: &str = "larder::dataflow::driver";

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

#[node]
fn login(name: &str, #[secret] password: &str, long: &str) -> Result<u8, Refused> {
    if format!("{name}{password}") == long { Ok(1) } else { Err(Refused) }
}

#[node]
fn page(login: u8) -> u8 {
    login
}

#[test]
fn a_failing_node_is_told_once_with_its_function_and_its_inputs_cut_and_no_secrets() {
    let driver = Driver::builder().nodes(nodes![page].and(login::node().named("login"))).build().unwrap();
    let run = driver
        .execute(["page"])
        .input("name", "Ann".to_owned())
        .input("password", "sesame".to_owned())
        .input("long", "ü".repeat(60));
    let (outcome, lines) = told::told(TARGET, Level::TRACE, || run.wait());
    assert!(outcome.is_err());
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (level, line) = &lines[0];
    assert_eq!(*level, Level::ERROR);
    assert!(line.starts_with("node failed"), "{line}");
    for part in ["node=\"login\"", "function=\"login\"", "error=refused", "password=***"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!line.contains("sesame"), "{line}");
    // The quote is one of the 50 characters.
    let cut = format!("{}...", "ü".repeat(49));
    assert!(line.contains(&cut) && !line.contains(&"ü".repeat(50)), "{line}");
}

/// A node of this many texts that always fails.
fn failing(names: &[&'static str]) -> Node {
    let body = |_: &Arguments| Err::<Value, _>(Refused.into());
    let node =
        Node::new("failing", kind!(u8), CodeVersion::of_source("failing"), Body::Plain(Arc::new(body)));
    names.iter().fold(node, |node, name| node.parameter(Parameter::new(name, kind!(String))))
}

#[test]
fn all_inputs_of_a_failing_node_are_cut_to_a_thousand_characters() {
    const NAMES: [&str; 30] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
        "u", "v", "w", "x", "y", "z", "aa", "bb", "cc", "dd",
    ];
    let driver = Driver::builder().nodes(failing(&NAMES)).build().unwrap();
    let run = NAMES.iter().fold(driver.execute(["failing"]), |run, name| run.input(*name, "x".repeat(60)));
    let (_, lines) = told::told(TARGET, Level::TRACE, || run.wait());
    let line = &lines[0].1;
    let inputs = line.split("inputs=").nth(1).unwrap().replace("\\\"", "\"");
    let inputs = inputs.split("\" error=").next().unwrap().trim_start_matches('"');
    assert_eq!(inputs.chars().count(), 1003, "{inputs}");
    assert!(inputs.ends_with("..."), "{inputs}");
}

static WRITTEN: AtomicUsize = AtomicUsize::new(0);

/// What is long when it is shown, and counts how much of it is.
struct Long(u8);

impl fmt::Debug for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..100_000 {
            f.write_str("0123456789")?;
            WRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[node]
fn measure(long: &Long) -> Result<u8, Refused> {
    if long.0 == 1 { Ok(1) } else { Err(Refused) }
}

#[test]
fn of_a_long_input_no_more_is_written_than_is_shown() {
    let driver = Driver::builder().nodes(nodes![measure]).build().unwrap();
    let (_, lines) =
        told::told(TARGET, Level::TRACE, || driver.execute(["measure"]).input("long", Long(0)).wait());
    assert!(lines[0].1.contains(&format!("long={}...", "0123456789".repeat(5))), "{lines:?}");
    assert!(WRITTEN.load(Ordering::Relaxed) <= 5, "{WRITTEN:?}");
}

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[test]
fn an_override_of_an_input_takes_its_place() {
    let driver = Driver::builder().nodes(nodes![double]).build().unwrap();
    let value = |run: Execution<'_>| *run.wait().unwrap().get::<i64>("double").unwrap();
    assert_eq!(value(driver.execute(["double"]).input("number", 1_i64).replace("number", 5_i64)), 10);
    assert_eq!(value(driver.execute(["double"]).replace("number", 5_i64)), 10, "it is not required then");
    let error = driver.execute(["double"]).replace("number", 0.5).wait().unwrap_err();
    assert!(error.to_string().contains("Expected number:i64 got number:f64"), "{error}");
    let configured = Driver::builder().nodes(nodes![double]).configure("number", 1_i64).build().unwrap();
    assert_eq!(value(configured.execute(["double"]).replace("number", 5_i64)), 10);
    let results = driver.execute(["number"]).replace("number", 5_i64).wait().unwrap();
    assert_eq!(results.get::<i64>("number").unwrap(), &5);
}

/// A node that waits for ever where `waits` says so.
fn patient(waits: &Arc<AtomicBool>) -> Node {
    let waits = Arc::clone(waits);
    let body = move |arguments: Arguments| {
        let waits = waits.load(Ordering::Relaxed);
        let number = *arguments.get::<i64>("double").unwrap();
        async move {
            if waits {
                std::future::pending::<()>().await;
            }
            Ok(Value::new(number + 1))
        }
        .boxed()
    };
    let version = CodeVersion::of_source("patient");
    Node::new("patient", kind!(i64), version, Body::Async(Arc::new(body)))
        .parameter(Parameter::new("double", kind!(i64)))
}

fn store() -> larder::Store {
    pollster::block_on(larder::open("memory:?size_limit=64MiB")).unwrap()
}

fn begin_and_drop(driver: &Driver) {
    let mut run = Box::pin(async { driver.execute(["patient"]).input("number", 4_i64).await });
    assert!(run.as_mut().now_or_never().is_none(), "it waits");
}

#[test]
fn a_run_that_is_dropped_midway_leaves_cache_and_driver_usable() {
    let (store, waits) = (store(), Arc::new(AtomicBool::new(true)));
    let hook = Arc::new(CacheHook::new(&store).unwrap());
    let core = CachingAdapter::builder().store(&store).build().unwrap();
    let builder = Driver::builder().nodes(nodes![double].and(patient(&waits)));
    for driver in [builder.clone().adapter(hook), builder.with_cache(core)] {
        waits.store(true, Ordering::Relaxed);
        let driver = driver.build().unwrap();
        begin_and_drop(&driver);
        waits.store(false, Ordering::Relaxed);
        for _ in 0..2 {
            let results = driver.execute(["patient"]).input("number", 4_i64).wait().unwrap();
            assert_eq!(results.get::<i64>("patient").unwrap(), &9);
        }
    }
}

#[test]
fn runs_that_were_dropped_are_not_remembered_beyond_the_number_that_is_kept() {
    let waits = Arc::new(AtomicBool::new(true));
    let core = CachingAdapter::builder().store(&store()).keep_runs(2).build().unwrap();
    let driver =
        Driver::builder().nodes(nodes![double].and(patient(&waits))).with_cache(core).build().unwrap();
    for _ in 0..5 {
        begin_and_drop(&driver);
    }
    waits.store(false, Ordering::Relaxed);
    driver.execute(["patient"]).input("number", 4_i64).wait().unwrap();
    assert!(driver.cache().unwrap().run_ids().len() <= 2, "{:?}", driver.cache().unwrap().run_ids());
}

/// A node that holds up its thread until it is told to go on.
fn blocked(begun: Sender<()>, go_on: Receiver<()>) -> Node {
    let go_on = std::sync::Mutex::new(go_on);
    let body = move |_: &Arguments| {
        begun.send(()).unwrap();
        // Whoever is dropped lets it go on as well.
        let _told = go_on.lock().unwrap().recv();
        Ok(Value::new(1_i64))
    };
    let version = CodeVersion::of_source("blocked");
    Node::new("blocked", kind!(i64), version, Body::Plain(Arc::new(body)))
}

#[test]
fn a_run_of_several_nodes_at_once_can_be_dropped_while_a_function_holds_up_its_thread() {
    let ((began, begun), (go_on, told)) = (channel(), channel());
    let hook = Arc::new(CacheHook::new(&store()).unwrap());
    let builder = Driver::builder().nodes(nodes![double].and(blocked(began, told))).adapter(hook);
    let driver = builder.at_once(NonZero::new(2).unwrap()).build().unwrap();
    let mut run = Box::pin(async { driver.execute(["blocked"]).await });
    assert!(run.as_mut().now_or_never().is_none(), "it is held up");
    begun.recv().unwrap();
    drop(run);
    drop(go_on);
    let results = driver.execute(["blocked", "double"]).input("number", 4_i64).wait().unwrap();
    assert_eq!(results.get::<i64>("blocked").unwrap(), &1);
    assert_eq!(results.get::<i64>("double").unwrap(), &8);
}
