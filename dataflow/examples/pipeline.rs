//! A pipeline over a file of two million sales: read and added up, fitted with a trend. The second run is a look into the cache.
//!
//! Example: `cargo run --release -p larder-dataflow --example pipeline`

#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::cast_precision_loss, reason = "numbers are small")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use larder::CacheKey;
use larder_dataflow::{CacheHook, Driver, node, nodes};
use serde::{Deserialize, Serialize};

const ROWS: u32 = 2_000_000;
const REGIONS: [&str; 4] = ["north", "east", "south", "west"];

/// What was sold in a region in a month.
#[derive(Clone, Debug, CacheKey, Serialize, Deserialize)]
struct Sold {
    region: String,
    month: u32,
    total: f64,
}

/// Reads the file and adds up by region and month.
///
/// A path says nothing of what is in the file: `stamp` stands for that, in the key too. Rows are no result of their own, since two
/// million of them would be stored, and read again to find what is made of them.
#[node]
fn months(file: &str, stamp: (u64, u64)) -> io::Result<Vec<Sold>> {
    let _ = stamp;
    let mut totals: BTreeMap<(String, u32), f64> = BTreeMap::new();
    for row in BufReader::new(File::open(file)?).lines().skip(1) {
        let (region, month, amount) = parsed(&row?).ok_or(io::ErrorKind::InvalidData)?;
        *totals.entry((region, month)).or_default() += amount;
    }
    Ok(totals.into_iter().map(|((region, month), total)| Sold { region, month, total }).collect())
}

fn parsed(row: &str) -> Option<(String, u32, f64)> {
    let mut cells = row.split(',');
    let (date, region) = (cells.next()?, cells.next()?);
    let (count, price): (f64, f64) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    Some((region.to_owned(), date.get(5..7)?.parse().ok()?, count * price))
}

/// How much more is sold each month, by least squares, for each region.
#[node]
fn trends(months: &[Sold]) -> Vec<(String, f64)> {
    let mut regions: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for Sold { region, month, total } in months {
        regions.entry(region).or_default().push((f64::from(*month), *total));
    }
    regions.into_iter().map(|(region, points)| (region.to_owned(), slope(&points))).collect()
}

fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let both: f64 = points.iter().map(|(of, at)| (of - x) * (at - y)).sum();
    both / points.iter().map(|(of, _)| (of - x).powi(2)).sum::<f64>()
}

#[node]
fn report(trends: &[(String, f64)]) -> String {
    let lines = trends.iter().map(|(region, slope)| format!("{region:>8} {slope:+12.2} a month\n"));
    lines.collect()
}

/// Writes the same sales each time.
fn write_sales(path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "date,region,count,price")?;
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..ROWS {
        let (month, day) = (random.u32(1..=12), random.u32(1..=28));
        let region = random.usize(..REGIONS.len());
        // Each region grows in its own way.
        let count = random.u32(1..10) + month * u32::try_from(region).unwrap_or(0) / 4;
        let cents = random.u32(100..9_999);
        writeln!(
            file,
            "2026-{month:02}-{day:02},{},{count},{}.{:02}",
            REGIONS[region],
            cents / 100,
            cents % 100
        )?;
    }
    file.flush()
}

/// How long the file is and when it was written: cheap to find out, and another when the content is, as far as clocks are right.
fn stamp(path: &Path) -> io::Result<(u64, u64)> {
    let about = std::fs::metadata(path)?;
    let written = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ok((about.len(), u64::try_from(written.as_nanos()).unwrap_or(u64::MAX)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let sales = directory.path().join("sales.csv");
    write_sales(&sales)?;
    println!("{} rows, {} MiB", ROWS, std::fs::metadata(&sales)?.len() >> 20);

    let cache = directory.path().join("cache");
    let hook = CacheHook::open_wait(format!("file://{}?size_limit=64MiB", cache.display()))?;
    let driver = Driver::builder().nodes(nodes![months, trends, report]).adapter(Arc::new(hook)).build()?;
    let run = || -> Result<(String, Duration), Box<dyn std::error::Error>> {
        let began = Instant::now();
        let run = driver.execute(["report"]).input("file", sales.display().to_string());
        let results = run.input("stamp", stamp(&sales)?).wait()?;
        Ok((results.get::<String>("report")?.clone(), began.elapsed()))
    };
    let (report, first) = run()?;
    let (again, second) = run()?;
    assert_eq!(report, again);
    let ratio = first.as_secs_f64() / second.as_secs_f64();
    println!("{report}\nfirst run  {first:?}\nsecond run {second:?}\n{ratio:.0} times as fast");
    if ratio < 50.0 {
        return Err("the second run is less than 50 times as fast".into());
    }
    Ok(())
}
