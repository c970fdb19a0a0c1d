//! Sizes for people: three digits and a binary unit.

const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// `bytes` in the unit that leaves less than 1000 before the point.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64;
    let mut unit = 0;
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    let places = match amount {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{amount:.places$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_shown() {
        let shown = [0, 999, 1000, 1536, 10_239, 1 << 20, 999 << 20, 1023 << 20, u64::MAX].map(bytes);
        let expected = [
            "0 B",
            "999 B",
            "0.98 KiB",
            "1.50 KiB",
            "10.0 KiB",
            "1.00 MiB",
            "999 MiB",
            "1.00 GiB",
            "16777216 TiB",
        ];
        assert_eq!(shown, expected);
    }
}
