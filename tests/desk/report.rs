//! `report`: its figures held to the books, and its page opened in a real browser.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use portcullis::engine::audit::event::{Counts, Ending, Event};
use portcullis::engine::audit::hash::Digest;
use portcullis::engine::ids::{CampaignId, ContestId, ExportName};
use portcullis::engine::outcome::Outcome;
use portcullis::engine::reason::Reason;
use portcullis::store::sqlite::SqliteStore;
use portcullis::store::{RejectionBook, RejectionBounds, RejectionRow};
use serde_json::Value;

use super::folder::Contest;
use super::stage::{Stage, at, request};

const DAY: i64 = 24 * 3600 * 1000;
const FIELDS: [&str; 3] = ["member_id", "first_name", "email"];

/// Three weeks of a contest, with everything in it that can be reported.
fn contest() -> Stage {
    let contest = "hosts = []".to_owned();
    let amber = "exports = [\"members\"]".to_owned();
    let mut stage = Stage::of(&Contest { contest, amber, ..Contest::default() });
    stage.note(Event::ConfigurationApplied { sha256: Digest([1; 32]) }, 10);
    for day in 0..20_i64 {
        let begin = u64::try_from(day * 13 % 200).unwrap();
        stage.pull("amber", begin..begin + 60 + u64::try_from(day * 7 % 50).unwrap(), day * DAY);
        if day % 3 == 0 {
            stage.pull("teal", 40..90, day * DAY + 1000);
        }
    }
    stage.note(Event::ConfigurationApplied { sha256: Digest([2; 32]) }, 9 * DAY);
    refusals(&mut stage);
    let broken = stage.open("teal", &FIELDS, 20 * DAY);
    stage.release(broken, 500..510, &[]);
    stage.end(broken, 10, 20 * DAY + 500, Ending::Ended(Outcome::Truncated(Reason::Suspended)));
    let lost = stage.open("amber", &FIELDS, 20 * DAY + 1000);
    stage.release(lost, 600..603, &[]);
    let (code, text) = stage.says(&[
        "suspend",
        "--contest",
        "leader",
        "--campaign",
        "teal",
        "--by",
        "Robin <Hughes>",
        "--reason",
        "a \"complaint\" & more",
    ]);
    assert_eq!(code, 0, "{text}");
    for arguments in
        [&["--member", "45"][..], &["--member", "46", "--channel", "phone"], &["--member", "9999", "--campaign", "teal"]]
    {
        assert_eq!(stage.says(&[&["object", "--contest", "leader"], arguments].concat()).0, 0);
    }
    stage.sign();
    stage
}

fn refusals(stage: &mut Stage) {
    let reasons = [Reason::RateLimited, Reason::WindowNotOpen, Reason::QueryOnHiddenField, Reason::ExportUnknown];
    for number in 0..25_u64 {
        let asker = Stage::asker(if number % 4 == 0 { "teal" } else { "amber" }, None);
        let reason = reasons[usize::try_from(number * number % 7).unwrap() % 4];
        stage.note(
            Event::Refused { request: request(50_000 + number), asker, export: ExportName::parse("members").ok(), reason },
            3 * DAY,
        );
    }
    let mut counts = Counts::default();
    counts.add(Reason::RateLimited, 970);
    let of = Some((ContestId::parse("leader").unwrap(), CampaignId::parse("teal").unwrap()));
    stage.note(Event::RefusalsCounted { since: 0_u64.try_into().unwrap(), of, counts }, 4 * DAY);
    let bounds = RejectionBounds { per_campaign_max: 1000, queue_max: 1000 };
    let store = SqliteStore::open(&stage.folder.join("portcullis.db"), bounds).unwrap();
    let row = RejectionRow {
        at: at(DAY),
        request_id: request(60_000),
        contest: ContestId::parse("leader").ok(),
        campaign: None,
        actor: None,
        export: None,
        reason: Reason::CredentialInvalid,
        count: 41,
    };
    assert!(store.record(row));
    store.flush(Duration::from_secs(20)).unwrap();
}

fn json(stage: &Stage) -> Value {
    let (code, text) = stage.says(&["report", "--contest", "leader", "--json"]);
    assert_eq!(code, 0, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn its_figures_are_those_of_the_books() {
    let stage = contest();
    let report = json(&stage);
    let amber = &report["campaigns"]["amber"];
    let records: u64 = (0..20_u64).map(|day| 60 + day * 7 % 50).sum::<u64>() + 3;
    assert_eq!((&amber["pulls"], &amber["records"]), (&21.into(), &records.into()));
    let mut members: std::collections::BTreeSet<u64> = (600..603).collect();
    (0..20_u64).for_each(|day| members.extend((day * 13 % 200)..(day * 13 % 200) + 60 + day * 7 % 50));
    assert_eq!(amber["members"], members.len());
    assert_eq!(amber["exports"]["members"], members.len());
    assert_eq!(report["campaigns"]["teal"]["members"], 60);
    members.extend(500..510);
    assert_eq!(report["members"], members.len());
    assert_eq!(report["days"]["2026-02-14"], serde_json::json!({"amber": 60, "teal": 50}));
    assert_eq!(report["days"]["2026-02-15"], serde_json::json!({"amber": 67}));
    let refused: u64 = report["refusals"].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum();
    assert_eq!(refused, 25 + 970 + 41);
    let unknown = serde_json::json!({"campaign": null, "reason": "credential_invalid", "count": 41});
    assert_eq!(report["refusals"].as_array().unwrap().last(), Some(&unknown));
    assert_eq!(report["objections"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&report["objecting"], &report["objecting_held"]["amber"], &report["objecting_held"]["teal"]),
        (&3.into(), &2.into(), &2.into())
    );
    assert_eq!(report["unfinished_count"], 2);
    assert_eq!(report["unfinished"][0]["state"], "truncated (suspended)");
    assert_eq!(report["unfinished"][1]["state"], "open");
    assert_eq!(report["suspensions"][0]["by"], "Robin <Hughes>");
    assert_eq!(report["configurations"].as_array().unwrap().len(), 2);
    assert_eq!(report["log"]["size"], report["log"]["head_size"]);
    assert_eq!(report["actors"][0]["actor"], "Robin");
}

#[test]
fn it_tells_nothing_of_another_contest_and_says_when_there_is_nothing() {
    let stage = contest();
    let (code, text) = stage.says(&["report", "--contest", "youth"]);
    assert_eq!(code, 1);
    assert!(text.contains("0 records about 0 members left; 0 requests refused") && !text.contains("amber"), "{text}");
}

/// For looking at: `KEEP=folder` keeps the page there.
fn kept(page: &str) {
    if let Some(folder) = std::env::var_os("KEEP") {
        fs::write(Path::new(&folder).join("report.html"), page).unwrap();
    }
}

#[test]
fn it_needs_no_key() {
    let stage = contest();
    fs::remove_file(stage.folder.join("contest.key")).unwrap();
    let (code, text) = stage.says(&["report", "--contest", "leader"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("contest leader, as on record at "), "{text}");
    for said in
        ["records by day:", "refused:", "(nobody known)", "suspensions by command:", "Robin <Hughes>", "newest signed head:"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
}

fn page(stage: &Stage) -> String {
    let file = stage.path("report.html");
    let (code, text) = stage.says(&["report", "--contest", "leader", "--html", &file]);
    assert_eq!((code, text), (0, format!("The report on contest leader is in {file}.\n")));
    assert_eq!(stage.says(&["report", "--contest", "leader", "--html", &file]).0, 2, "never overwritten");
    fs::read_to_string(file).unwrap()
}

#[test]
fn the_page_is_whole_in_itself_and_escapes_what_others_chose() {
    let page = page(&contest());
    kept(&page);
    for loads in ["src=", "href=", "url(", "@import", "<script", "<link", "<iframe", "http://", "https://"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(
        page.contains("Robin &lt;Hughes&gt;")
            && page.contains("a &quot;complaint&quot; &amp; more")
            && !page.contains("<Hughes>")
    );
    let count = |what: &str| page.matches(what).count();
    assert_eq!(count("<table>"), count("<caption>"));
    assert_eq!((count("<svg "), count("role=\"img\""), count("<desc id=")), (2, 2, 2));
    assert_eq!((count("<h1>"), count("<section>"), count("<h2>")), (1, 8, 8));
    assert!(count("scope=\"row\"") > 30 && page.contains("lang=\"en-GB\""));
}

/// What Chromium makes of a page.
fn browsed(page: &Path) -> String {
    let home = page.with_extension("browser");
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"]);
    let output = chromium.arg(format!("--user-data-dir={}", home.display())).arg(format!("file://{}", page.display())).output();
    let output = output.expect("Chromium is needed: tests/run installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_browser_shows_every_figure_and_asks_nobody_for_anything() {
    let stage = contest();
    let text = page(&stage);
    let seen = browsed(&stage.folder.join("report.html"));
    let report = json(&stage);
    for campaign in ["amber", "teal"] {
        let records = report["campaigns"][campaign]["records"].as_u64().unwrap();
        let shown = if records < 1000 { records.to_string() } else { format!("{},{:03}", records / 1000, records % 1000) };
        assert!(seen.contains(&format!("<td class=\"number\">{shown}</td>")), "{campaign}: {shown}");
    }
    let root = portcullis_escaped(report["log"]["head_root"].as_str().unwrap());
    assert!(seen.contains(&root) && seen.contains("1,036") && seen.matches("<rect").count() > 25, "{}", seen.len());
    // The page forbids what it does not do: something put into it asks nobody either.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let image = format!("<img src=\"http://{}/spy\">", listener.local_addr().unwrap());
    let spied = stage.folder.join("spied.html");
    fs::write(&spied, text.replace("<main>", &format!("<main>{image}"))).unwrap();
    assert!(browsed(&spied).contains("/spy"));
    assert!(listener.accept().is_err(), "the page's own policy lets nothing out");
    let open = text.replace("Content-Security-Policy", "X-Nothing").replace("<main>", &format!("<main>{image}"));
    fs::write(&spied, open).unwrap();
    let asked = std::thread::spawn(move || {
        let until = std::time::Instant::now() + Duration::from_secs(30);
        while std::time::Instant::now() < until {
            if let Ok((mut stream, _)) = listener.accept() {
                stream.set_nonblocking(false).unwrap();
                let mut line = [0; 8];
                return stream.read_exact(&mut line).is_ok() && line.starts_with(b"GET /spy");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    });
    browsed(&spied);
    assert!(asked.join().unwrap(), "without the policy it would have asked");
}

/// As HTML writes it: base64 has `+`, `/` and `=`, which stay.
fn portcullis_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
}

#[test]
fn the_readme_shows_what_is_printed() {
    let mut stage = Stage::usual();
    stage.pull("amber", 1..41, 0);
    for number in 0..3 {
        let asker = Stage::asker("amber", None);
        stage.note(Event::Refused { request: request(900 + number), asker, export: None, reason: Reason::RateLimited }, 1000);
    }
    stage.pull("amber", 1..4, DAY);
    stage.pull("teal", 1..11, DAY + 3_600_000);
    assert_eq!(stage.says(&["object", "--contest", "leader", "--member", "1"]).0, 0);
    stage.sign();
    super::shown::walk("### The report", &stage);
}
