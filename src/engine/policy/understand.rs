//! Understanding a request: which export it asks for, and what of it. What `proxy` does and `explain` tells are this one function.
//!
//! Paths are compared byte for byte as they were sent: an escaped or doubled slash is another path, and another path does not
//! exist. Nothing of a request but what is returned here goes any further.

use std::sync::Arc;

use super::{Campaign, Contest, Export};
use crate::engine::dialect::speech::Payload;
use crate::engine::dialect::{Asked, Parsed, Verb};
use crate::engine::form::Form;
use crate::engine::ids::ExportName;
use crate::engine::query::Subject;
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::engine::time::Timestamp;

/// A request, below its contest.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The method, as it was sent.
    pub method: &'a str,
    /// The path below the contest.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: &'a str,
    /// What came with it.
    pub body: Enclosed<'a>,
    /// Every `Prefer`, with commas between them.
    pub prefer: &'a str,
    /// Every `Accept`, with commas between them.
    pub accept: &'a str,
    /// What a header makes it, that no list is given to: see [`unwelcome`].
    pub unwelcome: Option<Reason>,
}

/// What came with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enclosed<'a> {
    /// No body.
    Nothing,
    /// A body that was read whole, with its `Content-Type`.
    Whole(&'a str, &'a [u8]),
    /// One that was not read: too long, too slow, or nobody here reads one.
    Unread,
}

/// A request that has been understood.
#[derive(Debug)]
pub struct Understood {
    /// The export.
    pub export: Arc<Export>,
    /// What is asked of it.
    pub parsed: Parsed,
    /// The form in which it leaves.
    pub form: Form,
}

/// What a header of this name, in lower case, makes of a request.
#[must_use]
pub fn unwelcome(header: &str) -> Option<Reason> {
    match header {
        "range" => Some(Reason::RangeNotAllowed),
        "if-match" | "if-none-match" | "if-modified-since" | "if-unmodified-since" | "if-range" => {
            Some(Reason::ConditionalNotAllowed)
        }
        "x-http-method-override" | "x-http-method" | "x-method-override" => Some(Reason::MethodOverrideNotAllowed),
        _ => None,
    }
}

/// Whether any export of the contest reads bodies, so that it is worth reading one.
#[must_use]
pub fn reads_bodies(contest: &Contest) -> bool {
    contest.exports.iter().any(|export| export.route.dialect.reads_bodies())
}

/// Understands a request. `which` learns the export as soon as it is known, so that the books name it.
///
/// An export that is not granted is left here, before anything about it could be said: what its parameters are, or that
/// its window has not opened, would tell it from one that does not exist.
///
/// # Errors
/// `export_unknown`, `not_granted`, `method_not_allowed` and the other reasons of its kind, `body_not_accepted`,
/// `format_not_offered`, and what the dialect refuses.
pub fn understand(
    contest: &Contest,
    campaign: &Campaign,
    wish: &Wish<'_>,
    now: Timestamp,
    which: impl FnOnce(&ExportName),
) -> Result<Understood, Rejection> {
    let found = contest.exports.iter().find_map(|export| Some((export, export.route.address(wish.path)?)));
    let (export, address) = found.ok_or_else(|| nowhere(contest, wish.path))?;
    which(&export.name);
    if !campaign.grants.contains(&export.name) {
        return Err(not_granted(contest, wish.path));
    }
    if let Some(reason) = wish.unwelcome {
        return Err(reason.into());
    }
    let verb = verb(wish.method, export.route.dialect.posts())?;
    let body = body(wish.body, export.route.dialect.reads_bodies())?;
    let asked = Asked { verb, address: &address, query: wish.query, body, prefer: wish.prefer };
    let parsed = export.route.parse(&asked, &campaign.cursors(&contest.id, &export.name, now))?;
    let form = form(export, &parsed, wish.accept)?;
    Ok(Understood { export: Arc::clone(export), parsed, form })
}

/// A path that no export has.
fn nowhere(contest: &Contest, path: &str) -> Rejection {
    if let Some(sentence) = (contest.family.stray)(path) {
        return Rejection::with_hint(Reason::ExportUnknown, Hint::Sentence(sentence.to_owned()));
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("$batch" | "batch" | "composite") => Reason::BatchNotAllowed.into(),
        Some("graphql" | "graphiql") => Reason::GraphqlNotAllowed.into(),
        _ => Reason::ExportUnknown.into(),
    }
}

/// What is not granted sounds like a path that no export has, so it has that one's hint.
fn not_granted(contest: &Contest, path: &str) -> Rejection {
    Rejection::with_hint(Reason::NotGranted, nowhere(contest, path).hint().clone())
}

fn verb(method: &str, posts: bool) -> Result<Verb, Rejection> {
    match method {
        "GET" => Ok(Verb::Get),
        "POST" if posts => Ok(Verb::Post),
        _ => Err(Rejection::with_hint(Reason::MethodNotAllowed, Hint::Methods(if posts { "GET, POST" } else { "GET" }))),
    }
}

fn body(enclosed: Enclosed<'_>, reads: bool) -> Result<Payload<'_>, Reason> {
    let (content_type, bytes) = match enclosed {
        Enclosed::Nothing => return Ok(Payload::Nothing),
        Enclosed::Whole(content_type, bytes) if reads => (content_type, bytes),
        Enclosed::Whole(..) | Enclosed::Unread => return Err(Reason::BodyNotAccepted),
    };
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::BodyNotAccepted)?;
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, "charset=utf-8"));
    let in_utf8 = ["charset=utf-8", "charset=\"utf-8\""].contains(&parameters.trim().to_ascii_lowercase().as_str());
    match essence.trim().to_ascii_lowercase().as_str() {
        _ if text.is_empty() => Ok(Payload::Nothing),
        "application/x-www-form-urlencoded" if in_utf8 => Ok(Payload::Form(text)),
        "application/json" if in_utf8 => Ok(Payload::Json(text)),
        "application/graphql" => Err(Reason::GraphqlNotAllowed),
        _ => Err(Reason::BodyNotAccepted),
    }
}

/// The form in which it leaves. A single record is no table, so it leaves as JSON. So does what is told of a file, and clients ask for
/// that in the file's form or in this one.
fn form(export: &Export, parsed: &Parsed, accept: &str) -> Result<Form, Rejection> {
    let single = matches!(parsed.query.subject, Subject::Item(_));
    let told = parsed.query.subject.is_about_a_job() && Form::negotiate(accept, &[Form::Json]).is_some();
    let forms: &[Form] = if single || told { &[Form::Json] } else { &export.forms };
    Form::negotiate(accept, forms).ok_or_else(|| {
        let offered: Vec<_> = forms.iter().map(|form| format!("`{}`", form.media_type())).collect();
        Rejection::with_hint(Reason::FormatNotOffered, Hint::Sentence(format!("It leaves as {}.", offered.join(" or "))))
    })
}
