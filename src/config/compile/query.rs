//! What a campaign may ask of an export: paging, filters, ordering, and the parameters that carry them.
//!
//! A query may touch a field only when the campaign sees that field's values as they are. Otherwise the answer would
//! tell something about what was hidden (promise P5).

use super::fields::{Placed, find, suggest};
use super::formats::format;
use super::test::path;
use super::{LIST_MAX, bounded, number, short, word};
use crate::config::notes::{Notes, Span};
use crate::config::raw::export::{Export as Said, Filter, Page};
use crate::config::raw::read::Text;
use crate::engine::dialect::rest::{FilterRule, Operator, OrderRule, PARAMETERS_MAX, Paging, PositionRule, Takes};
use crate::engine::format::{Format, Scalar};
use crate::engine::ids::FieldPath;
use crate::engine::minimise::rule::Rule;

/// Records a page at the most, when the file does not say.
const PAGE_DEFAULT: u32 = 500;
/// Records a page at the most, whatever the file says.
const PAGE_MAX: i64 = 10_000;
/// Longest parameter name and value, in bytes.
const PARAMETER_BYTES_MAX: usize = 256;

/// The query side of an export.
pub struct Query {
    /// Paging.
    pub paging: Paging,
    /// Filters.
    pub filters: Vec<FilterRule>,
    /// Ordering.
    pub order: Option<OrderRule>,
    /// Parameters that every request to the source carries.
    pub fixed: Vec<(Box<str>, Box<str>)>,
}

/// Compiles the query side. `placed` are the rules that compiled; `sound` says that they are all.
pub fn query(said: &Said, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<Query> {
    let paging = paging(said, notes);
    let filters = filters(said, placed, sound, notes);
    let order = order(said, placed, sound, notes);
    let fixed = fixed(said, notes);
    distinct(said, notes);
    Some(Query { paging: paging?, filters: filters?, order: order?, fixed: fixed? })
}

fn paging(said: &Said, notes: &mut Notes) -> Option<Paging> {
    let cursor = |token: Option<&Text>, notes: &mut Notes| {
        let named = said.cursor_param.as_ref().or(token);
        named.map_or_else(|| Some("cursor".into()), |named| parameter(named, notes))
    };
    let Some(page) = &said.page else {
        if let Some(next) = &said.next {
            let message = "the next page cannot be asked for: `page` names no parameter for it";
            notes.error(next.at, message, "add `page = { token = \"…\" }`, or `offset`, or `number`");
            return None;
        }
        let cursor_parameter = cursor(None, notes)?;
        return Some(Paging {
            size_parameter: None,
            position: PositionRule::Single,
            size_max: PAGE_DEFAULT,
            size_default: PAGE_DEFAULT,
            cursor_parameter,
        });
    };
    let cursor_parameter = cursor(page.token.as_ref(), notes);
    let size_parameter = page.size.as_ref().map_or(Some(None), |size| parameter(size, notes).map(Some));
    let position = position(page, said, notes);
    let (size_max, size_default) = sizes(page, notes)?;
    Some(Paging {
        size_parameter: size_parameter?,
        position: position?,
        size_max,
        size_default,
        cursor_parameter: cursor_parameter?,
    })
}

fn sizes(page: &Page, notes: &mut Notes) -> Option<(u32, u32)> {
    let max = page.max.as_ref();
    let max = max.map_or(Some(i64::from(PAGE_DEFAULT)), |max| number(max, "`max` (records a page)", 1..=PAGE_MAX, notes))?;
    let default = page.default.as_ref();
    let default = default.map_or(Some(max), |default| number(default, "`default` (records a page)", 1..=max, notes))?;
    Some((u32::try_from(max).ok()?, u32::try_from(default).ok()?))
}

fn position(page: &Page, said: &Said, notes: &mut Notes) -> Option<PositionRule> {
    let given = [&page.offset, &page.number, &page.token];
    let given: Vec<_> = given.into_iter().flatten().collect();
    if given.len() > 1 {
        notes.error(page.at, "`offset`, `number` and `token` exclude one another", "keep the one that the source understands");
        return None;
    }
    if let Some(first) = page.first.as_ref().filter(|_| page.number.is_none()) {
        notes.error(first.at, "`first` belongs to `number`", "remove it");
    }
    if let (Some(offset), None) = (&page.offset, &page.size) {
        notes.error(offset.at, "an offset means nothing while the source chooses the page's size", "add `size = \"…\"`");
    }
    if let (Some(next), true) = (&said.next, given.is_empty()) {
        let message = "the next page cannot be asked for: `page` names no parameter for it";
        notes.error(next.at, message, "add `token`, `offset` or `number` to `page`");
    }
    if let (Some(token), None) = (&page.token, &said.next) {
        notes.error(token.at, "nothing says where the source's next token stands", "add `next = \"/…\"` to the export");
    }
    let Some(named) = given.first() else { return Some(PositionRule::Single) };
    let named = parameter(named, notes)?;
    let first = page.first.as_ref().map_or(Some(1), |first| number(first, "`first` (number of the first page)", 0..=1, notes));
    Some(match (&page.offset, &page.number) {
        (Some(_), _) => PositionRule::Offset(named),
        (_, Some(_)) => PositionRule::Number { parameter: named, first: u64::try_from(first?).ok()? },
        _ => PositionRule::Token(named),
    })
}

/// A parameter's name: what a query carries without escapes, and the brackets and `$` that some APIs like.
fn parameter(said: &Text, notes: &mut Notes) -> Option<Box<str>> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$[]:~".contains(&byte);
    let plain = !said.value.is_empty() && said.value.len() <= PARAMETER_BYTES_MAX && said.value.bytes().all(allowed);
    if !plain {
        let message = format!("`{}` is no name of a parameter", short(&said.value));
        notes.error(said.at, message, "use letters, digits and `_ - . $ [ ] : ~`");
    }
    plain.then(|| said.value.as_str().into())
}

fn fixed(said: &Said, notes: &mut Notes) -> Option<Vec<(Box<str>, Box<str>)>> {
    let Some(entries) = &said.params else { return Some(Vec::new()) };
    let pairs = entries.value.0.iter().map(|(name, value)| {
        let plain = value.value.len() <= PARAMETER_BYTES_MAX && !value.value.chars().any(char::is_control);
        if !plain {
            notes.error(value.at, "this value is too long, or has a control character", "write at most 256 bytes in one line");
        }
        parameter(name, notes).filter(|_| plain).map(|name| (name, value.value.as_str().into()))
    });
    let pairs: Vec<_> = pairs.collect();
    pairs.into_iter().collect()
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
    let rules = entries.value.0.iter().take(PARAMETERS_MAX).map(|(name, said)| filter(name, said, placed, sound, notes));
    let rules: Vec<_> = rules.collect();
    rules.into_iter().collect()
}

fn filter(name: &Text, said: &Filter, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<FilterRule> {
    let operators = [("is", Operator::Is), ("before", Operator::Before), ("after", Operator::After)];
    let operator = said.op.as_ref().map_or(Some(Operator::Is), |said| word(said, "operator", &operators, notes));
    let parameter = parameter(said.param.as_ref().unwrap_or(name), notes);
    let own = said.format.as_ref();
    let own = own.map(|name| format(name, said.max.as_ref(), said.values.as_ref(), said.pattern.as_ref(), notes));
    let (field, kept) = visible(name, placed, sound, notes)?;
    let Some(kept) = kept else {
        tokens_alone(&field, said, operator?, notes)?;
        return Some(FilterRule { field, parameter: parameter?, operator: operator?, takes: Takes::Token });
    };
    let format = own.unwrap_or_else(|| Some(kept.clone()))?;
    let at = said.format.as_ref().map_or(name.at, |format| format.at);
    if !narrower(&format, kept) {
        let message =
            format!("this format is wider than that in which `{field}` is kept: values that never leave could be probed");
        notes.error(at, message, "remove `format`: the filter then takes that of the field");
        return None;
    }
    if operator? != Operator::Is && !matches!(format, Format::Date | Format::Integer | Format::Decimal) {
        let at = said.op.as_ref().map_or(at, |op| op.at);
        notes.error(
            at,
            "`before` and `after` compare dates and numbers only",
            "write `op = \"is\"`, or filter on a field kept as `date`, `integer` or `decimal`",
        );
        return None;
    }
    Some(FilterRule { field, parameter: parameter?, operator: operator?, takes: Takes::Value(format) })
}

/// A token is compared as a whole, and has no other format.
fn tokens_alone(field: &FieldPath, said: &Filter, operator: Operator, notes: &mut Notes) -> Option<()> {
    let format = said.format.as_ref().map(|format| format.at);
    let order = said.op.as_ref().filter(|_| operator != Operator::Is).map(|op| op.at);
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

fn order(said: &Said, placed: &[Placed], sound: bool, notes: &mut Notes) -> Option<Option<OrderRule>> {
    let Some(names) = &said.order_by else {
        if let Some(unused) = &said.order_param {
            notes.error(
                unused.at,
                "`order_param` without `order_by` allows no ordering",
                "add `order_by = [\"…\"]`, or remove it",
            );
        }
        return Some(None);
    };
    bounded(names, "fields", LIST_MAX, notes);
    let parameter = said.order_param.as_ref().map_or_else(|| Some("order_by".into()), |said| parameter(said, notes));
    // A token hides the value, not the order of members; and a stable order is what paging needs.
    let fields: Vec<_> = names.value.iter().map(|name| visible(name, placed, sound, notes).map(|(path, _)| path)).collect();
    let fields: Option<Vec<_>> = fields.into_iter().collect();
    let (fields, parameter) = (fields?, parameter?);
    Some((!fields.is_empty()).then_some(OrderRule { parameter, fields }))
}

/// No two meanings may share a parameter, but for a source's token and the cursor that stands for it.
fn distinct(said: &Said, notes: &mut Notes) {
    let page = said.page.as_ref();
    let paging = |pick: fn(&Page) -> &Option<Text>| page.and_then(|page| pick(page).as_ref());
    let mut used: Vec<(&str, &str, Span)> = Vec::new();
    let single = [
        (paging(|page| &page.size), "the page's size"),
        (paging(|page| &page.offset), "the offset"),
        (paging(|page| &page.number), "the page's number"),
        (paging(|page| &page.token), "the source's token"),
        (said.cursor_param.as_ref(), "the cursor"),
        (said.order_param.as_ref(), "the ordering"),
    ];
    used.extend(single.into_iter().filter_map(|(name, role)| name.map(|name| (name.value.as_str(), role, name.at))));
    if let (Some(order), None) = (&said.order_by, &said.order_param) {
        used.push(("order_by", "the ordering", order.at));
    }
    if said.cursor_param.is_none() && paging(|page| &page.token).is_none() {
        used.push(("cursor", "the cursor", page.map_or(said.at, |page| page.at)));
    }
    for (name, filter) in said.filters.iter().flat_map(|filters| &filters.value.0) {
        let named = filter.param.as_ref().unwrap_or(name);
        used.push((&named.value, "a filter", named.at));
    }
    for (name, _) in said.params.iter().flat_map(|params| &params.value.0) {
        used.push((&name.value, "a fixed parameter", name.at));
    }
    if used.len() > PARAMETERS_MAX {
        notes.error(said.at, format!("{} parameters, and there may be {PARAMETERS_MAX}", used.len()), "remove filters");
        used.truncate(PARAMETERS_MAX);
    }
    let stands_for = |a: &str, b: &str| [a, b] == ["the source's token", "the cursor"];
    for (position, (name, role, at)) in used.iter().enumerate() {
        let twin = used[..position].iter().find(|(other, other_role, _)| other == name && !stands_for(other_role, role));
        if let Some((_, other_role, _)) = twin {
            notes.error(
                *at,
                format!("the parameter `{}` already carries {other_role}", short(name)),
                format!("choose another name for {role}"),
            );
        }
    }
}
