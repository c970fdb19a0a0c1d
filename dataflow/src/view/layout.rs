//! Where boxes and edges lie in a picture.
//!
//! Layered from left to right (Sugiyama, Tagawa and Toda, 1981): each node in the column after the last of what it needs, columns ordered by
//! the mean place of neighbours, and heights that follow neighbours as far as the order lets them. An edge over several columns has a
//! place of its own in each, so that no edge runs through a box. Ours, because crates that lay out either tell no bends of edges or draw
//! by themselves, without tooltips. The price: crossings are few, not fewest.

mod heights;
mod order;

/// Space between columns, where edges change their height.
const BETWEEN_COLUMNS: f64 = 64.0;
/// Space between two boxes, and around the whole.
const BETWEEN_BOXES: f64 = 20.0;
const MARGIN: f64 = 24.0;
/// The height that an edge takes where it passes a column.
const PASSAGE: f64 = 4.0;
/// An edge over more columns than this goes straight, maybe behind boxes: places for it would be as many as columns times edges.
const FARTHEST: usize = 48;

/// The width and height of a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A box that has its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) size: Size,
}

/// An edge that has its place: it leaves a box at its right, goes level through the passages, and arrives at a box at its left.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    pub(super) from: (f64, f64),
    /// Left end, right end and height of each.
    pub(super) passages: Vec<(f64, f64, f64)>,
    pub(super) to: (f64, f64),
}

/// Everything in its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) routes: Vec<Route>,
    pub(super) size: Size,
}

/// What takes a place in a column: a box or the passage of an edge, and its neighbours in the columns beside.
#[derive(Debug)]
struct Item {
    column: usize,
    height: f64,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// Lays out boxes of these sizes. Each edge goes from an earlier to a later box.
pub(super) fn layout(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let columns = columns(sizes.len(), edges);
    let (items, passages) = items(sizes, edges, &columns);
    let count = items.iter().map(|item| item.column + 1).max().unwrap_or(0);
    let ordered = order::order(&items, count);
    let middles = heights::middles(&items, &ordered);

    // All boxes of a column are as wide as the widest, so that edges begin and end at the rim of the column.
    let mut widths = vec![0.0_f64; count];
    for (size, column) in sizes.iter().zip(&columns) {
        widths[*column] = widths[*column].max(size.width);
    }
    let mut lefts = Vec::with_capacity(count);
    let mut right = MARGIN;
    for width in &widths {
        lefts.push(right);
        right += width + BETWEEN_COLUMNS;
    }
    let places: Vec<Place> = (0..sizes.len())
        .map(|at| {
            let size = Size { width: widths[columns[at]], height: sizes[at].height };
            Place { left: lefts[columns[at]], top: middles[at] - size.height / 2.0 + MARGIN, size }
        })
        .collect();
    let routes = edges.iter().zip(passages).map(|((from, to), passages)| {
        let (from, to) = (places[*from], places[*to]);
        let pass = |item: usize| {
            let left = lefts[items[item].column];
            (left, left + widths[items[item].column], middles[item] + MARGIN)
        };
        Route {
            from: (from.left + from.size.width, from.top + from.size.height / 2.0),
            passages: passages.into_iter().map(pass).collect(),
            to: (to.left, to.top + to.size.height / 2.0),
        }
    });
    let routes = routes.collect();
    let bottom = places.iter().map(|place| place.top + place.size.height).fold(MARGIN, f64::max);
    let lowest = items.iter().zip(&middles).map(|(item, middle)| middle + item.height / 2.0 + MARGIN);
    let height = lowest.fold(bottom, f64::max) + MARGIN;
    let width = if count == 0 { 2.0 * MARGIN } else { right - BETWEEN_COLUMNS + MARGIN };
    Layout { places, routes, size: Size { width, height } }
}

/// The column of each box: after all that it needs; what needs nothing stands right before the first that needs it.
fn columns(boxes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0; boxes];
    let mut sorted = edges.to_vec();
    sorted.sort_unstable_by_key(|(from, to)| (*to, *from));
    for (from, to) in &sorted {
        columns[*to] = columns[*to].max(columns[*from] + 1);
    }
    let mut needs = vec![false; boxes];
    let mut first_taker = vec![usize::MAX; boxes];
    for (from, to) in &sorted {
        needs[*to] = true;
        first_taker[*from] = first_taker[*from].min(columns[*to]);
    }
    for at in 0..boxes {
        if !needs[at] && first_taker[at] != usize::MAX {
            columns[at] = first_taker[at] - 1;
        }
    }
    columns
}

/// The boxes, then the passages of edges, and for each edge which they are.
fn items(sizes: &[Size], edges: &[(usize, usize)], columns: &[usize]) -> (Vec<Item>, Vec<Vec<usize>>) {
    let item = |column, height| Item { column, height, before: Vec::new(), after: Vec::new() };
    let mut items: Vec<Item> =
        sizes.iter().zip(columns).map(|(size, column)| item(*column, size.height)).collect();
    let mut passages = Vec::with_capacity(edges.len());
    for (from, to) in edges {
        let between = columns[*from] + 1..columns[*to];
        let mut passed = Vec::new();
        if between.len() <= FARTHEST {
            let mut last = *from;
            for column in between {
                let new = items.len();
                items.push(item(column, PASSAGE));
                connect(&mut items, last, new);
                passed.push(new);
                last = new;
            }
            connect(&mut items, last, *to);
        }
        passages.push(passed);
    }
    (items, passages)
}

fn connect(items: &mut [Item], from: usize, to: usize) {
    items[from].after.push(to);
    items[to].before.push(from);
}

#[cfg(test)]
mod tests;
