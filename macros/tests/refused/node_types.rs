use larder_dataflow::node;

/// Neither a copy nor a reference of it can be handed over.
struct Socket;

#[node]
fn takes(socket: Socket) -> i64 {
    let Socket = socket;
    1
}

#[node]
fn default(#[default("three")] number: i64) -> i64 {
    number
}

fn main() {}
