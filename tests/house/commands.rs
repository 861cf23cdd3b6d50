//! The commands, as a person types them: exit codes, what is printed, and what the README and the schema of words promise.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::support::{Contest, MEMBER, Source, page, proxy::program};

fn run(arguments: &[&str], folder: &Path) -> Output {
    program().args(arguments).arg("--config").arg(folder).env("NO_COLOR", "1").output().unwrap()
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn folder(contest: &Contest) -> std::path::PathBuf {
    contest.write(Source::json("").address)
}

const EXPLAIN: [&str; 6] = ["explain", "--contest", "leader", "--campaign", "amber", "--request"];

fn explain(contest: &Contest, rest: &[&str]) -> (Option<i32>, String) {
    let output = run(&[&EXPLAIN[..], rest].concat(), &folder(contest));
    (output.status.code(), printed(&output))
}

#[test]
fn explain_reads_a_body_and_prints_the_one_that_the_source_would_get() {
    let contest = Contest {
        api: "civicrm".into(),
        path: "/civicrm/ajax/api4/Contact/get".into(),
        records: String::new(),
        export: String::new(),
        filters: String::new(),
        fields: "member_id = \"tokenise\"\nfirst_name = { keep = \"name\" }".into(),
        ..Contest::default()
    };
    let body = r#"params={"select":["first_name"],"limit":25}"#;
    let (exit, text) = explain(&contest, &["POST /civicrm/ajax/api4/Contact/get", "--body", body]);
    assert_eq!(exit, Some(0), "{text}");
    let asked = "to the source: POST /civicrm/ajax/api4/Contact/get\n  x-requested-with: XMLHttpRequest\n  content-type: application/x-www-form-urlencoded\n\n  params = {\"select\":[\"member_id\",\"first_name\"],\"orderBy\":{\"member_id\":\"ASC\"},\"limit\":25}\n";
    assert!(text.ends_with(asked), "{text}");
}

#[test]
fn explain_says_what_serve_would_and_why() {
    let usual = Contest::default();
    let cases = [
        (&["GET /members?limit=10"][..], 0, "to the source: GET /members?limit=10"),
        (&["GET /members", "--at", "2019-12-31T23:59:59Z"][..], 1, "answer: no, window_not_open"),
        (&["GET /members", "--at", "2020-01-01T00:00:00Z"][..], 0, "answer: yes"),
        (&["GET /members", "--at", "2099-01-01T00:00:00Z"][..], 1, "answer: no, window_closed"),
        (&["GET /members?religion=Sikh"][..], 1, "answer: no, query_on_hidden_field"),
        (&["DELETE /members"][..], 1, "answer: no, method_not_allowed"),
        (&["GET /people"][..], 1, "answer: no, export_unknown"),
        (&["nonsense"][..], 2, "write the request as method, space, path"),
    ];
    for (rest, code, said) in cases {
        let (exit, text) = explain(&usual, rest);
        assert_eq!(exit, Some(code), "{rest:?}: {text}");
        assert!(text.contains(said), "{rest:?}: {text}");
    }
    let suspended = Contest { amber: "exports = []\nsuspended = \"a complaint\"".into(), ..Contest::default() };
    let (_, text) = explain(&suspended, &["GET /members"]);
    for line in
        ["NO   suspension  the campaign is suspended: a complaint", "NO   grant       asks for `members`; granted: nothing"]
    {
        assert!(text.contains(line), "{text}");
    }
    let (_, text) = explain(&usual, &["GET /members", "--json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["answer"], &document["rules"][3]["rule"]), (&"yes".into(), &"window".into()));
}

#[test]
fn preview_shows_each_field_and_why() {
    let folder = folder(&Contest::default());
    let sample = folder.join("sample.json");
    fs::write(&sample, page(&format!("{MEMBER}, {{\"member_id\": \"seven\", \"email\": \"a@b.example\"}}"))).unwrap();
    let preview = ["preview", "--contest", "leader", "--export", "members", sample.to_str().unwrap()];
    let output = run(&preview, &folder);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for said in [
        "of 2 records 2 would leave",
        "dropped: not of its format",
        "dropped: its condition does not hold",
        "religious-or-philosophical-belief",
        "notes",
        "dropped: no rule names it",
    ] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert!(!text.contains("MARKER"), "{text}");
    let json: Value = serde_json::from_slice(&run(&[&preview[..], &["--json"]].concat(), &folder).stdout).unwrap();
    assert_eq!(json["body"]["values"][0]["first_name"], "Sian");
    assert_eq!(json["unnamed"]["notes"], 1);
    fs::write(&sample, r#"{"values": [{"member_id": 1, "member_id": 2}]}"#).unwrap();
    let output = run(&preview, &folder);
    assert_eq!(output.status.code(), Some(1));
    assert!(printed(&output).contains("the proxy would refuse this body: body_malformed"), "{}", printed(&output));
}

#[test]
fn check_and_preview_name_what_no_record_of_a_sample_has() {
    let folder = folder(&Contest::default());
    let sample = folder.join("sample.json");
    fs::write(&sample, page(&MEMBER.replace("first_name", "firstname"))).unwrap();
    let named = format!("leader/members={}", sample.display());
    let output = run(&["check", "--sample", &named], &folder);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "a warning: {text}");
    assert!(text.contains("has `first_name`") && text.contains("did you mean `firstname`?"), "{text}");
    assert_eq!(printed(&run(&["check"], &folder)).matches("warning").count(), 1, "without a sample there is none");
    let preview = run(&["preview", "--contest", "leader", "--export", "members", sample.to_str().unwrap()], &folder);
    let text = printed(&preview);
    assert!(text.contains("no record of the sample has") && text.contains("did you mean `firstname`?"), "{text}");
    for (named, said) in [
        ("leader/people=/dev/null", "there is no export `people` in a contest `leader`"),
        ("leader/members=/nonexistent", "cannot read /nonexistent"),
        ("members=sample.json", "write contest, slash, export, equals sign, file"),
    ] {
        let output = run(&["check", "--sample", named], &folder);
        assert_eq!(output.status.code(), Some(2), "{named}");
        assert!(printed(&output).contains(said), "{}", printed(&output));
    }
}

#[test]
fn check_prints_every_problem_with_its_line_and_remedy() {
    let folder = folder(&Contest {
        limits: "rate = { pulls = 0, requests = 1, per = \"1m\", burst = 1 }\nconcurent = 2".into(),
        ..Contest::default()
    });
    fs::write(folder.join("contests/other.toml"), "[contest]\nid = \"Other One\"\n").unwrap();
    let output = run(&["check"], &folder);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for said in ["concurent", "concurrent", "other.toml:2", "leader.toml:18", "^^^"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    let lines = String::from_utf8(run(&["check", "--json"], &folder).stdout).unwrap();
    let problems: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(problems.len() >= 4 && problems.iter().all(|problem| problem["line"].as_u64().unwrap() > 0), "{lines}");
}

#[test]
fn check_approves_of_a_good_folder() {
    let folder = folder(&Contest::default());
    let output = run(&["check", "--effective"], &folder);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for said in ["usable: 1 contest, 1 export, 2 campaigns", "record_bytes_max", "drain_milliseconds_max"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}

#[test]
fn commands_that_cannot_answer_say_so_with_two() {
    let nowhere = Path::new("/nonexistent/portcullis");
    for command in [&["rejections"][..], &["explain", "--contest", "a", "--campaign", "b", "--request", "GET /"][..]] {
        let output = run(command, nowhere);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {}", printed(&output));
    }
    let serve = run(&["serve"], nowhere);
    assert_eq!(serve.status.code(), Some(1), "{}", printed(&serve));
    assert!(printed(&serve).contains("portcullis.toml"), "{}", printed(&serve));
    assert_eq!(program().arg("nonsense").output().unwrap().status.code(), Some(2));
    assert_eq!(program().arg("--help").output().unwrap().status.code(), Some(0));
}

#[test]
fn every_command_has_a_help_with_an_example() {
    for command in ["serve", "demo", "check", "explain", "preview", "keygen", "key", "rejections"] {
        let help = String::from_utf8(program().args([command, "--help"]).output().unwrap().stdout).unwrap();
        assert!(help.contains(&format!("portcullis {command}")) && help.contains("Example"), "{command}: {help}");
    }
}

#[test]
fn the_demo_goes_as_it_should() {
    let output = program().args(["demo", "--once"]).output().unwrap();
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(text.matches("\n  ok ").count(), 9, "{text}");
    for said in
        ["window_not_open", "rate_limited", "record_quota_exhausted: signed", "nothing is wrong", "Each went as it should."]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
}

/// Every line that the demo prints for pasting, run by a shell as a person would.
#[test]
fn the_demos_lines_can_be_pasted() {
    use std::io::{BufRead, BufReader};
    let mut demo =
        program().arg("demo").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok) {
        let last = line.starts_with("Ctrl-C");
        lines.push(line);
        if last {
            break;
        }
    }
    let shell = |starts: &str, contains: &str| {
        let line = lines.iter().find(|line| line.starts_with(starts) && line.contains(contains));
        let line = line.unwrap_or_else(|| panic!("{contains}: {lines:?}"));
        String::from_utf8(std::process::Command::new("bash").args(["-c", line]).output().unwrap().stdout).unwrap()
    };
    let own = env!("CARGO_BIN_EXE_portcullis");
    assert!(shell("curl", "limit=2' -H 'Authorization: Bearer portcullis_").contains("\"first_name\""));
    assert!(shell("curl", "Bearer source-token").contains("\"religion\""));
    assert!(shell("curl", "/-/status").contains("\"state\":\"open\""));
    assert!(shell("curl", "youth-committee-2026").contains("window_not_open"));
    assert!(shell("curl", "religion=Sikh").contains("query_not_allowed"));
    assert!(shell("curl", "audit verify").contains("1 record of members to amber"));
    assert!(shell(own, "register").contains("was given to amber (2 pulls)"), "and withheld from now on");
    assert_eq!(shell("for i in", "").lines().collect::<Vec<_>>(), ["200", "200", "200", "429"]);
    // The book is written off the requests' path, so the last row may still be on its way.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut seen = shell(own, "rejections");
    while !["window_not_open", "query_on_hidden_field", "rate_limited"].iter().all(|reason| seen.contains(reason)) {
        assert!(std::time::Instant::now() < until, "{seen}");
        seen = shell(own, "rejections");
    }
    assert!(shell(own, "explain").contains("answer: no, window_not_open"));
    assert!(shell(own, "report").contains("record_quota_exhausted") || shell(own, "report").contains("rate_limited"));
    let config =
        lines.iter().find_map(|line| line.strip_prefix("  configuration   ")).unwrap().split(' ').next().unwrap().to_owned();
    assert!(Path::new(&config).is_dir());
    assert!(std::process::Command::new("kill").arg(demo.id().to_string()).status().unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert!(!Path::new(&config).exists(), "the demo leaves nothing behind");
}
