//! Users' types as keys, with nothing but `larder` at hand.

use larder::blocking::Store;
use larder::{CacheKey, FromKey, Order, Settings};

#[derive(CacheKey, FromKey, Debug, PartialEq)]
enum Page {
    Home,
    Article { language: String, number: u32 },
}

#[test]
fn a_derived_key_finds_its_entry_and_comes_back() {
    let settings = Settings::parse("[[tier]]\nmemory = { size_limit = '1 MiB' }").unwrap();
    let pages = Store::open(settings).unwrap().cache::<Page, String>("pages").unwrap();
    let article = Page::Article { language: "en".into(), number: 7 };
    assert!(pages.set(&article, &"text".into()).unwrap().is_stored());
    assert_eq!(pages.get(&article).unwrap().as_deref(), Some("text"));
    assert_eq!(pages.get(&Page::Home).unwrap(), None);
    let keys: Vec<Page> = pages.keys(Order::Oldest).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(keys, [article]);
}
