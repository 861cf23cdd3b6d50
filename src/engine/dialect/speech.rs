//! What a dialect is: the questions that each API family answers in a file of its own.
//!
//! Nothing is decided here, and nothing is known of any family.

use std::fmt;

use serde_json::Value;

use super::family::Unfit;
use super::offer::Offer;
use super::route::NotUnderstood;
use crate::engine::query::{ListQuery, Position, Tokens};
use crate::engine::rejection::Rejection;

/// The words of one API family, for one export.
///
/// What it reads, it must be able to write: reading its own [`link`](Self::link) gives the same query again.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// Reads a request. Refuses each parameter, value and body that it does not know, and never drops one.
    ///
    /// # Errors
    /// `query_not_allowed`, `query_on_hidden_field`, `record_unknown`, with a sentence that names what is at fault.
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection>;

    /// Whether a position that was sealed by this dialect belongs to such a query.
    fn continues(&self, _query: &ListQuery) -> bool {
        true
    }

    /// Whether a position belongs to what is named before it, where a request says [both](Draft::within).
    fn stands_within(&self, _position: &Position, _outer: &Position) -> bool {
        false
    }

    /// The request to the source, below the source's base URL. Asks for the fields that are needed alone, where the API can
    /// select, and always says a page's size where it can.
    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest;

    /// Where the source's word for its next page leads; `None` when there is no next page, or none that leads onwards.
    ///
    /// # Errors
    /// [`NotUnderstood`] when there may be a next page and no way to ask for it.
    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood>;

    /// The address at which a campaign finds the page of a sealed cursor.
    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String;

    /// What stands in the body in the place of the source's word: a link of ours for a link, a cursor for a cursor.
    fn word(&self, said: &str, link: String, sealed: &str) -> String {
        if is_link(said) { link } else { sealed.to_owned() }
    }

    /// Whether all of an offer can be asked for in these words.
    ///
    /// # Errors
    /// What cannot, for the operator: a contest's file does not promise what no request can say.
    fn fits(&self, _offer: &Offer) -> Result<(), Unfit> {
        Ok(())
    }

    /// The parameters that a campaign may use, for its status and for sentences.
    fn parameters(&self, offer: &Offer) -> Vec<String>;

    /// What it was made of, as keys of an export in a contest's file.
    fn terms(&self) -> Vec<(&'static str, Value)>;

    /// The parameter that carries the condition at this place of the offer, where it has one of its own.
    fn filter_parameter(&self, _at: usize) -> Option<&str> {
        None
    }

    /// Whether a body is read: a query may come in one, or clients send one that means nothing.
    fn reads_bodies(&self) -> bool {
        false
    }

    /// Whether POST reads as GET does.
    fn posts(&self) -> bool {
        self.reads_bodies()
    }

    /// Whether a cursor may follow the list's path as a segment of its own. An empty one is the list's beginning.
    fn cursor_in_path(&self) -> bool {
        false
    }

    /// The header in which both sides say the next page of a list, where the API has one of its own for that.
    fn page_header(&self) -> Option<PageHeader> {
        None
    }

    /// What the source says of a file that it prepares, where the API gives lists so; `None` where it is not understood.
    fn progress(&self, _document: &str) -> Option<Progress> {
        None
    }

    /// The position of a job or file, to be sealed, from what [`progress`](Self::progress) found.
    fn position(&self, _of: Prepared<'_>) -> Position {
        Position::Start
    }

    /// What a campaign is told of the file, in its API's words.
    fn told(&self, _told: &Told<'_>) -> Value {
        Value::Null
    }
}

/// A header that says where the next page is. It comes with every page: a page without it may not be the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageHeader {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What stands in it when no page follows.
    pub last: &'static str,
}

/// What a source says of a file that it prepares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The source's name for the job.
    pub job: String,
    /// How far it is.
    pub state: JobState,
    /// Where the files are, as absolute URLs, where the API says so. A campaign never sees these.
    pub files: Vec<String>,
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Being prepared.
    Working,
    /// Ready.
    Ready,
    /// It will not be.
    Failed,
}

/// A job, or a file of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepared<'a> {
    /// The job of this name.
    Job(&'a str),
    /// The file at this URL.
    File(&'a str),
}

/// What a campaign is told of a file.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The sealed name of the job.
    pub job: &'a str,
    /// How far it is.
    pub state: JobState,
    /// Our links to its files.
    pub files: &'a [String],
}

/// Whether the source's word is a link (absolute, by path, or a bare query) rather than a cursor. A path without a query
/// says no position, so what looks like one is a cursor: Base64 may begin with a slash.
#[must_use]
pub fn is_link(said: &str) -> bool {
    said.contains("://") || said.starts_with('?') || (said.starts_with('/') && said.contains('?'))
}

/// Our link in the manner of the source's: by path where that is one by path. Clients that put their host before what they read, and
/// clients that take it as it is, both stay here.
#[must_use]
pub fn in_the_manner_of(said: &str, link: String) -> String {
    let authority = link.split_once("://").map(|(_, rest)| rest).filter(|_| !said.contains("://"));
    authority.and_then(|rest| rest.find('/').and_then(|at| rest.get(at..))).map(str::to_owned).unwrap_or(link)
}

/// A request, as far as a dialect may see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method.
    pub verb: Verb,
    /// What its path leads to.
    pub address: &'a Address,
    /// The query, without its question mark.
    pub query: &'a str,
    /// What came with it. Empty unless the dialect [reads bodies](Dialect::reads_bodies).
    pub body: Payload<'a>,
    /// The wish for a page's size that some APIs take as `Prefer` (RFC 7240); empty for none.
    pub prefer: &'a str,
}

/// A method that may ask for a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST, where an API reads with it.
    Post,
}

impl Verb {
    /// As it stands in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request's body, bounded before it comes here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload<'a> {
    /// None.
    #[default]
    Nothing,
    /// `application/x-www-form-urlencoded`.
    Form(&'a str),
    /// `application/json`.
    Json(&'a str),
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The list.
    List,
    /// One record, by what stands in the path in the place of its identifier.
    Item(String),
    /// A page of the list, by a sealed cursor in the path.
    Continued(String),
    /// What stands below such a cursor: the cursor, and the segment after it.
    Below(String, String),
}

/// What a dialect has understood, before its cursor is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is asked for.
    pub query: ListQuery,
    /// A sealed cursor, which can be opened only when the rest of the query is known.
    pub cursor: Option<String>,
    /// The sealed name within which the cursor stands, where a request says both.
    pub within: Option<String>,
}

impl From<ListQuery> for Draft {
    fn from(query: ListQuery) -> Self {
        Self { query, cursor: None, within: None }
    }
}

/// A fresh request to the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRequest {
    /// The method.
    pub verb: Verb,
    /// Path and query, below the source's base URL; begins with `/`.
    pub target: String,
    /// Headers beside those that every request has.
    pub headers: Vec<(&'static str, String)>,
    /// The body, with its content type.
    pub body: Option<(&'static str, String)>,
    /// The origin of a file that is fetched from elsewhere, without the source's credential; `target` is then below that.
    pub elsewhere: Option<String>,
}

impl SourceRequest {
    /// A plain GET.
    #[must_use]
    pub fn get(target: String) -> Self {
        Self { verb: Verb::Get, target, headers: Vec::new(), body: None, elsewhere: None }
    }

    /// A POST of a JSON document.
    #[must_use]
    pub fn post(target: String, document: &Value) -> Self {
        Self { verb: Verb::Post, body: Some(("application/json", document.to_string())), ..Self::get(target) }
    }

    /// A plain GET of an absolute URL, which is somewhere else than the source's base.
    #[must_use]
    pub fn elsewhere(url: &str) -> Option<Self> {
        let at = url.find("://")? + 3;
        let path = url[at..].find('/')? + at;
        let plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains(['#', '@', '\\']);
        plain.then(|| Self { elsewhere: Some(url[..path].to_ascii_lowercase()), ..Self::get(url[path..].to_owned()) })
    }
}

/// Where a campaign finds an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Scheme and authority; empty where links are relative.
    pub origin: String,
    /// What paths begin with: `/` and the contest, or nothing at the contest's own host.
    pub prefix: String,
    /// The path of the list.
    pub path: String,
}

impl Base {
    /// The list's address.
    #[must_use]
    pub fn list(&self) -> String {
        format!("{}{}{}", self.origin, self.prefix, self.path)
    }
}
