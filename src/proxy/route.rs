//! Route: what is asked for. Finds the contest's part of the path; the rest is understood by the engine, or refused.
//!
//! Nothing of the request but what was understood goes on from here.

use std::sync::Arc;

use http::{HeaderMap, Method, Uri};
use serde_json::Value;

use super::identify::Identified;
use crate::engine::dialect::offer::refuse;
use crate::engine::dialect::{Base, Parsed};
use crate::engine::form::Form;
use crate::engine::ids::{ExportName, RequestId};
use crate::engine::policy::understand::{Enclosed, Meant, Understood, Wish, entrance, understand, unwelcome};
use crate::engine::policy::{Campaign, Contest, Export};
use crate::engine::query::{ListQuery, Position, Subject};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// The path, below a contest, at which a campaign reads its own status.
pub const STATUS_PATH: &str = "/-/status";

/// What the path of a receipt begins with, below a contest; the exchange follows.
pub const RECEIPTS_PATH: &str = "/-/receipts/";

/// Proof that a request has been understood.
#[derive(Debug)]
pub struct Routed {
    identified: Identified,
    export: Arc<Export>,
    parsed: Parsed,
    form: Form,
    base: Base,
}

/// What a request is in a pull: one traversal of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Its beginning.
    Starts,
    /// A page that one of our cursors leads to.
    Follows,
    /// A page at a position that the campaign gives itself. It belongs to a pull of the same query, if one was begun.
    Resumes,
    /// Not of a pull.
    Aside,
}

/// What a path leads to.
#[derive(Debug)]
pub enum Destination {
    /// A page of an export, or a record of it.
    List(Box<Routed>),
    /// The campaign's own status, and the prefix that its paths have here.
    Status(Identified, String),
    /// The receipt of a pull; `None` for what is no name of one.
    Receipt(Identified, Option<RequestId>),
    /// The document at which the clients of the contest's API begin.
    Entry(Value),
}

/// The parts of a request that say what is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The method.
    pub method: &'a Method,
    /// The request target.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What came with it.
    pub body: Enclosed<'a>,
    /// The authority that the client named, lower case or not.
    pub authority: Option<&'a str>,
    /// The origin that links begin with.
    pub origin: &'a str,
}

impl Routed {
    /// Who asks.
    #[must_use]
    pub fn identified(&self) -> &Identified {
        &self.identified
    }

    /// The contest.
    #[must_use]
    pub fn contest(&self) -> &Arc<Contest> {
        self.identified.contest()
    }

    /// The campaign.
    #[must_use]
    pub fn campaign(&self) -> &Arc<Campaign> {
        self.identified.campaign()
    }

    /// The export.
    #[must_use]
    pub fn export(&self) -> &Arc<Export> {
        &self.export
    }

    /// What is asked for.
    #[must_use]
    pub fn query(&self) -> &ListQuery {
        &self.parsed.query
    }

    /// What the request is in a pull. To have a file prepared is none yet, and to fetch it from its beginning is one each time.
    #[must_use]
    pub fn step(&self) -> Step {
        match (&self.parsed.query.subject, &self.parsed.query.page.position) {
            (Subject::List | Subject::File, _) if self.parsed.continues => Step::Follows,
            (Subject::List, Position::Start) | (Subject::File, _) => Step::Starts,
            (Subject::List, _) => Step::Resumes,
            (Subject::Item(_) | Subject::Order | Subject::Progress, _) => Step::Aside,
        }
    }

    /// What all pages of the pull have in common.
    #[must_use]
    pub fn traversal(&self) -> String {
        format!("{} {}", self.export.name, self.export.route.traversal(&self.parsed.query))
    }

    /// The form in which the list leaves.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Where the campaign finds the export, for links.
    #[must_use]
    pub fn base(&self) -> &Base {
        &self.base
    }
}

/// Understands a request. `which` learns the export as soon as it is known, so that the books name it.
///
/// # Errors
/// `contest_unknown`, and what the engine does not [`understand`].
pub fn route(
    identified: Identified,
    target: &Target<'_>,
    now: Timestamp,
    which: impl FnOnce(&ExportName),
) -> Result<Destination, Rejection> {
    let contest = Arc::clone(identified.contest());
    let (prefix, path) = below_contest(&contest, target).ok_or(Reason::ContestUnknown)?;
    if path == STATUS_PATH {
        allow_plain_get(target)?;
        return Ok(Destination::Status(identified, prefix));
    }
    if let Some(request) = path.strip_prefix(RECEIPTS_PATH) {
        allow_plain_get(target)?;
        return Ok(Destination::Receipt(identified, RequestId::parse(request)));
    }
    let (accept, prefer) = (joined(target.headers, "accept"), joined(target.headers, "prefer"));
    let wish = Wish {
        method: target.method.as_str(),
        path,
        query: target.uri.query().unwrap_or(""),
        body: target.body,
        prefer: &prefer,
        accept: &accept,
        unwelcome: target.headers.keys().find_map(|name| unwelcome(name.as_str())),
    };
    let Understood { export, parsed, form } = match understand(&contest, identified.campaign(), &wish, now, which)? {
        Meant::Export(understood) => understood,
        Meant::Entry(entry) => {
            let address = format!("{}{prefix}", target.origin);
            return Ok(Destination::Entry(entrance(&entry, &contest, identified.campaign(), &address)));
        }
    };
    let base = Base { origin: target.origin.to_owned(), prefix, path: export.route.path.to_string() };
    Ok(Destination::List(Box::new(Routed { export, parsed, form, base, identified })))
}

/// Every header of this name as one (RFC 9110 section 5.3). One that is no text asks for nothing that is offered.
fn joined(headers: &HeaderMap, name: &str) -> String {
    let said = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    said.collect::<Vec<_>>().join(",")
}

/// The prefix that names the contest, and the path below it. A contest's own host names need no prefix.
fn below_contest<'a>(contest: &Contest, target: &Target<'a>) -> Option<(String, &'a str)> {
    let path = target.uri.path();
    let host = target.authority.map(|authority| authority.rsplit_once(':').map_or(authority, |(host, _)| host));
    let own = host.is_some_and(|host| contest.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)));
    if own {
        return Some((String::new(), path));
    }
    let rest = path.strip_prefix('/')?.strip_prefix(contest.id.as_str())?;
    rest.starts_with('/').then(|| (format!("/{}", contest.id), rest))
}

fn allow_plain_get(target: &Target<'_>) -> Result<(), Rejection> {
    match (target.method, target.body) {
        (&Method::GET, Enclosed::Nothing) if target.uri.query().is_some_and(|query| !query.is_empty()) => {
            Err(refuse("Neither the status nor a receipt has parameters.".to_owned()))
        }
        (&Method::GET, Enclosed::Nothing) => Ok(()),
        (&Method::GET, _) => Err(Reason::BodyNotAccepted.into()),
        _ => Err(Reason::MethodNotAllowed.into()),
    }
}
