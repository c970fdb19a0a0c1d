//! The list of checks is complete, and each check says what it promises.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use larder_conformance::CHECKS;

/// The checks in the sources, by path, with the lines that their documentation cites.
fn documented() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let mut found = BTreeMap::new();
    for area in folders(&root) {
        for file in fs::read_dir(&area).unwrap().map(|entry| entry.unwrap().path()) {
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            let prefix = format!("{}::{}", name(&area), name(&file));
            let mut cited = Vec::new();
            for line in fs::read_to_string(&file).unwrap().lines() {
                if let Some(lines) = line.strip_prefix("/// [").and_then(|line| line.strip_suffix(']')) {
                    cited = lines.split(", ").map(str::to_owned).collect();
                } else if let Some(rest) = line.strip_prefix("pub async fn ") {
                    let (check, _) = rest.split_once('(').unwrap();
                    found.insert(format!("{prefix}::{check}"), std::mem::take(&mut cited));
                }
            }
        }
    }
    found
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

#[test]
fn every_check_is_in_the_list_with_the_lines_that_it_cites() {
    let listed: BTreeMap<String, Vec<String>> = CHECKS
        .iter()
        .map(|check| (check.path(), check.lines.split(' ').map(str::to_owned).collect()))
        .collect();
    assert_eq!(documented(), listed);
}
