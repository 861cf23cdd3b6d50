//! Exports whose source prepares a list: what a contest's file has to say of one, and what it cannot.

use crate::desk::{CONTEST, Desk};

const TABLE: &str =
    "query = \"SELECT id, name, joined FROM Contact\"\nformat = \"csv\"\ncolumns = [\"id\", \"name\", \"joined\"]\n";

/// What is wrong with the small contest when it is of query jobs, and one part of it is replaced.
fn amended(part: &str, replacement: &str) -> Vec<String> {
    let contest = CONTEST.replace("\"rest\"", "\"salesforce-bulk\"").replace("records = \"/values\"\n", TABLE);
    assert_eq!(contest.matches(part).count(), 1, "{part} must stand in the contest exactly once");
    Desk::small().file("contests/c.toml", contest.replace(part, replacement)).brief()
}

#[test]
fn query_jobs_say_their_query_and_their_table_and_nothing_of_pages() {
    assert_eq!(amended("id = \"id\"", "id = \"id\"\npage = { max = 5000, default = 100 }"), [""; 0]);
    let id = "id = \"id\"";
    let added = |line: &str| format!("{id}\n{line}");
    let cases = [
        (
            TABLE,
            String::from("records = \"/values\"\nquery = \"SELECT id, name, joined FROM Contact\"\n"),
            "a table => add `format = \"csv\"`",
        ),
        ("query = \"SELECT id, name, joined FROM Contact\"\n", String::new(), "none is registered => add `query"),
        ("\"joined\"]", "\"joined\", \"faith\"]".into(), "nothing needs it => remove it from `columns`"),
        ("SELECT id, name, joined", "SELECT id, name".into(), "does not select it => add it to the query"),
        (id, added("next_in = \"header\""), "in a header of its own => remove the line"),
        (id, added("params = { a = \"b\" }"), "no other parameters => remove `params`"),
        (id, added("item = \"/one/{id}\""), "single records come as JSON"),
        (id, added("page = { size = \"maxRecords\" }"), "names of its own for its parameters => remove it"),
    ];
    for (part, replacement, expected) in cases {
        let said = amended(part, &replacement);
        assert!(said.len() == 1 && said[0].contains(expected), "{replacement}: {said:?}");
    }
}
