//! `format`, `columns`, `accept` and `formulas`: what fits together, and what to write where it does not.

use crate::desk::amended;

const SHAPE: &str = "records = \"/values\"\nid = \"id\"";

/// What is wrong when this stands where the records usually do.
fn shaped(lines: &str) -> Vec<String> {
    amended(SHAPE, &format!("{lines}\nid = \"id\""))
}

const TABLE: &str = "format = \"csv\"\ncolumns = [\"id\", \"name\", \"joined\"]";

#[test]
fn every_form_can_be_read_and_left_in() {
    for lines in [
        "records = \"/values\"",
        "format = \"json\"\nrecords = \"/values\"",
        "records = \"\"\naccept = [\"csv\", \"json\", \"ndjson\"]\nformulas = \"refuse\"",
        "format = \"ndjson\"",
        "format = \"ndjson\"\naccept = [\"csv\"]\nformulas = \"escape\"",
        TABLE,
        "format = \"csv\"\ncolumns = [\"x.y\", \"joined\", \"name\", \"id\"]\naccept = [\"json\"]",
    ] {
        assert_eq!(shaped(lines), [""; 0], "{lines}");
    }
}

#[test]
fn what_does_not_fit_the_form_says_what_to_write() {
    let table = |more: &str| format!("{TABLE}\n{more}");
    let cases = [
        (
            "format = \"xml\"".to_owned(),
            "contests/c.toml:19 [\"xml\"] `xml` is no format of a list => known here: `json`, `ndjson`, `csv`",
        ),
        ("format = \"json\"".to_owned(), "contests/c.toml:16 [[[export]]] `records` is missing => add `records` here"),
        (
            "format = \"ndjson\"\nrecords = \"/values\"".to_owned(),
            "contests/c.toml:20 [\"/values\"] the lines or rows of this list are its records => remove the line",
        ),
        (table("records = \"\""), "contests/c.toml:21 [\"\"] the lines or rows of this list are its records => remove the line"),
        (
            table("envelope = [\"count\"]"),
            "contests/c.toml:21 [[\"count\"]] nothing stands beside the lines or rows of this list => remove the line",
        ),
        (
            table("page = { offset = \"o\", size = \"s\" }\nnext = \"/next\""),
            "contests/c.toml:22 [\"/next\"] lines and rows cannot say where the next page is => remove the line, and let `page` name an `offset` or a `number`",
        ),
        (
            "format = \"csv\"".to_owned(),
            "contests/c.toml:19 [\"csv\"] `columns` is missing => add `columns = […]`: the header row as the source writes it, in its order",
        ),
        (
            "records = \"/values\"\ncolumns = [\"id\"]".to_owned(),
            "contests/c.toml:20 [[\"id\"]] only a table has columns => remove the line, or write `format = \"csv\"`",
        ),
        (
            "format = \"csv\"\ncolumns = [\"id\", \"name\", \"joined\", \"id\"]".to_owned(),
            "contests/c.toml:20 [\"id\"] a column has a name of its own, in one line => ask the source for a table with such a header row",
        ),
        (
            "format = \"csv\"\ncolumns = []".to_owned(),
            "contests/c.toml:20 [[]] a table has columns => list the header row as the source writes it",
        ),
        (
            "format = \"csv\"\ncolumns = [\"id\", \"joined\"]".to_owned(),
            "contests/c.toml:25 [name] `name`: this is not among the columns => spell a column that has a dot as a pointer, such as `/a.b`",
        ),
        (
            table("accept = []"),
            "contests/c.toml:21 [[]] a list that leaves in no form cannot be asked for => write for example `accept = [\"json\", \"csv\"]`",
        ),
        (
            table("accept = [\"xlsx\"]"),
            "contests/c.toml:21 [\"xlsx\"] `xlsx` is no form of a list => known here: `json`, `ndjson`, `csv`",
        ),
        (table("accept = [\"csv\", \"csv\"]"), "contests/c.toml:21 [\"csv\"] `csv` stands here twice => keep one of them"),
        (
            table("accept = [\"json\"]\nformulas = \"escape\""),
            "contests/c.toml:22 [\"escape\"] `formulas` is about CSV, and this list leaves in other forms => add \"csv\" to `accept`",
        ),
        (
            table("formulas = \"quote\""),
            "contests/c.toml:21 [\"quote\"] `quote` is no way with formulas => known here: `escape`, `refuse`",
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(shaped(&lines), [expected], "{lines}");
    }
}

#[test]
fn a_cell_is_a_text() {
    let boolean = |rule: &str| {
        let text =
            crate::desk::CONTEST.replace(SHAPE, &format!("{TABLE}\nid = \"id\"")).replace("name = { keep = \"name\" }", rule);
        crate::desk::Desk::small().file("contests/c.toml", text).brief()
    };
    let kept =
        "contests/c.toml:25 [name] `name`: a cell is a text, and none is a boolean => keep it as an `enum` of its two spellings";
    assert_eq!(boolean("name = { keep = \"boolean\" }"), [kept]);
    let compared = "contests/c.toml:25 [name] `name`: a cell is a text => compare it with texts, such as \"true\" or \"1\"";
    assert_eq!(boolean("name = { keep = \"name\", when = { name = true } }"), [compared]);
}
