//! What a campaign may ask of an export, whatever its dialect: filters, ordering, single records.
//!
//! A query may touch a field only when the campaign sees that field's values as they are, or as tokens. Otherwise the answer would
//! tell something about what was hidden (promise P5).

use super::fields::{Placed, find, suggest};
use super::formats::format;
use super::test::path;
use super::{LIST_MAX, bounded, number, short, word};
use crate::config::notes::Notes;
use crate::config::raw::export::{Export as Said, Filter, Page};
use crate::config::raw::read::Text;
use crate::engine::dialect::family::Family;
use crate::engine::dialect::offer::KeyRule;
use crate::engine::dialect::rest::PARAMETERS_MAX;
use crate::engine::dialect::{FilterRule, Naming, Need, Offer, Takes};
use crate::engine::format::{Format, Scalar};
use crate::engine::ids::FieldPath;
use crate::engine::minimise::plan::PlanSpec;
use crate::engine::minimise::rule::{FieldRule, ListRule, Rule};
use crate::engine::query::Operator;

/// Records a page at the most, when the file does not say.
const PAGE_DEFAULT: u32 = 500;
/// Records a page at the most, whatever the file says.
const PAGE_MAX: i64 = 10_000;

/// What queries may name, before it is known what the records are.
pub struct Queries {
    /// The object whose members are named without it.
    root: Option<FieldPath>,
    /// How queries name a field.
    naming: Naming,
    /// The conditions.
    pub filters: Vec<FilterRule>,
    /// The fields that order.
    order: Vec<FieldPath>,
    /// Records a page at the most.
    size_max: u32,
    /// Records a page when the campaign does not say.
    size_default: Option<u32>,
    /// What names a single record.
    key: Option<KeyRule>,
}

/// Compiles what queries may name. `placed` are the rules that compiled; `sound` says that they are all.
pub fn queries(said: &Said, family: &Family, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<Queries> {
    let root = match &said.root {
        Some(said) => path(said, notes).map(Some),
        None => Some(family.usual.root.and_then(|root| FieldPath::parse(root).ok())),
    };
    let filters = filters(said, placed, sound, notes);
    let order = order(said, placed, sound, notes);
    let sizes = sizes(said.page.as_ref(), family, notes);
    let key = key(said, placed, sound, notes);
    let (size_max, size_default) = sizes?;
    let naming = family.usual.naming;
    Some(Queries { root: root?, naming, filters: filters?, order: order?, size_max, size_default, key: key? })
}

impl Queries {
    /// The offer, with what the plan knows of fields.
    pub fn offer(self, spec: &PlanSpec) -> Offer {
        let leaving = spec.fields.iter().filter(|field| field.rule != Rule::Drop);
        let need = |field: &FieldRule| {
            let conditions = field.when.iter().map(|condition| condition.path.clone());
            let lists = spec.lists.iter().filter(|list| field.path.lists().any(|entered| entered == list.path));
            Need { field: field.path.clone(), reads: conditions.chain(lists.flat_map(chosen)).collect() }
        };
        Offer {
            fields: leaving.map(need).collect(),
            always: std::iter::once(&spec.id).chain(spec.rows.iter().map(|row| &row.path)).cloned().collect(),
            root: self.root,
            naming: self.naming,
            filters: self.filters,
            order: self.order,
            size_max: self.size_max,
            size_default: self.size_default,
            hidden: hidden(spec),
            key: self.key,
        }
    }
}

/// What the rows of a list read, in each of its elements.
fn chosen(list: &ListRule) -> impl Iterator<Item = FieldPath> {
    list.rows.iter().map(|row| list.path.in_each(&row.path))
}

/// What the plan names and a query may not.
fn hidden(spec: &PlanSpec) -> Vec<FieldPath> {
    let visible = |rule: &FieldRule| matches!(rule.rule, Rule::Keep(_)) && rule.when.is_empty();
    let mut hidden: Vec<FieldPath> = spec.fields.iter().filter(|rule| !visible(rule)).map(|rule| rule.path.clone()).collect();
    let read = spec.fields.iter().flat_map(|rule| &rule.when).chain(&spec.rows).map(|condition| condition.path.clone());
    let read = read.chain(spec.lists.iter().flat_map(chosen));
    let shown: Vec<_> = spec.fields.iter().filter(|rule| visible(rule)).map(|rule| &rule.path).collect();
    for path in read {
        if !shown.contains(&&path) && !hidden.contains(&path) {
            hidden.push(path);
        }
    }
    hidden
}

fn sizes(page: Option<&Page>, family: &Family, notes: &mut Notes) -> Option<(u32, Option<u32>)> {
    let api_max = family.usual.size_max;
    let usual = i64::from(PAGE_DEFAULT.min(api_max));
    let said = page.and_then(|page| page.max.as_ref());
    let most = PAGE_MAX.min(i64::from(api_max));
    let max = said.map_or(Some(usual), |max| number(max, "`max` (records a page)", 1..=most, notes))?;
    let said = page.and_then(|page| page.default.as_ref());
    let default = said.map_or(Some(max), |default| number(default, "`default` (records a page)", 1..=max, notes))?;
    let default = u32::try_from(default).ok().filter(|_| said.is_some() || !family.usual.size_must_be_said);
    Some((u32::try_from(max).ok()?, default))
}

/// The path that a query names, when the campaign sees the field as it is, with its format, or as a token, without; otherwise why not.
fn visible<'a>(name: &Text, placed: &'a [Placed], sound: bool, notes: &mut Notes) -> Option<(FieldPath, Option<&'a Format>)> {
    let path = path(name, notes)?;
    let Some(found) = find(placed, &path) else {
        // Where a rule did not compile, this may be its field.
        if sound {
            let message = format!("`{}` is not among the fields, so it is dropped: a query may not touch it", short(&name.value));
            notes.error(name.at, message, suggest(placed, name));
        }
        return None;
    };
    let why = match &found.rule.rule {
        _ if path.enters_list() => "stands in a list",
        _ if !found.rule.when.is_empty() => "leaves only under a condition",
        Rule::Keep(format) => return Some((path, Some(format))),
        Rule::Tokenise => return Some((path, None)),
        Rule::Drop => "is dropped",
        Rule::Mask { .. } => "is masked",
        Rule::Generalise(_) => "is generalised",
        Rule::Pseudonymise(_) => "leaves as a pseudonym",
    };
    let message = format!("`{path}` {why}: a query on it would tell what was hidden");
    let help = if path.enters_list() {
        "remove it here"
    } else {
        "remove it here, or let the field pass with `keep` and without `when`"
    };
    notes.error(name.at, message, help);
    None
}

fn filters(said: &Said, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<Vec<FilterRule>> {
    let Some(entries) = &said.filters else { return Some(Vec::new()) };
    let mut rules: Option<Vec<FilterRule>> = Some(Vec::new());
    for (name, said) in entries.value.0.iter().take(PARAMETERS_MAX) {
        let rule = filter(name, said, placed, sound, notes);
        match (&mut rules, rule) {
            (Some(rules), Some(rule))
                if rules.iter().any(|other| other.field == rule.field && other.operator == rule.operator) =>
            {
                let message = format!("there is such a filter on `{}` already", rule.field);
                notes.error(name.at, message, "remove one of the two, or give them different operators");
            }
            (Some(rules), Some(rule)) => rules.push(rule),
            _ => rules = None,
        }
    }
    rules
}

fn filter(name: &Text, said: &Filter, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<FilterRule> {
    let operator = said.op.as_ref().map_or(Some(Operator::Is), |said| word(said, "operator", &Operator::ALL, notes));
    let name = said.field.as_ref().unwrap_or(name);
    let own = said.format.as_ref();
    let own = own.map(|name| format(name, said.max.as_ref(), said.values.as_ref(), said.pattern.as_ref(), notes));
    let (field, kept) = visible(name, placed, sound, notes)?;
    let Some(kept) = kept else {
        tokens_alone(&field, said, operator?, notes)?;
        return Some(FilterRule { field, operator: operator?, takes: Takes::Token });
    };
    let format = own.unwrap_or_else(|| Some(kept.clone()))?;
    let at = said.format.as_ref().map_or(name.at, |format| format.at);
    if !narrower(&format, kept) {
        let message =
            format!("this format is wider than that in which `{field}` is kept: values that never leave could be probed");
        notes.error(at, message, "remove `format`: the filter then takes that of the field");
        return None;
    }
    if operator?.compares() && !matches!(format, Format::Date | Format::Integer | Format::Decimal) {
        let at = said.op.as_ref().map_or(at, |op| op.at);
        notes.error(
            at,
            "only dates and numbers come before or after one another",
            "write `op = \"is\"`, or filter on a field kept as `date`, `integer` or `decimal`",
        );
        return None;
    }
    Some(FilterRule { field, operator: operator?, takes: Takes::Value(format) })
}

/// A token is compared as a whole, and has no other format.
fn tokens_alone(field: &FieldPath, said: &Filter, operator: Operator, notes: &mut Notes) -> Option<()> {
    let format = said.format.as_ref().map(|format| format.at);
    let order = said.op.as_ref().filter(|_| operator.compares()).map(|op| op.at);
    let Some(at) = format.or(order) else { return Some(()) };
    let message = format!("`{field}` leaves as a token, so its filter takes tokens, one at a time");
    notes.error(at, message, "remove it here: the source gets the value for which the token stands");
    None
}

/// Whether each value of the filter's format may be one of the kept format. A pattern is taken as meant.
fn narrower(filter: &Format, kept: &Format) -> bool {
    match (filter, kept) {
        (Format::Enum(values), _) => values.iter().all(|value| kept.accepts(Scalar::Text(value))),
        (Format::Text { max }, Format::Text { max: kept }) => max <= kept,
        (Format::Pattern(_), _) => true,
        (Format::Text { .. }, _) => false,
        (_, Format::Text { .. }) => true,
        _ => std::mem::discriminant(filter) == std::mem::discriminant(kept),
    }
}

fn order(said: &Said, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<Vec<FieldPath>> {
    let Some(names) = &said.order_by else {
        if let Some(unused) = &said.order_param {
            notes.error(
                unused.at,
                "`order_param` without `order_by` allows no ordering",
                "add `order_by = [\"…\"]`, or remove it",
            );
        }
        return Some(Vec::new());
    };
    bounded(names, "fields", LIST_MAX, notes);
    // A token hides the value, not the order of members; and a stable order is what paging needs.
    let fields: Vec<_> = names.value.iter().map(|name| visible(name, placed, sound, notes).map(|(path, _)| path)).collect();
    fields.into_iter().collect()
}

/// What names a single record, where they are offered: what a campaign sees of its identifier.
fn key(said: &Said, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<Option<KeyRule>> {
    let (Some(item), Some(id)) = (&said.item, &said.id) else { return Some(None) };
    let field = path(id, notes)?;
    let Some(found) = find(placed, &field) else { return if sound { Some(None) } else { None } };
    let takes = match &found.rule.rule {
        Rule::Keep(format) if found.rule.when.is_empty() => Takes::Value(format.clone()),
        Rule::Tokenise if found.rule.when.is_empty() => Takes::Token,
        _ => {
            let message =
                format!("single records are named by `{field}`, which a campaign does not see as it is, nor as a token");
            notes.error(item.at, message, format!("let `{field}` leave with \"tokenise\", or remove this line"));
            return None;
        }
    };
    Some(Some(KeyRule { field, takes }))
}
