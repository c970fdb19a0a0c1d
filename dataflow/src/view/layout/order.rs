//! Who stands above whom in each column.

use super::Item;

/// How often columns are gone through, there and back.
const SWEEPS: usize = 8;

/// The items of each column, from top to bottom: ordered by the mean place of their neighbours, first those before, then those after, and again.
///
/// Ties keep the order that they have, so that the same items make the same picture.
pub(super) fn order(items: &[Item], count: usize) -> Vec<Vec<usize>> {
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        columns[item.column].push(at);
    }
    let mut places = vec![0.0; items.len()];
    columns.iter().for_each(|column| number(column, &mut places));
    for _ in 0..SWEEPS {
        for column in &mut columns {
            sort(column, &mut places, |at| &items[at].before);
        }
        for column in columns.iter_mut().rev() {
            sort(column, &mut places, |at| &items[at].after);
        }
    }
    columns
}

fn sort<'a>(column: &mut [usize], places: &mut [f64], neighbours: impl Fn(usize) -> &'a [usize]) {
    let mut wanted: Vec<(f64, usize)> =
        column.iter().map(|at| (mean(neighbours(*at), places).unwrap_or(places[*at]), *at)).collect();
    wanted.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    for (place, (_, at)) in column.iter_mut().zip(wanted) {
        *place = at;
    }
    number(column, places);
}

/// Places between 0 and 1, so that columns of different length compare.
fn number(column: &[usize], places: &mut [f64]) {
    let step = 1.0 / f64::from(u32::try_from(column.len()).unwrap_or(u32::MAX)).max(1.0);
    let mut place = step / 2.0;
    for at in column {
        places[*at] = place;
        place += step;
    }
}

/// The mean of what `of` have, if there are any.
pub(super) fn mean(of: &[usize], values: &[f64]) -> Option<f64> {
    let count = u32::try_from(of.len()).ok().filter(|count| *count > 0)?;
    Some(of.iter().map(|at| values[*at]).sum::<f64>() / f64::from(count))
}
