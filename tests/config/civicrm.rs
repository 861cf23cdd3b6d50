//! Exports of CiviCRM: what a contest's file cannot say of one, and what it has to.

use crate::desk::{CONTEST, Desk};

/// What is wrong with the small contest when its source is CiviCRM and one part of it is replaced.
fn amended(part: &str, replacement: &str) -> Vec<String> {
    let contest =
        CONTEST.replace("\"rest\"", "\"civicrm\"").replace("path = \"/members\"", "path = \"/civicrm/ajax/api4/Contact/get\"");
    assert_eq!(contest.matches(part).count(), 1, "{part} must stand in the contest exactly once");
    Desk::small().file("contests/c.toml", contest.replace(part, replacement)).brief()
}

#[test]
fn a_plain_export_is_served() {
    assert_eq!(amended("records = \"/values\"\n", ""), [""; 0]);
}

#[test]
fn a_dot_is_part_of_a_name() {
    let cases = [
        ("name = {", "\"Special.faith\" = \"drop\"\nname = {"),
        ("id = \"id\"", "id = \"id\"\nparams = { \"Special.faith\" = \"1\" }\nrows = [{ field = \"Special.faith\", is = true }]"),
        ("{ keep = \"name\" }", "{ keep = \"name\", when = { \"Special.faith\" = true } }"),
    ];
    for (part, replacement) in cases {
        let said = amended(part, replacement);
        let help = "`Special.faith` leads into an object, and the records of this API hold none => write `/Special.faith`: the dot is part of the name";
        assert!(said.len() == 1 && said[0].contains(help), "{replacement}: {said:?}");
        let whole = replacement.replace("\"Special.faith\" = \"drop", "\"/Special.faith\" = \"drop");
        let whole = whole.replace("field = \"", "field = \"/").replace("when = { \"", "when = { \"/");
        assert_eq!(amended(part, &whole), [""; 0], "{whole}");
    }
}

#[test]
fn what_civicrm_does_not_have_is_refused_with_what_to_write_instead() {
    let cases = [
        ("Contact/get", "Contact/delete", "by the action `get` alone => end `source_path`"),
        ("id = \"id\"", "id = \"id\"\nitem = \"/civicrm/{id}\"", "no address for a single record => remove `item`"),
        ("id = \"id\"", "id = \"id\"\nquery = \"SELECT Id\"", "registered queries => remove `query`"),
        ("id = \"id\"", "id = \"id\"\npage = { size = \"limit\" }", "names of its own for its parameters => remove it"),
    ];
    for (part, replacement, expected) in cases {
        let said = amended(part, replacement);
        assert!(said.len() == 1 && said[0].contains(expected), "{replacement}: {said:?}");
    }
}

#[test]
fn a_page_that_is_made_short_is_warned_of() {
    let id = "id = \"id\"";
    let rows = "rows = [{ field = \"is_deleted\", is = false }]";
    let said = amended(id, &format!("{id}\n{rows}"));
    let warning = "warning contests/c.toml:21 [\"is_deleted\"] where this leaves records out, a page is short, and clients take a short page for the last => let the source leave them out too: `params = { \"is_deleted\" = \"…\" }`";
    assert_eq!(said, [warning]);
    assert_eq!(amended(id, &format!("{id}\nparams = {{ is_deleted = \"0\" }}\n{rows}")), [""; 0]);
    assert_eq!(crate::desk::amended(id, &format!("{id}\n{rows}")), [""; 0]);
}
