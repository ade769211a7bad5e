//! `Retry-After` (RFC 9110, section 10.2.3): seconds, or an HTTP date.
//!
//! A date is held against the answer's own `Date` where it has one, because
//! the two machines' clocks may differ.

use crate::digits;

/// How long to wait, in seconds; 0 for a date that has passed.
pub(crate) fn seconds(value: &str, date: Option<&str>, received_at_seconds: u64) -> Option<u32> {
    let value = value.trim_ascii();
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Too large for any integer is still a number: the longest wait.
        digits::read(value.as_bytes()).unwrap_or(u64::MAX)
    } else {
        let now = date.and_then(unix_time).unwrap_or(received_at_seconds);
        unix_time(value)?.saturating_sub(now)
    };
    Some(u32::try_from(wait).unwrap_or(u32::MAX))
}

/// An HTTP date (RFC 9110, section 5.6.7) in Unix seconds: IMF-fixdate, and
/// the two obsolete forms that a recipient must accept.
fn unix_time(date: &str) -> Option<u64> {
    let mut words = [&b""[..]; 8];
    let mut places = words.iter_mut();
    let is_border = |b: &u8| matches!(b, b' ' | b',' | b'-' | b':');
    for word in date.as_bytes().split(is_border) {
        if !word.is_empty() {
            *places.next()? = word;
        }
    }
    let (day, month, year, [hour, minute, second]) = match words {
        // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
        [_weekday, day, month, year, hour, minute, second, b"GMT"] => {
            (day, month, year, [hour, minute, second])
        }
        // Sun Nov  6 08:49:37 1994
        [_weekday, month, day, hour, minute, second, year, b""] => {
            (day, month, year, [hour, minute, second])
        }
        _ => return None,
    };
    let days = days_since_epoch(read_year(year)?, read_month(month)?, number(day, 31)?)?;
    // 60 is a leap second.
    let (hour, minute, second) = (number(hour, 23)?, number(minute, 59)?, number(second, 60)?);
    let seconds = hour
        .wrapping_mul(3600)
        .wrapping_add(minute.wrapping_mul(60))
        .wrapping_add(second);
    Some(
        u64::from(days)
            .wrapping_mul(86_400)
            .wrapping_add(seconds.into()),
    )
}

fn read_year(text: &[u8]) -> Option<u32> {
    let year = number(text, 9999)?;
    match text.len() {
        4 => Some(year),
        // Two digits: 1970 to 2069. No Retry-After is as far off as that.
        2 if year < 70 => Some(year.wrapping_add(2000)),
        2 => Some(year.wrapping_add(1900)),
        _ => None,
    }
}

fn read_month(text: &[u8]) -> Option<u32> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let index = MONTHS.chunks_exact(3).position(|month| month == text)?;
    u32::try_from(index).ok()?.checked_add(1)
}

/// With the bounds that every number has here, no sum and no product of them
/// passes what 32 bits hold.
fn number(text: &[u8], most: u32) -> Option<u32> {
    let value = u32::try_from(digits::read(text)?).ok()?;
    (value <= most).then_some(value)
}

/// Days from 1 January 1970, by counting the leap days of the years before
/// (the year begins in March here, so that a leap day is its last). None for a
/// day before that, and for a day 0.
fn days_since_epoch(year: u32, month: u32, day: u32) -> Option<u32> {
    let (year, month) = match month {
        3.. => (year, month.wrapping_sub(3)),
        _ => (year.checked_sub(1)?, month.wrapping_add(9)),
    };
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let days_before_month = month.wrapping_mul(153).wrapping_add(2) / 5;
    year.wrapping_mul(365)
        .wrapping_add(leap_days)
        .wrapping_add(days_before_month)
        .wrapping_add(day.checked_sub(1)?)
        .checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RFC_EXAMPLE: u64 = 784_111_777;

    #[test]
    fn the_three_forms_of_a_date_are_read_as_rfc_9110_section_5_6_7_shows() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(unix_time(date), Some(RFC_EXAMPLE), "{date}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_one_from_1970_to_2069() {
        let of = |year| unix_time(&format!("Tuesday, 01-Jan-{year} 00:00:00 GMT"));
        assert_eq!(of("70"), Some(0));
        assert_eq!(of("69"), Some(3_124_224_000));
    }

    #[test]
    fn a_date_that_is_none_is_no_date() {
        for date in [
            "",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sun Nov  6 08:49:37",
        ] {
            assert_eq!(unix_time(date), None, "{date}");
        }
    }

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(seconds("120", None, 0), Some(120));
        assert_eq!(seconds(" 0 ", None, 0), Some(0));
        assert_eq!(seconds("99999999999999999999999", None, 0), Some(u32::MAX));
        for none in ["", "-1", "1.5", "1s"] {
            assert_eq!(seconds(none, None, 0), None, "{none}");
        }
    }

    #[test]
    fn a_date_is_held_against_the_servers_own_clock() {
        let later = "Sun, 06 Nov 1994 08:50:37 GMT";
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(seconds(later, date, 1), Some(60));
        assert_eq!(seconds(later, None, RFC_EXAMPLE - 5), Some(65));
        assert_eq!(seconds(later, Some("soon"), RFC_EXAMPLE), Some(60));
        assert_eq!(seconds(later, None, RFC_EXAMPLE + 100), Some(0));
        assert_eq!(
            seconds("Fri, 31 Dec 9999 23:59:59 GMT", None, 0),
            Some(u32::MAX)
        );
    }

    proptest! {
        #[test]
        fn dates_agree_with_the_httpdate_crate(time in 0_u64..253_402_300_000) {
            let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(time));
            prop_assert_eq!(unix_time(&date), Some(time));
        }

        #[test]
        fn no_text_can_make_it_panic(text in ".{0,40}", words in "[A-Za-z0-9:, -]{0,40}") {
            let _ = seconds(&text, Some(&words), 0);
            let _ = seconds(&words, None, u64::MAX);
        }
    }
}
