//! `demo --once`: makes the demo's requests itself, and says of each whether it went as it should.

use std::io::{self, Write};
use std::process::ExitCode;

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde_json::Value;

use super::Stage;
use super::books;
use super::client::{Answer, get};
use super::folder::{NOT_OPEN, OPEN, SOURCE_TOKEN};
use crate::demo::people::{FIELDS, MEMBERS};

/// Most pages that a pull may take before the demo calls it endless.
const PAGES_MAX: usize = 100;
/// Fields of the source that must never come out of the proxy.
const HIDDEN: [&str; 8] =
    ["religion", "ethnicity", "trade_union", "union_ref", "health_condition", "sexual_orientation", "voting_intention", "notes"];

/// One request of the story.
pub(super) struct Scene {
    /// What is done.
    pub what: &'static str,
    /// What happened.
    pub happened: String,
    /// Whether that is what should.
    pub as_it_should: bool,
}

/// Makes every request and prints the table. Exit 0: each went as it should; 1: one did not.
pub(super) async fn tell(stage: &Stage, out: &mut dyn Write) -> io::Result<ExitCode> {
    let (pull, scenes) = match play(stage).await {
        Ok(played) => played,
        Err(error) => return Ok(crate::cli::cannot(&format!("the demo broke off: {error:#}"))),
    };
    writeln!(out, "Portcullis, between {MEMBERS} synthetic members and two campaigns\n")?;
    for scene in &scenes {
        let mark = if scene.as_it_should { "ok    " } else { "WRONG " };
        writeln!(out, "  {mark}  {:<44}  {}", scene.what, scene.happened)?;
    }
    print_record(stage, &pull, out).await?;
    let all = scenes.iter().all(|scene| scene.as_it_should);
    writeln!(out, "\n{}", if all { "Each went as it should." } else { "Something did not go as it should." })?;
    Ok(ExitCode::from(u8::from(!all)))
}

async fn play(stage: &Stage) -> anyhow::Result<(Pull, Vec<Scene>)> {
    let pull = Pull::all(stage).await?;
    let mut scenes = vec![pull.scene(), compare(stage).await?, before_the_window(stage).await?, hidden_filter(stage).await?];
    let (quota, cut) = books::quota(stage, pull.records.len() + COMPARED).await?;
    scenes.extend([quota, books::receipt(stage, &cut).await?, books::objection(stage).await?, too_many(stage).await?]);
    scenes.push(books::log(stage).await?);
    Ok((pull, scenes))
}

/// Amber's whole list, by following the links that the proxy gives.
struct Pull {
    records: Vec<Value>,
    pages: usize,
    links_stay: bool,
}

impl Pull {
    async fn all(stage: &Stage) -> io::Result<Self> {
        let home = stage.url("/");
        let mut pull = Self { records: Vec::new(), pages: 0, links_stay: true };
        let mut next = Some(stage.url(&format!("/{OPEN}/members?limit=500")));
        while let Some(url) = next.filter(|_| pull.pages < PAGES_MAX) {
            pull.links_stay &= url.starts_with(&home);
            let mut page = get(&url, &stage.folder.amber).await?;
            pull.pages += 1;
            if let Value::Array(records) = page.body["values"].take() {
                pull.records.extend(records);
            }
            next = page.body["next"].as_str().map(ToOwned::to_owned);
        }
        Ok(pull)
    }

    fn scene(&self) -> Scene {
        let leaks = self.records.iter().any(|record| HIDDEN.iter().any(|field| record.get(field).is_some()));
        let enough = self.records.len() > MEMBERS / 2 && self.pages == MEMBERS.div_ceil(500);
        Scene {
            what: "amber pulls its list, page after page",
            happened: format!("{} records in {} pages, every link led back to the proxy", self.records.len(), self.pages),
            as_it_should: enough && !leaks && self.links_stay,
        }
    }
}

/// Records that amber takes to compare.
const COMPARED: usize = 1;

async fn compare(stage: &Stage) -> io::Result<Scene> {
    let source = get(&format!("{}/members?limit=1", stage.source.url()), SOURCE_TOKEN).await?;
    let proxy = get(&stage.url(&format!("/{OPEN}/members?limit=1")), &stage.folder.amber).await?;
    let fields = |answer: &Answer| answer.body["values"][0].as_object().map_or(0, serde_json::Map::len);
    Ok(Scene {
        what: "one record at the source, and from the proxy",
        happened: format!("{} fields at the source, {} from the proxy", fields(&source), fields(&proxy)),
        as_it_should: fields(&source) == FIELDS.len() && (1..=9).contains(&fields(&proxy)),
    })
}

async fn before_the_window(stage: &Stage) -> io::Result<Scene> {
    let before = stage.source.requests_seen();
    let answer = get(&stage.url(&format!("/{NOT_OPEN}/members")), &stage.folder.amber_early).await?;
    let unseen = stage.source.requests_seen() == before;
    let told = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or("");
    Ok(Scene {
        what: "amber asks before a window opens",
        happened: format!("{} {}, come back {told}; the source saw {}", answer.status.as_u16(), answer.reason(), nothing(unseen)),
        as_it_should: answer.status == StatusCode::FORBIDDEN
            && answer.reason() == "window_not_open"
            && unseen
            && !told.is_empty(),
    })
}

async fn hidden_filter(stage: &Stage) -> io::Result<Scene> {
    let before = stage.source.requests_seen();
    let answer = get(&stage.url(&format!("/{OPEN}/members?religion=Sikh")), &stage.folder.teal).await?;
    let unseen = stage.source.requests_seen() == before;
    let source = get(&format!("{}/members?religion=Sikh&limit=1", stage.source.url()), SOURCE_TOKEN).await?;
    Ok(Scene {
        what: "teal filters on religion",
        happened: format!(
            "{} {}; the source saw {} (it would have counted {})",
            answer.status.as_u16(),
            answer.reason(),
            nothing(unseen),
            source.body["count"]
        ),
        as_it_should: answer.status == StatusCode::BAD_REQUEST && answer.reason() == "query_not_allowed" && unseen,
    })
}

async fn too_many(stage: &Stage) -> io::Result<Scene> {
    let url = stage.url(&format!("/{OPEN}/members?limit=1"));
    // The list that a member's objection cut short was the first.
    let mut served = 1;
    loop {
        let answer = get(&url, &stage.folder.teal).await?;
        if answer.status == StatusCode::OK && served < 10 {
            served += 1;
            continue;
        }
        let wait = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or("");
        return Ok(Scene {
            what: "teal starts pull after pull",
            happened: format!("{served} served, then {} {}, wait {wait} s", answer.status.as_u16(), answer.reason()),
            as_it_should: served == 3 && answer.reason() == "rate_limited" && !wait.is_empty(),
        });
    }
}

const fn nothing(unseen: bool) -> &'static str {
    if unseen { "nothing" } else { "THE REQUEST" }
}

/// One member, before and after.
async fn print_record(stage: &Stage, pull: &Pull, out: &mut dyn Write) -> io::Result<()> {
    let source = get(&format!("{}/members?limit=50", stage.source.url()), SOURCE_TOKEN).await?;
    let Some(members) = source.body["values"].as_array() else { return Ok(()) };
    let current: Vec<_> = members.iter().filter(|member| member["status"] == "current").collect();
    // The one with most to hide makes the point best, and one who has given shows what becomes of a list.
    let hides = |member: &Value| HIDDEN.iter().filter(|field| !member[**field].is_null()).count();
    let telling = |member: &Value| (member["donations"] != Value::Array(Vec::new()), hides(member));
    let Some(place) = (0..current.len()).max_by_key(|&place| telling(current[place])) else { return Ok(()) };
    let (before, after) = (current[place], &pull.records[place]);
    writeln!(out, "\n  one record                at the source                                 from the proxy")?;
    for field in FIELDS {
        match &before[field] {
            Value::Object(inner) => {
                for (name, value) in inner {
                    print_field(out, &format!("{field}.{name}"), value, after[field].get(name))?;
                }
            }
            value => print_field(out, field, value, after.get(field))?,
        }
    }
    Ok(())
}

fn print_field(out: &mut dyn Write, name: &str, before: &Value, after: Option<&Value>) -> io::Result<()> {
    let after = after.map_or_else(|| "-".to_owned(), shown);
    writeln!(out, "  {name:<24}  {:<44}  {after}", shown(before))
}

/// A value on one short line.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if text.chars().count() <= 42 { text } else { text.chars().take(41).chain(['…']).collect() }
}
