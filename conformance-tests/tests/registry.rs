//! The list of checks is complete, and each check says what it promises.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use larder_conformance::CHECKS;

/// The checks in the sources, by path, with the lines that their documentation cites.
fn documented() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let mut found = BTreeMap::new();
    for area in inside(&root).into_iter().filter(|path| path.is_dir()) {
        for file in inside(&area) {
            let prefix = format!("{}::{}", name(&area), name(&file));
            let mut cited = Vec::new();
            for line in fs::read_to_string(&file).expect("a source file is read").lines() {
                if let Some(lines) = line.strip_prefix("/// [").and_then(|line| line.strip_suffix(']')) {
                    cited = lines.split(", ").map(str::to_owned).collect();
                } else if let Some((check, _)) =
                    line.strip_prefix("pub async fn ").and_then(|rest| rest.split_once('('))
                {
                    found.insert(format!("{prefix}::{check}"), std::mem::take(&mut cited));
                }
            }
        }
    }
    found
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources is read");
    entries.map(|entry| entry.expect("an entry of a folder is read").path()).collect()
}

fn name(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[test]
fn every_check_is_in_the_list_with_the_lines_that_it_cites() {
    let listed: BTreeMap<String, Vec<String>> = CHECKS
        .iter()
        .map(|check| (check.path(), check.lines.split(' ').map(str::to_owned).collect()))
        .collect();
    assert_eq!(documented(), listed);
}
