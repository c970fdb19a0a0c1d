//! What pictures are written in: read back, any name is the one that it was.

use std::collections::BTreeSet;

use larder_dataflow::view::View;
use proptest::prelude::*;
use roxmltree::Document;

use crate::flow::{chain, view};

/// The boxes of a picture: the whole name, the classes, the tooltip, the lines.
struct Drawn {
    name: String,
    classes: String,
    tooltip: String,
    lines: Vec<String>,
}

fn drawn(svg: &str) -> Vec<Drawn> {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let groups = document.descendants().filter(|node| node.attribute("data-name").is_some());
    groups
        .map(|group| Drawn {
            name: group.attribute("data-name").unwrap().to_owned(),
            classes: group.attribute("class").unwrap().to_owned(),
            tooltip: group
                .children()
                .find(|child| child.has_tag_name("title"))
                .unwrap()
                .text()
                .unwrap()
                .to_owned(),
            lines: group
                .children()
                .filter(|child| child.has_tag_name("text"))
                .map(|line| line.text().unwrap_or_default().to_owned())
                .collect(),
        })
        .collect()
}

/// The text that Rust's escapes stand for: what pictures show of what cannot be seen.
fn read(shown: &str) -> String {
    let mut text = String::new();
    let mut characters = shown.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match characters.next().unwrap() {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            '\\' => '\\',
            'u' => {
                let digits: String = characters.by_ref().skip(1).take_while(|digit| *digit != '}').collect();
                char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
            }
            other => panic!("\\{other} in {shown}"),
        });
    }
    text
}

/// The first line of each label, as Graphviz reads it.
fn dot_names(dot: &str) -> Vec<String> {
    let labels = dot.lines().filter_map(|line| line.split_once("[label=\""));
    let names = labels.map(|(_, label)| {
        let mut name = String::new();
        let mut characters = label.chars();
        loop {
            match characters.next().expect("a label ends at a quote") {
                '"' => panic!("a label has three lines: {label}"),
                '\\' => match characters.next().unwrap() {
                    'n' => break,
                    escaped @ ('"' | '\\') => name.push(escaped),
                    other => panic!("\\{other} is more than a character in {label}"),
                },
                other => name.push(other),
            }
        }
        assert!(!name.replace("&amp;", "").contains('&'), "{name}");
        read(&name.replace("&amp;", "&"))
    });
    names.collect()
}

/// The first line of each label, as Mermaid reads it.
fn mermaid_names(chart: &str) -> Vec<String> {
    let labels = chart.lines().filter_map(|line| line.split_once('"'));
    let names = labels.map(|(_, label)| {
        let (label, _) = label.split_once('"').unwrap();
        let (name, _) = label.split_once("<br>").unwrap();
        let mut text = String::new();
        for (at, piece) in name.split('#').enumerate() {
            if at == 0 {
                text.push_str(piece);
                continue;
            }
            let (number, rest) = piece.split_once(';').expect("a sign is a number");
            text.push(char::from_u32(number.parse().unwrap()).unwrap());
            text.push_str(rest);
        }
        read(&text)
    });
    names.collect()
}

fn names_of(view: &View) -> BTreeSet<String> {
    view.shapes().iter().map(|shape| shape.name.clone()).collect()
}

#[test]
fn what_a_node_is_and_what_became_of_it_is_written_in_its_box() {
    let drawn = drawn(&view().to_svg());
    let of = |name: &str| drawn.iter().find(|drawn| drawn.name == name).unwrap();
    let remarks = [
        ("rate", "configured"),
        ("spend", "input"),
        ("weights", "override"),
        ("mean", "from cache, final"),
        ("centred", "executed"),
        ("score", "failed"),
        ("report", "not run, final"),
    ];
    for (name, remark) in remarks {
        assert_eq!(of(name).lines.last().unwrap(), remark);
        assert!(of(name).tooltip.contains(remark));
    }
    assert_eq!(of("spend").lines, ["spend", "Vec<f64>", "input"]);
    assert_eq!(of("mean").classes, "node from-cache");
    assert!(of("mean").tooltip.contains("The mean of all."));
    assert!(of("mean").tooltip.contains("version "));
}

#[test]
fn a_page_has_the_picture_a_legend_and_a_table() {
    let view = view();
    let page = view.to_html();
    assert!(page.contains(view.to_svg().trim_end()));
    assert!(page.contains("<p>1 executed, 1 from cache, 1 failed, 1 not run</p>"));
    for words in ["executed", "from cache", "failed", "not run", "input", "configured", "override", "final"] {
        assert!(page.contains(&format!("</svg>{words}</li>")), "{words}");
    }
    let table = page.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    assert_eq!(table.matches("<tr>").count(), view.shapes().len());
}

#[test]
fn a_page_asks_for_nothing() {
    let page = view().to_html();
    // The names of languages are no addresses that anybody loads.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for sign in ["http:", "https:", "//", "src=", "href=", "@import", "<script", "<link"] {
        assert!(!page.contains(sign), "{sign}");
    }
}

#[test]
fn a_long_name_is_cut_in_its_box_and_whole_in_its_tooltip() {
    let long = format!("begin_{}_end", "x".repeat(300));
    let drawn = drawn(&chain(&[long.clone(), "short".to_owned()]).to_svg());
    assert_eq!(drawn[0].name, long);
    assert!(drawn[0].tooltip.starts_with(&long));
    assert!(drawn[0].lines[0].chars().count() <= 40 && drawn[0].lines[0].starts_with("begin_"));
}

proptest! {
    /// Names of any characters, those among them that the languages read as signs.
    #[test]
    fn any_names_come_back(
        names in prop::collection::btree_set("[\"'<>&#;\\\\`\n\r\t\0\u{202e}|\\]\\[)(nN]{1,4}|\\PC{1,4}|.{1,3}|&amp;|#35;|-->|<br>|end", 2..6),
    ) {
        let view = chain(&names.iter().cloned().collect::<Vec<_>>());
        let svg = view.to_svg();
        prop_assert_eq!(names_of(&view), drawn(&svg).iter().map(|drawn| read(&drawn.name)).collect());
        prop_assert_eq!(names_of(&view), drawn(&svg).iter().map(|drawn| read(&drawn.lines[0])).collect());
        prop_assert_eq!(names_of(&view), dot_names(&view.to_dot()).into_iter().collect());
        prop_assert_eq!(names_of(&view), mermaid_names(&view.to_mermaid()).into_iter().collect());
        let page = view.to_html();
        let table = page.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
        let table = format!("<tbody>{table}</tbody>");
        let table = Document::parse(&table).unwrap();
        let rows = table.root_element().children().filter(roxmltree::Node::is_element);
        let cells = rows.map(|row| read(row.first_element_child().unwrap().text().unwrap())).collect();
        prop_assert_eq!(names_of(&view), cells);
    }
}
