//! `params`: the JSON in which CiviCRM's API v4 is asked, read strictly and written in one order.
//!
//! Plain fields, conditions that hold all together, an ordering and a page are all that is understood. A member that is not
//! understood is refused: CiviCRM forgets some of those that it does not know, and a condition that is forgotten widens a pull.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::engine::dialect::offer::{FilterRule, Offer, Takes, position, quoted};
use crate::engine::dialect::strict::Json;
use crate::engine::format::Format;
use crate::engine::ids::FieldPath;
use crate::engine::query::{Filter, ListQuery, Operand, Operator, Ordering, Position, Tokens};
use crate::engine::rejection::Rejection;

/// CiviCRM's own words for what is understood of its operators (`CoreUtil::getOperators`).
const OPERATORS: [(&str, Operator); 6] = [
    ("=", Operator::Is),
    ("IN", Operator::In),
    ("<", Operator::Before),
    (">", Operator::After),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
];
/// What asks for all fields. Here it means all that leave.
const ALL: &str = "*";
/// What asks for the number of all records.
const ROW_COUNT: &str = "row_count";

/// A field and a value that each request has as a condition.
pub type Fixed = (Box<str>, Box<str>);

/// Reads `params` for one export.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// What may be asked.
    pub offer: &'a Offer,
    /// Conditions of every request. A campaign may say them too.
    pub fixed: &'a [Fixed],
    /// Opens the campaign's tokens.
    pub tokens: &'a dyn Tokens,
}

impl Reader<'_> {
    /// Reads a whole text.
    ///
    /// # Errors
    /// A refusal that names the member at fault.
    pub fn read(&self, text: &str) -> Result<ListQuery, Rejection> {
        let said = Json::read(text).map_err(|fault| self.offer.refuse(text, format!("`params`: {}", fault.sentence())))?;
        let Json::Object(members) = &said else {
            return Err(self.offer.refuse(&said.words(), "`params` is an object.".to_owned()));
        };
        let (mut query, mut size) = (ListQuery::list(1), None);
        for (name, value) in members {
            match name.as_str() {
                "select" => query.fields = self.selection(value)?,
                "where" => query.filters = self.conditions(value)?,
                "orderBy" => query.order = self.ordering(value)?,
                "limit" => size = Some(self.offer.size(name, value.text().unwrap_or_default())?),
                "offset" => query.page.position = offset(value)?,
                // What CiviCRM does anyhow, and what it does when it is not told.
                "checkPermissions" if *value == Json::Boolean(true) => {}
                "debug" if *value == Json::Boolean(false) => {}
                name => return Err(self.unknown(name, value)),
            }
        }
        query.page.size = size.map_or_else(|| self.offer.usual_size("limit"), Ok)?;
        Ok(query)
    }

    fn unknown(&self, name: &str, value: &Json) -> Rejection {
        let known = "there are `select`, `where`, `orderBy`, `limit` and `offset`";
        let sentence = format!("`{}` is not understood in `params`, or not with this value; {known}.", quoted(name));
        self.offer.refuse(&format!("{name} {}", value.words()), sentence)
    }

    fn selection(&self, value: &Json) -> Result<Option<Vec<FieldPath>>, Rejection> {
        let Some(names) = texts(value) else {
            return Err(self.offer.refuse(&value.words(), "`select` is a list of names of fields.".to_owned()));
        };
        if names.contains(&ROW_COUNT) {
            let sentence =
                "`row_count` is not given: nothing says how many records there are in all. Read page by page until one is empty.";
            return Err(self.offer.refuse(&value.words(), sentence.to_owned()));
        }
        let fields = self.offer.selection(names.iter().copied().filter(|name| *name != ALL))?;
        let all = fields.is_empty() || names.contains(&ALL);
        Ok((!all).then_some(fields))
    }

    /// Conditions, but for those that every request has.
    fn conditions(&self, value: &Json) -> Result<Vec<Filter>, Rejection> {
        let Json::List(conditions) = value else {
            return Err(self.offer.refuse(&value.words(), "`where` is a list of conditions.".to_owned()));
        };
        conditions.iter().filter_map(|condition| self.condition(condition).transpose()).collect()
    }

    fn condition(&self, condition: &Json) -> Result<Option<Filter>, Rejection> {
        let refused = |sentence: String| self.offer.refuse(&condition.words(), sentence);
        let parts = if let Json::List(parts) = condition { parts.as_slice() } else { &[] };
        let [Json::Text(field), Json::Text(word), value] = parts else {
            let sentence =
                "A condition is `[field, operator, value]`; they hold all together, so `AND`, `OR` and `NOT` are not understood.";
            return Err(refused(sentence.to_owned()));
        };
        let operator = OPERATORS.iter().find(|(known, _)| known == word).map(|(_, operator)| *operator);
        let operator = operator.ok_or_else(|| {
            let words: Vec<_> = OPERATORS.iter().map(|(word, _)| format!("`{word}`")).collect();
            refused(format!("`{}` is not understood as an operator; there are {}.", quoted(word), words.join(", ")))
        })?;
        let values = if operator == Operator::In { texts(value) } else { value.text().map(|text| vec![text]) };
        let values = values.ok_or_else(|| refused(format!("`{word}` does not take such a value.")))?;
        if operator == Operator::Is && self.fixed.iter().any(|(own, said)| **own == **field && same(value, said)) {
            return Ok(None);
        }
        self.offer.filter(field, operator, &values, self.tokens).map(Some)
    }

    fn ordering(&self, value: &Json) -> Result<Vec<Ordering>, Rejection> {
        let refused = || self.offer.refuse(&value.words(), "`orderBy` is `{\"field\": \"ASC\"}`, or \"DESC\".".to_owned());
        let Json::Object(members) = value else { return Err(refused()) };
        let by = |(name, direction): &(String, Json)| match direction.text() {
            Some("ASC") => self.offer.ordering(name, false),
            Some("DESC") => self.offer.ordering(name, true),
            _ => Err(refused()),
        };
        members.iter().map(by).collect()
    }
}

fn offset(value: &Json) -> Result<Position, Rejection> {
    let number = position("offset", value.text().unwrap_or_default(), 0)?;
    Ok(if number == 0 { Position::Start } else { Position::Offset(number) })
}

/// Whether a campaign says what is fixed. CiviCRM's own spelling of true is 1.
fn same(value: &Json, fixed: &str) -> bool {
    match value {
        Json::Boolean(true) => ["true", "1"].contains(&fixed),
        Json::Boolean(false) => ["false", "0"].contains(&fixed),
        _ => value.text() == Some(fixed),
    }
}

/// A list of scalars as texts.
fn texts(value: &Json) -> Option<Vec<&str>> {
    let Json::List(values) = value else { return None };
    values.iter().map(Json::text).collect()
}

/// `params` as they are written, in this order.
#[derive(Debug, Serialize)]
struct Params {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    select: Vec<String>,
    #[serde(rename = "where", skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<(String, &'static str, Value)>,
    #[serde(rename = "orderBy", skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    order: Vec<(String, &'static str)>,
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
}

/// An object whose members keep their order, which is that of the sorting.
fn as_object<S: Serializer>(pairs: &[(String, &'static str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, direction)| (name, direction)))
}

impl Params {
    fn text(&self) -> String {
        // Strings, numbers and lists of them always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What the source is asked: the fields that are needed, and values in the place of tokens.
pub fn for_source(offer: &Offer, fixed: &[Fixed], query: &ListQuery) -> String {
    let condition = |(name, value): &Fixed| (name.to_string(), "=", json!(value));
    let mut conditions: Vec<_> = fixed.iter().map(condition).collect();
    conditions.extend(query.filters.iter().map(|filter| written(offer, filter, |operand| &operand.value)));
    let mut order = ordered(offer, &query.order);
    // Pages by offset need an order in which no two records are equal; a database without one may give a record twice, or never.
    let last = offer.always.first().map(|id| offer.name(id)).filter(|id| order.iter().all(|(name, _)| name != id));
    order.extend(last.map(|id| (id, "ASC")));
    let mut select: Vec<String> = Vec::new();
    for name in offer.wanted(query.fields.as_deref()).iter().map(|field| offer.name(field)) {
        if !select.contains(&name) {
            select.push(name);
        }
    }
    let offset = if let Position::Offset(records) = query.page.position { Some(records) } else { None };
    Params { select, conditions, order, limit: query.page.size, offset }.text()
}

/// What a campaign asks, without the position, which is in the cursor.
pub fn for_campaign(offer: &Offer, query: &ListQuery) -> String {
    let select = query.fields.iter().flatten().map(|field| offer.name(field)).collect();
    let conditions = query.filters.iter().map(|filter| written(offer, filter, Operand::spoken)).collect();
    Params { select, conditions, order: ordered(offer, &query.order), limit: query.page.size, offset: None }.text()
}

fn ordered(offer: &Offer, order: &[Ordering]) -> Vec<(String, &'static str)> {
    order.iter().map(|by| (offer.name(&by.field), if by.descending { "DESC" } else { "ASC" })).collect()
}

fn written(offer: &Offer, filter: &Filter, word: impl Fn(&Operand) -> &str) -> (String, &'static str, Value) {
    let operator = OPERATORS.iter().find(|(_, known)| *known == filter.operator).map_or("=", |(word, _)| word);
    let rule = offer.rule_of(filter).map(|at| &offer.filters[at]);
    let values: Vec<_> = filter.operands.iter().map(|operand| scalar(rule, word(operand))).collect();
    let value = if filter.operator == Operator::In { json!(values) } else { values.into_iter().next().unwrap_or_default() };
    (offer.name(&filter.field), operator, value)
}

/// A value as CiviCRM reads it. Strings serve for numbers and dates too (they end in quotes in SQL), and PHP would make a float
/// of a large number; but it takes no string for true.
fn scalar(rule: Option<&FilterRule>, word: &str) -> Value {
    match rule.map(|rule| &rule.takes) {
        Some(Takes::Value(Format::Boolean)) => json!(word == "true"),
        _ => json!(word),
    }
}
