//! Dataflows to draw.

use larder_dataflow::view::{State, View};
use larder_dataflow::{Driver, Module, node, nodes};

/// The mean of all.
#[node]
pub(crate) fn mean(spend: &[f64]) -> f64 {
    spend.iter().sum::<f64>() / 3.0
}

#[node]
pub(crate) fn centred(spend: &[f64], mean: f64, #[default(1.0)] scale: f64) -> Vec<f64> {
    spend.iter().map(|spend| (spend - mean) * scale).collect()
}

#[node]
pub(crate) fn weights(unused: i64) -> Vec<f64> {
    vec![f64::from(u8::try_from(unused).unwrap()); 3]
}

#[node]
pub(crate) fn score(centred: &[f64], weights: &[f64], rate: f64) -> f64 {
    centred.iter().zip(weights).map(|(one, other)| one * other).sum::<f64>() * rate
}

#[node]
pub(crate) fn report(score: f64, mean: f64) -> String {
    format!("{score} {mean}")
}

/// A driver in which every role occurs: `rate` is configured.
pub(crate) fn driver() -> Driver {
    let nodes = nodes![mean, centred, weights, score, report];
    Driver::builder().nodes(nodes).configure("rate", 2.0_f64).build().unwrap()
}

/// A run in which every role and every state occurs.
pub(crate) fn view() -> View {
    let driver = driver();
    let run =
        driver.execute(["report", "mean"]).input("spend", vec![1.0_f64]).replace("weights", vec![1.0_f64]);
    View::of_plan(driver.graph(), &run.plan().unwrap())
        .state("mean", State::FromCache)
        .state("centred", State::Executed)
        .state("score", State::Failed)
}

#[node]
pub(crate) fn link(before: i64) -> i64 {
    before
}

#[node]
pub(crate) fn join(one: i64, other: i64) -> i64 {
    one + other
}

/// A chain of nodes with these names, the first of which is an input's; the last takes the first too.
pub(crate) fn chain(names: &[String]) -> View {
    let between = names.windows(2).map(|pair| {
        let is_last = pair[1] == names[names.len() - 1];
        if is_last && names.len() > 2 {
            let join = join::node().named(&*pair[1]).bind_to("one", &*pair[0]).unwrap();
            return join.bind_to("other", &*names[0]).unwrap();
        }
        link::node().named(&*pair[1]).bind_to("before", &*pair[0]).unwrap()
    });
    let driver = Driver::builder().nodes(between.collect::<Module>()).build().unwrap();
    let run = driver.execute([names[names.len() - 1].clone()]).input(&*names[0], 1_i64);
    View::of_plan(driver.graph(), &run.plan().unwrap())
}
