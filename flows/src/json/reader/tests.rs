use std::collections::HashMap;
use std::iter;

use proptest::prelude::*;
use serde_json::Value as Theirs;

use super::*;
use crate::json::KNOWN;

/// What may stand around a value (section 2).
const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// A whole text, if it is JSON.
fn read_all(text: &str) -> bool {
    read(text, &mut |_, _| {})
}

/// Whether what is written is what `serde_json` makes of it.
fn is_same(ours: &str, theirs: &Theirs) -> bool {
    match theirs {
        Theirs::Null => ours == "null",
        Theirs::Bool(theirs) => ours == theirs.to_string(),
        Theirs::String(theirs) => string(ours).as_ref() == Some(theirs),
        // A float rounds where ours is cut: between -1 and 0 the whole part is 0.
        Theirs::Number(theirs) => match theirs.as_f64().filter(|&n| -1.0 < n && n < 9e15) {
            Some(n) => whole(ours).is_some_and(|ours| (n - ours as f64).abs() <= 1.0 + n / 1e12),
            None => whole(ours).is_none_or(|ours| ours >= 9_000_000_000_000_000),
        },
        Theirs::Array(theirs) => {
            let mut items = Vec::new();
            read(ours, &mut |name, item| {
                assert_eq!(name, "");
                items.push(item);
            }) && items.len() == theirs.len()
                && iter::zip(items, theirs).all(|(ours, theirs)| is_same(ours, theirs))
        }
        Theirs::Object(theirs) => {
            // The last of two members counts.
            let mut members = HashMap::new();
            read(ours, &mut |name, value| {
                members.insert(string(name).expect("a name is a string"), value);
            }) && members.len() == theirs.len()
                && theirs.iter().all(|(name, theirs)| {
                    members.get(name).is_some_and(|ours| is_same(ours, theirs))
                })
        }
    }
}

fn agrees(text: &str) {
    match serde_json::from_str::<Theirs>(text) {
        Ok(theirs) => {
            assert!(read_all(text), "refuses {text:?}");
            assert!(is_same(text.trim_matches(WHITE), &theirs), "{text:?}");
        }
        // A number that the grammar allows and no float holds.
        Err(error) if error.to_string().contains("out of range") => {}
        Err(_) => assert!(!read_all(text), "takes {text:?}"),
    }
}

#[test]
fn texts_are_read_as_serde_json_reads_them() {
    for text in [
        "",
        " ",
        "{}",
        "[]",
        " [ ] ",
        "[,]",
        "[1,]",
        "[1 2]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{,}",
        "[}",
        "nul",
        "nullx",
        "True",
        "true false",
        "-",
        "-1",
        "- 1",
        "+1",
        "01",
        "-0",
        "-0.0",
        "0.5",
        "1.",
        ".5",
        "1.5e3",
        "1.2345E+3",
        "12345e-2",
        "-1e-9",
        "1e",
        "1e+",
        "1e1000000000000000000000",
        "0e400",
        "4294967296",
        "18446744073709551616",
        "0.00000000000000000000000000000001",
        "-0.9218456957232689",
        "-0.999",
        "-1.0",
        r#""\u00e9\ud83d\ude00\/\b\f\n\r\t""#,
        r#""\ud800""#,
        r#""\ud800\u0041""#,
        r#""\udc00""#,
        r#""\uD83D\uDE00""#,
        r#""\uDBFF\uDFFF \uD8C0\uDC0A""#,
        r#""\u12""#,
        r#""\x41""#,
        "\"\t\"",
        "\"\u{7f}\"",
        "\"open",
        "1\0",
        "[\0]",
        "\"\0\"",
        "\u{a0}1",
        "\u{b}1",
        r#"{"token":{"code":[{"exp":1}],"x":{"code":2}},"y":{"token":3}}"#,
    ] {
        agrees(text);
    }
}

#[test]
fn nesting_is_as_deep_as_serde_json_has_it() {
    for depth in [126, 127, 128, 200] {
        let list = ["[".repeat(depth), "]".repeat(depth)].concat();
        agrees(&list);
        agrees(&[r#"{"x":"#, &list, "}"].concat());
    }
}

fn any_json() -> impl Strategy<Value = Theirs> {
    let leaf = prop_oneof![
        Just(Theirs::Null),
        any::<bool>().prop_map(Theirs::from),
        any::<i64>().prop_map(Theirs::from),
        any::<f64>().prop_map(Theirs::from),
        ".{0,9}".prop_map(Theirs::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let name = prop_oneof![
            proptest::sample::select(&KNOWN[..]).prop_map(String::from),
            ".{0,4}"
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Theirs::from),
            proptest::collection::btree_map(name, inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_serde_json_writes_is_read(value in any_json()) {
        agrees(&serde_json::to_string(&value).unwrap());
        agrees(&serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn any_text_of_json_characters_is_judged_as_serde_json_does(
        text in r#"[{}\[\]:," \n\\/a-fu0-9.eE+-]{0,30}"#,
        number in "-?[0-9]{0,20}(\\.[0-9]{0,9})?([eE][+-]?[0-9]{0,2})?",
        string in r#""([a-d"\\/]|\\u[dD][89a-fA-F][0-9a-f]{2}|\\[bfnrtuxé]){0,6}""#,
    ) {
        agrees(&text);
        agrees(&number);
        agrees(&string);
    }

    #[test]
    fn a_piece_of_a_text_is_judged_as_serde_json_does(value in any_json(), cut in 0_usize..99) {
        let text = serde_json::to_string(&value).unwrap();
        agrees(text.get(..cut).unwrap_or_default());
    }
}
