//! Pictures as programs of this machine see them: a page in a browser, a graph in Graphviz.
//!
//! Where such a program is not installed its tests are ignored, and say how to get it; with `LARDER_TEST_REQUIRE_BROWSER` in the environment
//! that is a failure. A program without the usual harness, because that cannot ignore what it finds missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "view/flow.rs"]
mod flow;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use larder_dataflow::caching::{Behavior, CachingAdapter};
use larder_dataflow::view::{State, View};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::Value as Json;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const NO_BROWSER: &str = "no Chromium found: `apt-get install chromium`, or its path in LARDER_TEST_BROWSER";
const NO_DOT: &str = "no Graphviz found: `apt-get install graphviz`";

fn main() -> ExitCode {
    let trials = vec![
        browser_trial("every_box_is_seen_and_none_overlaps", |browser| boxes_are_seen(browser, &busy())),
        browser_trial("a_picture_of_every_role_and_state_is_seen", |browser| {
            boxes_are_seen(browser, &flow::view());
        }),
        browser_trial("a_run_is_seen_with_its_hits", hits_are_outlined),
        browser_trial("a_picture_of_nothing_is_a_page", |browser| boxes_are_seen(browser, &nothing())),
        browser_trial("a_name_cannot_become_a_part_of_the_page", names_stay_names),
        trial("graphviz_draws_every_name", program("LARDER_TEST_DOT", &["dot"]), NO_DOT, graphviz_draws),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn browser_trial(name: &str, run: impl FnOnce(&Path) + Send + 'static) -> Trial {
    trial(name, program("LARDER_TEST_BROWSER", &BROWSERS), NO_BROWSER, run)
}

/// A test that is ignored where its program is not installed.
fn trial(
    name: &str,
    program: Option<PathBuf>,
    missing: &'static str,
    run: impl FnOnce(&Path) + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match program {
        Some(program) => {
            run(&program);
            Ok(Completion::Completed)
        }
        None if std::env::var_os("LARDER_TEST_REQUIRE_BROWSER").is_some() => Err(Failed::from(missing)),
        None => Ok(Completion::ignored_with(missing)),
    })
}

/// The program that the variable names, or the first of these that is on the path.
fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let on_path = |name: &&str| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    };
    names.iter().find_map(on_path)
}

/// Twenty-four nodes in a net, with names of all kinds.
fn busy() -> View {
    let mut names: Vec<String> = (0..16).map(|at| format!("node_{at}")).collect();
    names.extend(odd_names());
    let nodes = (2..names.len()).map(|at| {
        let join = flow::join::node().named(&*names[at]);
        join.bind_to("one", &*names[at / 2])
            .unwrap()
            .bind_to("other", &*names[(at * 3 / 4).min(at - 1)])
            .unwrap()
    });
    let nodes: larder_dataflow::Module = nodes.collect();
    let driver = larder_dataflow::Driver::builder().nodes(nodes).build().unwrap();
    let finals: Vec<String> = names[names.len() / 2..].to_vec();
    let run =
        driver.execute(finals).input(&*names[0], 1_i64).input(&*names[1], 2_i64).replace("node_5", 3_i64);
    let mut view = View::of_plan(driver.graph(), &run.plan().unwrap());
    for (at, name) in names.iter().enumerate() {
        view = view.state(name, [State::Executed, State::FromCache, State::NotRun, State::Failed][at % 4]);
    }
    view
}

fn odd_names() -> Vec<String> {
    let odd = [
        "<script>document.title='taken'</script>",
        "\"><img src=x onerror=\"document.title='taken'\">",
        "</title></svg></style><style>*{display:none}</style>",
        "two\nlines",
        "数据流的一个节点",
        "👩‍👩‍👧‍👦 e\u{301}",
        "\u{202e}from right to left",
        "iiiiiiiiiiiiiiii",
        "WWWWWWWWWWWWWWWW",
        "&lt;&amp;&#35;",
        "\0",
    ];
    let long = "a_name_that_goes_on_".repeat(20);
    odd.into_iter().map(str::to_owned).chain([long]).collect()
}

fn nothing() -> View {
    let driver = larder_dataflow::Driver::builder().build().unwrap();
    let plan = driver.execute(Vec::<&str>::new()).plan().unwrap();
    View::of_plan(driver.graph(), &plan)
}

/// Runs in the page, and writes what it sees into it.
const MEASURE: &str = r#"<script>
addEventListener("load", () => {
  const at = rect => [rect.left + scrollX, rect.top + scrollY, rect.right + scrollX, rect.bottom + scrollY];
  const boxes = [...document.querySelectorAll("main g.node")].map(node => {
    const box = node.querySelector(".box");
    box.scrollIntoView({block: "center", inline: "center"});
    const {left, top, width, height} = box.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return {
      box: at(box.getBoundingClientRect()),
      texts: [...node.querySelectorAll("text")].map(text => at(text.getBoundingClientRect())),
      seen: node.checkVisibility() && hit !== null && hit.closest("g.node") === node,
      line: parseFloat(getComputedStyle(box).strokeWidth),
      dashes: getComputedStyle(box).strokeDasharray,
      rings: node.querySelectorAll(".ring").length,
      name: node.dataset.name,
      tooltip: node.querySelector("title").textContent,
    };
  });
  const size = document.documentElement;
  const seen = {boxes, title: document.title, page: [size.scrollWidth, size.scrollHeight], images: document.images.length,
    requests: performance.getEntriesByType("resource").length};
  const text = document.createElement("pre");
  text.id = "measured";
  text.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(seen))));
  document.body.append(text);
});
</script>
"#;

/// What a browser sees of the page of a view. The picture is left in `target/tmp`, to be looked at.
fn seen(browser: &Path, view: &View, name: &str) -> Json {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let page = view.to_html();
    let shown = folder.join(format!("{name}.html"));
    std::fs::write(&shown, &page).unwrap();
    let picture = format!("--screenshot={}", folder.join(format!("{name}.png")).display());
    browse(browser, &[&picture, "--window-size=1800,1300"], &shown);

    // The page forbids scripts; the one that measures is let in.
    let policy = "style-src 'unsafe-inline'";
    assert!(page.contains(policy));
    let measured = page
        .replace(policy, &format!("{policy}; script-src 'unsafe-inline'"))
        .replace("</body>", &format!("{MEASURE}</body>"));
    let file = folder.join(format!("{name}-measured.html"));
    std::fs::write(&file, measured).unwrap();
    let dump = String::from_utf8(browse(browser, &["--dump-dom"], &file).stdout).unwrap();
    let (_, measured) = dump.split_once("<pre id=\"measured\">").expect("the page was measured");
    let (measured, _) = measured.split_once("</pre>").unwrap();
    serde_json::from_slice(&base64(measured)).unwrap()
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn browse(browser: &Path, arguments: &[&str], page: &Path) -> Output {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=5000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn boxes_are_seen(browser: &Path, view: &View) {
    let name = format!("view-of-{}", view.shapes().len());
    let seen = seen(browser, view, &name);
    let boxes = seen["boxes"].as_array().unwrap();
    assert_eq!(boxes.len(), view.shapes().len());
    let page = numbers(&seen["page"]);
    let mut before: Vec<Vec<f64>> = Vec::new();
    for (shape, drawn) in view.shapes().iter().zip(boxes) {
        let name = &shape.name;
        assert_eq!(drawn["seen"], true, "{name} is hidden");
        let place = numbers(&drawn["box"]);
        assert!(
            contains(&[0.0, 0.0, page[0], page[1]], &place),
            "{name} at {place:?} is outside of {page:?}"
        );
        for text in drawn["texts"].as_array().unwrap() {
            let text = numbers(text);
            assert!(contains(&place, &text), "a text of {name} at {text:?} is outside of {place:?}");
        }
        let other = before.iter().find(|other| {
            other[0] < place[2] && place[0] < other[2] && other[1] < place[3] && place[1] < other[3]
        });
        assert_eq!(other, None, "{name} at {place:?} overlaps");
        before.push(place);
    }
}

/// The second run of a driver with a cache: what came from there is told apart by its outline.
fn hits_are_outlined(browser: &Path) {
    let store = pollster::block_on(larder::open("memory:?size_limit=1MiB")).unwrap();
    let cache = CachingAdapter::builder().store(&store).behavior(Behavior::Recompute, ["centred"]);
    let nodes = larder_dataflow::nodes![flow::mean, flow::centred, flow::weights, flow::score, flow::report];
    let driver =
        larder_dataflow::Driver::builder().nodes(nodes).with_cache(cache.build().unwrap()).build().unwrap();
    for _ in 0..2 {
        let run = driver.execute(["report"]).input("spend", vec![1.0, 2.0, 6.0]).input("rate", 1.0);
        run.replace("weights", vec![1.0; 3]).wait().unwrap();
    }
    let seen = seen(browser, &driver.cache().unwrap().view_run(None).unwrap(), "view-of-a-run");
    assert_eq!(seen["requests"], 0);
    let boxes = seen["boxes"].as_array().unwrap();
    let of = |name: &str| boxes.iter().find(|drawn| drawn["name"] == name).unwrap();
    let line = |name: &str| of(name)["line"].as_f64().unwrap();
    assert!(line("mean") > 2.0 * line("centred"), "what came from the cache has a thick line");
    assert_ne!(of("weights")["dashes"], of("centred")["dashes"]);
    assert_eq!((&of("report")["rings"], &of("mean")["rings"]), (&1.into(), &0.into()));
}

fn contains(outer: &[f64], inner: &[f64]) -> bool {
    outer[0] <= inner[0] && outer[1] <= inner[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
}

fn numbers(of: &Json) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn names_stay_names(browser: &Path) {
    let view = flow::chain(&odd_names());
    let seen = seen(browser, &view, "view-of-odd-names");
    assert!(
        seen["title"].as_str().unwrap().starts_with("Dataflow of a_name_that_goes_on_"),
        "{}",
        seen["title"]
    );
    assert_eq!(seen["images"], 0);
    let tooltips: Vec<&str> =
        seen["boxes"].as_array().unwrap().iter().map(|drawn| drawn["tooltip"].as_str().unwrap()).collect();
    assert!(tooltips[0].starts_with("<script>document.title='taken'</script>\n"), "{}", tooltips[0]);
    assert!(tooltips.iter().any(|tooltip| tooltip.starts_with("two\\nlines\n")));
}

fn graphviz_draws(dot: &Path) {
    let view = flow::chain(&odd_names());
    let mut child = Command::new(dot)
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(view.to_dot().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("Error") && !said.contains("syntax"), "{said}");
    let svg = String::from_utf8(output.stdout).unwrap();
    // Graphviz names a language by its address in a document type, which readers may refuse.
    let svg = &svg[svg.find("<svg").unwrap()..];
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    for text in
        ["two\\nlines", "数据流的一个节点", "&lt;&amp;&#35;", "<script>document.title='taken'</script>"]
    {
        let plain = texts.iter().any(|drawn| drawn.replace('\u{a0}', " ") == text);
        assert!(plain, "{text} in {texts:?}");
    }
}
