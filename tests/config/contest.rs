//! `[contest]`, `[agreement]`, `[source]`, `[limits]`.

use portcullis::config::effective;

use crate::desk::{CONTEST, Desk, amended};

const OPENS: &str = "opens = 2026-02-14T12:00:00";
const URL: &str = "url = \"https://crm.example.org\"";

#[test]
fn the_small_contest_is_sound() {
    assert_eq!(Desk::small().brief(), [""; 0]);
}

#[test]
fn times_that_clocks_show_twice_or_never_are_refused() {
    let expected = "contests/c.toml:6 [2026-03-29T01:30:00] the clocks of Europe/London never show 2026-03-29T01:30:00: they skip it => \
                    give the offset that you mean: `2026-03-29T01:30:00+00:00` or `2026-03-29T01:30:00+01:00`";
    assert_eq!(amended(OPENS, "opens = 2026-03-29T01:30:00"), [expected]);
    let later = CONTEST.replace(OPENS, "opens = 2026-10-25T01:30:00").replace("2026-04-02", "2026-11-02");
    let expected = "contests/c.toml:6 [2026-10-25T01:30:00] the clocks of Europe/London show 2026-10-25T01:30:00 twice: they are turned back => \
                    give the offset that you mean: `2026-10-25T01:30:00+01:00` or `2026-10-25T01:30:00+00:00`";
    assert_eq!(Desk::small().file("contests/c.toml", later).brief(), [expected]);
    assert_eq!(amended(OPENS, "opens = 2026-03-29T01:30:00+01:00"), [""; 0]);
}

#[test]
fn windows_are_intervals() {
    let expected = "contests/c.toml:7 [2026-04-02T12:00:00] the contest would close before it opens, or at the same moment => let `closes` be later than `opens`";
    assert_eq!(amended(OPENS, "opens = 2026-04-02T12:00:00"), [expected]);
    let expected = "contests/c.toml:6 [2026-02-14] this is a day without a time => write for example `2026-02-14T12:00:00`";
    assert_eq!(amended(OPENS, "opens = 2026-02-14"), [expected]);
    let expected = "contests/c.toml:6 [\"noon\"] `opens` is a date or time without quotes, not a text => write for example `opens = 2026-02-14T12:00:00`";
    assert_eq!(amended(OPENS, "opens = \"noon\""), [expected]);
}

#[test]
fn heads_are_checked() {
    let cases = [
        (
            "id = \"c\"",
            "id = \"Leader 2026\"",
            "contests/c.toml:2 [\"Leader 2026\"] the identifier of a contest may contain only a-z, 0-9 and single inner hyphens or underscores, and starts with a letter or digit => write a short name such as `leader-2026`",
        ),
        ("title = \"T\"\n", "", "contests/c.toml:1 [[contest]] `title` is missing => add `title` here"),
        ("title = \"T\"", "title = \" \"", "contests/c.toml:3 [\" \"] the title is empty => write one line of text"),
        (
            "title = \"T\"",
            "title = \"T\"\nsuspended = \"\"",
            "contests/c.toml:4 [\"\"] the reason of a suspension is empty => write one line of text",
        ),
        (
            "title = \"T\"",
            "title = \"T\"\nhosts = [\"https://x\"]",
            "contests/c.toml:4 [\"https://x\"] `https://x` is no host name => write for example `leader.example.org`, without scheme, port or path",
        ),
        (
            "[source]",
            "[agreement]\nversion = \"1\"\nfile = \"none.md\"\n[source]",
            "contests/c.toml:11 [\"none.md\"] there is no file contests/none.md => make it, or mend the name; a relative name is relative to this file",
        ),
    ];
    for (part, replacement, expected) in cases {
        assert_eq!(amended(part, replacement), [expected], "{replacement}");
    }
}

#[test]
fn sources_are_checked() {
    let cases = [
        (
            "url = \"http://crm.example.org\"",
            "contests/c.toml:11 [\"http://crm.example.org\"] members' data would travel in the clear: this is plain HTTP beyond loopback => use `https`, or say in words `plaintext = \"on-a-trusted-network\"`",
        ),
        (
            "url = \"https://crm.example.org/#x\"",
            "contests/c.toml:11 [\"https://crm.example.org/#x\"] the base URL may not have a fragment => remove `#` and what follows",
        ),
        (
            "url = \"crm.example.org\"",
            "contests/c.toml:11 [\"crm.example.org\"] this is no URL => write for example `https://crm.internal/api`",
        ),
        (
            "url = \"https://crm.example.org\"\ntimeout = \"30\"",
            "contests/c.toml:12 [\"30\"] `30` is no duration => write a number and a unit: `500ms`, `30s`, `5m`, `1h` or `1d`",
        ),
        (
            "url = \"https://crm.example.org\"\ntimeout = \"1h\"",
            "contests/c.toml:12 [\"1h\"] `timeout` is from 100ms to 10m, not 1h => write a duration from `100ms` to `10m`",
        ),
        (
            "url = \"https://crm.example.org\"\nconnections = 0",
            "contests/c.toml:12 [0] `connections` is from 1 to 1024, not 0 => write a number from 1 to 1024",
        ),
        (
            "url = \"https://crm.example.org\"\nheaders = { Host = \"x\" }",
            "contests/c.toml:12 [Host] the proxy sets `host` itself, or never sends it => remove this header",
        ),
    ];
    for (replacement, expected) in cases {
        assert_eq!(amended(URL, replacement), [expected], "{replacement}");
    }
    assert_eq!(amended(URL, "url = \"http://127.0.0.1:8000/api/\""), [""; 0]);
    assert_eq!(amended(URL, "url = \"http://crm.lan/\"\nplaintext = \"on-a-trusted-network\""), [""; 0]);
    let never = "contests/c.toml:10 [\"graphql\"] GraphQL is not spoken: one question of it can reach everything => name the source's REST API";
    assert_eq!(amended("api = \"rest\"", "api = \"graphql\""), [never]);
    let unknown = "contests/c.toml:10 [\"rset\"] `rset` is no dialect => did you mean `rest`?";
    assert_eq!(amended("api = \"rest\"", "api = \"rset\""), [unknown]);
}

#[test]
fn base_urls_lose_their_last_slash() {
    for (said, url) in
        [("https://crm.example.org/api/", "https://crm.example.org/api"), ("https://crm.example.org", "https://crm.example.org/")]
    {
        let desk = Desk::small();
        desk.file("contests/c.toml", CONTEST.replace("https://crm.example.org", said));
        let sources = desk.read().unwrap().settings.sources;
        assert_eq!(sources.values().next().unwrap().url.to_string(), url);
    }
}

#[test]
fn limits_are_read_and_bounded() {
    let limits = "[limits]\nrate = { pulls = 10, requests = 5, per = \"2d\" }\nconcurrent = 0\nrecords = { max = 0, per = \"367d\" }\nmembers = { max = 1, per = \"1d\" }\n[[export]]";
    let expected = [
        "contests/c.toml:17 [\"2d\"] `per` is from 1s to 1d, not 2d => write a duration from `1s` to `1d`",
        "contests/c.toml:18 [0] `concurrent` (answers at once) is from 1 to 1024, not 0 => write a number from 1 to 1024",
        "contests/c.toml:19 [0] `max` (records a period) is from 1 to 1000000000000, not 0 => write a number from 1 to 1000000000000",
        "contests/c.toml:19 [\"367d\"] `per` is from 1s to 366d, not 367d => write a duration from `1s` to `366d`",
        "contests/c.toml:20 [\"1d\"] distinct members are counted over the whole contest => remove `per`; a quota a period is `records`",
    ];
    let mut found = amended("[[export]]", limits);
    let pace = found.remove(0);
    assert!(
        pace.starts_with(
            "contests/c.toml:17 [{ pulls = 10, requests = 5, per = \"2d\" }] 5 requests a period never reach 10 pulls"
        ),
        "{pace}"
    );
    assert_eq!(found, expected);
}

#[test]
fn a_quota_says_how_much() {
    let empty = "[limits]\nrecords = {}\nmembers = {}\n[[export]]";
    let expected = [
        "contests/c.toml:17 [{}] this quota has no `max` => write for example `records = { max = 50_000, per = \"1d\" }`",
        "contests/c.toml:18 [{}] this quota has no `max` => write for example `members = { max = 250_000 }`",
    ];
    assert_eq!(amended("[[export]]", empty), expected);
    assert_eq!(amended("[[export]]", "[limits]\nrecords = { max = 5 }\nmembers = { max = 1 }\n[[export]]"), [""; 0]);
}

#[test]
fn contests_do_not_share_names() {
    let desk = Desk::small();
    let other = CONTEST.replace("49a5", "aaaa").replace("title = \"T\"", "title = \"T\"\nhosts = [\"A.example.org\"]");
    desk.file("contests/d.toml", other)
        .file("contests/c.toml", CONTEST.replace("title = \"T\"", "title = \"T\"\nhosts = [\"a.example.org\"]"));
    let shared = "another contest uses the same secret key => make one for each with `portcullis keygen`, so that it can be destroyed when its contest is over";
    let expected = [
        format!("warning contests/c.toml:15 [\"c.key\"] {shared}"),
        "contests/d.toml:2 [\"c\"] this contest's identifier stands in contests/c.toml:2 too => use each only once".to_owned(),
        "contests/d.toml:4 [\"A.example.org\"] this host name stands in contests/c.toml:4 too => use each only once".to_owned(),
        format!("warning contests/d.toml:15 [\"c.key\"] {shared}"),
    ];
    assert_eq!(desk.brief(), expected);
}

#[test]
fn telephone_numbers_are_at_home_in_a_country() {
    let said = |region: &str| amended("key_file = \"c.key\"", &format!("key_file = \"c.key\"\nphone_region = \"{region}\""));
    let refused = |region: &str, help: &str| {
        [format!("contests/c.toml:15 [\"{region}\"] `{region}` is no country with telephone numbers of its own => {help}")]
    };
    let general = "write the country's two capital letters in ISO 3166-1, such as `GB` or `IE`";
    for (region, help) in
        [("UK", "did you mean `GB`?"), ("ie", "did you mean `IE`?"), ("Wales", general), ("", general), ("001", general)]
    {
        assert_eq!(said(region), refused(region, help));
    }
    assert_eq!(said("PL"), [""; 0]);
    let text = CONTEST.replace("key_file = \"c.key\"", "key_file = \"c.key\"\nphone_region = \"PL\"");
    let config = Desk::small().file("contests/c.toml", text).read().unwrap();
    let campaign = config.ruleset.contest("c").unwrap().campaign("amber").unwrap();
    assert_eq!(campaign.keyring.home().code(), "PL");
    assert!(effective(&config).contains("phone_region = \"PL\""));
}
