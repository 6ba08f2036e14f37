//! How long something takes, for people.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns a number of seconds as `52s`, `9m`, `5h 12m` or `3days`: two units at most,
/// and none that is too small to matter.
pub(crate) fn duration(seconds: u64) -> String {
    let unit = match seconds {
        0..MINUTE => 1,
        MINUTE..DAY => MINUTE,
        _ => HOUR,
    };
    let whole = humantime::format_duration(Duration::from_secs(seconds / unit * unit)).to_string();
    whole.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let shown = [0, 52, 60, 599, 3_600, 18_779, 86_399, 86_400, 90_061, u64::MAX].map(duration);
        insta::assert_snapshot!(shown.join("\n"), @"
        0s
        52s
        1m
        9m
        1h
        5h 12m
        23h 59m
        1day
        1day 1h
        584542046090years 7months
        ");
    }
}
