//! The way to one export: its addresses, its dialect, and the sealing of its cursors.
//!
//! What every dialect needs alike is done here once: matching paths, opening and sealing cursors, and putting what was
//! understood into the one order in which it is written. No word of any API family is known here.

use super::cursor::{Binding, CursorKey};
use super::encoding::{append_parameter, decode_segment, encode_into};
use super::offer::{Offer, refuse};
use super::speech::{Address, Asked, Base, Dialect, Prepared, SourceRequest, Told};
use crate::engine::query::{ListQuery, Position, Subject, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// How one export is asked for. Made by `config`, from one `[[export]]`.
#[derive(Debug)]
pub struct Route {
    /// What may be asked.
    pub offer: Offer,
    /// The path of the list, below the contest; begins with `/`.
    pub path: Box<str>,
    /// The path of a single record, where they are offered.
    pub item: Option<Template>,
    /// In which words.
    pub dialect: Box<dyn Dialect>,
    /// Whether the source says its next page in the header `Link` (RFC 8288) rather than in the body.
    pub next_in_header: bool,
}

/// A path with a place for an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What stands before it; begins with `/`.
    pub before: Box<str>,
    /// What stands behind it.
    pub after: Box<str>,
}

impl Template {
    /// What stands in the place of the identifier, decoded; `None` for another path.
    #[must_use]
    pub fn take(&self, path: &str) -> Option<String> {
        decode_segment(path.strip_prefix(&*self.before)?.strip_suffix(&*self.after)?)
    }

    /// As a contest's file has it: the identifier's name in braces.
    #[must_use]
    pub fn naming(&self, identifier: &str) -> String {
        format!("{}{{{identifier}}}{}", self.before, self.after)
    }

    /// The path of this identifier, encoded.
    #[must_use]
    pub fn fill(&self, key: &str) -> String {
        let mut path = String::from(&*self.before);
        encode_into(&mut path, key);
        path.push_str(&self.after);
        path
    }
}

/// A request that has been understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What is asked for.
    pub query: ListQuery,
    /// Whether it follows one of our cursors; otherwise it starts a pull, if it is about records of the list.
    pub continues: bool,
}

/// What is needed to open and seal cursors, and to open tokens, for one campaign and export.
#[derive(Debug, Clone, Copy)]
pub struct CursorContext<'a> {
    /// The campaign's key.
    pub key: &'a CursorKey,
    /// Whom cursors are for; its `query` is filled in by this module.
    pub binding: Binding<'a>,
    /// The time at which the request is judged.
    pub now: Timestamp,
    /// Opens the campaign's tokens.
    pub tokens: &'a dyn Tokens,
}

/// What the source says about its next page cannot be understood. Read as the last page it would cut the list short, and nobody
/// would know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUnderstood;

/// What stands behind the sealed name of a file in our links.
pub const FILE: &str = "file";

/// The source's word about a file that it prepares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What the campaign is told.
    pub document: serde_json::Value,
    /// Where the source has the files: for our eyes alone.
    pub urls: Vec<String>,
}

/// The next page, in a campaign's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPage {
    /// What stands in the body in the place of the source's word.
    pub word: String,
    /// The link, for the header.
    pub link: String,
}

impl Route {
    /// What a path below the contest leads to; `None` when it is none of this export's.
    #[must_use]
    pub fn address(&self, path: &str) -> Option<Address> {
        if path == &*self.path {
            return Some(Address::List);
        }
        if let Some(key) = self.item.as_ref().and_then(|item| item.take(path)) {
            return Some(Address::Item(key));
        }
        let below = path.strip_prefix(&*self.path).and_then(|rest| rest.strip_prefix('/'));
        let mut segments = below.filter(|_| self.dialect.cursor_in_path())?.split('/');
        match (segments.next()?, segments.next(), segments.next()) {
            ("", None, _) => Some(Address::List),
            ("", ..) | (_, Some(""), _) | (.., Some(_)) => None,
            (sealed, None, _) => Some(Address::Continued(sealed.to_owned())),
            (sealed, Some(tail), None) => Some(Address::Below(sealed.to_owned(), tail.to_owned())),
        }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// `query_not_allowed`, `query_on_hidden_field`, `cursor_invalid` or `record_unknown`, with a sentence that names what is at fault.
    pub fn parse(&self, asked: &Asked<'_>, context: &CursorContext<'_>) -> Result<Parsed, Rejection> {
        let mut draft = self.dialect.read(&self.offer, asked, context.tokens)?;
        self.settle(&mut draft.query)?;
        let mut query = draft.query;
        let Some(sealed) = draft.cursor else { return Ok(Parsed { query, continues: false }) };
        if query.page.position != Position::Start {
            return Err(refuse(
                "A cursor and a position of your own cannot be combined; follow the links as they are.".to_owned(),
            ));
        }
        let canonical = canonical(&query);
        let binding = Binding { query: &canonical, ..context.binding };
        let open = |sealed: &str| context.key.open(&binding, sealed, context.now).ok_or(Reason::CursorInvalid);
        query.page.position = open(&sealed)?;
        let outer = draft.within.as_deref().map(open).transpose()?;
        let stands = outer.as_ref().is_none_or(|outer| self.dialect.stands_within(&query.page.position, outer));
        if !stands || !self.dialect.continues(&query) {
            return Err(Reason::CursorInvalid.into());
        }
        // The name of a file leads to its beginning, as often as it is said.
        let continues = query.subject != Subject::File || outer.is_some();
        Ok(Parsed { query, continues })
    }

    /// Puts conditions into the export's order. One that stands twice is refused: APIs differ about what two mean.
    fn settle(&self, query: &mut ListQuery) -> Result<(), Rejection> {
        query.filters.sort_by_key(|filter| self.offer.rule_of(filter));
        if query.filters.windows(2).any(|pair| self.offer.rule_of(&pair[0]) == self.offer.rule_of(&pair[1])) {
            return Err(refuse("A condition stands twice; write each at most once.".to_owned()));
        }
        let repeated =
            query.order.iter().enumerate().any(|(at, by)| query.order[..at].iter().any(|other| other.field == by.field));
        if repeated {
            return Err(refuse("The ordering names a field twice; write each at most once.".to_owned()));
        }
        Ok(())
    }

    /// The request to the source, below the source's base URL.
    #[must_use]
    pub fn generate(&self, query: &ListQuery) -> SourceRequest {
        self.dialect.request(&self.offer, query)
    }

    /// What the campaign gets for the source's word about its next page; `None` when there is no next page, or none that leads onwards.
    ///
    /// # Errors
    /// [`NotUnderstood`] when there may be a next page and no way to ask for it. Where one page was to be all, the source has given
    /// less of it than was asked for, and how much is not known before it has left.
    pub fn next(
        &self,
        said: &str,
        query: &ListQuery,
        base: &Base,
        context: &CursorContext<'_>,
    ) -> Result<Option<NextPage>, NotUnderstood> {
        if query.page.alone {
            return Err(NotUnderstood);
        }
        let Some(position) = self.dialect.next(said, &query.page.position)? else { return Ok(None) };
        let (link, sealed) = self.link(query, &position, base, context).ok_or(NotUnderstood)?;
        let word = self.dialect.word(said, link.clone(), &sealed);
        Ok(Some(NextPage { word, link }))
    }

    /// The address of another page of the same query, and the sealed cursor in it; `None` when the position is longer than is sealed.
    #[must_use]
    pub fn link(
        &self,
        query: &ListQuery,
        position: &Position,
        base: &Base,
        context: &CursorContext<'_>,
    ) -> Option<(String, String)> {
        let canonical = canonical(query);
        let binding = Binding { query: &canonical, ..context.binding };
        let sealed = context.key.seal(&binding, position, context.now)?;
        Some((self.dialect.link(&self.offer, query, &sealed, base), sealed))
    }

    /// What the source's word about a file that it prepares means for the campaign.
    ///
    /// # Errors
    /// [`NotUnderstood`].
    pub fn job(&self, said: &str, query: &ListQuery, base: &Base, context: &CursorContext<'_>) -> Result<Job, NotUnderstood> {
        let progress = self.dialect.progress(said).ok_or(NotUnderstood)?;
        let about = ListQuery { subject: Subject::Progress, ..query.clone() };
        let sealed = |of| self.link(&about, &self.dialect.position(of), base, context).map(|(_, sealed)| sealed);
        let job = sealed(Prepared::Job(&progress.job)).ok_or(NotUnderstood)?;
        let files: Option<Vec<_>> = progress.files.iter().map(|url| sealed(Prepared::File(url))).collect();
        let files: Vec<_> = files.ok_or(NotUnderstood)?.iter().map(|sealed| format!("{}/{sealed}/{FILE}", base.list())).collect();
        let document = self.dialect.told(&Told { job: &job, state: progress.state, files: &files });
        Ok(Job { document, urls: progress.files })
    }

    /// What all pages of one traversal have in common: the query without its position, in one spelling.
    #[must_use]
    pub fn traversal(&self, query: &ListQuery) -> String {
        canonical(query)
    }

    /// The parameters that a campaign may use.
    #[must_use]
    pub fn parameters(&self) -> Vec<String> {
        self.dialect.parameters(&self.offer)
    }
}

/// A query without its position, in one spelling that no other query has: what a cursor is bound to.
fn canonical(query: &ListQuery) -> String {
    let mut text = String::new();
    // One name serves for asking how far a file is, and for the file, whatever size its pages have.
    let about_a_file = matches!(query.subject, Subject::Order | Subject::Progress | Subject::File);
    match &query.subject {
        Subject::Item(key) => append_parameter(&mut text, "item", key.spoken()),
        _ if about_a_file => append_parameter(&mut text, "about", "job"),
        _ => {}
    }
    for field in query.fields.iter().flatten() {
        append_parameter(&mut text, "field", &field.to_string());
    }
    if query.fields.is_none() {
        append_parameter(&mut text, "fields", "all");
    }
    for filter in &query.filters {
        append_parameter(&mut text, filter.operator.name(), &filter.field.to_string());
        filter.operands.iter().for_each(|operand| append_parameter(&mut text, "value", operand.spoken()));
    }
    for by in &query.order {
        append_parameter(&mut text, if by.descending { "descending" } else { "ascending" }, &by.field.to_string());
    }
    if !about_a_file {
        append_parameter(&mut text, if query.page.alone { "alone" } else { "size" }, &query.page.size.to_string());
    }
    text
}
