//! Scripts for the completion of shells.

use crate::stand::Stand;

#[test]
fn every_shell_has_a_script_that_knows_the_commands() {
    let stand = Stand::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stand.run(&["completions", shell]).ends(0);
        for word in ["larder", "conformance", "--compression"] {
            let known = script.text().contains(word) || script.text().contains(word.trim_start_matches('-'));
            assert!(known, "{shell}: no `{word}`");
        }
        assert_eq!(script.err, "");
    }
    stand.run(&["completions", "bsh"]).refused(2, &["bash"]);
    stand.run(&["completions"]).refused(2, &["<SHELL>"]);
}

#[test]
fn a_script_is_one_that_its_shell_reads() {
    let stand = Stand::new();
    let script = stand.run(&["completions", "bash"]).ends(0);
    let read = std::process::Command::new("bash").args(["-n", "-c", script.text()]).output();
    // Not every system has it.
    let Ok(read) = read else { return };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}
