//! A program on a leash ends with its owner.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};

use larder_servers::Leash;

/// Tells the test that it is the owner that is killed.
const OWNER: &str = "LARDER_TEST_OWNER";

/// Says that it runs, starts a program of its own, and would say after a while that it was not killed.
const PROGRAM: &str = "(sleep 20; echo the child lives) & echo runs; sleep 20; echo the program lives";

fn run(output: &File) -> Leash {
    Leash::run(Path::new("sh"), ["-c", PROGRAM], Path::new("/"), output).unwrap()
}

/// Reads lines until the program says that it runs; what follows until all are gone that could say something.
fn rest(said: impl Read, before_the_rest: impl FnOnce()) -> String {
    let mut said = BufReader::new(said);
    let mut line = String::new();
    while !line.ends_with("runs\n") {
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "{line}");
    }
    before_the_rest();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn a_program_dies_with_an_owner_that_is_killed() {
    if std::env::var_os(OWNER).is_some() {
        let output = File::from(std::io::stdout().as_fd().try_clone_to_owned().unwrap());
        let _leash = run(&output);
        loop {
            std::thread::park();
        }
    }
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_program_dies_with_an_owner_that_is_killed", "--nocapture"])
        .env(OWNER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = owner.stdout.take().unwrap();
    // The rest ends when the last is gone that has the other end.
    assert_eq!(rest(said, || owner.kill().unwrap()), "");
    owner.wait().unwrap();
}

#[test]
fn a_program_dies_with_its_leash() {
    let (said, says) = std::io::pipe().unwrap();
    let output = File::from(std::os::fd::OwnedFd::from(says));
    let leash = run(&output);
    drop(output);
    assert_eq!(rest(said, || drop(leash)), "");
}

#[test]
fn a_program_that_ends_by_itself_is_noticed() {
    let output = tempfile::tempfile().unwrap();
    let mut leash = Leash::run(Path::new("true"), [""; 0], Path::new("/"), &output).unwrap();
    while !leash.has_ended() {
        std::thread::yield_now();
    }
    let mut leash = Leash::run(Path::new("/nowhere/no-such"), [""; 0], Path::new("/"), &output).unwrap();
    while !leash.has_ended() {
        std::thread::yield_now();
    }
}
