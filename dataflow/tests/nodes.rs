//! What functions become when they are nodes (SPEC 2.1, 2.5).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(non_snake_case, reason = "nodes called A and B are what dataflows are explained with")]

use larder_dataflow::code::Versioned;
use larder_dataflow::node::TagValue;
use larder_dataflow::{Driver, ErrorKind, Module, Node, Value, module, node, nodes};

/// Spends.
///
/// Twice.
#[node(tags(owner = "ann", stage = ["raw", "daily"]), version = 2)]
fn spend(amount: f64, #[default(2.0)] times: f64, #[takes("label")] text: &str) -> f64 {
    assert!(!text.is_empty());
    amount * times
}

#[test]
fn a_node_knows_what_its_function_says() {
    let node = spend::node();
    assert_eq!((node.name(), node.function(), node.module()), ("spend", "spend", "nodes"));
    assert_eq!(node.documentation(), "Spends.\n\nTwice.");
    assert!(node.source().contains("amount * times"), "{}", node.source());
    assert_eq!(node.output().name(), "f64");
    let shown: Vec<String> = node.parameters().iter().map(|parameter| format!("{parameter:?}")).collect();
    assert_eq!(shown, ["amount: f64", "times: f64 = 2.0", "text: String"]);
    assert_eq!(node.parameters()[2].takes().map(|name| &**name), Some("label"));
    assert_eq!(node.tags()["owner"], TagValue::One("ann".into()));
    assert_eq!(node.tags()["stage"], TagValue::Many(vec!["raw".into(), "daily".into()]));
    assert_eq!(node.tags()["module"], TagValue::One("nodes".into()));
}

#[test]
fn the_function_is_still_a_function() {
    assert!((spend(2.0, 3.0, "x") - 6.0).abs() < f64::EPSILON);
}

#[module]
mod flow {
    use super::helper;

    /// The first.
    pub(crate) fn A(external: i64) -> i64 {
        external - 6
    }

    #[node(name = "B")]
    fn halved(A: i64) -> f64 {
        helper(A)
    }

    pub(crate) fn _hidden(number: i64) -> i64 {
        number
    }

    fn private(number: f64) -> f64 {
        number
    }

    pub(crate) fn C(A: i64, B: f64) -> f64 {
        private(B) + f64::from(i32::try_from(A).unwrap())
    }
}

fn helper(number: i64) -> f64 {
    f64::from(i32::try_from(number).unwrap()) / 4.0
}

#[test]
fn the_public_functions_of_a_module_are_nodes_and_those_with_an_underscore_are_not() {
    let names: Vec<String> = flow::module().nodes().iter().map(|node| node.name().to_owned()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    let driver = Driver::builder().nodes(flow::module()).build().unwrap();
    let results = driver.execute(["C"]).input("external", 10_i64).wait().unwrap();
    assert_eq!(results.get::<f64>("C").unwrap().to_bits(), 5.0_f64.to_bits());
}

struct Split {
    train: Vec<i64>,
    test: Vec<i64>,
}

#[node(extract(train: Vec<i64>, test: Vec<i64>))]
fn split(numbers: &[i64]) -> Split {
    let (train, test) = numbers.split_at(numbers.len() / 2);
    Split { train: train.to_vec(), test: test.to_vec() }
}

#[node]
fn sum(train: &[i64], test: &[i64]) -> i64 {
    train.iter().sum::<i64>() - test.iter().sum::<i64>()
}

#[test]
fn the_fields_of_a_result_can_be_nodes_each_with_a_version_of_its_own() {
    let module = nodes![split, sum];
    let versions: Vec<_> = module.nodes().iter().map(Node::version).collect();
    assert!(versions[0] != versions[1] && versions[1] != versions[2]);
    let driver = Driver::builder().nodes(module).build().unwrap();
    let results = driver.execute(["sum", "train"]).input("numbers", vec![1_i64, 2, 3, 4]).wait().unwrap();
    assert_eq!(results.get::<i64>("sum").unwrap(), &-4);
    assert_eq!(results.get::<Vec<i64>>("train").unwrap(), &[1, 2]);
}

#[node]
fn price(euros: f64, rate: f64) -> f64 {
    euros * rate
}

#[test]
fn one_function_gives_several_nodes_whose_bound_values_are_in_their_versions() {
    let dollars = price::node().named("dollars").bind("rate", 2.0).unwrap();
    let yen = price::node().named("yen").bind("rate", 160.0).unwrap();
    let again = price::node().named("other").bind("rate", 2.0).unwrap();
    let chained = price::node().named("chained").bind_to("euros", "dollars").unwrap();
    assert_ne!(dollars.version(), yen.version());
    assert_eq!(dollars.version(), again.version());
    let module = Module::new().and(dollars).and(yen).and(chained);
    let driver = Driver::builder().nodes(module).build().unwrap();
    let run = driver.execute(["yen", "chained"]).input("euros", 3.0).input("rate", 10.0);
    let results = run.wait().unwrap();
    assert_eq!(results.get::<f64>("yen").unwrap().to_bits(), 480.0_f64.to_bits());
    assert_eq!(results.get::<f64>("chained").unwrap().to_bits(), 60.0_f64.to_bits());
}

#[test]
fn what_cannot_be_bound_is_refused_and_named() {
    let absent = price::node().bind("rat", 1.0).unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::Graph);
    assert_eq!(absent.to_string(), "node `price`: no parameter is called `rat`; there are: euros, rate");
    let mistaken = price::node().bind("rate", 1_i64).unwrap_err();
    assert_eq!(mistaken.to_string(), "node `price`: parameter `rate` is a f64 and cannot be bound to a i64");
}

mod versions {
    pub(crate) mod one {
        #[larder_dataflow::node]
        pub(crate) fn total(x: i64, y: i64) -> i64 {
            x + y
        }
    }
    pub(crate) mod laid_out {
        /// Documented.
        #[larder_dataflow::node]
        pub(crate) fn total(
            x: i64, // first
            y: i64,
        ) -> i64 {
            /* the same */
            x + y
        }
    }
    pub(crate) mod code {
        #[larder_dataflow::node]
        pub(crate) fn total(x: i64, y: i64) -> i64 {
            y + x
        }
    }
    pub(crate) mod default {
        #[larder_dataflow::node]
        pub(crate) fn total(x: i64, #[default(1)] y: i64) -> i64 {
            x + y
        }
    }
    pub(crate) mod types {
        #[larder_dataflow::node]
        pub(crate) fn total(x: i64, y: i64) -> i128 {
            i128::from(x + y)
        }
    }
    pub(crate) mod attribute {
        #[larder_dataflow::node]
        #[inline(never)]
        pub(crate) fn total(x: i64, y: i64) -> i64 {
            x + y
        }
    }
}

#[test]
fn layout_comments_and_documentation_are_not_in_a_version_and_all_else_is() {
    use versions::{attribute, code, default, laid_out, one, types};
    let version = one::total::code_version();
    assert_eq!(version, laid_out::total::code_version());
    let others = [
        code::total::code_version(),
        default::total::code_version(),
        types::total::code_version(),
        attribute::total::code_version(),
    ];
    assert!(others.iter().all(|other| *other != version));
}

/// Changing this text is changing what every node that people have cached is called.
#[test]
fn the_version_of_a_function_is_golden() {
    let text = "pub ( crate ) fn total ( x : i64 , y : i64 ) -> i64 { x + y } ";
    let expected = larder_dataflow::code::CodeVersion::of_source(text);
    assert_eq!(versions::one::total::code_version(), expected);
    assert_eq!(expected.to_string(), "e63ddcc81649fedff76e525b113fff9bd97e5b502fa2f0a389635d5ab9a9269e");
}

#[larder::versioned]
fn rounded(number: f64) -> f64 {
    number.round()
}

mod with_helper {
    #[larder_dataflow::node(deps(super::rounded))]
    pub(crate) fn price(euros: f64) -> f64 {
        super::rounded(euros)
    }
    pub(crate) mod without {
        #[larder_dataflow::node]
        pub(crate) fn price(euros: f64) -> f64 {
            super::super::rounded(euros)
        }
    }
}

#[test]
fn a_named_helper_is_in_the_version() {
    assert_ne!(with_helper::price::code_version(), with_helper::without::price::code_version());
}

#[node(include(crate_version, lock_file))]
fn careful() -> i64 {
    1
}

#[test]
fn the_crate_and_the_lock_file_are_in_the_version_where_asked_for() {
    let plain = larder_dataflow::code::CodeVersion::of_source("fn careful ( ) -> i64 { 1 } ");
    assert_ne!(careful::code_version(), plain);
    assert_ne!(careful::code_version(), plain.and("crate", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_value_shows_its_type_and_never_its_content() {
    assert_eq!(format!("{:?}", Value::new(String::from("secret"))), "Value<String>");
}

#[node]
fn word() -> &'static str {
    "Hello"
}

#[node]
fn greeting(word: &str, name: &str, #[default([1, 2])] marks: &[i64]) -> String {
    format!("{word}, {name}{}", "!".repeat(marks.len()))
}

#[test]
fn texts_and_slices_are_given_and_taken_as_they_are_written() {
    let driver = Driver::builder().nodes(nodes![word, greeting]).build().unwrap();
    let results = driver.execute(["greeting"]).input("name", "Ann").wait().unwrap();
    assert_eq!(results.get::<String>("greeting").unwrap(), "Hello, Ann!!");
    let salut = driver.execute(["greeting"]).input("name", "Ann".to_owned()).replace("word", "Salut");
    assert_eq!(salut.wait().unwrap().get::<String>("greeting").unwrap(), "Salut, Ann!!");
}
