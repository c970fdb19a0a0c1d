//! How high each item stands, once the order within columns is settled.

use super::order::mean;
use super::{BETWEEN_BOXES, Item};

/// How often columns follow their neighbours, there and back.
const SWEEPS: usize = 6;

/// The middle of each item, the topmost edge of all at 0. No two items of a column are nearer than they may be.
pub(super) fn middles(items: &[Item], columns: &[Vec<usize>]) -> Vec<f64> {
    let mut middles = vec![0.0; items.len()];
    for column in columns {
        place(column, items, &mut middles, |_| None);
    }
    for sweep in 0..SWEEPS {
        for column in columns {
            place(column, items, &mut middles, |at| Some(&items[at].before));
        }
        for column in columns.iter().rev() {
            place(column, items, &mut middles, |at| Some(&items[at].after));
        }
        if sweep + 1 == SWEEPS {
            // Last, both sides pull.
            let both: Vec<Vec<usize>> =
                items.iter().map(|item| [&item.before[..], &item.after[..]].concat()).collect();
            for column in columns {
                place(column, items, &mut middles, |at| Some(&both[at]));
            }
        }
    }
    let top = items.iter().zip(&middles).map(|(item, middle)| middle - item.height / 2.0);
    let top = top.fold(f64::INFINITY, f64::min);
    middles.iter_mut().for_each(|middle| *middle -= top);
    middles
}

/// Moves the items of a column as near to the mean of their neighbours as their distances let them, by least squares.
///
/// With the distances taken off that is a rising line through what is wanted: pool adjacent violators (Ayer and others, 1955).
fn place<'a>(
    column: &[usize],
    items: &[Item],
    middles: &mut [f64],
    neighbours: impl Fn(usize) -> Option<&'a Vec<usize>>,
) {
    // Where each item's middle is when all stand as tightly as they may.
    let mut tight = Vec::with_capacity(column.len());
    let mut bottom = 0.0;
    for at in column {
        tight.push(bottom + items[*at].height / 2.0);
        bottom += items[*at].height + BETWEEN_BOXES;
    }
    // Pools of items that stand tightly: the sum of what they want, and how many they are.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (at, tight) in column.iter().zip(&tight) {
        let wanted = neighbours(*at).and_then(|of| mean(of, middles)).unwrap_or(middles[*at]);
        let mut pool = (wanted - tight, 1.0, 1);
        while let Some((sum, weight, count)) = pools.last()
            && sum / weight >= pool.0 / pool.1
        {
            pool = (sum + pool.0, weight + pool.1, count + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let offsets = pools.iter().flat_map(|(sum, weight, count)| std::iter::repeat_n(sum / weight, *count));
    for ((at, tight), offset) in column.iter().zip(&tight).zip(offsets) {
        middles[*at] = tight + offset;
    }
}
