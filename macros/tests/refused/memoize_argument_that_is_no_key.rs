use larder::memoize;

struct Socket;

#[memoize(config = "memory:?size_limit=1MiB")]
fn sent(socket: Socket, text: &str) -> usize {
    let _ = socket;
    text.len()
}

fn main() {
    sent(Socket, "text");
}
