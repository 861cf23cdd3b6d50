//! Bounds on the configuration itself.

use crate::desk::{CONTEST, Desk, PROCESS, amended};

#[test]
fn there_are_not_too_many_of_anything() {
    let desk = Desk::small();
    for number in 0..64 {
        desk.file(&format!("contests/d{number:02}.toml"), "");
    }
    assert!(
        desk.brief()[0]
            .starts_with("portcullis.toml:1 [] 65 contests, and there may be 64 => move contests that are over out of contests")
    );
    let fields: String = (0..513).map(|number| format!("f{number} = \"drop\"\n")).collect();
    let problems = amended("name = { keep = \"name\" }\n", &fields);
    assert_eq!(problems, ["contests/c.toml:22 [[export.fields]] 515 fields, and there may be 512 => name fewer"]);
    let (head, campaign) = CONTEST.split_once("[[campaign]]").unwrap();
    let campaigns: String = (0..65)
        .map(|number| {
            format!("[[campaign]]{campaign}").replace("amber", &format!("amber{number}")).replace("49a5", &format!("{number:04}"))
        })
        .collect();
    let desk = Desk::small();
    desk.file("portcullis.toml", PROCESS).file("contests/c.toml", format!("{head}{campaigns}"));
    assert_eq!(
        desk.brief(),
        ["contests/c.toml:27 [[[campaign]]] 65 campaigns, and there may be 64 => divide them, or remove what is not used"]
    );
}

/// The largest file that is read, full of `line`s with a number in the place of `#`.
fn full_of(line: &str) -> String {
    let mut text = CONTEST.to_owned();
    for number in 0.. {
        let next = line.replace('#', &number.to_string());
        if text.len() + next.len() > 1 << 20 {
            break;
        }
        text.push_str(&next);
    }
    text
}

#[test]
fn the_largest_files_get_an_answer_soon() {
    let lines = [
        "[[export]]\nname = \"n#\"\n",
        "[[campaign]]\nid = \"n#\"\n",
        "[[campaign.credential]]\nsha256 = \"#\"\n",
        "n# = 1\n",
        "\"#\" = { \"#\" = 1, \"=\" = 2 }\n",
        "n\n",
        "#\n",
    ];
    for line in lines {
        let desk = Desk::small();
        desk.file("contests/c.toml", full_of(line));
        assert!(desk.brief().len() <= 202, "{line}");
    }
    for table in ["[export.filters]\n", "[export.params]\n", "[source.headers]\n", "[export.fields]\n"] {
        let desk = Desk::small();
        let (head, _) = CONTEST.split_once("[export.fields]").unwrap();
        let many: String = (0..40_000).map(|number| format!("n{number} = \"drop\"\n")).collect();
        desk.file("contests/c.toml", format!("{head}{table}{many}"));
        assert!((1..=202).contains(&desk.brief().len()), "{table}");
    }
}
