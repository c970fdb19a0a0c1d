//! Points in time for people and for JSON: RFC 3339, in UTC, to the second; and as people give them.

use std::time::Duration;

use jiff::Timestamp;
use larder::Time;

/// A point in time as it was given, before it is known what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// This one.
    At(Time),
    /// One that is this far from now.
    From(Duration),
}

impl Moment {
    /// The point in time, where a span is counted forward from `now`.
    pub(crate) fn ahead_of(self, now: Time) -> Time {
        match self {
            Self::At(time) => time,
            Self::From(span) => now.after(span),
        }
    }

    /// The point in time, where a span is counted back from `now`.
    pub(crate) fn before(self, now: Time) -> Time {
        match self {
            Self::At(time) => time,
            Self::From(span) => {
                let nanos = i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
                Time::from_nanos(now.nanos().saturating_sub(nanos))
            }
        }
    }
}

/// The moment that `text` says: a time such as `2026-11-22T23:40:12Z`, or a span such as `7 days`.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    // Only a time begins with four digits and a dash.
    let is_time =
        text.len() > 4 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text[4..].starts_with('-');
    if !is_time {
        return span(text).map(Moment::From);
    }
    let time: Timestamp =
        text.parse().map_err(|error| format!("`{text}` is no time such as 2026-11-22T23:40:12Z: {error}"))?;
    let nanos = i64::try_from(time.as_nanosecond());
    nanos.map(|nanos| Moment::At(Time::from_nanos(nanos))).map_err(|_| {
        format!(
            "`{text}` is too far away: times go from {} to {}",
            shown(Time::from_nanos(i64::MIN)),
            shown(Time::LAST)
        )
    })
}

/// The span that `text` says.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    larder::units::span(text).map_err(|error| error.message().to_owned())
}

/// `time` to the second, such as `2026-11-22T23:40:12Z`.
pub(crate) fn shown(time: Time) -> String {
    let seconds = time.nanos().div_euclid(1_000_000_000);
    let time = Timestamp::from_second(seconds).expect("64 bits of nanoseconds are within ten thousand years");
    time.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_utc() {
        let shown = |seconds| shown(Time::from_secs(seconds));
        assert_eq!(shown(0), "1970-01-01T00:00:00Z");
        assert_eq!(shown(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(shown(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(shown(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59Z");
        assert_eq!(super::shown(Time::from_nanos(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn the_first_and_the_last_time_are_shown_and_read() {
        for time in [Time::from_nanos(i64::MIN), Time::LAST] {
            assert!(shown(time).ends_with('Z'));
        }
        assert_eq!(moment(&shown(Time::LAST)), Ok(Moment::At(Time::from_secs(i64::MAX / 1_000_000_000))));
        assert!(moment("9000-01-01T00:00:00Z").unwrap_err().contains("too far away"));
    }

    #[test]
    fn a_moment_is_a_time_or_a_span() {
        let now = Time::from_secs(1000);
        assert_eq!(moment("1970-01-01T00:01:00Z"), Ok(Moment::At(Time::from_secs(60))));
        assert_eq!(moment("1970-01-01T02:01:00+02:00"), Ok(Moment::At(Time::from_secs(60))));
        let minute = moment("1 min").unwrap();
        assert_eq!(minute.ahead_of(now), Time::from_secs(1060));
        assert_eq!(minute.before(now), Time::from_secs(940));
        for (text, said) in
            [("2026-13-01T00:00:00Z", "no time such as"), ("5 minuts", "did you mean"), ("", "")]
        {
            assert!(moment(text).unwrap_err().contains(said), "{text}");
        }
    }
}
