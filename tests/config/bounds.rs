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
