//! Arguments as logs show them.
//!
//! What is cut is not written beyond the cut: a table of a gigabyte is not turned into text for its first fifty characters.

use std::fmt::{self, Display, Write};

use crate::arguments::Arguments;
use crate::node::Node;
use crate::value::Value;

/// How many characters errors show of one argument, and of all.
const MOST_OF_ONE: usize = 50;
const MOST_OF_ALL: usize = 1000;

/// The arguments of a failed node, each shortened, and the whole.
pub(crate) fn shortened(node: &Node, arguments: &Arguments) -> String {
    cut_as_written(MOST_OF_ALL, |text| {
        for (at, (name, value)) in arguments.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let value = cut(&Argument { node, name, value }, MOST_OF_ONE);
            write!(text, "{comma}{name}={value}")?;
        }
        Ok(())
    })
}

/// A value as its parameter lets it be shown.
pub(crate) struct Argument<'a> {
    pub(crate) node: &'a Node,
    pub(crate) name: &'a str,
    pub(crate) value: &'a Value,
}

impl Display for Argument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node.parameters().iter().find(|parameter| *parameter.name == *self.name) {
            Some(parameter) if parameter.secret => f.write_str("***"),
            Some(parameter) => parameter.kind.show(self.value).fmt(f),
            None => write!(f, "<{}>", self.value.type_name()),
        }
    }
}

/// The first `most` characters, and `...` in the place of more.
pub(crate) fn cut(shown: &(impl Display + ?Sized), most: usize) -> String {
    cut_as_written(most, |text| write!(text, "{shown}"))
}

/// The first `most` characters of what `show` writes, which is stopped there, and `...` in the place of more.
pub(crate) fn cut_as_written(most: usize, show: impl FnOnce(&mut Beginning) -> fmt::Result) -> String {
    let mut beginning = Beginning { text: String::new(), left: most, is_cut: false };
    // It was stopped at the cut. A value that fails to show itself is shown as far as it came.
    let _stopped = show(&mut beginning);
    if beginning.is_cut {
        beginning.text.push_str("...");
    }
    beginning.text
}

/// The beginning of a text, which takes no more than so many characters.
pub(crate) struct Beginning {
    text: String,
    left: usize,
    is_cut: bool,
}

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if let Some((end, _)) = text.char_indices().nth(self.left) {
            self.text.push_str(&text[..end]);
            self.left = 0;
            self.is_cut = true;
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        self.left -= text.chars().count();
        Ok(())
    }
}
