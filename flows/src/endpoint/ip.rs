//! Whether a text is an IP address, in a tenth of the size of what `core` has
//! for it. The tests hold it against that.

use crate::digits;

/// Four decimal numbers up to 255, without leading zeros (RFC 3986, section
/// 3.2.2): some readers take `010` for 8.
pub(super) fn is_v4(text: &[u8]) -> bool {
    let is_octet = |part: &[u8]| {
        let is_short = part.len() == 1 || part.first() != Some(&b'0');
        is_short && digits::read(part).is_some_and(|n| n < 256)
    };
    text.split(|&b| b == b'.').count() == 4 && text.split(|&b| b == b'.').all(is_octet)
}

/// Eight groups of one to four hexadecimal digits; `::` stands for one or more
/// groups of zeros, and an IPv4 address for the last two. No zone.
pub(super) fn is_v6(text: &[u8]) -> bool {
    let mut groups = 0_u32;
    let mut gaps = 0_u32;
    let mut rest = text;
    if let Some(after) = rest.strip_prefix(b"::") {
        gaps = 1;
        rest = after;
    }
    while !rest.is_empty() {
        let length = rest.iter().position(|&b| b == b':').unwrap_or(rest.len());
        let (group, after) = rest.split_at(length);
        if after.is_empty() && is_v4(group) {
            groups = groups.saturating_add(2);
            break;
        }
        if !(1..=4).contains(&length) || !group.iter().all(u8::is_ascii_hexdigit) {
            return false;
        }
        groups = groups.saturating_add(1);
        rest = match after {
            [b':', b':', after @ ..] => {
                gaps = gaps.saturating_add(1);
                after
            }
            // A colon at the very end leads to nothing.
            [b':'] => return false,
            [b':', after @ ..] => after,
            _ => after,
        };
    }
    match gaps {
        0 => groups == 8,
        1 => groups < 8,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn agrees(text: &str) {
        assert_eq!(
            is_v4(text.as_bytes()),
            text.parse::<Ipv4Addr>().is_ok(),
            "{text:?}"
        );
        assert_eq!(
            is_v6(text.as_bytes()),
            text.parse::<Ipv6Addr>().is_ok(),
            "{text:?}"
        );
    }

    #[test]
    fn addresses_are_what_core_takes_for_addresses() {
        for text in [
            "",
            ":",
            "::",
            ":::",
            "::1",
            "1::",
            "1:",
            ":1",
            "1::2::3",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7::",
            "1:2:3:4:5:6:7:8::",
            "::2:3:4:5:6:7:8",
            "::1:2:3:4:5:6:7:8",
            "12345::",
            "g::",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::1.2.3.4:5",
            "1.2.3.4::",
            "1.2.3.4",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "0.0.0.0",
            "256.1.1.1",
            "1..2.3",
            "fe80::1%eth0",
            "::1.2.3.04",
            "::%31",
        ] {
            agrees(text);
        }
    }

    proptest! {
        #[test]
        fn any_text_of_their_characters_is_judged_as_core_does(
            v6 in "([0-9a-f]{0,5}:{1,2}){0,8}[0-9a-f]{0,4}",
            mixed in "(::)?([0-9a-f]{1,4}:){0,6}[0-9]{1,3}(\\.[0-9]{1,3}){3}",
            v4 in "[0-9]{1,4}(\\.[0-9]{0,3}){2,4}",
        ) {
            agrees(&v6);
            agrees(&mixed);
            agrees(&v4);
        }
    }
}
