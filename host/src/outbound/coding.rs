//! Undoes the content coding of an answer (RFC 9110, section 8.4). The library asks for
//! none; a server may use gzip all the same.

use std::io::Read;

use flate2::bufread::GzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use zeroize::Zeroizing;

use super::failure::NOT_AS_SAID;
use crate::NoAnswer;

/// Whether a body is in gzip, and in nothing else.
pub(super) fn is_gzip(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let coding = codings.next().map(|coding| coding.as_bytes().trim_ascii());
    let is_known = coding.is_some_and(|coding| {
        coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
    });
    is_known && codings.next().is_none()
}

/// Returns what was coded; none where it is longer than `limit`, in bytes. A few bytes may
/// stand for many: no more than that are made.
pub(super) fn gunzip(coded: &[u8], limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>, NoAnswer> {
    // All of it at once: what grows leaves copies behind.
    let mut plain = Zeroizing::new(vec![0; limit + 1]);
    let mut decoder = GzDecoder::new(coded);
    let mut length = 0;
    while length < plain.len() {
        let read = decoder.read(&mut plain[length..]);
        match read.map_err(|_| NOT_AS_SAID)? {
            0 => {
                plain.truncate(length);
                return Ok(Some(plain));
            }
            more => length += more,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::TransportFailure;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_coded_comes_back_up_to_the_limit() {
        for length in [0, 1, 99, 100] {
            let plain = vec![b' '; length];
            let undone = gunzip(&gzip(&plain), 100).unwrap();
            assert_eq!(undone.as_deref(), Some(&plain));
        }
        for length in [101, 1_000_000] {
            assert_eq!(gunzip(&gzip(&vec![b' '; length]), 100), Ok(None));
        }
    }

    #[test]
    fn what_is_no_gzip_may_stand_for_anything() {
        let mut cut = gzip(b"a token");
        cut.truncate(cut.len() - 1);
        let mut other = gzip(b"a token");
        other[12] ^= 1;
        for coded in [&b""[..], b"{\"token\":\"n3w\"}", &cut, &other] {
            let no_answer = gunzip(coded, 100).unwrap_err();
            assert_eq!(no_answer.failure, TransportFailure::Other);
            assert!(no_answer.may_have_acted);
        }
    }

    #[test]
    fn gzip_alone_is_known() {
        let is_gzip = |codings: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(CONTENT_ENCODING, coding.parse().unwrap());
            }
            is_gzip(&headers)
        };
        for coding in ["gzip", "GZip", "x-gzip", " gzip "] {
            assert!(is_gzip(&[coding]), "{coding}");
        }
        for codings in [
            &[][..],
            &["br"],
            &["identity"],
            &["br, gzip"],
            &["gzip", "br"],
        ] {
            assert!(!is_gzip(codings), "{codings:?}");
        }
    }
}
