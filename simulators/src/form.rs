//! `application/x-www-form-urlencoded`, read strictly (RFC 6749, appendix B).
//!
//! A lenient reader would take what a stricter server refuses, and a wrong
//! encoding of the client would go unseen.

/// Reads `name=value&name=value`. A name without `=`, an empty pair, a
/// character that should have been encoded, a bad escape, bytes that are no
/// UTF-8 and a repeated name are errors.
pub(super) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').ok_or("a form pair without `=`")?;
        let (name, value) = (decode(name)?, decode(value)?);
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(format!("the form field `{name}` is repeated"));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Decodes one name or value.
pub(super) fn decode(text: &str) -> Result<String, String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|d| d.and_then(hex_digit));
                let [Some(high), Some(low)] = digits else {
                    return Err("a `%` without two hexadecimal digits".to_owned());
                };
                decoded.push(high * 16 + low);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' | b'~' => {
                decoded.push(byte);
            }
            _ => return Err("a character in a form that must be encoded".to_owned()),
        }
    }
    String::from_utf8(decoded).map_err(|_| "a form value that is no UTF-8".to_owned())
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
