//! Random dataflows, whose code, inputs and overrides change from run to run.

use std::sync::Arc;

use larder_dataflow::code::CodeVersion;
use larder_dataflow::node::{Body, Parameter};
use larder_dataflow::{Arguments, Builder, Module, Node, Results, Value, kind};
use proptest::prelude::*;

/// What a node does with its arguments: enough kinds that some differ in code and agree in value.
#[derive(Clone, Copy, Debug)]
enum Code {
    Sum,
    SumBackwards,
    Product,
    Greatest,
    Constant(i64),
    FailsBelow(i64),
}

impl Code {
    fn run(self, values: &[i64]) -> Result<i64, String> {
        match self {
            Self::Sum => Ok(values.iter().fold(0, |sum, value| sum.wrapping_add(*value))),
            Self::SumBackwards => Ok(values.iter().rev().fold(0, |sum, value| sum.wrapping_add(*value))),
            Self::Product => Ok(values.iter().fold(1, |product, value| product.wrapping_mul(*value))),
            Self::Greatest => Ok(values.iter().copied().max().unwrap_or_default()),
            Self::Constant(value) => Ok(value),
            Self::FailsBelow(least) => match values.iter().copied().min() {
                Some(value) if value < least => Err(format!("{value} is below {least}")),
                _ => Ok(least),
            },
        }
    }
}

fn code() -> impl Strategy<Value = Code> {
    prop_oneof![
        Just(Code::Sum),
        Just(Code::SumBackwards),
        Just(Code::Product),
        Just(Code::Greatest),
        (0..3_i64).prop_map(Code::Constant),
        (-2..3_i64).prop_map(Code::FailsBelow),
    ]
}

pub(crate) const NAMES: [&str; 8] = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"];
const INPUTS: [&str; 3] = ["i0", "i1", "i2"];

/// What a node takes: earlier nodes and inputs, the latter possibly optional.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    takes: Vec<(usize, bool)>,
}

/// One run: the code of each node, the inputs, the values in the place of nodes, and what is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    codes: Vec<Code>,
    inputs: Vec<i64>,
    given: Vec<bool>,
    overrides: Vec<(usize, i64)>,
    finals: Vec<usize>,
    at_once: usize,
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let shape = |at: usize| {
        let taken = (0..INPUTS.len() + at, any::<bool>());
        prop::collection::vec(taken, 0..4).prop_map(|takes| Shape { takes })
    };
    (1..=NAMES.len()).prop_flat_map(move |count| (0..count).map(shape).collect::<Vec<_>>())
}

fn run(nodes: usize) -> impl Strategy<Value = Run> {
    let codes = prop::collection::vec(code(), nodes);
    let inputs = prop::collection::vec(-2..3_i64, INPUTS.len());
    let given = prop::collection::vec(prop::bool::weighted(0.8), INPUTS.len());
    let overrides = prop::collection::vec((0..nodes, -2..3_i64), 0..2);
    let finals = prop::collection::vec(0..nodes, 1..4);
    (codes, inputs, given, overrides, finals, 1..4_usize).prop_map(
        |(codes, inputs, given, overrides, finals, at_once)| Run {
            codes,
            inputs,
            given,
            overrides,
            finals,
            at_once,
        },
    )
}

pub(crate) fn flow() -> impl Strategy<Value = (Vec<Shape>, Vec<Run>)> {
    shapes().prop_flat_map(|shapes| {
        let runs = prop::collection::vec(run(shapes.len()), 1..8);
        (Just(shapes), runs)
    })
}

fn node(at: usize, shape: &Shape, code: Code) -> Node {
    let mut parameters: Vec<(&'static str, bool)> = Vec::new();
    for (taken, is_optional) in &shape.takes {
        let name = if *taken < INPUTS.len() { INPUTS[*taken] } else { NAMES[*taken - INPUTS.len()] };
        if !parameters.iter().any(|(other, _)| *other == name) {
            parameters.push((name, *is_optional && *taken < INPUTS.len()));
        }
    }
    let names: Vec<&'static str> = parameters.iter().map(|(name, _)| *name).collect();
    let body = move |arguments: &Arguments| {
        // As the macro does: what is not given has its default.
        let value = |name: &&str| arguments.value(name).map_or(0, |value| *value.get::<i64>().unwrap());
        let values: Vec<i64> = names.iter().map(value).collect();
        code.run(&values).map(Value::new).map_err(Into::into)
    };
    let version = CodeVersion::of_source(&format!("{code:?}"));
    let node = Node::new(NAMES[at], kind!(i64), version, Body::Plain(Arc::new(body)));
    parameters.into_iter().fold(node, |node, (name, is_optional)| {
        let parameter = Parameter::new(name, kind!(i64));
        node.parameter(if is_optional { parameter.optional("0", || Value::new(0_i64)) } else { parameter })
    })
}

pub(crate) fn outcome(builder: &Builder, shapes: &[Shape], run: &Run) -> Result<Vec<i64>, String> {
    let nodes = shapes.iter().zip(&run.codes).enumerate().map(|(at, (shape, code))| node(at, shape, *code));
    let builder = builder.clone().nodes(nodes.collect::<Module>()).at_once(run.at_once.try_into().unwrap());
    let driver = builder.build().unwrap();
    let mut execution = driver.execute(run.finals.iter().map(|at| NAMES[*at]));
    for ((name, value), is_given) in INPUTS.iter().zip(&run.inputs).zip(&run.given) {
        if *is_given {
            execution = execution.input(*name, *value);
        }
    }
    for (at, value) in &run.overrides {
        execution = execution.replace(NAMES[*at], *value);
    }
    let of = |results: Results| results.iter().map(|(_, value)| *value.get::<i64>().unwrap()).collect();
    execution.wait().map(of).map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {source:?}")
    })
}
