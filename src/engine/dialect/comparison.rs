//! Comparisons joined by `and`: the part of OData's `$filter` (OData 4.01 URL Conventions, section 5.1.1) that OData and OSDI share.
//!
//! `field op literal`, and `field in (literal, …)` where a family has it. Nothing else is understood: no `or`, no `not`, no
//! parentheses, functions, lambdas, arithmetic or `null`, for each of them can ask about what was not offered. What was
//! read is looked up in the offer and written again in one spelling; no word of an asker is ever copied.

mod grammar;

pub use grammar::{COMPARISONS_MAX, Comparison, EXPRESSION_BYTES_MAX, parse};
use grammar::{OPERATORS, is_bare_literal, is_name};

use super::family::Unfit;
use super::offer::{FilterRule, Offer, Takes, quoted};
use crate::engine::format::{Format, Scalar};
use crate::engine::ids::FieldPath;
use crate::engine::query::{Filter, Operand, Operator, Tokens};
use crate::engine::rejection::Rejection;

/// What a family makes of the grammar.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// The parameter that carries the expression.
    pub parameter: &'static str,
    /// Whether it has `in`.
    pub lists: bool,
    /// How a field is called.
    pub name: fn(&Offer, &FieldPath) -> String,
    /// Whether a value of this kind stands without quotes.
    pub bare: fn(&Takes, &str) -> bool,
}

/// For whom an expression is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The source: it gets values.
    Source,
    /// A campaign: it gets its tokens back.
    Campaign,
}

impl Manner {
    /// Reads an expression.
    ///
    /// # Errors
    /// `query_on_hidden_field` when any word of it could name one, and `query_not_allowed`, for all that is no comparison, or none
    /// that is offered.
    pub fn read(&self, offer: &Offer, text: &str, tokens: &dyn Tokens) -> Result<Vec<Filter>, Rejection> {
        let comparisons = parse(text, self.lists).ok_or_else(|| offer.refuse(text, self.complaint()))?;
        let filters = comparisons.iter().map(|comparison| self.look_up(offer, comparison, tokens));
        filters.collect::<Result<_, _>>().map_err(|refused| {
            let unknown = comparisons.iter().filter(|comparison| self.rule_field(offer, comparison).is_none());
            let touched: Vec<_> = unknown.map(|comparison| comparison.field.as_str()).collect();
            if touched.is_empty() { refused } else { offer.refuse_among(&touched.join(" "), refused) }
        })
    }

    /// The field that is meant, where any condition on it is offered.
    fn rule_field<'o>(&self, offer: &'o Offer, said: &Comparison) -> Option<&'o FieldPath> {
        offer.filters.iter().map(|rule| &rule.field).find(|field| (self.name)(offer, field) == said.field)
    }

    /// Whether all of an offer's conditions can be written.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        let unlisted = |rule: &&FilterRule| rule.operator == Operator::In && !self.lists;
        let unnamed = |rule: &&FilterRule| !is_name(&(self.name)(offer, &rule.field));
        if let Some(rule) = offer.filters.iter().find(unlisted) {
            let problem = format!("this API has no `in`, which the filter on `{}` needs", rule.field);
            return Err(Unfit::new(problem, "write `op = \"is\"`"));
        }
        if let Some(rule) = offer.filters.iter().find(unnamed) {
            return Err(Unfit::new(format!("`{}` cannot stand in a filter of this API", rule.field), "remove the filter"));
        }
        Ok(())
    }

    fn look_up(&self, offer: &Offer, said: &Comparison, tokens: &dyn Tokens) -> Result<Filter, Rejection> {
        let name = self.rule_field(offer, said).map_or_else(|| said.field.clone(), |field| offer.name(field));
        let values: Vec<&str> = said.values.iter().map(String::as_str).collect();
        offer.filter(&name, said.operator, &values, tokens)
    }

    fn complaint(&self) -> String {
        let several = if self.lists { " or `town in ('Bangor', 'Conwy')`" } else { "" };
        format!(
            "`{}` takes comparisons such as `town eq 'Bangor'`{several}, at most {COMPARISONS_MAX}, joined by `and`; the operators \
             are `eq`, `gt`, `ge`, `lt`, `le`, texts stand in single quotes, and there is no `or`, `not`, function or `null`.",
            quoted(self.parameter)
        )
    }

    /// Writes conditions again, in the order in which they are given.
    #[must_use]
    pub fn write(&self, offer: &Offer, filters: &[Filter], reader: Reader) -> String {
        let comparisons: Vec<_> = filters.iter().map(|filter| self.comparison(offer, filter, reader)).collect();
        comparisons.join(" and ")
    }

    fn comparison(&self, offer: &Offer, filter: &Filter, reader: Reader) -> String {
        let takes = offer.rule_of(filter).map_or(&Takes::Token, |at| &offer.filters[at].takes);
        let literals: Vec<_> = filter.operands.iter().map(|operand| self.literal(takes, operand, reader)).collect();
        let known = OPERATORS.iter().find(|(_, operator)| *operator == filter.operator);
        let operator = known.map_or("eq", |(name, _)| name);
        let literals = if filter.operator == Operator::In { format!("({})", literals.join(",")) } else { literals.concat() };
        format!("{} {operator} {literals}", (self.name)(offer, &filter.field))
    }

    /// A token is a text, whatever the value is that it stands for.
    fn literal(&self, takes: &Takes, operand: &Operand, reader: Reader) -> String {
        match (&operand.token, reader) {
            (Some(token), Reader::Campaign) => in_quotes(token),
            _ if (self.bare)(takes, &operand.value) => operand.value.clone(),
            _ => in_quotes(&operand.value),
        }
    }
}

/// A text between single quotes, each of its own doubled (section 5.1.1.14.1, and the ABNF rule `string`).
#[must_use]
pub fn in_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether values of this format are no texts to OData: they stand without quotes. What a token stands for has no declared format;
/// a whole number or a UUID is taken for one.
#[must_use]
pub fn is_bare_in_odata(takes: &Takes, value: &str) -> bool {
    match takes {
        // SQL's spelling of a time has a space in it, which is none of OData's; in quotes the source refuses it, and says so.
        Takes::Value(Format::Date | Format::Integer | Format::Decimal | Format::Uuid | Format::Boolean) => is_bare_literal(value),
        Takes::Value(_) => false,
        Takes::Token => Format::Uuid.accepts(Scalar::Text(value)) || is_plain_number(value),
    }
}

/// A whole number in its one spelling: a member's number such as `00417` is a text.
fn is_plain_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    Format::Integer.accepts(Scalar::Text(value)) && (digits == "0" || !digits.starts_with('0'))
}
