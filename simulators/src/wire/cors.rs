//! What makes the answers readable for a page of another origin (Fetch, section 3.2).

/// Answers a preflight: the call that follows may have any header.
pub(super) const PREFLIGHT: &[u8] = b"HTTP/1.1 204 No Content\r\n\
    access-control-allow-origin: *\r\n\
    access-control-allow-methods: GET, POST\r\n\
    access-control-allow-headers: accept, authorization, content-type, x-authorization\r\n\
    \r\n";

/// Opens an answer to the page.
const HEADERS: &str = "access-control-allow-origin: *\r\n\
    access-control-expose-headers: date, location, retry-after, www-authenticate\r\n";

/// Puts the headers into each head that begins in a text, but for interim ones.
pub(super) fn open(text: &str) -> String {
    let mut opened = String::with_capacity(text.len());
    for line in text.split_inclusive("\r\n") {
        opened.push_str(line);
        let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..3));
        if line.ends_with("\r\n") && status.is_some_and(|first| first != "1") {
            opened.push_str(HEADERS);
        }
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_follow_the_status_line_of_the_answer() {
        let opened = open("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\ndate: x\r\n\r\nbody");
        let wanted =
            format!("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n{HEADERS}date: x\r\n\r\nbody");
        assert_eq!(opened, wanted);
    }

    #[test]
    fn what_is_no_head_stays_as_it_is() {
        for text in ["HTTP/1.1 200", "SSH-2.0-x\r\n", "\r\n0\r\n\r\n", ""] {
            assert_eq!(open(text), text);
        }
    }
}
