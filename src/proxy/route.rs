//! Route: what is asked for. The dialect parses the request into a `ListQuery`, or refuses.
//!
//! Paths are compared byte for byte as they were sent: an escaped or doubled slash is another path, and another path
//! does not exist. Nothing of the request but the parsed query goes on from here.

use std::sync::Arc;

use http::{Method, Uri};

use super::identify::Identified;
use crate::engine::dialect::rest::Parsed;
use crate::engine::form::Form;
use crate::engine::ids::ExportName;
use crate::engine::policy::{Campaign, Contest, Export};
use crate::engine::query::ListQuery;
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::engine::time::Timestamp;

/// The path, below a contest, at which a campaign reads its own status.
pub const STATUS_PATH: &str = "/-/status";

/// Proof that a request has been understood.
#[derive(Debug)]
pub struct Routed {
    identified: Identified,
    export: Arc<Export>,
    parsed: Parsed,
    form: Form,
    base: String,
}

/// What a path leads to.
#[derive(Debug)]
pub enum Destination {
    /// A page of an export.
    List(Routed),
    /// The campaign's own status, and the prefix that its paths have here.
    Status(Identified, String),
}

/// The parts of a request that say what is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The method.
    pub method: &'a Method,
    /// The request target.
    pub uri: &'a Uri,
    /// Whether a body comes with it.
    pub has_body: bool,
    /// The authority that the client named, lower case or not.
    pub authority: Option<&'a str>,
    /// The origin that links begin with.
    pub origin: &'a str,
    /// The form that the client would like: every `Accept`, with commas between them.
    pub accept: &'a str,
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

    /// Whether the request starts a pull, rather than following one of our cursors.
    #[must_use]
    pub fn starts_pull(&self) -> bool {
        !self.parsed.continues
    }

    /// The form in which the list leaves.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The address of the export as the campaign knows it, for links.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
}

/// Understands a request. `which` learns the export as soon as it is known, so that the books name it.
///
/// An export that is not granted is left here, before anything about it could be said: what its parameters are, or that
/// its window has not opened, would tell it from one that does not exist.
///
/// # Errors
/// `contest_unknown`, `export_unknown`, `not_granted`, `method_not_allowed`, `body_not_accepted`, `format_not_offered`, and what
/// the dialect refuses.
pub fn route(
    identified: Identified,
    target: &Target<'_>,
    now: Timestamp,
    which: impl FnOnce(&ExportName),
) -> Result<Destination, Rejection> {
    let contest = Arc::clone(identified.contest());
    let (prefix, path) = below_contest(&contest, target).ok_or(Reason::ContestUnknown)?;
    if path == STATUS_PATH {
        return allow_plain_get(target).map(|()| Destination::Status(identified, prefix));
    }
    let export = contest.exports.iter().find(|export| *export.path == *path).ok_or(Reason::ExportUnknown)?;
    which(&export.name);
    if !identified.campaign().grants.contains(&export.name) {
        return Err(Reason::NotGranted.into());
    }
    allow_plain_get(target)?;
    let cursors = identified.campaign().cursors(&contest.id, &export.name, now);
    let parsed = export.route.parse(target.uri.query().unwrap_or(""), &cursors)?;
    let form = Form::negotiate(target.accept, &export.forms).ok_or_else(|| not_offered(export))?;
    let base = format!("{}{prefix}{path}", target.origin);
    Ok(Destination::List(Routed { export: Arc::clone(export), parsed, form, base, identified }))
}

/// No form that the client would take, with those that it can have.
fn not_offered(export: &Export) -> Rejection {
    let offered: Vec<_> = export.forms.iter().map(|form| format!("`{}`", form.media_type())).collect();
    Rejection::with_hint(Reason::FormatNotOffered, Hint::Sentence(format!("It leaves as {}.", offered.join(" or "))))
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
    match (target.method, target.has_body) {
        (&Method::GET, false) => Ok(()),
        (&Method::GET, true) => Err(Reason::BodyNotAccepted.into()),
        _ => Err(Reason::MethodNotAllowed.into()),
    }
}
