//! Where results are kept if nothing is said (COR-12): alone in its process, since it changes the directory.

use larder_dataflow::caching::CachingAdapter;
use larder_dataflow::{Driver, node, nodes};

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[test]
fn results_are_kept_in_a_directory_here_if_nothing_is_said() {
    let directory = tempfile::tempdir().unwrap();
    std::env::set_current_dir(directory.path()).unwrap();
    for state in ["executed", "from cache"] {
        let cache = CachingAdapter::builder().build().unwrap();
        let driver = Driver::builder().nodes(nodes![double]).with_cache(cache).build().unwrap();
        driver.execute(["double"]).input("number", 1_i64).wait().unwrap();
        let cache = driver.cache().unwrap();
        let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
        assert_eq!(record.states["double"].to_string(), state);
    }
    assert!(directory.path().join(".larder_cache").is_dir());
}
