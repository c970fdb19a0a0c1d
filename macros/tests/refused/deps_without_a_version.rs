use larder::memoize;

fn helper(number: i64) -> i64 {
    number
}

#[memoize(config = "memory:?size_limit=1MiB", deps(helper))]
fn helped(number: i64) -> i64 {
    helper(number)
}

fn main() {
    helped(1);
}
