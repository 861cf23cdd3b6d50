//! The family `everyaction-jobs`: NGP VAN's changed-entity export jobs (docs.ngpvan.com, changedEntityExportJobs).
//!
//! A campaign orders a file with POST, asks with GET how far it is, and fetches it. The source is asked for the same, with an order of
//! our own; its names of jobs and addresses of files are sealed, and the file leaves as a list like any other. An order says nothing
//! that the export does not fix: since when entities have changed would tell of changes to what is hidden. Never lets a file be sent
//! to an address that a campaign names.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::encoding::encode_into;
use super::family::{Family, NOTHING_USUAL, Speech, Terms, Unfit, no_stray};
use super::offer::{Offer, refuse};
use super::presets::EVERYACTION;
use super::route::{FILE, NotUnderstood};
use super::speech::{Address, Asked, Base, Dialect, Draft, JobState, Payload, Prepared, Progress, SourceRequest, Told, Verb};
use crate::engine::query::{ListQuery, Position, Subject, Tokens};
use crate::engine::rejection::Rejection;

/// NGP VAN's export jobs. The same clients hear of trouble in the same words as of its lists.
pub const EVERYACTION_JOBS: Family = Family {
    name: "everyaction-jobs",
    usual: NOTHING_USUAL,
    speech: Speech::Own(make),
    trouble: EVERYACTION.trouble,
    stray: no_stray,
    entry: None,
};

/// What the sealed name of a job begins with.
const JOB: &str = "job:";
/// What the sealed address of a file begins with.
const AT: &str = "file:";
/// Longest name of a job, in bytes.
const JOB_BYTES_MAX: usize = 64;
/// What an order may fix.
const MEMBERS: [&str; 4] = ["resourceType", "dateChangedFrom", "requestedFields", "includeInactive"];

/// The words, for one export.
#[derive(Debug)]
struct Jobs {
    path: Box<str>,
    order: Map<String, Value>,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    let mut order = Map::new();
    for (name, value) in &terms.fixed {
        if !MEMBERS.contains(&&**name) {
            let problem = format!("an order has no member `{name}`");
            return Err(Unfit::new(problem, format!("write some of {} under `params`", MEMBERS.join(", "))));
        }
        let value = match &**name {
            "requestedFields" => json!(value.split(',').map(str::trim).collect::<Vec<_>>()),
            "includeInactive" => json!(&**value == "true"),
            _ => json!(value),
        };
        order.insert(name.to_string(), value);
    }
    Ok(Box::new(Jobs { path: terms.source_path, order }))
}

/// An order, as clients write it. What is null is not said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Order {
    resource_type: Option<String>,
    date_changed_from: Option<String>,
    date_changed_to: Option<String>,
    requested_fields: Option<Vec<String>>,
    requested_custom_field_ids: Option<Vec<u64>>,
    /// How large a file may be: of no consequence here, where a file is one list.
    #[serde(rename = "fileSizeKbLimit")]
    _file_size_kb_limit: Option<u64>,
    include_inactive: Option<bool>,
}

/// What the source says of a job.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    export_job_id: Value,
    /// The answer to an order may lack it.
    job_status: Option<String>,
    #[serde(default)]
    files: Option<Vec<SaidFile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidFile {
    download_url: String,
}

impl Dialect for Jobs {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, _: &dyn Tokens) -> Result<Draft, Rejection> {
        if !asked.query.is_empty() {
            return Err(offer.refuse(asked.query, "Export jobs have no query parameters.".to_owned()));
        }
        let about = |subject, cursor: Option<&String>| {
            let query = ListQuery { subject, ..ListQuery::list(1) };
            Draft { cursor: cursor.cloned(), ..Draft::from(query) }
        };
        match (asked.address, asked.verb, asked.body) {
            (Address::List, Verb::Post, Payload::Json(text)) => {
                self.check(offer, text)?;
                Ok(about(Subject::Order, None))
            }
            (Address::Continued(sealed), Verb::Get, Payload::Nothing) => Ok(about(Subject::Progress, Some(sealed))),
            (Address::Below(sealed, tail), Verb::Get, Payload::Nothing) if tail == FILE => Ok(about(Subject::File, Some(sealed))),
            _ => Err(refuse(
                "Order a file with POST and a JSON body, then ask for the job with GET until it is complete.".to_owned(),
            )),
        }
    }

    fn continues(&self, query: &ListQuery) -> bool {
        match (&query.subject, &query.page.position) {
            (Subject::Order, Position::Start) => true,
            (Subject::Progress, Position::Token(token)) => token.starts_with(JOB),
            (Subject::File, Position::Token(token)) => {
                token.strip_prefix(AT).is_some_and(|url| SourceRequest::elsewhere(url).is_some())
            }
            _ => false,
        }
    }

    fn request(&self, _: &Offer, query: &ListQuery) -> SourceRequest {
        if let Position::Token(token) = &query.page.position {
            if let Some(file) = token.strip_prefix(AT).and_then(SourceRequest::elsewhere) {
                return file;
            }
            let mut target = format!("{}/", self.path);
            encode_into(&mut target, token.strip_prefix(JOB).unwrap_or_default());
            return SourceRequest::get(target);
        }
        SourceRequest::post(self.path.to_string(), &Value::Object(self.order.clone()))
    }

    fn progress(&self, document: &str) -> Option<Progress> {
        let said: Said = serde_json::from_str(document).ok()?;
        let job = match said.export_job_id {
            Value::String(name) => name,
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if job.is_empty() || job.len() > JOB_BYTES_MAX || !job.bytes().all(plain) {
            return None;
        }
        let state = match said.job_status.as_deref() {
            None | Some("Requested" | "Pending" | "InProcess") => JobState::Working,
            Some("Complete") => JobState::Ready,
            _ => JobState::Failed,
        };
        let files = said.files.unwrap_or_default().into_iter().map(|file| file.download_url);
        Some(Progress { job, state, files: files.filter(|_| state == JobState::Ready).collect() })
    }

    fn position(&self, of: Prepared<'_>) -> Position {
        match of {
            Prepared::Job(name) => Position::Token(format!("{JOB}{name}")),
            Prepared::File(url) => Position::Token(format!("{AT}{url}")),
        }
    }

    fn told(&self, told: &Told<'_>) -> Value {
        let (status, message) = match told.state {
            JobState::Working => ("Pending", "The file is being prepared."),
            JobState::Ready => ("Complete", "The file is ready."),
            JobState::Failed => ("Error", "The membership database could not prepare the file."),
        };
        let files: Vec<_> = told.files.iter().map(|link| json!({ "downloadUrl": link })).collect();
        json!({ "exportJobId": told.job, "jobStatus": status, "message": message, "files": files })
    }

    fn next(&self, _: &str, _: &Position) -> Result<Option<Position>, NotUnderstood> {
        Ok(None)
    }

    fn link(&self, _: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let tail = if query.subject == Subject::File { format!("/{FILE}") } else { String::new() };
        format!("{}/{sealed}{tail}", base.list())
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        let text = |value: &Value| match value {
            Value::Array(names) => json!(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
            Value::Bool(flag) => json!(flag.to_string()),
            other => other.clone(),
        };
        let params: Map<_, _> = self.order.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        vec![("source_path", json!(self.path)), ("params", params.into())]
    }

    fn parameters(&self, _: &Offer) -> Vec<String> {
        self.order.keys().cloned().collect()
    }

    fn reads_bodies(&self) -> bool {
        true
    }

    fn cursor_in_path(&self) -> bool {
        true
    }
}

impl Jobs {
    /// An order may say what the export fixes, and nothing else.
    fn check(&self, offer: &Offer, text: &str) -> Result<(), Rejection> {
        let order: Order = serde_json::from_str(text).map_err(|_| {
            offer.refuse(text, format!("An order is one JSON object, with each of {} at most once.", MEMBERS.join(", ")))
        })?;
        if order.date_changed_to.is_some() || order.requested_custom_field_ids.is_some_and(|ids| !ids.is_empty()) {
            let sentence =
                "The file has the same rows and columns for everybody: leave out `dateChangedTo` and `requestedCustomFieldIds`.";
            return Err(offer.refuse(text, sentence.to_owned()));
        }
        let said = [
            ("resourceType", order.resource_type.map(Value::from)),
            ("dateChangedFrom", order.date_changed_from.map(Value::from)),
            ("requestedFields", order.requested_fields.filter(|names| !names.is_empty()).map(Value::from)),
            ("includeInactive", order.include_inactive.filter(|inactive| *inactive).map(Value::from)),
        ];
        for (name, said) in said {
            if said.is_some() && said.as_ref() != self.order.get(name) {
                let fixed = self.order.get(name).map_or_else(|| "left out".to_owned(), |fixed| format!("`{fixed}`"));
                return Err(offer.refuse(text, format!("`{name}` is always {fixed} here.")));
            }
        }
        Ok(())
    }
}
