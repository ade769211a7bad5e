//! All that others say is cleaned here before it reaches a terminal or a program:
//! a server's words may hold characters that steer the one or mislead the reader
//! of the other.

/// A server's words are shown up to here, in characters.
const MOST: usize = 500;

/// Others' words in one line, with a question mark for what is no text.
pub fn printable(text: &str) -> String {
    text.chars().map(plain).take(MOST).collect()
}

/// The same for text of several lines, which may hold others' words.
pub fn printable_lines(text: &str) -> String {
    let plain = |c| if c == '\n' { c } else { plain(c) };
    text.chars().map(plain).collect()
}

/// JSON text with what is no text escaped. JSON's own rules leave the C1
/// characters and those that turn the direction of writing as they are.
pub(super) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_text(c) {
            escaped.push(c)
        } else {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)))
        }
    }
    escaped
}

fn plain(c: char) -> char {
    if is_text(c) { c } else { '?' }
}

/// Neither a control character nor one that turns or hides what stands around it.
/// All of the latter are in the Basic Multilingual Plane.
fn is_text(c: char) -> bool {
    let turns_or_hides = matches!(
        c,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    );
    !c.is_control() && !turns_or_hides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_struck_out() {
        assert_eq!(
            printable("a\u{1b}[2Jb\u{9b}c\u{7f}d\u{202e}e\n"),
            "a?[2Jb?c?d?e?"
        );
        assert_eq!(printable("Zürich 東京"), "Zürich 東京");
        assert_eq!(printable_lines("a\nb\r\u{1b}"), "a\nb??");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({ "a": "x\u{9b}y\u{202e}z\u{7f}\u{1b}\"" });
        let text = escaped(&value.to_string());
        assert!(text.is_ascii(), "{text}");
        assert!(!text.chars().any(char::is_control), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn nobody_fills_the_terminal() {
        assert_eq!(printable(&"x".repeat(10_000)).len(), MOST);
    }
}
