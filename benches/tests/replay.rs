//! Replays equal exact simulators.

use std::path::{Path, PathBuf};

use larder_benches::replay::replay;
use larder_benches::trace::{Request, Trace};
use larder_core::random::{Random, Seeded};

/// A skewed trace that fits in a test, with or without sizes.
fn small_trace(sized: bool) -> Trace {
    let random = Seeded::new(11);
    let draw = |below: u64| random.next() % below;
    let key = || draw(400).min(draw(400)).min(draw(400));
    let size = |key: u64| if sized { 1 + key * 7919 % 97 } else { 1 };
    let requests = (0..20_000).map(|_| key()).map(|key| Request { key, size: size(key) }).collect();
    Trace { name: "small".to_owned(), sized, requests }
}

/// Requests that miss when every victim is found by looking at all entries.
fn naive_misses(trace: &Trace, policy: &str, capacity: u64) -> u64 {
    struct Plain {
        request: Request,
        inserted: usize,
        used: usize,
        hits: u64,
    }
    let mut cached: Vec<Plain> = Vec::new();
    let mut misses = 0;
    for (now, request) in trace.requests.iter().enumerate() {
        if let Some(hit) = cached.iter_mut().find(|plain| plain.request.key == request.key) {
            hit.used = now;
            hit.hits += 1;
            continue;
        }
        misses += 1;
        if request.size > capacity {
            continue;
        }
        while cached.iter().map(|plain| plain.request.size).sum::<u64>() + request.size > capacity {
            let rank = |plain: &Plain| match policy {
                "lrs" => (0, plain.inserted),
                "lru" => (plain.used as u64, plain.inserted),
                _ => (plain.hits, plain.inserted),
            };
            let victim =
                (0..cached.len()).min_by_key(|place| rank(&cached[*place])).expect("the newcomer fits alone");
            cached.remove(victim);
        }
        cached.push(Plain { request: *request, inserted: now, used: now, hits: 0 });
    }
    misses
}

#[test]
#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "both are the same division")]
fn a_replay_misses_what_a_naive_simulator_misses() {
    for sized in [false, true] {
        let trace = small_trace(sized);
        for policy in ["lrs", "lru", "lfu"] {
            for fraction in [0.01, 0.1, 0.5] {
                let report = replay(&trace, policy, fraction).unwrap();
                let misses = naive_misses(&trace, policy, report.capacity);
                let expected = misses as f64 / trace.requests.len() as f64;
                assert_eq!(report.object_miss_ratio, expected, "{policy} at {fraction}, sized: {sized}");
            }
        }
    }
}

/// Where the public traces lie, if they are on this machine: `LARDER_TRACES`, or `shared/traces` beside the project.
fn traces() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces");
    let place = std::env::var_os("LARDER_TRACES").map_or(beside, PathBuf::from);
    place.join("reference.csv").is_file().then_some(place)
}

/// Small ones of the public traces, against the rows of exact simulators. All of them take minutes: see the `replay`
/// command.
#[test]
fn replays_of_public_traces_equal_the_reference_to_six_decimals() {
    let Some(place) = traces() else {
        println!("skipped: no traces here; set LARDER_TRACES to a directory with reference.csv");
        return;
    };
    let reference = std::fs::read_to_string(place.join("reference.csv")).unwrap();
    let mut compared = 0;
    for file in ["lirs_sprite.k8.zst", "lirs_multi2.k8.zst", "c2k_web12.k8.zst", "adaptsize.k8s4.zst"] {
        let trace = Trace::open(&place.join(file)).unwrap();
        for row in reference.lines().map(|row| row.split(',').collect::<Vec<_>>()) {
            let [name, fraction, capacity, _, policy, object, byte, "refsim", ..] = row[..] else { continue };
            let policy = match policy {
                "FIFO" => "lrs",
                "LRU" => "lru",
                "LFU-fifoties" => "lfu",
                _ => continue,
            };
            if name != trace.name {
                continue;
            }
            let report = replay(&trace, policy, fraction.parse().unwrap()).unwrap();
            assert_eq!(report.capacity.to_string(), capacity, "{name} {fraction}");
            assert_eq!(format!("{:.6}", report.object_miss_ratio), object, "{name} {policy} {fraction}");
            if !byte.is_empty() {
                assert_eq!(format!("{:.6}", report.byte_miss_ratio), byte, "{name} {policy} {fraction}");
            }
            compared += 1;
        }
    }
    assert!(compared >= 30, "{compared} rows of the reference were found");
}
