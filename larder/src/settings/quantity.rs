//! Sizes and spans of time as people write them: a number and a unit.
//!
//! Exact, and loud where a unit is wrong: `bytesize` saturates what does not fit and computes fractions in floats,
//! `humantime` reads `5M` as five months, and neither tells the near miss. One number and one unit is all there is; the
//! price is that `1h 30m` is written `90m`.

use std::time::Duration;

use larder_core::near;

/// A unit: its name, and how many of the smallest unit it is.
type Unit = (&'static str, u64);

const BYTES: &[Unit] = &[
    ("B", 1),
    ("kB", 1000),
    ("MB", 1000 * 1000),
    ("GB", 1000 * 1000 * 1000),
    ("TB", 1000 * 1000 * 1000 * 1000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

const SECOND: u64 = 1_000_000_000;

/// In nanoseconds. The first name of equal units is the one that is written.
const TIMES: &[Unit] = &[
    ("ns", 1),
    ("us", 1000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3600 * SECOND),
    ("d", 24 * 3600 * SECOND),
    ("second", SECOND),
    ("seconds", SECOND),
    ("sec", SECOND),
    ("minute", 60 * SECOND),
    ("minutes", 60 * SECOND),
    ("min", 60 * SECOND),
    ("hour", 3600 * SECOND),
    ("hours", 3600 * SECOND),
    ("day", 24 * 3600 * SECOND),
    ("days", 24 * 3600 * SECOND),
    ("week", 7 * 24 * 3600 * SECOND),
    ("weeks", 7 * 24 * 3600 * SECOND),
];

/// The bytes that `text` says, such as `5 GiB`; what is wrong with it otherwise.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let bytes = parse(text, "5 GiB", BYTES)?;
    u64::try_from(bytes).map_err(|_| format!("`{text}` is more than 64 bits of bytes"))
}

/// The span that `text` says, such as `90 s`; what is wrong with it otherwise.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let nanos = parse(text, "90s", TIMES)?;
    let seconds = u64::try_from(nanos / u128::from(SECOND));
    let seconds = seconds.map_err(|_| format!("`{text}` is more than 64 bits of seconds"))?;
    let rest = u32::try_from(nanos % u128::from(SECOND)).expect("less than a second of nanoseconds");
    Ok(Duration::new(seconds, rest))
}

/// `bytes` in the largest unit that says it without a fraction.
pub(super) fn show_size(bytes: u64) -> String {
    show(bytes.into(), BYTES)
}

/// `span` in the largest unit that says it without a fraction.
pub(super) fn show_span(span: Duration) -> String {
    show(span.as_nanos(), &TIMES[..7])
}

/// The hundredths that a plain number says, such as 125 for `1.25`; `None` where it is no whole number of them.
#[cfg(feature = "local")]
pub(super) fn hundredths(number: &str) -> Option<u32> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    u32::try_from(scaled(whole, fraction, 100)?).ok()
}

fn parse(text: &str, example: &str, units: &[Unit]) -> Result<u128, String> {
    let trimmed = text.trim();
    let number_ends = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_');
    let (number, unit) = trimmed.split_at(number_ends.unwrap_or(trimmed.len()));
    let unit = unit.trim();
    let digits = number.replace('_', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(format!("`{text}` is no number with a unit, such as `{example}`"));
    }
    let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
    if unit.is_empty() {
        return Err(format!("`{text}` has no unit; known: {}", names.join(", ")));
    }
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(near::unknown("unit", unit, &names));
    };
    scaled(whole, fraction, *factor).ok_or_else(|| format!("`{text}` is too large, or too fine for its unit"))
}

/// `whole.fraction` times `factor`, if that is a whole number that fits.
fn scaled(whole: &str, fraction: &str, factor: u64) -> Option<u128> {
    let factor = u128::from(factor);
    let whole = whole.parse::<u128>().ok()?.checked_mul(factor)?;
    let places = 10_u128.checked_pow(fraction.len().try_into().ok()?)?;
    let part = fraction.parse::<u128>().ok()?.checked_mul(factor)?;
    (part % places == 0).then(|| whole.checked_add(part / places))?
}

fn show(amount: u128, units: &[Unit]) -> String {
    let fits = units.iter().filter(|(_, factor)| amount.is_multiple_of(u128::from(*factor)));
    match fits.max_by_key(|(_, factor)| *factor) {
        Some((name, factor)) if amount > 0 => format!("{} {name}", amount / u128::from(*factor)),
        _ => format!("0 {}", units[0].0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        assert_eq!(size("5 GiB"), Ok(5 << 30));
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("1.5 KiB"), Ok(1536));
        assert_eq!(size("1_000 B"), Ok(1000));
    }

    #[test]
    fn spans_have_short_and_long_units() {
        assert_eq!(span("1h"), Ok(Duration::from_hours(1)));
        assert_eq!(span("7 days"), Ok(Duration::from_hours(7 * 24)));
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(span("0.5 s"), Ok(Duration::from_millis(500)));
    }

    #[cfg(feature = "local")]
    #[test]
    fn hundredths_are_whole() {
        for (number, expected) in [("1.25", 125), ("1.5", 150), ("2", 200), ("1.100", 110), ("0.01", 1)] {
            assert_eq!(hundredths(number), Some(expected));
        }
        for number in ["", "1.", ".5", "1.255", "-1", "+1", "1e2", "1.2.3", "inf", "125 %", "99999999999"] {
            assert_eq!(hundredths(number), None, "{number}");
        }
    }

    #[test]
    fn a_wrong_unit_is_told_with_the_near_miss() {
        let known = "known: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB";
        assert_eq!(size("5 GIB"), Err(format!("unknown unit `GIB`, did you mean `GiB`? {known}")));
        assert_eq!(size("5 G"), Err(format!("unknown unit `G`, did you mean `GB`? {known}")));
        assert_eq!(size("5 parsecs"), Err(format!("unknown unit `parsecs`; {known}")));
        assert_eq!(size("5"), Err(format!("`5` has no unit; {known}")));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "GiB", "-5 GiB", ".5 GiB", "1. GiB", "1.2.3 GiB", "五 GiB"] {
            assert_eq!(size(text), Err(format!("`{text}` is no number with a unit, such as `5 GiB`")));
        }
        assert_eq!(size("0.1 B"), Err("`0.1 B` is too large, or too fine for its unit".into()));
        assert_eq!(size("99999999 TiB"), Err("`99999999 TiB` is more than 64 bits of bytes".into()));
        let endless = format!("{} weeks", "9".repeat(50));
        assert_eq!(span(&endless), Err(format!("`{endless}` is too large, or too fine for its unit")));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bytes: u64, seconds: u64, nanos in 0_u32..1_000_000_000) {
            prop_assert_eq!(size(&show_size(bytes)), Ok(bytes));
            let life = Duration::new(seconds, nanos);
            prop_assert_eq!(span(&show_span(life)), Ok(life));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*", digits in "[0-9._]{0,60} ?[a-zA-Z]{0,4}") {
            let _either = (size(&text), span(&text), size(&digits), span(&digits));
        }
    }
}
