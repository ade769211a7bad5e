//! One spelling for one user name, as far as it has a case.
//!
//! Unicode's own tables weigh 18 KB. This folds the letters of the Latin, Greek and
//! Cyrillic blocks up to U+045F, which have simple rules; a letter of another block is
//! taken as it is. So two spellings of such a name are two accounts, unless the
//! embedder names the account.

use alloc::string::String;

/// The name without surrounding white space, in lower case.
pub(crate) fn folded(name: &str) -> String {
    name.trim().chars().map(lower).collect()
}

fn lower(letter: char) -> char {
    let code = u32::from(letter);
    let is_even = code.is_multiple_of(2);
    let distance = match letter {
        '\u{d7}' | '\u{3a2}' => 0,
        'A'..='Z' | '\u{c0}'..='\u{de}' | '\u{391}'..='\u{3ab}' | '\u{410}'..='\u{42f}' => 0x20,
        '\u{400}'..='\u{40f}' => 0x50,
        // Pairs: upper case first, on even places or on odd ones.
        '\u{100}'..='\u{137}' | '\u{14a}'..='\u{177}' if is_even => 1,
        '\u{139}'..='\u{148}' | '\u{179}'..='\u{17e}' if !is_even => 1,
        '\u{178}' => return '\u{ff}',
        _ => 0,
    };
    char::from_u32(code.saturating_add(distance)).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fold_as_unicode_says() {
        // Unicode folds the dotted capital I to two characters.
        for letter in ('\0'..='\u{45f}').filter(|&letter| letter != '\u{130}') {
            let mut folded = letter.to_lowercase();
            let is_in_a_block = matches!(letter,
                '\0'..='\u{17f}' | '\u{391}'..='\u{3a9}' | '\u{400}'..='\u{45f}');
            if is_in_a_block {
                assert_eq!(Some(lower(letter)), folded.next(), "{letter}");
            }
        }
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["ada", "Ada", "ADA", " ada ", "\tAda\n"] {
            assert_eq!(folded(name), "ada");
        }
        assert_eq!(folded("FIRMA\\J\u{dc}RGEN"), "firma\\j\u{fc}rgen");
        assert_ne!(folded("ada"), folded("eda"));
    }
}
