//! `[[export]]`: one list, from its path to its plan.

use std::sync::Arc;

use super::fields::{Placed, fields, find, suggest};
use super::form::{Forms, forms};
use super::lint;
use super::lists::lists;
use super::offer::queries;
use super::query::{Paths, words};
use super::test::{path, test};
use super::{FIELDS_MAX, LIST_MAX, bounded, refuse, short};
use crate::config::notes::Notes;
use crate::config::raw::export::{Export as Said, Row};
use crate::config::raw::read::{List, Text};
use crate::engine::dialect::family::Family;
use crate::engine::dialect::route::{Route, Template};
use crate::engine::dialect::{Naming, Offer};
use crate::engine::form::Form;
use crate::engine::ids::{Domain, ExportName, FieldPath};
use crate::engine::minimise::plan::{Bounds, Plan, PlanError, PlanSpec};
use crate::engine::minimise::rule::{Condition, Rule};
use crate::engine::policy::Export;
use crate::engine::time::Date;

/// Longest path of an export, in bytes.
const PATH_BYTES_MAX: usize = 256;

/// Compiles an export. `opens` is the day on which ages are taken by default.
pub fn export(said: &Said, family: &Family, opens: Option<Date>, bounds: Bounds, notes: &mut Notes) -> Option<Export> {
    let name = said.name.as_ref().and_then(|said| name(said, notes));
    let place = said.path.as_ref().and_then(|said| url_path(said, true, notes));
    let source_path = said.source_path.as_ref().map_or_else(|| place.clone(), |said| url_path(said, false, notes));
    let items = items(said, notes);
    let (placed, sound) = said.fields.as_ref().map_or((Vec::new(), false), |said| {
        if said.value.0.len() > FIELDS_MAX {
            notes.error(said.at, format!("{} fields, and there may be {FIELDS_MAX}", said.value.0.len()), "name fewer");
        }
        fields(said, opens, notes)
    });
    lint::fields(&placed, said, notes);
    lint::envelope(said, notes);
    lint::short_pages(said, family, notes);
    let queries = queries(said, family, &placed, sound, notes);
    let words = words(said, family, notes);
    let forms = forms(said, notes);
    let offered = forms.as_ref().map(|forms| forms.offered.clone());
    let plan = plan(said, family, forms, &placed, sound, bounds, notes);
    let (ours, at_source) = items?;
    let (plan, queries, words) = (plan?, queries?, words?);
    let item = ours.as_ref().map_or(Some(None), |_| item_plan(said, family, &plan, notes).map(Some));
    let offer = queries.offer(plan.spec());
    flat(said, family, &offer, &placed, notes);
    let next_in_header = words.next_in_header;
    let dialect = words.dialect(said, family, Paths { list: source_path?, item: at_source }, &offer, notes)?;
    let route = Route { offer, path: place?, item: ours, dialect, next_in_header };
    told_apart(said, &route, notes)?;
    beside_the_entry(said, family, &route, notes)?;
    Some(Export { name: name?, route, forms: offered?, plan: Arc::new(plan), item: item?.map(Arc::new) })
}

/// The paths of a single record: ours, and the source's.
fn items(said: &Said, notes: &mut Notes) -> Option<(Option<Template>, Option<Template>)> {
    let Some(item) = &said.item else {
        refuse(said.source_item.as_ref(), "single records are not offered", "add `item = \"/…/{…}\"`, or remove this", notes);
        refuse(said.item_record.as_ref(), "single records are not offered", "add `item = \"/…/{…}\"`, or remove this", notes);
        return Some((None, None));
    };
    let ours = template(item, true, notes);
    let source = said.source_item.as_ref().map_or_else(|| ours.clone(), |said| template(said, false, notes));
    Some((Some(ours?), Some(source?)))
}

/// Where a cursor follows the list's path, a single record cannot.
fn told_apart(said: &Said, route: &Route, notes: &mut Notes) -> Option<()> {
    let below = |item: &Template| item.before.strip_prefix(&*route.path).is_some_and(|rest| rest.starts_with('/'));
    let Some(item) = said.item.as_ref().filter(|_| route.dialect.cursor_in_path() && route.item.as_ref().is_some_and(below))
    else {
        return Some(());
    };
    notes.error(item.at, "a further page of the list has such a path", "choose a path that is not below that of the list");
    None
}

/// Where the clients of the API begin, the proxy answers itself.
fn beside_the_entry(said: &Said, family: &Family, route: &Route, notes: &mut Notes) -> Option<()> {
    if !family.entry.is_some_and(|entry| entry.paths.contains(&&*route.path)) {
        return Some(());
    }
    let at = said.path.as_ref().map_or(said.at, |path| path.at);
    notes.error(
        at,
        format!("`{}` is where clients of this API begin", route.path),
        "choose another path, such as `/api/v2/people`",
    );
    None
}

/// A path with the identifier's name in braces in one of its parts.
fn template(said: &Text, ours: bool, notes: &mut Notes) -> Option<Template> {
    let parts = said.value.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(_, after)| (before, after)));
    let Some((before, after)) = parts.filter(|(_, after)| !after.contains(['{', '}'])) else {
        notes.error(said.at, "nothing says where the identifier stands", "write for example `/members/{member_id}`");
        return None;
    };
    // Whatever stands in the identifier's place, the rest must be a plain path; parentheses are how OData names a record.
    let plain = format!("{before}x{after}").replace(['(', ')'], "");
    url_path(&Text { value: plain, at: said.at }, ours, notes)?;
    Some(Template { before: before.into(), after: after.into() })
}

/// The same rules, for the answer about a single record.
fn item_plan(said: &Said, family: &Family, list: &Plan, notes: &mut Notes) -> Option<Plan> {
    let spec = list.spec();
    let at = said.item.as_ref().map_or(said.at, |item| item.at);
    if spec.source != Form::Json {
        notes.error(at, "single records come as JSON, and this list does not", "remove `item`");
        return None;
    }
    let record = match &said.item_record {
        Some(said) => pointer(said, notes)?,
        None => FieldPath::parse(family.usual.item_record).ok()?,
    };
    let spec = PlanSpec { records: record, single: true, next: None, envelope: Vec::new(), count: None, ..spec.clone() };
    let told = |errors: Vec<PlanError>| {
        errors
            .into_iter()
            .for_each(|error| notes.error_once(at, format!("`{}`: {}", error.path, error.problem), "see `item_record`"));
    };
    Plan::compile(spec).map_err(told).ok()
}

fn name(said: &Text, notes: &mut Notes) -> Option<ExportName> {
    let parsed = ExportName::parse(&said.value);
    if let Err(error) = &parsed {
        notes.error(said.at, format!("the name of an export {error}"), "write a short name such as `members`");
    }
    parsed.ok()
}

/// A path of plain segments. `-` begins the proxy's own paths; a slash at the end is for sources that insist on one.
fn url_path(said: &Text, ours: bool, notes: &mut Notes) -> Option<Box<str>> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.~".contains(&byte);
    let segment = |segment: &str| !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(allowed);
    let rest = said.value.strip_prefix('/').map(|rest| rest.strip_suffix('/').filter(|_| !ours).unwrap_or(rest));
    let plain = said.value.len() <= PATH_BYTES_MAX && rest.is_some_and(|rest| rest.split('/').all(segment));
    if !plain {
        let message = format!("`{}` is no plain path", short(&said.value));
        notes.error(
            said.at,
            message,
            "begin with `/`; use letters, digits and `_ - . ~` in each part; write for example `/members`",
        );
        return None;
    }
    if ours && (said.value == "/-" || said.value.starts_with("/-/")) {
        notes.error(said.at, "paths that begin with `/-` are the proxy's own", "choose another path");
        return None;
    }
    Some(said.value.as_str().into())
}

fn pointer(said: &Text, notes: &mut Notes) -> Option<FieldPath> {
    // The empty text is the whole body, which is meant here.
    if said.value.is_empty() { FieldPath::parse("").ok() } else { path(said, notes) }
}

fn plan(
    said: &Said,
    family: &Family,
    forms: Option<Forms>,
    placed: &[Placed],
    sound: bool,
    bounds: Bounds,
    notes: &mut Notes,
) -> Option<Plan> {
    let json = said.format.as_ref().is_none_or(|format| format.value == Form::Json.name());
    let records = records(said, family, json, notes);
    let usual = |usual: Option<&str>| usual.filter(|_| json).and_then(|usual| FieldPath::parse(usual).ok());
    let elsewhere = said.next_in.as_ref().is_some_and(|said| said.value == "header");
    let next = match &said.next {
        Some(said) => path(said, notes).map(Some),
        None => Some(usual(family.usual.next).filter(|_| !elsewhere && !paged_otherwise(said))),
    };
    let count = said.count.as_ref().map_or_else(|| Some(usual(family.usual.count)), |said| path(said, notes).map(Some));
    let envelope = match &said.envelope {
        Some(said) => envelope(said, notes),
        None => Some(family.usual.envelope.iter().filter_map(|path| usual(Some(path))).collect()),
    };
    let id = said.id.as_ref().and_then(|said| path(said, notes).map(|path| (said, path)));
    if let Some((said, path)) = id.as_ref().filter(|(_, path)| sound && find(placed, path).is_none()) {
        let message = format!("the identifying field `{path}` has no rule");
        notes.error(
            said.at,
            message,
            format!("add it under `[export.fields]`, for example with `\"tokenise\"`; {}", suggest(placed, said)),
        );
        return None;
    }
    let rows = rows(said.rows.as_ref(), notes);
    let lists = lists(said.lists.as_ref(), notes);
    let forms = forms?;
    if forms.source != Form::Json && (said.records.is_some() || said.next.is_some() || said.envelope.is_some()) {
        return None;
    }
    let spec = PlanSpec {
        root: root(said, family, forms.source),
        source: forms.source,
        columns: forms.columns,
        formulas: forms.formulas,
        records: records?,
        single: false,
        next: next?,
        envelope: envelope?,
        count: count?,
        id: id?.1,
        fields: placed.iter().map(|placed| placed.rule.clone()).collect(),
        lists: lists?,
        rows: rows?,
        bounds,
    };
    if !sound || !cells(said, &spec, notes) {
        return None;
    }
    Plan::compile(spec).map_err(|errors| errors.into_iter().for_each(|error| note(said, placed, &error, notes))).ok()
}

/// The object that every record has. What is said and is no path is told of where queries are read; rows of a table hold no objects.
fn root(said: &Said, family: &Family, source: Form) -> Option<FieldPath> {
    let root = said.root.as_ref().map(|said| said.value.as_str()).or(family.usual.root);
    root.filter(|_| source != Form::Csv).and_then(|root| FieldPath::parse(root).ok())
}

/// Where the records stand: said, or usual in the family, or what lines and rows are themselves.
fn records(said: &Said, family: &Family, json: bool, notes: &mut Notes) -> Option<FieldPath> {
    match (&said.records, family.usual.records) {
        (Some(said), _) => pointer(said, notes),
        (None, _) if !json => FieldPath::parse("").ok(),
        (None, Some(usual)) => FieldPath::parse(usual).ok(),
        (None, None) if notes.broken => None,
        (None, None) => {
            notes.error(said.at, "`records` is missing", "add `records` here");
            None
        }
    }
}

/// Whether the export pages by a number that campaigns give themselves, so that what the API says of its next page is not needed.
fn paged_otherwise(said: &Said) -> bool {
    said.page.as_ref().is_some_and(|page| page.offset.is_some() || page.number.is_some())
}

/// Where records hold no objects, a path that leads into one leads nowhere, and its field would never leave.
fn flat(said: &Said, family: &Family, offer: &Offer, placed: &[Placed], notes: &mut Notes) {
    if family.usual.naming != Naming::Member {
        return;
    }
    let named = offer.fields.iter().flat_map(|need| std::iter::once(&need.field).chain(&need.reads));
    for path in named.chain(&offer.always).chain(&offer.hidden).filter(|path| path.members().count() > 1) {
        let at = find(placed, path).map_or(said.at, |placed| placed.at);
        let whole = path.members().collect::<Vec<_>>().join(".");
        let message = format!("`{path}` leads into an object, and the records of this API hold none");
        notes.error_once(at, message, format!("write `/{whole}`: the dot is part of the name"));
    }
}

/// A list is no cell: whoever is promised a table would wait for it in vain.
fn cells(said: &Said, spec: &PlanSpec, notes: &mut Notes) -> bool {
    let csv = said.accept.iter().flat_map(|accept| &accept.value).find(|form| form.value == Form::Csv.name());
    let Some(csv) = csv.filter(|_| spec.releases_lists()) else { return true };
    let message = "a list inside a record cannot be a cell, so this export does not leave as CSV";
    notes.error(csv.at, message, "remove \"csv\" here, or make another export without the rules for `…[]`");
    false
}

/// A contradiction that the engine found, at the place of its path.
fn note(said: &Said, placed: &[Placed], error: &PlanError, notes: &mut Notes) {
    let named = [&said.records, &said.id, &said.next, &said.count].into_iter().flatten();
    let named = named.chain(said.envelope.iter().flat_map(|list| &list.value));
    let named = named.chain(said.rows.iter().flat_map(|rows| &rows.value).filter_map(|row| row.field.as_ref()));
    let named = named.chain(said.lists.iter().flat_map(|lists| &lists.value.0).map(|(name, _)| name));
    let mut named = named.filter(|text| FieldPath::parse(&text.value).is_ok_and(|path| path == error.path)).map(|text| text.at);
    let at = find(placed, &error.path).map(|placed| placed.at).or_else(|| named.next()).unwrap_or(said.at);
    // The engine's sentence says what is wrong, and after a semicolon what to write instead.
    let (message, help) =
        error.problem.split_once("; ").unwrap_or((&error.problem, "compare it with the other paths of this export"));
    notes.error_once(at, format!("`{}`: {message}", error.path), help);
}

fn envelope(said: &List<Text>, notes: &mut Notes) -> Option<Vec<FieldPath>> {
    bounded(said, "members", LIST_MAX, notes);
    let paths: Vec<_> = said.value.iter().map(|said| path(said, notes)).collect();
    paths.into_iter().collect()
}

pub fn rows(said: Option<&List<Row>>, notes: &mut Notes) -> Option<Vec<Condition>> {
    let Some(said) = said else { return Some(Vec::new()) };
    bounded(said, "rows", LIST_MAX, notes);
    let conditions = said.value.iter().map(|row| {
        let field = row.field.as_ref().and_then(|said| path(said, notes));
        let test = test(&row.test(), row.at, notes);
        Some(Condition { path: field?, test: test? })
    });
    let conditions: Vec<_> = conditions.collect();
    conditions.into_iter().collect()
}

/// The domains of all pseudonyms of an export.
pub fn domains(export: &Export) -> impl Iterator<Item = &Domain> {
    export.plan.spec().fields.iter().filter_map(|rule| match &rule.rule {
        Rule::Pseudonymise(domain) => Some(domain),
        _ => None,
    })
}
