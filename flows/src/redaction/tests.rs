use proptest::prelude::*;

use super::*;

fn cleaned(secret: &str, text: &str) -> String {
    Secrets::new(&[secret], &[])
        .message(text)
        .unwrap_or_default()
        .to_string()
}

#[test]
fn a_secret_is_struck_out_wherever_it_stands() {
    assert_eq!(cleaned("pa55", "pa55 or xpa55x"), "*** or x***x");
    assert_eq!(cleaned("pa55", "wrong: PA55"), "wrong: ***");
    assert_eq!(cleaned("pa55", "pa5"), "pa5");
    assert_eq!(cleaned("ü", "xüy"), "x***y");
}

#[test]
fn a_secret_is_struck_out_however_it_is_spelt() {
    let secret = "a\"b\\c /d=é";
    for spelling in [
        "a\"b\\c /d=é",
        "a\\\"b\\\\c /d=é",
        "a%22b%5Cc%20%2Fd%3D%C3%A9",
        "a%22b%5cc%20%2fd%3d%c3%a9",
        "a%22b%5Cc+%2Fd%3D%C3%A9",
    ] {
        assert_eq!(
            cleaned(secret, &["<", spelling, ">"].concat()),
            "<***>",
            "{spelling}"
        );
    }
}

#[test]
fn a_secret_is_struck_out_in_either_case_of_any_letters() {
    for (secret, echoed) in [
        ("gr\u{fc}n\u{e9}", "GR\u{dc}N\u{c9}"),
        ("\u{dc}\u{d8}x", "\u{fc}\u{f8}X"),
        (
            "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
            "\u{41f}\u{410}\u{420}\u{41e}\u{41b}\u{42c}",
        ),
        (
            "\u{3c3}\u{3bf}\u{3c6}\u{3cc}\u{3c2}",
            "\u{3a3}\u{39f}\u{3a6}\u{38c}\u{3a3}",
        ),
        ("wei\u{df}1", "WEISS1"),
        ("wei\u{df}1", "WEI\u{1e9e}1"),
        // A Turkish server's, and one elsewhere that has what came from there.
        ("istanbul", "\u{130}STANBUL"),
        ("\u{130}STANBUL", "istanbul"),
        ("\u{130}STANBUL", "i\u{307}stanbul"),
        ("ILI", "\u{131}l\u{131}"),
        ("a\u{e4}b", "A\\u00C4B"),
        ("a\u{e4}b", "A%C3%84B"),
        ("a\u{e4}b", "A&#196;B"),
    ] {
        let text = ["1", echoed, "2"].concat();
        assert_eq!(cleaned(secret, &text), "1***2", "{secret}, {echoed}");
    }
    for (secret, other) in [
        ("p\u{e4}", "p\u{f6}"),
        ("p\u{df}", "ps"),
        ("\u{5bc6}", "\u{7801}"),
    ] {
        assert_eq!(cleaned(secret, other), other);
    }
}

#[test]
fn every_letter_of_these_alphabets_is_known_in_its_other_case() {
    let blocks = [
        ('\u{c0}', '\u{17f}'),    // Latin of western and central Europe
        ('\u{386}', '\u{3ce}'),   // Greek
        ('\u{400}', '\u{4ff}'),   // Cyrillic
        ('\u{531}', '\u{586}'),   // Armenian
        ('\u{1e00}', '\u{1eff}'), // Vietnamese, Welsh and others
    ];
    let more = "\u{218}\u{21a}\u{18f}\u{181}\u{18a}\u{1a0}\u{1af}"; // ȘȚ, ƏƁƊ, ƠƯ
    let letters = blocks.into_iter().flat_map(|(first, last)| first..=last);
    for letter in letters.chain(more.chars()) {
        for other in [
            letter.to_uppercase().to_string(),
            letter.to_lowercase().to_string(),
        ] {
            // Long s, and letters of no keyboard that become several.
            if "\u{17f}\u{1e9b}".contains(letter)
                || (other.chars().count() > 1 && !"\u{df}\u{130}".contains(letter))
            {
                continue;
            }
            let secret = format!("a{letter}b");
            let text = format!("1A{other}B2");
            assert_eq!(cleaned(&secret, &text), "1***2", "{letter} as {other}");
        }
    }
}

#[test]
fn what_a_terminal_obeys_or_does_not_show_is_blanked() {
    for (hidden, name) in [
        ('\0', "NUL"),
        ('\t', "tab"),
        ('\n', "line feed"),
        ('\r', "carriage return"),
        ('\u{1b}', "escape"),
        ('\u{7f}', "delete"),
        ('\u{85}', "next line"),
        ('\u{90}', "device control string"),
        ('\u{9b}', "control sequence introducer"),
        ('\u{9d}', "operating system command"),
        ('\u{200b}', "zero-width space"),
        ('\u{2028}', "line separator"),
        ('\u{202a}', "left-to-right embedding"),
        ('\u{202e}', "right-to-left override"),
        ('\u{2066}', "left-to-right isolate"),
        ('\u{2069}', "pop directional isolate"),
        ('\u{feff}', "byte order mark"),
        ('\u{fff9}', "interlinear annotation"),
        ('\u{e0041}', "tag"),
    ] {
        let text = format!("a{hidden}b");
        assert_eq!(visible(&text), "a b", "{name}");
        let secrets = Secrets::new(&[], &[]);
        assert_eq!(secrets.message(&text).as_deref(), Some("a b"), "{name}");
        assert_eq!(secrets.code(&text).as_deref(), Some("a b"), "{name}");
    }
    // German, Arabic, Persian with its joiner, Chinese, an emoji of two.
    let text = "\u{fc} \u{639}\u{631}\u{628} \u{645}\u{6cc}\u{200c}\u{62e} \u{7528} \u{1f468}\u{200d}\u{1f4bb}";
    assert_eq!(visible(text), text);
}

#[test]
fn a_long_beginning_of_a_secret_is_struck_out_too() {
    let token = "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiIxIn0.c2ln";
    assert_eq!(cleaned(token, "bad eyJhbGciOiJSUzUx..."), "bad ***...");
    assert_eq!(cleaned(token, "bad eyJhbG..."), "bad eyJhbG...");
}

#[test]
fn secrets_that_overlap_leave_nothing_of_either() {
    let secrets = Secrets::new(&["abcd", "cdef"], &[]);
    assert_eq!(secrets.message("1abcdef2").as_deref(), Some("1***2"));
}

#[test]
fn a_secret_is_struck_out_however_servers_escape_it() {
    let secret = "a>b'c";
    assert_eq!(cleaned(secret, "no: a&gt;b&apos;c"), "no: ***");
    let secret = "p\u{e4}\"<&\\/ +%";
    for spelling in [
        "p\\u00e4\\u0022\\u003C\\u0026\\\\\\/ +%",
        "p\\u00E4\\\"<\\u0026\\\\/ +%",
        "p&#228;&quot;&lt;&amp;\\/ +%",
        "p&#xE4;&#34;&#x3c;&amp;&#92;/ &#43;%",
        "p%C3%A4%22%3c%26%5C/%20%2B%25",
    ] {
        let text = ["<", spelling, ">"].concat();
        assert_eq!(cleaned(secret, &text), "<***>", "{spelling}");
    }
    // What only looks like an escape is what it is.
    for text in [
        "%",
        "%4",
        "%zz",
        "%ff",
        "\\",
        "\\u12",
        "&",
        "&;",
        "&#;",
        "&#x110000;",
    ] {
        assert_eq!(cleaned("secret", text), text);
        assert_eq!(cleaned(text, &["1", text, "2"].concat()), "1***2");
    }
}

#[test]
fn a_character_in_two_halves_is_read_as_one() {
    assert_eq!(cleaned("p\u{1f600}s", "1p\\ud83d\\ude00s2"), "1***2");
    assert_eq!(cleaned("p\u{1f600}s", "1p\\ud83ds2"), "1p\\ud83ds2");
    assert_eq!(cleaned("a\nb", "1a\\nb2"), "1***2");
}

/// As long as an answer can be, made to match as long as it can.
#[test]
fn no_text_takes_more_than_a_few_steps_for_each_character() {
    let secret = "a".repeat(60_000);
    for piece in ["a", "&", "&#", "%", "%61", "\\", "\\u0061", "aaaaaaaaaaab"] {
        let text = piece.repeat(256 * 1024 / piece.len());
        // Quadratic, this would take minutes: the test would be seen to hang.
        assert!(!cleaned(&secret, &text).contains(&secret));
    }
}

#[test]
fn the_callers_headers_are_secrets_with_and_without_their_scheme() {
    let header = |value| Header::parse("X-Gateway", value).unwrap();
    let headers = [header("Bearer t0ken"), header("1")];
    let secrets = Secrets::new(&["7"], &headers);
    let message = secrets.message("bearer T0KEN, t0ken, 1");
    assert_eq!(message.as_deref(), Some("***, ***, 1"));
    assert_eq!(secrets.code("UM1117").as_deref(), Some("UM1117"));
}

#[test]
fn an_empty_secret_strikes_nothing() {
    assert_eq!(cleaned("", "words"), "words");
}

#[test]
fn words_are_one_line_and_at_most_512_characters() {
    assert_eq!(cleaned("x", " a\r\nb\tc\u{85}d "), "a  b c d");
    assert_eq!(cleaned("x", &"ü".repeat(600)).chars().count(), 512);
    assert_eq!(
        Secrets::new(&[], &[]).code(&"1".repeat(99)).unwrap().len(),
        64
    );
    assert_eq!(Secrets::new(&[], &[]).message(" \n"), None);
}

#[test]
fn the_cut_comes_after_the_striking() {
    let secret = "s".repeat(40);
    let text = ["-".repeat(500), secret.clone()].concat();
    assert_eq!(
        cleaned(&secret, &text),
        ["-".repeat(500), "***".into()].concat()
    );
}

proptest! {
    #[test]
    fn no_secret_is_left(secret in "[a-zé\"\\\\ ]{1,20}", before in "[a-z ]{0,9}", after in "[a-z ]{0,9}") {
        let text = [before, secret.clone(), after].concat();
        let left = Secrets::new(&[&secret], &[]).message(&text).unwrap_or_default();
        prop_assert!(!left.contains(&*secret));
    }
}
