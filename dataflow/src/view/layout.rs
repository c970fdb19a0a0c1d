//! Where boxes lie: in layers, each below all that it takes (Sugiyama, Tagawa, Toda 1981, with the longest way as the layer and
//! barycentres for the order). Deterministic, and good for the tens of nodes that a person looks at.

use super::View;

/// A box, by its upper left corner, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
}

/// How large all is, and where each box lies.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) places: Vec<Place>,
}

pub(super) const BOX_HEIGHT: f64 = 46.0;
const MARGIN: f64 = 24.0;
const BESIDE: f64 = 28.0;
const BELOW: f64 = 54.0;
/// The width of a character, as wide as letters of this size are at most.
const LETTER: f64 = 8.6;

/// The most characters of a name or caption that a box shows; the whole is in its title.
pub(super) const MOST_LETTERS: usize = 40;

const SWEEPS: usize = 8;

pub(super) fn layout(view: &View) -> Layout {
    let layers = layers(view);
    let rows = ordered(view, &layers);
    let width_of = |at: usize| {
        let shape = &view.shapes[at];
        let letters = shape.name.chars().count().max(shape.caption().chars().count()).min(MOST_LETTERS + 1);
        // A count of at most 41 is exact.
        f64::from(u32::try_from(letters).unwrap_or(u32::MAX)).mul_add(LETTER, 24.0).max(80.0)
    };
    let row_width = |row: &[usize]| row.iter().map(|at| width_of(*at) + BESIDE).sum::<f64>() - BESIDE;
    let widest = rows.iter().map(|row| row_width(row)).fold(80.0, f64::max);
    let mut places = vec![Place { x: 0.0, y: 0.0, width: 0.0 }; view.shapes.len()];
    let mut y = MARGIN;
    for row in &rows {
        let mut x = MARGIN + (widest - row_width(row)) / 2.0;
        for at in row {
            let width = width_of(*at);
            places[*at] = Place { x, y, width };
            x += width + BESIDE;
        }
        y += BOX_HEIGHT + BELOW;
    }
    Layout { width: 2.0f64.mul_add(MARGIN, widest), height: (y - BELOW + MARGIN).max(2.0 * MARGIN), places }
}

/// The layer of each box: one more than the greatest of what it takes.
fn layers(view: &View) -> Vec<usize> {
    let mut layers = vec![0; view.shapes.len()];
    // A graph has no circles, so as many passes as there are boxes are enough; most need two or three.
    for _ in 0..view.shapes.len() {
        let mut is_settled = true;
        for (from, to) in &view.edges {
            if layers[*to] <= layers[*from] {
                layers[*to] = layers[*from] + 1;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    layers
}

/// The boxes of each layer, ordered so that edges cross little: each near the middle of those that it is joined with.
fn ordered(view: &View, layers: &[usize]) -> Vec<Vec<usize>> {
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, layer) in layers.iter().enumerate() {
        rows[*layer].push(at);
    }
    let mut rank = vec![0.0; layers.len()];
    let settle = |row: &[usize], rank: &mut Vec<f64>| {
        for (at, shape) in row.iter().enumerate() {
            // In the middle of a row of its own width, so that rows of different lengths compare.
            let at = f64::from(u32::try_from(at).unwrap_or(u32::MAX)) + 0.5;
            rank[*shape] = at / f64::from(u32::try_from(row.len()).unwrap_or(u32::MAX));
        }
    };
    rows.iter().for_each(|row| settle(row, &mut rank));
    for sweep in 0..SWEEPS {
        let order: Vec<usize> =
            if sweep % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
        for layer in order {
            let middle = |shape: usize| {
                let joined =
                    view.edges.iter().filter_map(|(from, to)| match (*from == shape, *to == shape) {
                        (true, _) => Some(*to),
                        (_, true) => Some(*from),
                        _ => None,
                    });
                let ranks: Vec<f64> = joined.map(|other| rank[other]).collect();
                if ranks.is_empty() {
                    return rank[shape];
                }
                ranks.iter().sum::<f64>() / f64::from(u32::try_from(ranks.len()).unwrap_or(u32::MAX))
            };
            let mut row: Vec<(f64, usize)> =
                rows[layer].iter().map(|shape| (middle(*shape), *shape)).collect();
            row.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
            rows[layer] = row.into_iter().map(|(_, shape)| shape).collect();
            settle(&rows[layer], &mut rank);
        }
    }
    rows
}
