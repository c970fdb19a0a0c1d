//! The page of a run, as a browser shows it.
//!
//! A Chromium without a window opens the page; a script that the test adds measures what is drawn and writes it down where the test
//! reads it. Without a browser the test is ignored, and says how to get one; with `LARDER_TEST_REQUIRE_BROWSER` in the environment that is a failure. A
//! program without the usual harness, because that cannot ignore what it finds missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use larder_dataflow::caching::{Behavior, CachingAdapter};
use larder_dataflow::{Driver, View, module};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;

#[module]
mod flow {
    pub(crate) fn prices(file: &str, #[default(1)] page: i64) -> Vec<f64> {
        vec![file.len() as f64, page as f64]
    }
    pub(crate) fn a_name_that_is_longer_than_any_box_would_like_to_be_and_goes_on(prices: &[f64]) -> f64 {
        prices.iter().sum()
    }
    pub(crate) fn mean(prices: &[f64]) -> f64 {
        prices.iter().sum::<f64>() / prices.len() as f64
    }
    pub(crate) fn exchange(rate: f64, mean: f64) -> f64 {
        rate * mean
    }
    pub(crate) fn centred(prices: &[f64], mean: f64) -> Vec<f64> {
        prices.iter().map(|price| price - mean).collect()
    }
    pub(crate) fn deviation(centred: &[f64]) -> f64 {
        centred.iter().map(|price| price * price).sum::<f64>().sqrt()
    }
    pub(crate) fn report(
        deviation: f64,
        exchange: f64,
        a_name_that_is_longer_than_any_box_would_like_to_be_and_goes_on: f64,
    ) -> String {
        format!("{deviation} {exchange} {a_name_that_is_longer_than_any_box_would_like_to_be_and_goes_on}")
    }
}

/// The picture of a second run, in which one node was recomputed and one value was given.
fn view() -> View {
    let store = pollster::block_on(larder::open("memory:?size_limit=1MiB")).unwrap();
    let cache = CachingAdapter::builder().store(&store).behavior(Behavior::Recompute, ["centred"]);
    let driver = Driver::builder().nodes(flow::module()).with_cache(cache.build().unwrap()).build().unwrap();
    for _ in 0..2 {
        let run =
            driver.execute(["report", "deviation"]).input("file", "prices.csv").replace("exchange", 1.5);
        run.wait().unwrap();
    }
    driver.cache().unwrap().view_run(None).unwrap()
}

const MEASURE: &str = r#"<script>
const boxes = [...document.querySelectorAll('.node')].map(node => {
  const box = node.querySelector('.box').getBoundingClientRect();
  const texts = [...node.querySelectorAll('text')].map(text => text.getBoundingClientRect());
  const style = getComputedStyle(node.querySelector('.box'));
  return { look: node.getAttribute('class'), line: parseFloat(style.strokeWidth), dashes: style.strokeDasharray,
           finals: node.querySelectorAll('.final').length, name: node.querySelector('.name').textContent,
           box: [box.left, box.top, box.right, box.bottom],
           texts: texts.map(text => [text.left, text.top, text.right, text.bottom]) };
});
const svg = document.querySelector('svg').getBoundingClientRect();
const report = document.createElement('pre');
report.id = 'measured';
report.textContent = JSON.stringify({ boxes, svg: [svg.left, svg.top, svg.right, svg.bottom],
                                      requests: performance.getEntriesByType('resource').length });
document.body.appendChild(report);
</script>"#;

fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .find_map(|folder| names.iter().map(|name| folder.join(name)).find(|path| path.is_file()))
}

fn is_shown(browser: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("run.html");
    fs::write(&page, view().to_html().replace("</body>", &format!("{MEASURE}</body>"))).unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", directory.path().join("profile").display()));
    let output = command.arg(format!("file://{}", page.display())).output().unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let measured = dom.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let measured = measured
        .ok_or_else(|| format!("the page was not shown: {}", String::from_utf8_lossy(&output.stderr)))?;
    let measured = measured.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    check(&serde_json::from_str(&measured).unwrap());
    // For whoever wants to look.
    if let Some(path) = std::env::var_os("LARDER_TEST_PICTURE") {
        fs::write(path, view().to_html()).unwrap();
    }
    Ok(())
}

fn corners(value: &Json) -> [f64; 4] {
    [0, 1, 2, 3].map(|at| value[at].as_f64().unwrap())
}

/// Whether `inner` lies within `outer`, by less than a pixel.
fn is_within(inner: [f64; 4], outer: [f64; 4]) -> bool {
    inner[0] >= outer[0] - 1.0
        && inner[1] >= outer[1] - 1.0
        && inner[2] <= outer[2] + 1.0
        && inner[3] <= outer[3] + 1.0
}

fn check(measured: &Json) {
    let boxes = measured["boxes"].as_array().unwrap();
    assert_eq!(boxes.len(), 8, "six nodes, an input, an override");
    assert_eq!(measured["requests"], 0, "the page asks for nothing");
    let svg = corners(&measured["svg"]);
    for (at, one) in boxes.iter().enumerate() {
        let place = corners(&one["box"]);
        assert!(is_within(place, svg) && place[2] > place[0] + 20.0, "{one}");
        for text in one["texts"].as_array().unwrap() {
            assert!(is_within(corners(text), place), "text outside of its box: {one}");
        }
        for other in &boxes[at + 1..] {
            let other = corners(&other["box"]);
            let is_apart =
                place[2] <= other[0] || other[2] <= place[0] || place[3] <= other[1] || other[3] <= place[1];
            assert!(is_apart, "{one} lies over another");
        }
    }
    let of = |name: &str| boxes.iter().find(|shape| shape["name"] == name).unwrap();
    let (cached, executed) = (of("mean"), of("centred"));
    assert!(cached["line"].as_f64().unwrap() > 2.0 * executed["line"].as_f64().unwrap(), "hits are outlined");
    assert_eq!(executed["look"], "node executed");
    assert_ne!(of("exchange")["dashes"], "none", "overrides have another line");
    assert_eq!(
        (&of("report")["finals"], &of("mean")["finals"]),
        (&1.into(), &0.into()),
        "what was asked for"
    );
}

fn main() -> ExitCode {
    let browser = browser();
    let is_required = std::env::var_os("LARDER_TEST_REQUIRE_BROWSER").is_some();
    let name = "the_page_of_a_run_shows_every_node_in_its_place";
    let trial = match browser {
        Some(browser) => Trial::test(name, move || is_shown(&browser)),
        None if is_required => Trial::test(name, || Err("no browser: `apt-get install chromium`".into())),
        None => Trial::test(format!("{name} (no browser: apt-get install chromium)"), || Ok(()))
            .with_ignored_flag(true),
    };
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}
