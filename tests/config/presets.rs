//! `api`: what a product's preset lets an export leave out, and what it does not let it say.

use crate::desk::{CONTEST, Desk};

/// The problems of the small contest at another API, with one more line in its export.
fn problems(api: &str, line: &str) -> Vec<String> {
    let contest = CONTEST.replace("api = \"rest\"", &format!("api = \"{api}\""));
    let contest = contest.replace("id = \"id\"\n\n", &format!("id = \"id\"\n{line}\n\n"));
    Desk::small().file("contests/c.toml", contest).brief()
}

#[test]
fn an_export_of_a_product_says_little() {
    for api in ["airtable", "beacon", "datasette", "directus", "drf", "everyaction", "hubspot", "postgrest"] {
        let contest = CONTEST.replace("api = \"rest\"", &format!("api = \"{api}\"")).replace("records = \"/values\"\n", "");
        let problems = Desk::small().file("contests/c.toml", contest).brief();
        assert_eq!(problems, Vec::<String>::new(), "{api}");
    }
}

#[test]
fn what_an_api_cannot_do_is_said_at_its_line() {
    let filter = |operator| {
        format!(
            "contests/c.toml:21 [joined] this API is not known to filter by `{operator}` => name the parameter that does: `param = \"…\"`"
        )
    };
    let order = "contests/c.toml:21 [[\"name\"]] this API does not order => remove the line".to_owned();
    let size = |max| {
        format!(
            "contests/c.toml:21 [{}] `max` (records a page) is from 1 to {max}, not {0} => write a number from 1 to {max}",
            max + 1
        )
    };
    let cases = [
        ("hubspot", "filters.joined = {}", filter("is")),
        ("airtable", "filters.joined = {}", filter("is")),
        ("everyaction", "filters.joined = { op = \"after\" }", filter("after")),
        ("beacon", "order_by = [\"name\"]", order),
        ("hubspot", "page.max = 101", size(100)),
        ("everyaction", "page.max = 201", size(200)),
        ("datasette", "page.max = 1001", size(1000)),
    ];
    for (api, line, problem) in cases {
        assert_eq!(problems(api, line), [problem], "{api}: {line}");
    }
}

#[test]
fn a_preset_gives_its_parameters_one_meaning_each() {
    let cases = [
        ("drf", "filters.name = { param = \"format\" }", "the parameter `format` already carries a filter"),
        ("postgrest", "filters.name = { param = \"select\" }", "the parameter `select` already carries the selection"),
    ];
    for (api, line, problem) in cases {
        let found = problems(api, line);
        assert!(found.len() == 1 && found[0].contains(problem), "{api}: {found:?}");
    }
}
