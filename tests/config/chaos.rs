//! Arbitrary files: every one gets an answer, none a panic.

use std::fs;

use proptest::prelude::*;

use crate::desk::{CONTEST, Desk, KEY_HEX};

/// Everything that is done with what was read.
fn exercise(desk: &Desk) {
    match desk.read() {
        Ok(config) => drop(portcullis::config::effective(&config)),
        Err(problems) => {
            assert!(problems.errors() > 0);
            for problem in &problems.0 {
                assert!(!problem.message.is_empty() && !problem.help.is_empty(), "{problem:?}");
                assert!(
                    problem.excerpt.get(problem.underline.clone()).is_some() && problem.column > 0 && problem.line > 0,
                    "{problem:?}"
                );
            }
            let printed = format!("{problems:?}{}", problems.render(false));
            assert!(!printed.contains("secret-marker") && !printed.contains(KEY_HEX), "{printed}");
            assert!(!problems.render(true).is_empty());
            assert!(serde_json::to_string(&problems).is_ok());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_get_an_answer(process in proptest::collection::vec(any::<u8>(), 0..300), contest in "\\PC{0,200}") {
        let desk = Desk::small();
        desk.file("portcullis.toml", process).file("contests/c.toml", contest);
        exercise(&desk);
    }

    #[test]
    fn mutated_examples_get_an_answer(cuts in proptest::collection::vec((0.0..1.0f64, 0usize..12, "[\\[\\]{}=\"'.,#\n0-9a-zé-]{0,6}"), 1..8)) {
        let desk = Desk::of_examples();
        for name in ["portcullis.toml", "contests/leader-2026.toml", "contests/youth-committee-2026.toml"] {
            let mut text: Vec<char> = fs::read_to_string(desk.root().join(name)).unwrap().chars().collect();
            for (place, length, insertion) in &cuts {
                let start = (place * text.len() as f64) as usize;
                let end = (start + length).min(text.len());
                text.splice(start..end, insertion.chars());
            }
            desk.file(name, text.into_iter().collect::<String>());
        }
        exercise(&desk);
    }

    #[test]
    fn values_of_any_kind_get_an_answer(line in 0usize..40, value in prop_oneof![
        Just("1"), Just("-9223372036854775808"), Just("1.5"), Just("nan"), Just("true"), Just("\"\""), Just("\"\\u0000\\u202e\""), Just("[]"), Just("[[], {}, 1]"), Just("{}"),
        Just("{ a = { b = [1, { c = \"d\" }] } }"), Just("0000-01-01T00:00:00"), Just("9999-12-31T23:59:60"), Just("9999-12-31T23:59:59-23:59"), Just("12:00:00"), Just("2026-02-14"),
    ]) {
        let mut lines: Vec<String> = CONTEST.lines().map(str::to_owned).collect();
        let line = line % lines.len();
        if let Some((key, _)) = lines[line].clone().split_once('=') {
            lines[line] = format!("{key}= {value}");
        }
        let desk = Desk::small();
        desk.file("contests/c.toml", lines.join("\n"));
        exercise(&desk);
    }
}

#[test]
fn deep_nesting_gets_an_answer() {
    for (open, close) in [("[", "]"), ("{ a = ", " }")] {
        let desk = Desk::small();
        desk.file("portcullis.toml", format!("listen = {}1{}", open.repeat(5000), close.repeat(5000)));
        exercise(&desk);
    }
}
