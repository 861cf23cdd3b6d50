//! The dialect `odata`: lists of OData 4 (Dynamics 365 and Dataverse, SAP CAP, and others), read with GET.
//!
//! A request may say `$select`, `$filter`, `$orderby`, `$top`, and a page's size. Whatever leads beyond the list is refused: linked
//! records, searches, counts, computed and grouped values, aliases, single properties, the schema. The source is always asked
//! for the fields that are needed alone, and what it says of its next page is read for a position and nothing else.

mod paging;

use serde_json::{Value, json};

use super::comparison::{Manner, Reader, in_quotes, is_bare_in_odata};
use super::encoding::{append_parameter, decode_query};
use super::family::{Family, Members, NOTHING_USUAL, Speech, Terms, Trouble, Unfit, Usual};
use super::offer::{Offer, quoted, refuse};
use super::place::Place;
use super::route::NotUnderstood;
use super::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest};
use crate::engine::ids::FieldPath;
use crate::engine::query::{ListQuery, Operand, Ordering, Position, Subject, Tokens};
use crate::engine::rejection::Rejection;
use paging::{PREFERENCE, SIZE, SKIP, Sizes, TOKEN, TOP};

/// OData 4.
pub const ODATA: Family = Family {
    name: "odata",
    usual: Usual { records: Some("/value"), next: Some("/@odata.nextLink"), size_max: 5000, ..NOTHING_USUAL },
    speech: Speech::Own(make),
    trouble,
    stray,
    entry: None,
};

const SELECT: &str = "$select";
const ORDER: &str = "$orderby";
const FORMAT: &str = "$format";
/// What `$format` may say: what is given anyway.
const JSON: [&str; 2] = ["json", "application/json"];
const FILTER: Manner = Manner { parameter: "$filter", lists: true, name, bare: is_bare_in_odata };

/// How one export is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OData {
    /// Its fixed parameters are the source's own (`api-version`).
    place: Place,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    if terms.registered.is_some() {
        return Err(Unfit::new("OData is not asked by registered queries", "remove `query`"));
    }
    let own = |name: &str| name.starts_with(['$', '@']) || name == SIZE;
    if let Some((name, _)) = terms.fixed.iter().find(|(name, _)| own(name)) {
        let problem = format!("`{name}` is written by the proxy itself");
        return Err(Unfit::new(problem, "remove it from `params`; choose records by `rows`"));
    }
    Ok(Box::new(OData { place: terms.place() }))
}

/// OData 4.01 JSON Format, section 21.1.
fn trouble(told: &Trouble<'_>) -> Members {
    vec![("error", json!({ "code": told.code, "message": told.detail }))]
}

/// What OData's clients know beside lists. `$batch` has a reason of its own.
fn stray(path: &str) -> Option<&'static str> {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match last {
        "$batch" => None,
        "" => Some("There is no service document here; ask for a list at its own path."),
        "$metadata" => Some("The schema is not given; a campaign's status names the fields of each export."),
        _ if last.starts_with('$') || path.contains(")/") || path.contains("/$") => {
            Some("Lists and, where they are offered, whole records are given; no single property, count, value or linked record.")
        }
        _ => None,
    }
}

/// What a field is called: the parts of its path with slashes between them (OData 4.01 URL Conventions, section 4.7).
fn name(offer: &Offer, field: &FieldPath) -> String {
    let inside = offer.below_root(field);
    inside.as_ref().unwrap_or(field).members().collect::<Vec<_>>().join("/")
}

/// What the offer calls the field of this name. What is none of these fields is left as it is, to be refused there.
fn meant<'f>(offer: &Offer, said: &str, mut fields: impl Iterator<Item = &'f FieldPath>) -> String {
    let said = said.trim_matches(' ');
    fields.find(|field| name(offer, field) == said).map_or_else(|| said.to_owned(), |field| offer.name(field))
}

impl Dialect for OData {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        let parameters = decode_query(asked.query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let mut sizes = Sizes::default();
        paging::read_preferences(offer, asked.prefer, &mut sizes)?;
        let mut draft = match asked.address {
            Address::Item(key) => Draft::from(ListQuery::item(self.key(offer, key, tokens)?)),
            _ => Draft::from(ListQuery::list(1)),
        };
        let list = draft.query.subject == Subject::List;
        for (name, value) in &parameters {
            match name.as_str() {
                SELECT => draft.query.fields = Some(selection(offer, value)?),
                FORMAT if JSON.contains(&value.as_str()) => {}
                name if self.place.fixes(name, value) => {}
                TOP if list => sizes.top = Some(offer.size(TOP, value)?),
                SIZE if list => sizes.wish(offer, value)?,
                TOKEN if list => draft.cursor = Some(value.clone()),
                ORDER if list => draft.query.order = orderings(offer, value)?,
                name if list && name == FILTER.parameter => draft.query.filters = FILTER.read(offer, value, tokens)?,
                name => return Err(self.undeclared(offer, name, value)),
            }
        }
        if list {
            draft.query.page = sizes.page(offer)?;
        }
        Ok(draft)
    }

    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest {
        let mut target = self.place.target_with(query, |key| self.key_in_path(offer, key));
        let names: Vec<_> = offer.wanted(query.fields.as_deref()).iter().map(|field| name(offer, field)).collect();
        append_parameter(&mut target, SELECT, &names.join(","));
        // From 4.01 on a next link has another name (JSON Format, section 4.5.5), under which nobody would find it.
        let mut headers = vec![("odata-maxversion", "4.0".to_owned())];
        if query.subject == Subject::List {
            append_wishes(&mut target, offer, query, Reader::Source);
            match &query.page.position {
                Position::Token(token) => append_parameter(&mut target, TOKEN, token),
                Position::Offset(records) => append_parameter(&mut target, SKIP, &records.to_string()),
                Position::Start | Position::Number(_) => {}
            }
            if !query.page.alone {
                headers.push(("prefer", format!("{PREFERENCE}={}", query.page.size)));
            }
        }
        SourceRequest { headers, ..SourceRequest::get(target) }
    }

    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        paging::next(said, current).map(Some)
    }

    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        if let Some(fields) = &query.fields {
            let names: Vec<_> = fields.iter().map(|field| name(offer, field)).collect();
            append_parameter(&mut link, SELECT, &names.join(","));
        }
        append_wishes(&mut link, offer, query, Reader::Campaign);
        if !query.page.alone {
            append_parameter(&mut link, SIZE, &query.page.size.to_string());
        }
        append_parameter(&mut link, TOKEN, sealed);
        link
    }

    /// What OData says is always a link, also where it looks like none: `Members?$skiptoken=1000`.
    fn word(&self, _: &str, link: String, _: &str) -> String {
        link
    }

    /// A key with `@` annotates (JSON Format, section 4.6): its formatted value says what a field is under another name.
    fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        let annotation = offer.wanted(None).into_iter().find(|field| field.members().any(|name| name.contains('@')));
        match annotation {
            Some(field) => Err(Unfit::new(format!("`{field}` is an annotation, and none is asked for"), "name the field itself")),
            None => FILTER.fits(offer),
        }
    }

    fn parameters(&self, offer: &Offer) -> Vec<String> {
        let mut parameters = vec![SELECT, TOP, SIZE, TOKEN];
        parameters.extend((!offer.filters.is_empty()).then_some(FILTER.parameter));
        parameters.extend((!offer.order.is_empty()).then_some(ORDER));
        parameters.into_iter().map(str::to_owned).collect()
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        self.place.terms()
    }
}

impl OData {
    /// The key of a single record, which stands in quotes where it is a text (URL Conventions, section 4.3.1).
    fn key(&self, offer: &Offer, said: &str, tokens: &dyn Tokens) -> Result<Operand, Rejection> {
        let inner = said.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let said = inner.map_or_else(|| said.to_owned(), |inner| inner.replace("''", "'"));
        offer.key(&said, tokens)
    }

    /// The key as it stands in the source's path: between parentheses a text has quotes, as a segment of its own it has none.
    fn key_in_path(&self, offer: &Offer, key: &Operand) -> String {
        let quotes = self.place.item.as_ref().is_some_and(|item| item.before.ends_with('('));
        let bare = offer.key.as_ref().is_none_or(|rule| is_bare_in_odata(&rule.takes, &key.value));
        if quotes && !bare { in_quotes(&key.value) } else { key.value.clone() }
    }

    fn undeclared(&self, offer: &Offer, name: &str, value: &str) -> Rejection {
        let accepted: Vec<_> = self.parameters(offer).iter().map(|name| format!("`{name}`")).collect();
        let sentence = match name {
            SKIP => "`$skip` is not offered: leave `$top` out, and follow each `@odata.nextLink` as it is.".to_owned(),
            "$count" => {
                "`$count` is not offered: how many there are is known when there is no `@odata.nextLink` left.".to_owned()
            }
            _ => format!(
                "`{}` is not an option of this export, or not with this value; lists accept {}, and single records `{SELECT}`.",
                quoted(name),
                accepted.join(", ")
            ),
        };
        offer.refuse(&format!("{name} {value}"), sentence)
    }
}

/// `a,b/c`
fn selection(offer: &Offer, value: &str) -> Result<Vec<FieldPath>, Rejection> {
    let names: Vec<_> = value.split(',').map(|said| meant(offer, said, offer.fields.iter().map(|need| &need.field))).collect();
    offer.selection(names.iter().map(String::as_str)).map_err(|refused| offer.refuse_among(value, refused))
}

/// `a,b desc`
fn orderings(offer: &Offer, value: &str) -> Result<Vec<Ordering>, Rejection> {
    let part = |part: &str| {
        let part = part.trim_matches(' ');
        let (field, descending) = match part.strip_suffix(" desc") {
            Some(field) => (field, true),
            None => (part.strip_suffix(" asc").unwrap_or(part), false),
        };
        offer.ordering(&meant(offer, field, offer.order.iter()), descending)
    };
    value.split(',').map(part).collect::<Result<_, _>>().map_err(|refused| offer.refuse_among(value, refused))
}

/// Appends conditions, ordering and `$top`.
fn append_wishes(target: &mut String, offer: &Offer, query: &ListQuery, reader: Reader) {
    if !query.filters.is_empty() {
        append_parameter(target, FILTER.parameter, &FILTER.write(offer, &query.filters, reader));
    }
    if !query.order.is_empty() {
        let by = |by: &Ordering| format!("{}{}", name(offer, &by.field), if by.descending { " desc" } else { "" });
        append_parameter(target, ORDER, &query.order.iter().map(by).collect::<Vec<_>>().join(","));
    }
    if query.page.alone {
        append_parameter(target, TOP, &query.page.size.to_string());
    }
}
