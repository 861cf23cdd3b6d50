//! `[[export]]`: paths, paging, filters, rules, rows.

use crate::desk::{CONTEST, Desk, amended};

const ID: &str = "id = \"id\"";
const NAME: &str = "name = { keep = \"name\" }";

fn fields(line: &str) -> Vec<String> {
    amended(NAME, line)
}

fn export(line: &str) -> Vec<String> {
    amended(ID, &format!("{ID}\n{line}"))
}

#[test]
fn rules_are_checked() {
    let cases = [
        (
            "name = \"name\"",
            "contests/c.toml:24 [\"name\"] `name` is a format, and not a rule => write `name = { keep = \"name\" }`",
        ),
        ("name = \"keep\"", "contests/c.toml:24 [\"keep\"] `keep` is no rule in one word => known here: `tokenise`, `drop`"),
        (
            "name = 7",
            "contests/c.toml:24 [7] `name` is a rule, not a whole number => write for example `name = { keep = \"text\", max = 60 }`",
        ),
        (
            "name = { category = \"health\" }",
            "contests/c.toml:24 [{ category = \"health\" }] `name` has no rule => add one of `keep`, `mask`, `generalise`, `pseudonymise`, `tokenise`, `drop`",
        ),
        (
            "name = { keep = \"name\", tokenise = true }",
            "contests/c.toml:24 [{ keep = \"name\", tokenise = true }] `name` has several rules => keep one of them",
        ),
        (
            "name = { keep = \"name\", max = 3 }",
            "contests/c.toml:24 [3] `max` belongs to `keep = \"text\"` => remove `max`, or use `keep = \"text\"`",
        ),
        (
            "name = { keep = \"enum\" }",
            "contests/c.toml:24 [\"enum\"] the format `enum` needs `values` => add `values = …` beside it",
        ),
        (
            "name = { generalise = \"age-band\" }",
            "contests/c.toml:24 [\"age-band\"] `age-band` needs to know how coarse => add `bands = [18, 25, 35, 50, 65]` beside it",
        ),
        (
            "name = { generalise = \"age-band\", bands = [18, 18] }",
            "contests/c.toml:24 [[18, 18]] the lower edges of bands ascend, and there is at least one => write for example `bands = [18, 25, 35, 50, 65]`",
        ),
        (
            "name = { mask = { last = 0 } }",
            "contests/c.toml:24 [0] `last` (characters) is from 1 to 64, not 0 => write a number from 1 to 64",
        ),
        (
            "name = { pseudonymise = \"My Union\" }",
            "contests/c.toml:24 [\"My Union\"] the domain of a pseudonym may contain only a-z, 0-9 and single inner hyphens or underscores, and starts with a letter or digit => write a short name such as `household`",
        ),
        (
            "name = { drop = \"helth\" }",
            "contests/c.toml:24 [\"helth\"] `helth` is no special category => did you mean `health`?",
        ),
        (
            "name = { drop = \"health\", when = { a = 1 } }",
            "contests/c.toml:24 [{ a = 1 }] `when` belongs to a rule that lets the field pass => remove `when`, or use a rule that lets the field pass",
        ),
        (
            "name = { tokenise = false }",
            "contests/c.toml:24 [false] `tokenise = false` is no rule => remove the field: what is not named is dropped",
        ),
        (
            "\"a..b\" = \"drop\"",
            "contests/c.toml:24 [\"a..b\"] this path has an empty part; write `outer.inner`, or a JSON Pointer such as `/outer/inner` => write `outer.inner`, or a JSON Pointer such as `/outer/inner`",
        ),
        (
            "\"a.b\" = \"drop\"\n\"/a/b\" = \"drop\"",
            "contests/c.toml:25 [\"/a/b\"] the field `a.b` has two rules => keep one of them; `a.b` and `/a/b` are the same field",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(fields(line), [expected], "{line}");
    }
}

#[test]
fn paths_without_quotes_are_explained() {
    let expected = "contests/c.toml:24 [town] `town` is not a key of `address` => known here: `keep`, `max`, `values`, `pattern`, `mask`, `generalise`, `bands`, `on`, `width`, `chars`, `pseudonymise`, `tokenise`, `drop`, `category`, `channel`, `lawful_basis`, `when`; to name an inner field, quote its whole path: `\"address.town\"`";
    assert_eq!(fields("address.town = { keep = \"text\", max = 60 }")[0], expected);
}

#[test]
fn special_categories_need_a_reason() {
    let missing = "contests/c.toml:24 [\"health\"] a field of the category `health` may pass only for a reason in law => add `lawful_basis = \"…\"` (GDPR Art. 9(2), for offences Art. 10), or `pseudonymise`, or `drop` it";
    for rule in ["keep = \"name\"", "tokenise = true", "generalise = \"year\"", "mask = { last = 2 }"] {
        assert_eq!(fields(&format!("name = {{ {rule}, category = \"health\" }}")), [missing], "{rule}");
        assert_eq!(
            fields(&format!("name = {{ {rule}, category = \"health\", lawful_basis = \"explicit consent\" }}")),
            [""; 0],
            "{rule}"
        );
    }
    assert_eq!(fields("name = { pseudonymise = \"d\", category = \"health\", lawful_basis = \"explicit consent\" }"), [""; 0]);
    let idle = "contests/c.toml:24 [\"x\"] a lawful basis is for a field of a special category that passes => add `category`, or remove `lawful_basis`";
    assert_eq!(fields("name = { keep = \"name\", lawful_basis = \"x\" }"), [idle]);
    assert_eq!(fields("name = { drop = \"health\", lawful_basis = \"x\" }"), [idle]);
}

#[test]
fn names_that_look_like_a_category_are_warned_of() {
    let expected = "warning contests/c.toml:24 [crefydd] `crefydd` leaves, and its name looks like the special category `religious-or-philosophical-belief` => if it is one, add `category = \"religious-or-philosophical-belief\"` and `lawful_basis`, or drop it; if it is none, say `category = \"none\"`";
    assert_eq!(fields("crefydd = { keep = \"name\" }"), [expected]);
    for quiet in ["crefydd = \"drop\"", "crefydd = { keep = \"name\", category = \"none\" }"] {
        assert_eq!(fields(quiet), [""; 0], "{quiet}");
    }
    let free = "warning contests/c.toml:24 [name] `name` is kept as free text without its own `max` => say how long it may be: `max = 60`; free text is where unforeseen data hides";
    assert_eq!(fields("name = { keep = \"text\" }"), [free]);
}

#[test]
fn queries_touch_only_what_is_seen() {
    let why = "a query on it would tell what was hidden => remove it here, or let the field pass with `keep` and without `when`";
    let cases = [
        ("name = { mask = { last = 2 } }", "is masked"),
        ("name = { generalise = \"year\" }", "is generalised"),
        ("name = { pseudonymise = \"d\" }", "leaves as a pseudonym"),
        ("name = \"drop\"", "is dropped"),
        ("name = { keep = \"name\", when = { consent = true } }", "leaves only under a condition"),
    ];
    for (rule, reason) in cases {
        let asked = format!("{rule}\n[export.filters]\nname = {{ format = \"name\" }}");
        let moved = amended(&format!("{NAME}\njoined = {{ keep = \"date\" }}"), &asked);
        assert_eq!(moved, [format!("contests/c.toml:26 [name] `name` {reason}: {why}")], "{rule}");
    }
    assert_eq!(export("[export.filters]\nid = {}"), [""; 0]);
    for other in ["format = \"integer\"", "op = \"after\""] {
        let told = export(&format!("[export.filters]\nid = {{ {other} }}"));
        assert!(told.len() == 1 && told[0].contains("`id` leaves as a token, so its filter takes tokens"), "{told:?}");
    }
    assert_eq!(export("order_by = [\"id\", \"name\"]"), [""; 0]);
    let unknown = "contests/c.toml:21 [\"shoe\"] `shoe` is not among the fields, so it is dropped: a query may not touch it => name it under `[export.fields]` first, with `keep`";
    assert_eq!(export("order_by = [\"shoe\"]"), [unknown]);
}

#[test]
fn filters_are_no_wider_than_their_field() {
    let cases = [
        ("joined = { op = \"after\" }", None),
        ("name = { format = \"enum\", values = [\"A\"] }", None),
        (
            "joined = { format = \"enum\", values = [\"2026-01-01\", \"soon\"] }",
            Some(
                "contests/c.toml:22 [\"enum\"] this format is wider than that in which `joined` is kept: values that never leave could be probed => remove `format`: the filter then takes that of the field",
            ),
        ),
        (
            "joined = { format = \"text\", max = 10 }",
            Some(
                "contests/c.toml:22 [\"text\"] this format is wider than that in which `joined` is kept: values that never leave could be probed => remove `format`: the filter then takes that of the field",
            ),
        ),
        (
            "name = { op = \"after\" }",
            Some(
                "contests/c.toml:22 [\"after\"] only dates and numbers come before or after one another => write `op = \"is\"`, or filter on a field kept as `date`, `integer` or `decimal`",
            ),
        ),
        (
            "name = { param = \"a&b\" }",
            Some("contests/c.toml:22 [\"a&b\"] `a&b` is no name of a parameter => use letters, digits and `_ - . $ [ ] : ~`"),
        ),
        (
            "name = { op = \"like\" }",
            Some(
                "contests/c.toml:22 [\"like\"] `like` is no operator => known here: `is`, `in`, `before`, `after`, `at-most`, `at-least`",
            ),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(export(&format!("[export.filters]\n{line}")), expected.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn parameters_have_one_meaning_each() {
    let said = "page = { size = \"n\", number = \"n\" }\norder_by = [\"name\"]\nparams = { order_by = \"x\", cursor = \"y\" }\n[export.filters]\nname = { param = \"n\" }";
    let expected = [
        "contests/c.toml:21 [\"n\"] the parameter `n` already carries the page's size => choose another name for the page's number",
        "contests/c.toml:23 [order_by] the parameter `order_by` already carries the ordering => choose another name for a fixed parameter",
        "contests/c.toml:23 [cursor] the parameter `cursor` already carries the cursor => choose another name for a fixed parameter",
        "contests/c.toml:25 [\"n\"] the parameter `n` already carries the page's size => choose another name for a filter",
    ];
    assert_eq!(export(said), expected);
    assert_eq!(export("page = { token = \"after\" }\nnext = \"/next\"\ncursor_param = \"after\""), [""; 0]);
}

/// An entry is the proxy's own, so no export can stand in its place.
#[test]
fn no_export_stands_where_clients_begin() {
    let at = |path: &str| {
        let contest = CONTEST.replace("api = \"rest\"", "api = \"osdi\"").replace("/members", path);
        Desk::small().file("contests/c.toml", contest).brief()
    };
    assert_eq!(at("/api/v2/people"), [""; 0]);
    assert_eq!(
        at("/api/v2"),
        [
            "contests/c.toml:18 [\"/api/v2\"] `/api/v2` is where clients of this API begin => choose another path, such as `/api/v2/people`"
        ]
    );
}

#[test]
fn paging_is_whole() {
    let cases = [
        (
            "page = { size = \"n\", offset = \"o\", number = \"p\" }",
            "contests/c.toml:21 [{ size = \"n\", offset = \"o\", number = \"p\" }] `offset`, `number` and `token` exclude one another => keep the one that the source understands",
        ),
        (
            "page = { offset = \"o\" }",
            "contests/c.toml:21 [\"o\"] an offset means nothing while the source chooses the page's size => add `size = \"…\"`",
        ),
        (
            "page = { token = \"t\" }",
            "contests/c.toml:21 [\"t\"] nothing says where the source's next token stands => add `next = \"/…\"` to the export",
        ),
        (
            "page = { size = \"n\", number = \"p\", first = 2 }",
            "contests/c.toml:21 [2] `first` (number of the first page) is from 0 to 1, not 2 => write a number from 0 to 1",
        ),
        (
            "page = { size = \"n\", offset = \"o\", max = 10, default = 11 }",
            "contests/c.toml:21 [11] `default` (records a page) is from 1 to 10, not 11 => write a number from 1 to 10",
        ),
        (
            "next = \"/next\"",
            "contests/c.toml:21 [\"/next\"] the next page cannot be asked for: `page` names no parameter for it => add `page = { token = \"…\" }`, or `offset`, or `number`",
        ),
        (
            "item = \"/members/id\"",
            "contests/c.toml:21 [\"/members/id\"] nothing says where the identifier stands => write for example `/members/{member_id}`",
        ),
        (
            "source_item = \"/people/{id}\"",
            "contests/c.toml:21 [\"/people/{id}\"] single records are not offered => add `item = \"/…/{…}\"`, or remove this",
        ),
        (
            "next_in = \"link\"",
            "contests/c.toml:21 [\"link\"] `link` is no place of the next page => known here: `body`, `header`",
        ),
        ("query = \"SELECT\"", "contests/c.toml:21 [\"SELECT\"] this API is not asked by registered queries => remove the line"),
    ];
    for (line, expected) in cases {
        assert_eq!(export(line), [expected], "{line}");
    }
}

#[test]
fn rows_test_one_thing() {
    let row = |line: &str| amended("[[campaign]]", &format!("[[export.rows]]\nfield = \"status\"\n{line}\n[[campaign]]"));
    let keys = "write exactly one of `is`, `in`, `before`, `after`, `present`";
    assert_eq!(row("in = [\"current\", 1, true]"), [""; 0]);
    assert_eq!(row(""), [format!("contests/c.toml:27 [[[export.rows]]] this condition tests nothing => {keys}")]);
    assert_eq!(
        row("is = 1\nbefore = 2026-01-01"),
        [format!("contests/c.toml:27 [[[export.rows]]] this condition tests several things => {keys}")]
    );
    assert_eq!(
        row("before = 2026-01-01T00:00:00"),
        ["contests/c.toml:29 [2026-01-01T00:00:00] only a day can stand here, without a time => write `2026-01-01`"]
    );
    assert_eq!(row("in = []"), ["contests/c.toml:29 [[]] the list is empty: no record would pass => name the values that pass"]);
}

#[test]
fn counts_of_records_that_are_left_out_are_warned_of() {
    let said = "envelope = [\"meta.total_count\", \"as_of\"]\n[[export.rows]]\nfield = \"status\"\nis = \"current\"";
    let expected = "warning contests/c.toml:21 [\"meta.total_count\"] the source's count includes records that `rows` leaves out, so it tells how many they are => remove it, or let the source select the records, with `params`";
    assert_eq!(export(said), [expected]);
}

#[test]
fn contradictions_of_the_plan_stand_at_their_field() {
    let inner = "contests/c.toml:25 [\"name.first\"] `name.first`: `name` has a rule of its own, so nothing inside it can have one => name only the innermost fields";
    assert_eq!(fields(&format!("{NAME}\n\"name.first\" = \"drop\"")), [inner]);
    let array = "contests/c.toml:21 [\"count\"] `count`: the body is the array of records, so nothing stands beside it => compare it with the other paths of this export";
    assert_eq!(amended("records = \"/values\"\nid = \"id\"", "records = \"\"\nid = \"id\"\nenvelope = [\"count\"]"), [array]);
}

#[test]
fn paths_and_identifiers_are_checked() {
    let cases = [
        (
            "path = \"/members\"",
            "path = \"members\"",
            "contests/c.toml:18 [\"members\"] `members` is no plain path => begin with `/`; use letters, digits and `_ - . ~` in each part; write for example `/members`",
        ),
        (
            "path = \"/members\"",
            "path = \"/a/../b\"",
            "contests/c.toml:18 [\"/a/../b\"] `/a/../b` is no plain path => begin with `/`; use letters, digits and `_ - . ~` in each part; write for example `/members`",
        ),
        (
            "path = \"/members\"",
            "path = \"/-/status\"",
            "contests/c.toml:18 [\"/-/status\"] paths that begin with `/-` are the proxy's own => choose another path",
        ),
        (
            "id = \"id\"",
            "id = \"ident\"",
            "contests/c.toml:20 [\"ident\"] the identifying field `ident` has no rule => add it under `[export.fields]`, for example with `\"tokenise\"`; name it under `[export.fields]` first, with `keep`",
        ),
    ];
    for (part, replacement, expected) in cases {
        assert_eq!(amended(part, replacement), [expected], "{replacement}");
    }
}
