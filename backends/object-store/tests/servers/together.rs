//! Several disks on one bucket, in threads and in processes: of many who want one thing, one gets it.

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};

use libtest_mimic::Trial;
use pollster::block_on;

use crate::stand::Stand;
use crate::worker::{self, Job, Process, ROUNDS, Worker, name};

/// How many work at once in threads, and as many in processes.
const EACH: usize = 2;

pub(crate) fn trials(stand: &Arc<Stand>) -> Vec<Trial> {
    if !stand.declared().compare {
        return Vec::new();
    }
    let mut trials = Vec::new();
    let mut promise = |name: &str, run: fn(&Stand)| {
        trials.push(stand.trial(&format!("together::{name}"), run));
    };
    promise("one_of_many_adds_stores", one_of_many_adds_stores);
    promise("one_of_many_pops_gets_the_value", one_of_many_pops_gets_the_value);
    promise("every_increment_counts", every_increment_counts);
    trials
}

/// Has threads and processes do a job below `prefix` at the same time; what came of it for each.
fn together(stand: &Stand, prefix: &str, job: Job) -> Vec<Vec<i64>> {
    let worker = |number| Worker { job, number, url: stand.server().url(prefix), options: options(stand) };
    let mut workers = (0..).map(worker);
    let threads: Vec<Worker> = workers.by_ref().take(EACH).collect();
    let mut processes: Vec<Process> = workers.take(EACH).map(|worker| worker.process()).collect();
    let begin = Barrier::new(EACH + 1);
    let mut answers: Vec<Vec<i64>> = std::thread::scope(|scope| {
        let begin = &begin;
        let run = |worker: Worker| scope.spawn(move || worker.run(|| _ = begin.wait()));
        let running: Vec<_> = threads.into_iter().map(run).collect();
        begin.wait();
        processes.iter_mut().for_each(Process::begin);
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    answers.extend(processes.into_iter().map(Process::answers));
    answers
}

fn options(stand: &Stand) -> BTreeMap<String, String> {
    stand.server().options().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The numbers of those whose answer for the `round`th key is 1.
fn winners(answers: &[Vec<i64>], round: usize) -> Vec<usize> {
    (0..answers.len()).filter(|worker| answers[*worker][round] == 1).collect()
}

fn one_of_many_adds_stores(stand: &Stand) {
    let answers = together(stand, "adds", Job::Add);
    let cache = block_on(worker::cache(&stand.server().url("adds"), &options(stand)));
    for round in 0..ROUNDS {
        let winners = winners(&answers, round);
        assert_eq!(winners.len(), 1, "who stored: {answers:?}");
        let stored = block_on(cache.get(&name(round))).unwrap();
        assert_eq!(stored, Some(i64::try_from(winners[0]).unwrap()), "the value of the one that stored");
    }
}

fn one_of_many_pops_gets_the_value(stand: &Stand) {
    let cache = block_on(worker::cache(&stand.server().url("pops"), &options(stand)));
    for round in 0..ROUNDS {
        assert!(block_on(cache.set(&name(round), &7)).unwrap().is_stored());
    }
    let answers = together(stand, "pops", Job::Pop);
    for round in 0..ROUNDS {
        assert_eq!(winners(&answers, round).len(), 1, "who popped: {answers:?}");
        assert_eq!(block_on(cache.get(&name(round))).unwrap(), None, "a popped entry is there");
    }
}

fn every_increment_counts(stand: &Stand) {
    let answers = together(stand, "increments", Job::Increment);
    let mut counted: Vec<i64> = answers.concat();
    counted.sort_unstable();
    let all = i64::try_from(2 * EACH * ROUNDS).unwrap();
    assert_eq!(counted, (1..=all).collect::<Vec<_>>(), "each increment counted to a number of its own");
    let cache = block_on(worker::cache(&stand.server().url("increments"), &options(stand)));
    assert_eq!(block_on(cache.get(&name(0))).unwrap(), Some(all));
}
