//! Understanding a request: which export it asks for, and what of it. What `proxy` does and `explain` tells are this one function.
//!
//! Paths are compared byte for byte as they were sent: an escaped or doubled slash is another path, and another path does not
//! exist. Nothing of a request but what is returned here goes any further.

use std::sync::Arc;

use serde_json::Value;

use super::{Campaign, Contest, Export};
use crate::engine::dialect::family::{Entry, Home, Listed};
use crate::engine::dialect::offer::refuse;
use crate::engine::dialect::speech::Payload;
use crate::engine::dialect::{Address, Asked, CursorContext, Parsed, Verb};
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

/// What a request is for.
#[derive(Debug)]
pub enum Meant {
    /// What an export gives.
    Export(Understood),
    /// The document at which the clients of the contest's API begin: see [`entrance`].
    Entry(Entry),
}

/// A request for what an export gives, understood.
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
) -> Result<Meant, Rejection> {
    if let Some(entry) = contest.family.entry.filter(|entry| entry.paths.contains(&wish.path)) {
        return enters(wish).map(|()| Meant::Entry(entry));
    }
    let found = contest.exports.iter().find_map(|export| Some((export, export.route.address(wish.path)?)));
    let (export, address) = found.ok_or_else(|| nowhere(contest, wish.path))?;
    which(&export.name);
    if !campaign.grants.contains(&export.name) {
        return Err(not_granted(contest, wish.path));
    }
    let context = campaign.cursors(&contest.id, &export.name, now);
    let understood = ask(export, &address, wish, &context);
    let told = |refused| about_no_record(contest, export, &address, wish.path, &context, refused);
    understood.map(Meant::Export).map_err(told)
}

/// Reads what is asked of an export that is granted.
fn ask(export: &Arc<Export>, address: &Address, wish: &Wish<'_>, context: &CursorContext<'_>) -> Result<Understood, Rejection> {
    if let Some(reason) = wish.unwelcome {
        return Err(reason.into());
    }
    let verb = verb(wish.method, export.route.dialect.posts())?;
    let body = body(wish.body, export.route.dialect.reads_bodies())?;
    let parsed = export.route.parse(&Asked { verb, address, query: wish.query, body, prefer: wish.prefer }, context)?;
    let form = form(export, &parsed, wish.accept)?;
    Ok(Understood { export: Arc::clone(export), parsed, form })
}

/// A path below an export's records that can be none of them, such as `/people/find`, may be one that the family's clients know. It is
/// refused for the same reason as ever, and with the family's sentence.
fn about_no_record(
    contest: &Contest,
    export: &Export,
    address: &Address,
    path: &str,
    context: &CursorContext<'_>,
    refused: Rejection,
) -> Rejection {
    let plain = Asked { verb: Verb::Get, address, query: "", body: Payload::Nothing, prefer: "" };
    let is_no_record = || {
        let read = export.route.parse(&plain, context);
        matches!(address, Address::Item(_)) && read.is_err_and(|refused| refused.reason() == Reason::RecordUnknown)
    };
    let reason = refused.reason();
    match (contest.family.stray)(path) {
        Some(sentence) if matches!(reason, Reason::RecordUnknown | Reason::MethodNotAllowed) && is_no_record() => {
            Rejection::with_hint(reason, Hint::Sentence(sentence.to_owned()))
        }
        _ => refused,
    }
}

/// Whether a request is a plain one for the entry. Like a campaign's own status, it is answered to whoever is identified, in the window
/// and out of it: it tells nothing of members, and costs the source nothing.
fn enters(wish: &Wish<'_>) -> Result<(), Rejection> {
    if let Some(reason) = wish.unwelcome {
        return Err(reason.into());
    }
    verb(wish.method, false)?;
    body(wish.body, false)?;
    if wish.query.is_empty() { Ok(()) } else { Err(refuse("The entry point has no parameters.".to_owned())) }
}

/// What an entry says to a campaign. `address` is what our links begin with: origin and prefix.
#[must_use]
pub fn entrance(entry: &Entry, contest: &Contest, campaign: &Campaign, address: &str) -> Value {
    let granted = contest.exports.iter().filter(|export| campaign.grants.contains(&export.name));
    let lists = granted.map(|export| listed(export)).collect();
    (entry.says)(&Home { address, lists })
}

fn listed(export: &Export) -> Listed<'_> {
    Listed { path: &export.route.path, records: &export.plan.spec().records, size_max: export.route.offer.size_max }
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
