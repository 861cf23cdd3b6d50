//! `[export.lists]` and paths into elements: what fits together, and what to write where it does not.

use portcullis::config::effective;

use crate::desk::{CONTEST, Desk};

const NAME: &str = "name = { keep = \"name\" }";
const GIFTS: &str = "\"gifts[].sum\" = { keep = \"decimal\" }\n\"gifts[].to\" = { keep = \"text\", max = 9, when = { \"gifts[].open\" = true, ok = true } }\n\"tags[]\" = { mask = { last = 2 } }";

/// What is wrong when these fields stand beside the others, and this below them.
fn listed(fields: &str, lists: &str) -> Vec<String> {
    let text = CONTEST.replace(NAME, fields).replace("[[campaign]]", &format!("{lists}\n[[campaign]]"));
    Desk::small().file("contests/c.toml", text).brief()
}

#[test]
fn what_stands_in_elements_can_have_rules() {
    for lists in [
        "",
        "[export.lists]\ngifts = { max = 20 }",
        "[export.lists]\ngifts = { max = 1, rows = [{ field = \"open\", is = true }, { field = \"a.b\", present = false }] }\ntags = { max = 10_000 }",
        "[[export.lists.gifts.rows]]\nfield = \"on\"\nafter = 2020-01-01",
    ] {
        assert_eq!(listed(GIFTS, lists), [""; 0], "{lists}");
    }
    assert_eq!(listed("\"a[].b[].c\" = \"drop\"", "[export.lists]\n\"a[].b\" = { max = 2 }\n\"/a\" = { max = 3 }"), [""; 0]);
    assert_eq!(listed("\"/x[]\" = { keep = \"name\" }", ""), [""; 0], "a name that ends with brackets");
}

#[test]
fn what_is_said_of_lists_is_checked() {
    let gifts = |said: &str| listed(GIFTS, &format!("[export.lists]\n{said}"));
    let keys = "write exactly one of `is`, `in`, `before`, `after`, `present`";
    let cases = [
        ("gifts = { max = 0 }", "[0] `max` (elements) is from 1 to 10000, not 0 => write a number from 1 to 10000".to_owned()),
        ("gifts = {}", "[{}] this says nothing about the list => add `max = 20`, or remove the entry".to_owned()),
        ("gifts = 20", "[20] `gifts` is a table, not a whole number => write for example `gifts = { … }`".to_owned()),
        ("gifts = { most = 20 }", "[most] `most` is not a key of `gifts` => known here: `max`, `rows`".to_owned()),
        (
            "name = { max = 2 }",
            "[name] `name`: no rule names what stands in this list => give its elements rules, such as `name[]`".to_owned(),
        ),
        (
            "\"gifts[]\" = { max = 2 }",
            "[\"gifts[]\"] `gifts[]`: no rule names what stands in this list => give its elements rules, such as `gifts[][]`"
                .to_owned(),
        ),
        (
            "gifts = { max = 2 }\n\"/gifts\" = { max = 3 }",
            "[gifts] `gifts`: this list is named twice => keep one of the two".to_owned(),
        ),
        (
            "tags = { rows = [{ field = \"a\", is = 1 }] }",
            "[tags] `tags`: the elements of this list have no members to choose by => remove `rows`".to_owned(),
        ),
        (
            "gifts = { rows = [{ field = \"a[].b\", is = 1 }] }",
            "[gifts] `gifts`: an element is chosen by a field inside it, outside of further lists => name such a field"
                .to_owned(),
        ),
        ("gifts = { rows = [{ field = \"a\" }] }", format!("[{{ field = \"a\" }}] this condition tests nothing => {keys}")),
    ];
    for (said, expected) in cases {
        let found = gifts(said);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].split_once(' ').unwrap(), ("contests/c.toml:30", &*expected), "{said}");
    }
}

#[test]
fn what_a_list_cannot_be_is_explained_at_its_field() {
    let cases = [
        (
            "\"gifts[].sum\" = \"drop\"\ngifts = { keep = \"name\" }",
            "contests/c.toml:24 [\"gifts[].sum\"] `gifts[].sum`: `gifts` has a rule of its own, so nothing inside it can have one => name only the innermost fields",
        ),
        (
            "\"gifts[].sum\" = \"drop\"\n\"gifts.sum\" = { keep = \"decimal\" }",
            "contests/c.toml:25 [\"gifts.sum\"] `gifts.sum`: `gifts` cannot be a list for one rule and an object for another => keep one of the two",
        ),
        (
            "\"a[].b\" = { keep = \"date\", when = { \"c[].d\" = true } }",
            "contests/c.toml:24 [\"a[].b\"] `a[].b`: its condition on `c[].d` reads elements of a list and cannot know which one is meant => read a field of the same element, or one of the record outside its lists",
        ),
        (
            "\"a[].b\" = \"drop\"\n\"/a~[]/b\" = \"drop\"",
            "contests/c.toml:25 [\"/a~[]/b\"] the field `a[].b` has two rules => keep one of them; `a.b` and `/a/b` are the same field",
        ),
    ];
    for (fields, expected) in cases {
        assert_eq!(listed(fields, ""), [expected], "{fields}");
    }
    let row = "contests/c.toml:30 [\"a[].b\"] `a[].b`: a record cannot be judged by the elements of a list in it => judge it by a field outside its lists";
    assert_eq!(listed(GIFTS, "[[export.rows]]\nfield = \"a[].b\"\npresent = true"), [row]);
    let text = CONTEST.replace("id = \"id\"", "id = \"tags[]\"").replace(NAME, "\"tags[]\" = \"tokenise\"");
    let id = "contests/c.toml:24 [\"tags[]\"] `tags[]`: the identifier is one value, and a list has many => name a field outside of lists";
    assert_eq!(Desk::small().file("contests/c.toml", text).brief(), [id]);
}

#[test]
fn a_list_is_no_cell() {
    let shape = "records = \"/values\"\nid = \"id\"";
    let with = |lines: &str, fields: &str| {
        let text = CONTEST.replace(shape, &format!("{lines}\nid = \"id\"")).replace(NAME, fields);
        Desk::small().file("contests/c.toml", text).brief()
    };
    let promised = "records = \"/values\"\naccept = [\"json\", \"csv\"]";
    let refused = "contests/c.toml:20 [\"csv\"] a list inside a record cannot be a cell, so this export does not leave as CSV => remove \"csv\" here, or make another export without the rules for `…[]`";
    assert_eq!(with(promised, GIFTS), [refused]);
    assert_eq!(with(promised, "\"gifts[].sum\" = \"drop\""), [""; 0], "what never leaves needs no cell");
    assert_eq!(with("records = \"/values\"\naccept = [\"json\", \"ndjson\"]", GIFTS), [""; 0]);
    let table = "format = \"csv\"\ncolumns = [\"id\", \"tags[]\", \"joined\"]\naccept = [\"json\"]";
    let source = "contests/c.toml:26 [\"tags[]\"] `tags[]`: a cell is a text and no list => spell a column that ends with `[]` as a pointer, such as `/a[]`";
    assert_eq!(with(table, "\"tags[]\" = { keep = \"name\" }"), [source]);
    assert_eq!(with(table, "\"/tags[]\" = { keep = \"name\" }"), [""; 0]);
}

#[test]
fn a_query_may_not_touch_what_stands_in_a_list() {
    let why = "`tags[]` stands in a list: a query on it would tell what was hidden => remove it here";
    let text = CONTEST
        .replace("id = \"id\"", "id = \"id\"\norder_by = [\"tags[]\"]\n[export.filters]\n\"tags[]\" = {}")
        .replace(NAME, "\"tags[]\" = { keep = \"name\" }");
    let found = Desk::small().file("contests/c.toml", text).brief();
    assert_eq!(found, [format!("contests/c.toml:21 [\"tags[]\"] {why}"), format!("contests/c.toml:23 [\"tags[]\"] {why}")]);
}

#[test]
fn names_and_free_text_in_elements_are_warned_of() {
    let category = "warning contests/c.toml:24 [\"groups[].faith\"] `groups[].faith` leaves, and its name looks like the special category `religious-or-philosophical-belief` => ";
    let found = listed("\"groups[].faith\" = { keep = \"name\" }", "");
    assert!(found.len() == 1 && found[0].starts_with(category), "{found:?}");
    let found = listed("\"unions[]\" = { keep = \"name\" }", "");
    assert!(found.len() == 1 && found[0].contains("`trade-union-membership`"), "{found:?}");
    let free = "warning contests/c.toml:24 [\"notes[]\"] `notes[]` is kept as free text without its own `max` => say how long it may be: `max = 60`; free text is where unforeseen data hides";
    assert_eq!(listed("\"notes[]\" = { keep = \"text\" }", ""), [free]);
}

#[test]
fn what_holds_for_lists_is_shown_with_its_defaults() {
    let lists = "[export.lists]\ngifts = { rows = [{ field = \"open\", is = true }] }";
    let text = CONTEST.replace(NAME, GIFTS).replace("[[campaign]]", &format!("{lists}\n[[campaign]]"));
    let config = Desk::small().file("contests/c.toml", text).read().unwrap();
    let shown = effective(&config);
    let arena = toml_spanner::Arena::new();
    let document = toml_spanner::parse(&shown, &arena).expect("TOML");
    let export = &document["contests"]["c"]["export"][0];
    assert_eq!(export["fields"]["gifts[].to"]["when"]["gifts[].open"]["is"].as_bool(), Some(true));
    assert_eq!(export["lists"]["gifts"]["max"].as_i64(), Some(100));
    assert_eq!(export["lists"]["gifts"]["rows"][0]["field"].as_str(), Some("open"));
    assert_eq!(export["lists"]["tags"]["max"].as_i64(), Some(100));
    let hidden: Vec<_> = config.ruleset.contests[0].exports[0].route.offer.hidden.iter().map(ToString::to_string).collect();
    assert_eq!(hidden, ["id", "gifts[].to", "tags[]", "gifts[].open", "ok"]);
}
