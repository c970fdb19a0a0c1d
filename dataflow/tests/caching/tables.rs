//! Tables of Arrow: versioned by schema and content (VER-9), in files that other programs read (FMT-2).

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use larder_dataflow::caching::{CachingAdapter, DataVersion, FileResults, Found, ResultStore};
use larder_dataflow::{Driver, Value, kind, node, nodes};
use pollster::block_on;
use proptest::prelude::*;

use crate::core::last;
use crate::results::version;
use crate::stores::memory;

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .unwrap()
}

fn people() -> RecordBatch {
    table(vec![
        ("name", Arc::new(StringArray::from(vec!["Ann", "Bo", "Cy"]))),
        ("age", Arc::new(Int64Array::from(vec![Some(30), None, Some(-1)]))),
        ("tall", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("weight", Arc::new(Float64Array::from(vec![1.5, 0.1, 1e300]))),
    ])
}

fn of(table: &RecordBatch) -> DataVersion {
    DataVersion::of(kind!(RecordBatch), &Value::new(table.clone())).unwrap()
}

#[test]
fn tables_are_versioned_by_schema_and_content() {
    assert_eq!(of(&people()), of(&people()));
    let column = |name: &str, column: ArrayRef| of(&table(vec![(name, column)]));
    let numbers = |numbers: Vec<i64>| Arc::new(Int64Array::from(numbers));
    let schema = |nullable, note: &str| {
        let schema = Schema::new(vec![Field::new("a", DataType::Int64, nullable)]);
        let schema = schema.with_metadata([("note".to_owned(), note.to_owned())]);
        of(&RecordBatch::try_new(Arc::new(schema), vec![numbers(vec![1, 2])]).unwrap())
    };
    let versions = [
        column("a", numbers(vec![1, 2])),
        column("b", numbers(vec![1, 2])),
        column("a", numbers(vec![2, 1])),
        column("a", numbers(vec![])),
        column("a", Arc::new(Int32Array::from(vec![1, 2]))),
        column("a", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
        column("a", Arc::new(StringArray::from(vec!["1", "2"]))),
        column("a", Arc::new(StringArray::from(vec!["12", ""]))),
        column("a", Arc::new(Int64Array::from(vec![Some(1), None]))),
        schema(false, "one"),
        schema(true, "one"),
        schema(true, "other"),
    ];
    let different: std::collections::BTreeSet<&DataVersion> = versions.iter().collect();
    assert_eq!(different.len(), versions.len());
    assert_eq!(of(&people().slice(1, 2)), of(&people().slice(1, 2)));
    assert_ne!(of(&people().slice(1, 2)), of(&people().slice(0, 2)));
}

/// Changing it is forgetting the tables that people have cached.
#[test]
fn the_version_of_a_table_is_golden() {
    assert_eq!(of(&people()).as_str(), "Il9O_P7l2s9VcfwpUHadF01OxBf_19-7qkSzhW1aSdY");
}

fn set(table: &RecordBatch, format: &str) -> Result<RecordBatch, String> {
    let directory = tempfile::tempdir().unwrap();
    let results = FileResults::open(directory.path()).unwrap();
    let (version, kind) = (version("v"), kind!(RecordBatch));
    let stored = block_on(results.set(&version, kind, &Value::new(table.clone()), Some(format)));
    match stored {
        Ok(_) => match block_on(results.get(&version, kind)).unwrap() {
            Found::Result(value) => Ok(value.get::<RecordBatch>().unwrap().clone()),
            found => panic!("{found:?}"),
        },
        Err(error) => Err(std::error::Error::source(&error).unwrap().to_string()),
    }
}

#[test]
fn tables_come_back_from_each_format_as_they_were() {
    for format in ["csv", "feather", "parquet"] {
        assert_eq!(set(&people(), format).unwrap(), people(), "{format}");
    }
    for format in ["feather", "parquet"] {
        assert_eq!(set(&people().slice(0, 0), format).unwrap(), people().slice(0, 0), "{format}");
        let many = table(vec![("a", Arc::new(Int64Array::from_iter_values(0..5000)))]);
        assert_eq!(set(&many, format).unwrap(), many, "{format}");
    }
}

#[test]
fn a_table_that_a_format_would_change_is_refused() {
    let texts = table(vec![("a", Arc::new(StringArray::from(vec!["1", "2"])))]);
    let error = set(&texts, "csv").unwrap_err();
    assert!(
        error.contains("a file of csv does not hold this table: it would come back as another"),
        "{error}"
    );
    assert_eq!(set(&texts, "parquet").unwrap(), texts);
}

#[test]
fn nodes_keep_tables_in_files() {
    #[node(format = "parquet")]
    fn loaded() -> RecordBatch {
        people()
    }
    #[node(format = "csv")]
    fn first(loaded: &RecordBatch, count: usize) -> RecordBatch {
        loaded.slice(0, count)
    }
    #[node]
    fn rows(first: &RecordBatch) -> usize {
        first.num_rows()
    }
    let directory = tempfile::tempdir().unwrap();
    let files = FileResults::open(directory.path()).unwrap();
    let cache = CachingAdapter::builder().store(&memory().store).files(files).build().unwrap();
    let driver = Driver::builder().nodes(nodes![loaded, first, rows]).with_cache(cache).build().unwrap();
    for executed in [3, 0] {
        let results = driver.execute(["rows"]).input("count", 3_usize).wait().unwrap();
        assert_eq!((results.get::<usize>("rows").unwrap(), last(&driver).0.len()), (&3, executed));
    }
    let read = |extension: &str| {
        let paths = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
        let path = paths.into_iter().find(|path| path.extension().is_some_and(|is| is == extension)).unwrap();
        std::fs::read(path).unwrap()
    };
    let text = "name,age,tall,weight\nAnn,30,true,1.5\nBo,,false,0.1\nCy,-1,true,1e300\n";
    assert_eq!(String::from_utf8(read("csv")).unwrap(), text);
    assert!(read("parquet").starts_with(b"PAR1"));
}

fn tables() -> impl Strategy<Value = RecordBatch> {
    let row = (prop::option::of(any::<i64>()), prop::option::of(any::<f64>()), prop::option::of(".{0,6}"));
    prop::collection::vec(row, 0..20).prop_map(|rows| {
        table(vec![
            ("number", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
            ("float", Arc::new(rows.iter().map(|row| row.1).collect::<Float64Array>())),
            ("text", Arc::new(rows.iter().map(|row| row.2.as_deref()).collect::<StringArray>())),
        ])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The same, or refused: never another.
    #[test]
    fn no_table_comes_back_as_another(table in tables(), other in tables()) {
        for format in ["csv", "feather", "parquet"] {
            if let Ok(read) = set(&table, format) {
                prop_assert_eq!(&read, &table);
                prop_assert_eq!(of(&read) == of(&other), read == other);
            } else {
                prop_assert_eq!(format, "csv");
            }
        }
    }
}
