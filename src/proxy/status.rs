//! A campaign's own status: its window, its agreement, its limits, and the fields that it is offered.
//!
//! Tells a campaign only what concerns itself. Never says why it is suspended: that is the operator's to say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::house::House;
use super::identify::Identified;
use super::limit::Remaining;
use crate::engine::dialect::{FilterRule, Offer, Takes};
use crate::engine::minimise::rule::Rule;
use crate::engine::policy::window::Phase;
use crate::engine::policy::{Campaign, Contest, Export};
use crate::engine::quota::{Left, Quotas};
use crate::engine::time::Timestamp;
use crate::store::StoreError;
use crate::store::books::Side;
use crate::store::books::tables::ReadBooks;

/// The status as a JSON document. `prefix` is what paths begin with at the host that was asked.
#[must_use]
pub fn document(
    identified: &Identified,
    prefix: &str,
    suspended: bool,
    (remaining, quotas): (Option<Remaining>, Option<Left>),
    now: Timestamp,
) -> Vec<u8> {
    let (contest, campaign) = (identified.contest(), identified.campaign());
    let exports: Vec<_> = contest.exports.iter().filter(|export| campaign.grants.contains(&export.name)).collect();
    let status = json!({
        "contest": { "id": contest.id.as_str(), "title": contest.title, "controller": contest.controller },
        "campaign": { "id": campaign.id.as_str(), "title": campaign.title },
        "now": now.to_string(),
        "window": {
            "opens_at": campaign.window.opens().to_string(),
            "closes_at": campaign.window.closes().to_string(),
            "state": phase(campaign.window.phase(now)),
        },
        "suspended": suspended,
        "agreement": agreement(contest, campaign),
        "limits": limits(campaign),
        "remaining": remaining.map(|left| remains(left, quotas, contest, campaign, now)),
        "exports": exports.iter().map(|export| offered(prefix, export)).collect::<Vec<_>>(),
    });
    // A document of strings and numbers always serialises.
    serde_json::to_vec(&status).unwrap_or_default()
}

/// What the campaign has left of its quotas; `None` when the books cannot be read. Without quotas nobody asks them.
pub async fn quotas(identified: &Identified, house: &House, now: Timestamp) -> Option<Left> {
    if identified.campaign().limits.quotas == Quotas::default() {
        return Some(Left::default());
    }
    let (contest, campaign) = (Arc::clone(identified.contest()), Arc::clone(identified.campaign()));
    let books = Arc::clone(&house.books);
    tokio::task::spawn_blocking(move || left(&*books, &contest, &campaign, now)).await.ok()?.ok()
}

/// What a campaign has left of its quotas. Reads the store, so it may block.
///
/// # Errors
/// [`StoreError`] of the books.
pub fn left(books: &dyn ReadBooks, contest: &Contest, campaign: &Campaign, now: Timestamp) -> Result<Left, StoreError> {
    let side = Side { contest: contest.id.clone(), campaign: campaign.id.clone() };
    let spent = books.read(|reading| reading.spent(&side))?;
    Ok(spent.left(&campaign.limits.quotas.at(contest.window.opens(), now)))
}

fn remains(left: Remaining, quotas: Option<Left>, contest: &Contest, campaign: &Campaign, now: Timestamp) -> Value {
    let mut remains = json!({ "pulls": left.pulls, "requests": left.requests, "concurrent": left.concurrent });
    if let Some(records) = campaign.limits.quotas.records {
        remains["records"] = json!(quotas.and_then(|left| left.records));
        let next = records.period(contest.window.opens(), now).1;
        remains["records_until"] = json!(next.map(|next| next.to_string()));
    }
    if campaign.limits.quotas.members.is_some() {
        remains["members"] = json!(quotas.and_then(|left| left.members));
    }
    remains
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::NotOpen => "not_open",
        Phase::Open => "open",
        Phase::Closed => "closed",
    }
}

fn agreement(contest: &Contest, campaign: &Campaign) -> Value {
    contest.agreement.as_ref().map_or(Value::Null, |agreement| {
        let signed = campaign.signature.as_ref().is_some_and(|signature| signature.covers(agreement));
        json!({ "version": agreement.version, "signed": signed })
    })
}

fn limits(campaign: &Campaign) -> Value {
    let rate = campaign.limits.rate;
    let mut limits = json!({
        "pulls": rate.pulls, "requests": rate.requests, "per_seconds": rate.per.as_secs(), "burst": rate.burst,
        "concurrent": campaign.limits.concurrent,
    });
    if let Some(records) = campaign.limits.quotas.records {
        limits["records"] = json!({ "max": records.max, "per_seconds": records.per.map(|per| per.as_secs()) });
    }
    if let Some(members) = campaign.limits.quotas.members {
        limits["members"] = json!({ "max": members });
    }
    limits
}

fn filter(offer: &Offer, rule: &FilterRule) -> Value {
    let takes = match &rule.takes {
        Takes::Value(format) => format.noun(),
        Takes::Token => "a token of the field",
    };
    json!({ "field": offer.name(&rule.field), "operator": rule.operator.name(), "takes": takes })
}

fn offered(prefix: &str, export: &Export) -> Value {
    let offer = &export.route.offer;
    let leaving = export.plan.spec().fields.iter().filter(|field| field.rule != Rule::Drop);
    let fields: Vec<_> = leaving
        .map(|field| json!({ "field": field.path.to_string(), "rule": field.rule.name(), "conditional": !field.when.is_empty() }))
        .collect();
    json!({
        "name": export.name.as_str(),
        "path": format!("{prefix}{}", export.route.path),
        "fields": fields,
        "accept": export.forms.iter().map(|form| form.media_type()).collect::<Vec<_>>(),
        "parameters": export.route.parameters(),
        "filters": offer.filters.iter().map(|rule| filter(offer, rule)).collect::<Vec<_>>(),
        "order_by": offer.order.iter().map(|field| offer.name(field)).collect::<Vec<_>>(),
        "page_max": offer.size_max,
        "page_size": offer.size_default,
        "item": export.route.item.as_ref().map(|item| format!("{prefix}{}", item.naming(&export.plan.spec().id.to_string()))),
    })
}
