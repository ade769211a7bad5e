//! One spelling for one user name, as far as it has a case.
//!
//! Unicode's own tables weigh 18 KB. This folds the letters of the Latin alphabets of
//! Europe and Vietnam, the Greek and the Cyrillic ones, which have simple rules; any
//! other letter is taken as it is. So two spellings of a name with one are two
//! accounts, unless the embedder names the account.

use alloc::string::String;

/// The name without ASCII white space around it, in lower case.
pub(crate) fn folded(name: &str) -> String {
    name.trim_ascii().chars().map(lower).collect()
}

fn lower(letter: char) -> char {
    let code = u32::from(letter);
    let is_even = code.is_multiple_of(2);
    let distance = match letter {
        '\u{d7}' | '\u{3a2}' => 0,
        'A'..='Z' | '\u{c0}'..='\u{de}' | '\u{391}'..='\u{3ab}' | '\u{410}'..='\u{42f}' => 0x20,
        '\u{400}'..='\u{40f}' => 0x50,
        // Greek with an accent.
        '\u{386}' => 38,
        '\u{388}'..='\u{38a}' => 37,
        '\u{38c}' => 64,
        '\u{38e}' | '\u{38f}' => 63,
        // Pairs: upper case first, on even places or on odd ones.
        '\u{100}'..='\u{137}'
        | '\u{14a}'..='\u{177}'
        | '\u{218}'..='\u{21b}'
        | '\u{460}'..='\u{481}'
        | '\u{48a}'..='\u{4bf}'
        | '\u{4d0}'..='\u{52f}'
        | '\u{1ea0}'..='\u{1eff}'
            if is_even =>
        {
            1
        }
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
        for letter in '\0'..=char::MAX {
            let is_in_an_alphabet = matches!(letter,
                '\0'..='\u{17f}' | '\u{218}'..='\u{21b}' | '\u{370}'..='\u{3ce}'
                | '\u{400}'..='\u{4bf}' | '\u{4d0}'..='\u{52f}' | '\u{1ea0}'..='\u{1eff}');
            // Unicode folds the first to two characters; the others are archaic, and a
            // symbol.
            let is_left_out = matches!(
                letter,
                '\u{130}' | '\u{370}' | '\u{372}' | '\u{376}' | '\u{37f}'
            );
            let mut folded = letter.to_lowercase();
            if is_in_an_alphabet && !is_left_out {
                assert_eq!(Some(lower(letter)), folded.next(), "{letter}");
            } else if letter != '\u{130}' {
                // What is not folded as Unicode says is taken as it is.
                let is_as_it_is = lower(letter) == letter;
                assert!(
                    is_as_it_is || Some(lower(letter)) == folded.next(),
                    "{letter}"
                );
            }
        }
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["ada", "Ada", "ADA", " ada ", "\tAda\n"] {
            assert_eq!(folded(name), "ada");
        }
        for (capitals, small) in [
            (
                "\u{38c}\u{3bb}\u{3b3}\u{3b1}",
                "\u{3cc}\u{3bb}\u{3b3}\u{3b1}",
            ),
            ("\u{218}tefan", "\u{219}tefan"),
            ("NGUY\u{1ec4}N", "nguy\u{1ec5}n"),
            ("\u{490}", "\u{491}"),
        ] {
            assert_eq!(folded(capitals), small);
        }
        assert_eq!(folded("FIRMA\\J\u{dc}RGEN"), "firma\\j\u{fc}rgen");
        assert_ne!(folded("ada"), folded("eda"));
    }
}
