use larder::memoize;

#[memoize]
fn nowhere(number: i64) -> i64 {
    number
}

#[memoize(config = "cache.toml", tlt = "1h")]
fn misspelt(number: i64) -> i64 {
    number
}

#[memoize(config = "cache.toml", ignore(sesion))]
fn ignores(session: i64) -> i64 {
    session
}

#[memoize(config = "cache.toml", none = "skip")]
fn skips(number: i64) -> i64 {
    number
}

#[memoize(config = "cache.toml")]
const fn constant(number: i64) -> i64 {
    number
}

#[memoize(config = "cache.toml")]
fn generic<T>(value: T) -> T {
    value
}

#[memoize(config = "cache.toml")]
fn changes(numbers: &mut Vec<i64>) -> usize {
    numbers.len()
}

fn main() {}
