use larder_dataflow::node;

#[node]
fn generic<T>(value: T) -> T {
    value
}

#[node]
fn changes(numbers: &mut Vec<i64>) -> i64 {
    numbers[0]
}

#[node]
fn takes_apart((left, right): (i64, i64)) -> i64 {
    left + right
}

#[node]
fn any(number: impl Into<i64>) -> i64 {
    number.into()
}

#[node(nmae = "other")]
fn misspelt() -> i64 {
    1
}

#[node(cache = "sometimes")]
fn behaves() -> i64 {
    1
}

struct Counter;

impl Counter {
    #[node]
    fn method(&self) -> i64 {
        1
    }
}

fn main() {}
