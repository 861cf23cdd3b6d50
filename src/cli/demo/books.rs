//! The second half of `demo --once`: what the books do. A quota, a member who objects, a receipt, and the log that anyone can check.
//!
//! Uses the commands that an operator would, beside the proxy that runs.

use std::io;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::Stage;
use super::client::{Answer, get};
use super::folder::{OPEN, QUOTA, SOURCE_TOKEN};
use super::story::Scene;
use crate::cli::audit::verify::{self, VerifyArgs};
use crate::cli::books::kept_key;
use crate::cli::object::{self, ObjectArgs};
use crate::clock::Clock;
use crate::config;
use crate::engine::audit::event::{Ending, Event};
use crate::engine::audit::key::PublicKey;
use crate::engine::audit::receipt::Receipt;
use crate::engine::ids::ContestId;
use crate::engine::member::Withheld;
use crate::engine::outcome::Outcome;
use crate::engine::reason::Reason;

/// Records of the page that the objecting member is on.
const PAGE: usize = 20;
/// In how long an objection is in force.
const OBJECTED_AFTER: Duration = Duration::from_secs(1);
/// In how long a head covers an entry, and the command that looks finds it.
const SIGNED_AFTER: Duration = Duration::from_secs(2);

/// Amber asks for its list again, and has less left than that. Also the answer, for its receipt.
pub(super) async fn quota(stage: &Stage, taken: usize) -> io::Result<(Scene, Answer)> {
    let answer = get(&stage.url(&format!("/{OPEN}/members?limit=500")), &stage.folder.amber).await?;
    let came = answer.records();
    let end = if answer.whole { "and no more was taken" } else { "then the list was broken off" };
    let scene = Scene {
        what: "amber asks again, with a quota of 4500",
        happened: format!("{came} records came, {end}: {} in all", taken + came),
        as_it_should: !answer.whole && taken + came == QUOTA,
    };
    Ok((scene, answer))
}

/// Amber checks its receipt for that list, with the log's public key.
pub(super) async fn receipt(stage: &Stage, list: &Answer) -> anyhow::Result<Scene> {
    let path = list.headers.get("portcullis-receipt").and_then(|path| path.to_str().ok()).context("no receipt")?;
    let document = get(&stage.url(path), &stage.folder.amber).await?;
    let key = public_key(stage)?;
    let receipt = Receipt::parse(document.text.as_bytes())?;
    let proved = receipt.verify(key.name(), std::slice::from_ref(&key))?;
    let Event::PullClosed { ending: Ending::Ended(Outcome::Truncated(reason)), records, .. } = proved.entry.event else {
        anyhow::bail!("the receipt is for something else")
    };
    Ok(Scene {
        what: "amber checks its receipt for that",
        happened: format!("{} records left, then {reason}: signed, entry {} of the log", records.get(), receipt.index),
        as_it_should: records.get() == list.records() as u64 && reason == Reason::RecordQuotaExhausted,
    })
}

/// A member objects between two pages of teal's.
pub(super) async fn objection(stage: &Stage) -> anyhow::Result<Scene> {
    let source = get(&format!("{}/members?offset={PAGE}&limit={PAGE}", stage.source.url()), SOURCE_TOKEN).await?;
    let members = source.body["values"].as_array().map_or(&[][..], Vec::as_slice);
    let current: Vec<_> = members.iter().filter(|member| member["status"] == "current").collect();
    let first = get(&stage.url(&format!("/{OPEN}/members?limit={PAGE}")), &stage.folder.teal).await?;
    let notices = object(stage, current.first().context("nobody is a member")?)?;
    tokio::time::sleep(OBJECTED_AFTER).await;
    let next = get(first.body["next"].as_str().context("no next page")?, &stage.folder.teal).await?;
    let left = next.body["values"].as_array().map_or(0, Vec::len);
    let told: Vec<_> = notices.iter().filter_map(|notice| notice["campaign"].as_str()).collect();
    Ok(Scene {
        what: "a member objects while teal pulls",
        happened: format!(
            "{left} of {} on the next page; the record was given to {}: notices to send",
            current.len(),
            told.join(", ")
        ),
        as_it_should: next.whole && left + 1 == current.len() && told == ["amber"],
    })
}

/// `portcullis object`, and whom it says to tell.
fn object(stage: &Stage, member: &Value) -> anyhow::Result<Vec<Value>> {
    let args = ObjectArgs {
        config: stage.folder.path().into(),
        contest: ContestId::parse(OPEN)?,
        member: Some(member["member_id"].to_string()),
        csv: None,
        channel: Withheld::All,
        campaign: None,
        withdraw: false,
        json: true,
    };
    let mut said = Vec::new();
    object::run(&args, Clock::default().now(), &mut said)?;
    let mut said: Value = serde_json::from_slice(&said)?;
    Ok(said["notices"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

/// The scrutineer checks the whole log.
pub(super) async fn log(stage: &Stage) -> anyhow::Result<Scene> {
    let args = VerifyArgs {
        folder: None,
        config: Some(stage.folder.path().into()),
        keys: vec![public_key(stage)?],
        key_files: Vec::new(),
        heads: Vec::new(),
        receipts: Vec::new(),
        json: true,
    };
    tokio::time::sleep(SIGNED_AFTER).await;
    let mut said = Vec::new();
    let store = config::store(stage.folder.path()).map_err(|problems| anyhow::anyhow!("{}", problems.render(false)))?;
    verify::of_store(&args, &store, &mut said)?;
    let said: Value = serde_json::from_slice(&said)?;
    let found = if said["right"] == true { "nothing is wrong" } else { "SOMETHING IS WRONG" };
    Ok(Scene {
        what: "the scrutineer checks the log by public key",
        happened: format!(
            "{found}: {} entries, {} heads signed, {} pulls without an end",
            said["size"], said["heads"], said["open_pulls"]
        ),
        as_it_should: said["right"] == true && said["open_pulls"] == 0,
    })
}

fn public_key(stage: &Stage) -> anyhow::Result<PublicKey> {
    let config = config::read(stage.folder.path()).map_err(|problems| anyhow::anyhow!("{}", problems.render(false)))?;
    Ok(kept_key(&config.settings.audit)?.public().clone())
}
