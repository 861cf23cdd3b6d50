//! The family `salesforce-bulk`: query jobs of Salesforce's Bulk API 2.0 (Bulk API 2.0 Developer Guide, "Query").
//!
//! A campaign orders the registered query with POST, asks with GET how far the job is, and fetches its result as a table, page by page.
//! The source is asked for the same, with a document and a query of our own; its names of jobs and its locators are sealed. Never lets a
//! campaign's words into a query, never asks `queryAll`, and never says how many records a page has: that is not known before they have left.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fit::says_the_same;
use super::soql::{Registered, is_path};
use super::{LOCATOR_CHARS_MAX, is_record_id, order, trouble, wanted};
use crate::engine::dialect::encoding::{append_parameter, decode_query, encode_into};
use crate::engine::dialect::family::{Family, NOTHING_USUAL, Speech, Terms, Unfit, Usual};
use crate::engine::dialect::offer::{Naming, Offer, quoted, refuse};
use crate::engine::dialect::route::NotUnderstood;
use crate::engine::dialect::speech::{
    Address, Asked, Base, Dialect, Draft, JobState, PageHeader, Payload, Prepared, Progress, SourceRequest, Told, Verb,
};
use crate::engine::query::{ListQuery, Position, Subject, Tokens};
use crate::engine::rejection::Rejection;

/// Query jobs.
pub const SALESFORCE_BULK: Family = Family {
    name: "salesforce-bulk",
    usual: Usual { naming: Naming::Member, ..NOTHING_USUAL },
    speech: Speech::Own(make),
    trouble,
    stray,
    entry: None,
};

/// What the sealed name of a job begins with. A locator follows it after a [`SLASH`].
const JOB: &str = "job:";
const SLASH: char = '/';
/// What stands behind the name of a job in the address of its result.
const RESULTS: &str = "results";
/// How many records a page has at the most.
const SIZE: &str = "maxRecords";
/// Where a further page begins.
const LOCATOR: &str = "locator";
/// "Get Results for a Query Job".
const PAGE_HEADER: PageHeader = PageHeader { name: "sforce-locator", last: "null" };

/// One registered query, and the table that comes of it.
#[derive(Debug)]
struct Bulk {
    path: Box<str>,
    query: Registered,
    columns: Vec<String>,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    let Some(registered) = terms.registered else {
        let problem = "Salesforce is asked by a registered query alone, and none is registered";
        return Err(Unfit::new(problem, "add `query = \"SELECT Id, … FROM Contact\"`"));
    };
    if !terms.fixed.is_empty() {
        return Err(Unfit::new("a job takes no other parameters", "remove `params`"));
    }
    if terms.columns.is_empty() {
        return Err(Unfit::new("the result of a job is a table", "add `format = \"csv\"` and `columns = [\"Id\", …]`"));
    }
    let query = Registered::parse(&registered)?;
    Ok(Box::new(Bulk { path: terms.source_path, query, columns: terms.columns.iter().map(ToString::to_string).collect() }))
}

/// What the source says of a job.
#[derive(Deserialize)]
struct Said {
    id: String,
    state: String,
}

impl Dialect for Bulk {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, _: &dyn Tokens) -> Result<Draft, Rejection> {
        let about = |subject| Draft::from(ListQuery { subject, ..ListQuery::list(1) });
        match (asked.address, asked.verb, asked.body) {
            (Address::List, Verb::Post, Payload::Json(text)) => {
                self.plain(offer, asked)?;
                order::check(&self.query, offer, text)?;
                Ok(about(Subject::Order))
            }
            (Address::Continued(job), Verb::Get, Payload::Nothing) => {
                self.plain(offer, asked)?;
                Ok(Draft { cursor: Some(job.clone()), ..about(Subject::Progress) })
            }
            (Address::Below(job, tail), Verb::Get, Payload::Nothing) if tail == RESULTS => self.results(offer, job, asked.query),
            _ => Err(offer.refuse(
                &self.query.strange_in(asked.query),
                "Order the registered query with POST and a JSON document, ask for the job with GET until it is complete, and then for its `results`.".to_owned(),
            )),
        }
    }

    fn continues(&self, query: &ListQuery) -> bool {
        let Position::Token(token) = &query.page.position else { return query.subject == Subject::Order };
        match (&query.subject, named(token)) {
            (Subject::Progress, Some((_, locator))) => locator.is_none(),
            (subject, Some(_)) => *subject == Subject::File,
            _ => false,
        }
    }

    fn stands_within(&self, position: &Position, outer: &Position) -> bool {
        let (Position::Token(page), Position::Token(job)) = (position, outer) else { return false };
        matches!((named(page), named(job)), (Some((of, Some(_))), Some((job, None))) if of == job)
    }

    fn request(&self, _: &Offer, query: &ListQuery) -> SourceRequest {
        let mut target = self.path.to_string();
        let Position::Token(token) = &query.page.position else {
            return SourceRequest::post(target, &order::document(&self.query, &self.columns));
        };
        let (job, locator) = named(token).unwrap_or_default();
        target.push_str(if target.ends_with(SLASH) { "" } else { "/" });
        encode_into(&mut target, job);
        if query.subject == Subject::File {
            target = target + "/" + RESULTS;
            append_parameter(&mut target, SIZE, &query.page.size.to_string());
            locator.into_iter().for_each(|locator| append_parameter(&mut target, LOCATOR, locator));
        }
        SourceRequest::get(target)
    }

    fn page_header(&self) -> Option<PageHeader> {
        Some(PAGE_HEADER)
    }

    /// A locator of another page of the same job, or the word for none. One that leads back to the page itself would hide the others.
    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        if said == PAGE_HEADER.last {
            return Ok(None);
        }
        let Position::Token(token) = current else { return Err(NotUnderstood) };
        let (job, before) = named(token).ok_or(NotUnderstood)?;
        let sound = is_locator(said) && before != Some(said);
        sound.then(|| Some(Position::Token(format!("{JOB}{job}{SLASH}{said}")))).ok_or(NotUnderstood)
    }

    /// A page's sealed locator leads to it in the place of the job's name too, which the header does not have.
    fn link(&self, _: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let tail = if query.subject == Subject::File { format!("/{RESULTS}") } else { String::new() };
        format!("{}/{sealed}{tail}", base.list())
    }

    fn word(&self, _: &str, _: String, sealed: &str) -> String {
        sealed.to_owned()
    }

    fn progress(&self, document: &str) -> Option<Progress> {
        let said: Said = serde_json::from_str(document).ok()?;
        let state = match said.state.as_str() {
            "Open" | "UploadComplete" | "InProgress" => JobState::Working,
            "JobComplete" => JobState::Ready,
            "Aborted" | "Failed" => JobState::Failed,
            _ => return None,
        };
        is_record_id(&said.id).then(|| Progress { job: said.id, state, files: Vec::new() })
    }

    fn position(&self, of: Prepared<'_>) -> Position {
        match of {
            Prepared::Job(name) => Position::Token(format!("{JOB}{name}")),
            // No file of a job has an address of its own.
            Prepared::File(_) => Position::Start,
        }
    }

    fn told(&self, told: &Told<'_>) -> Value {
        let (state, trouble) = match told.state {
            JobState::Working => ("InProgress", None),
            JobState::Ready => ("JobComplete", None),
            JobState::Failed => ("Failed", Some("The membership database could not prepare the list.")),
        };
        json!({
            "id": told.job, "state": state, "errorMessage": trouble, "operation": "query", "concurrencyMode": "Parallel",
            "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "CRLF",
        })
    }

    fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        if let Some(column) = self.columns.iter().find(|column| !is_path(column)) {
            let problem = format!("`{column}` cannot be selected: it is no field of the object, nor of one that it belongs to");
            return Err(Unfit::new(problem, "write it as a query does: `Email`, `Account.Name`, `Status__c`"));
        }
        let needed = wanted(offer, None);
        if let Some(column) = self.columns.iter().find(|column| !needed.contains(column)) {
            let problem = format!("the column `{column}` would be asked for, and nothing needs it");
            return Err(Unfit::new(
                problem,
                "remove it from `columns`, and its rule: the source is asked for no more than is needed",
            ));
        }
        says_the_same(&self.query, offer)
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        vec![("source_path", json!(self.path)), ("query", json!(self.query.text()))]
    }

    fn parameters(&self, _: &Offer) -> Vec<String> {
        order::MEMBERS.iter().map(|(name, _)| *name).chain([order::QUERY, SIZE, LOCATOR]).map(str::to_owned).collect()
    }

    fn reads_bodies(&self) -> bool {
        true
    }

    fn cursor_in_path(&self) -> bool {
        true
    }
}

impl Bulk {
    /// A page of the result. A locator belongs to the job in whose address it stands.
    fn results(&self, offer: &Offer, job: &str, query: &str) -> Result<Draft, Rejection> {
        let parameters = decode_query(query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let (mut size, mut locator) = (None, None);
        for (name, value) in parameters {
            match name.as_str() {
                SIZE if size.is_none() => size = Some(offer.size(SIZE, &value)?),
                LOCATOR if locator.is_none() => locator = Some(value),
                _ => {
                    let sentence =
                        format!("`{}` is not a parameter here; results take `{SIZE}` and `{LOCATOR}`, once each.", quoted(&name));
                    return Err(offer.refuse(&format!("{name} {value}"), sentence));
                }
            }
        }
        let size = size.map_or_else(|| offer.usual_size(SIZE), Ok)?;
        let draft = Draft::from(ListQuery { subject: Subject::File, ..ListQuery::list(size) });
        Ok(match locator {
            Some(locator) => Draft { cursor: Some(locator), within: Some(job.to_owned()), ..draft },
            None => Draft { cursor: Some(job.to_owned()), ..draft },
        })
    }

    /// Nothing may follow the path.
    fn plain(&self, offer: &Offer, asked: &Asked<'_>) -> Result<(), Rejection> {
        if asked.query.is_empty() {
            return Ok(());
        }
        Err(offer.refuse(&self.query.strange_in(asked.query), "A job has no query parameters; its `results` have.".to_owned()))
    }
}

/// The job and the locator of a position.
fn named(token: &str) -> Option<(&str, Option<&str>)> {
    let token = token.strip_prefix(JOB)?;
    let (job, locator) = token.split_once(SLASH).map_or((token, None), |(job, locator)| (job, Some(locator)));
    (is_record_id(job) && locator.is_none_or(is_locator)).then_some((job, locator))
}

/// Whether it could be one of the source's, which are opaque.
fn is_locator(said: &str) -> bool {
    let plain = said.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=+/.~".contains(&byte));
    plain && !said.is_empty() && said.len() <= LOCATOR_CHARS_MAX
}

fn stray(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let ["services", service, rest @ ..] = parts.as_slice() else { return None };
    match (*service, rest) {
        ("data", [_, "jobs", "ingest", ..]) => Some("Nothing is written here; query jobs alone are offered."),
        ("data", [_, "jobs", ..]) => {
            Some("One query is registered in this contest, under its own version of the API; order it there.")
        }
        ("data", [_, "composite", .., last]) if *last != "batch" => {
            Some("One request asks for one thing; composite requests are not offered.")
        }
        ("data", [_, "composite" | "graphql", ..]) => None,
        ("data" | "async" | "Soap" | "apexrest", _) => {
            Some("Of Salesforce's APIs, query jobs (`jobs/query`) alone are offered here, with the registered query.")
        }
        _ => None,
    }
}
