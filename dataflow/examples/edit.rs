//! A function is edited between runs, as in a notebook: what reran, and what did not need to.
//!
//! Example: `cargo run -p larder-dataflow --example edit`

#![expect(clippy::print_stdout, reason = "an example prints")]

use larder_dataflow::caching::CachingAdapter;
use larder_dataflow::{Driver, Module, node, nodes};

#[node]
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

#[node]
fn longest(kept: &[String]) -> String {
    kept.iter().max_by_key(|word| word.len()).cloned().unwrap_or_default()
}

/// What is edited.
mod first {
    #[larder_dataflow::node]
    pub(crate) fn kept(words: &[String]) -> Vec<String> {
        words.iter().filter(|word| word.len() > 2).cloned().collect()
    }
}

/// Written otherwise, and the same comes out.
mod tidied {
    #[larder_dataflow::node]
    pub(crate) fn kept(words: &[String]) -> Vec<String> {
        let mut kept = words.to_vec();
        kept.retain(|word| word.len() >= 3);
        kept
    }
}

/// Something else comes out.
mod stricter {
    #[larder_dataflow::node]
    pub(crate) fn kept(words: &[String]) -> Vec<String> {
        words.iter().filter(|word| word.len() > 2 && word.len() < 6).cloned().collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let place = format!("file://{}?size_limit=64MiB", directory.path().join("cache").display());
    let store = pollster::block_on(larder::open(place))?;
    let edits: [(&str, Module); 4] = [
        ("first run", nodes![words, first::kept, longest]),
        ("nothing changed", nodes![words, first::kept, longest]),
        (
            "`kept` tidied: it reran and made the same, so `longest` did not",
            nodes![words, tidied::kept, longest],
        ),
        ("`kept` made stricter: `longest` reran too", nodes![words, stricter::kept, longest]),
    ];
    for (edit, nodes) in edits {
        let cache = CachingAdapter::builder().store(&store).build()?;
        let driver = Driver::builder().nodes(nodes).with_cache(cache).build()?;
        let run =
            driver.execute(["longest"]).input("text", "A cache may forget an entry and never lie".to_owned());
        let results = run.wait()?;
        println!("{edit}\n  longest = {}", results.get::<String>("longest")?);
        let view = driver.cache()?.view_run(None)?;
        for shape in view.shapes() {
            println!(
                "  {:<8} {}",
                shape.name,
                if shape.version.is_empty() { "input".into() } else { shape.state.to_string() }
            );
        }
        // A picture for each run: open it in a browser.
        if let Some(folder) = std::env::args_os().nth(1) {
            let file = std::path::Path::new(&folder).join(format!("{}.html", results.run_id()));
            std::fs::write(&file, view.to_html())?;
            println!("  drawn in {}", file.display());
        }
        println!();
    }
    Ok(())
}
