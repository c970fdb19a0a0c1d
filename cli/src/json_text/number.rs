//! Numbers of JSON text, which have any number of digits.

/// A number that 64 bits hold exactly.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

impl Number {
    /// The number that `text`, a number of JSON, writes.
    ///
    /// # Errors
    ///
    /// Why 64 bits do not hold it.
    pub(super) fn exact(text: &str) -> Result<Self, String> {
        let is_float = text == "-0" || text.contains(['.', 'e', 'E']);
        if !is_float {
            let unsigned = text.parse().map(Self::Unsigned);
            let integer = unsigned.or_else(|_| text.parse().map(Self::Signed));
            return integer.map_err(|_| format!("the integer {text}, which has more than 64 bits"));
        }
        let float = text.parse::<f64>().ok().filter(|float| float.is_finite());
        float
            .filter(|float| {
                Decimal::parse(text).is_some_and(|it| Some(it) == Decimal::parse(&format!("{float:e}")))
            })
            .map(Self::Float)
            .ok_or_else(|| format!("the number {text}, which is not the shortest form of a 64-bit float"))
    }
}

/// A number as its digits without zeros at the ends, times a power of ten.
#[derive(Debug, PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let short = digits.trim_end_matches('0');
        if short.is_empty() {
            return Some(Self { negative, digits: String::new(), exponent: 0 });
        }
        let exponent = exponent.checked_add(i64::try_from(digits.len() - short.len()).ok()?)?;
        Some(Self { negative, digits: short.to_owned(), exponent })
    }
}
