//! What is told during a call: the events of this thread, as lines.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default, with_default};
use tracing::{Event, Level, Metadata, Subscriber};

#[derive(Clone)]
struct Collector {
    target: &'static str,
    level: Level,
    lines: Arc<Mutex<Vec<(Level, String)>>>,
}

impl Collector {
    fn of(target: &'static str, level: Level) -> Self {
        Self { target, level, lines: Arc::default() }
    }
}

impl Subscriber for Collector {
    /// Asked again at each event: the others listen to something else.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == self.target && *metadata.level() <= self.level
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.lines.lock().unwrap().push((*event.metadata().level(), text.0));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The message, and what the fields are after it.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.insert_str(0, &format!("{value:?}"));
        } else {
            write!(self.0, " {field}={value:?}").unwrap();
        }
    }
}

/// What `act` answers, and what was told to `target` up to `level` meanwhile.
pub(crate) fn told<T>(
    target: &'static str,
    level: Level,
    act: impl FnOnce() -> T,
) -> (T, Vec<(Level, String)>) {
    static DEAF: Once = Once::new();
    // Where a thread has no subscriber, an event that it comes to first may be taken for one that nobody ever hears.
    DEAF.call_once(|| set_global_default(Collector::of("nobody", Level::ERROR)).expect("the only one"));
    let collector = Collector::of(target, level);
    let lines = Arc::clone(&collector.lines);
    let answer = with_default(collector, act);
    let lines = std::mem::take(&mut *lines.lock().unwrap());
    (answer, lines)
}

/// The lines of the hook up to `level`.
pub(crate) fn lines<T>(level: Level, act: impl FnOnce() -> T) -> (T, Vec<String>) {
    let (answer, lines) = told("larder::dataflow::hook", level, act);
    (answer, lines.into_iter().map(|(_, line)| line).collect())
}

/// The names of the nodes that `act` has run, and of those that came from the cache, as the hook tells.
pub(crate) fn ran<T>(act: impl FnOnce() -> T) -> (T, Vec<String>, Vec<String>) {
    let (answer, lines) = lines(Level::DEBUG, act);
    let named = |end: &str| {
        let with_end = lines.iter().filter(|line| line.ends_with(end));
        with_end.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (executed, hits) = (named(": executed"), named(": from cache"));
    (answer, executed, hits)
}

/// The warnings that `act` has led to.
pub(crate) fn warnings<T>(act: impl FnOnce() -> T) -> (T, Vec<String>) {
    lines(Level::WARN, act)
}
