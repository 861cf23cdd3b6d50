//! The grammar of comparisons joined by `and` (OData 4.01 ABNF, `commonExpr` cut down to what the offer can answer).
//!
//! Reads from left to right and never calls itself, so that no expression can be deep. What is anything else is `None`; a literal
//! that is no text must look like none, for every other word would name another field.

use crate::engine::dialect::offer::OPERANDS_MAX;
use crate::engine::format::{Format, Scalar};
use crate::engine::query::Operator;

/// Longest expression that is looked at, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 4096;
/// Most comparisons in one expression.
pub const COMPARISONS_MAX: usize = 16;

/// The operators, as they are written (section 5.1.1.1).
pub(super) const OPERATORS: [(&str, Operator); 6] = [
    ("eq", Operator::Is),
    ("in", Operator::In),
    ("lt", Operator::Before),
    ("gt", Operator::After),
    ("le", Operator::AtMost),
    ("ge", Operator::AtLeast),
];

/// One comparison, before anything of it was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The field's name.
    pub field: String,
    /// The operator.
    pub operator: Operator,
    /// What it is compared with, without quotes: one value, but for [`Operator::In`].
    pub values: Vec<String>,
}

/// The comparisons of an expression; `None` where it is anything else.
#[must_use]
pub fn parse(text: &str, lists: bool) -> Option<Vec<Comparison>> {
    if text.len() > EXPRESSION_BYTES_MAX {
        return None;
    }
    let mut rest = text.trim_matches(' ');
    let mut comparisons = Vec::new();
    loop {
        let (comparison, after) = comparison(rest, lists)?;
        comparisons.push(comparison);
        if after.is_empty() {
            return Some(comparisons);
        }
        let joined = after.strip_prefix(' ')?.trim_start_matches(' ').strip_prefix("and ")?;
        rest = joined.trim_start_matches(' ');
        if comparisons.len() == COMPARISONS_MAX {
            return None;
        }
    }
}

/// The comparison with which a text begins, and what follows it.
fn comparison(text: &str, lists: bool) -> Option<(Comparison, &str)> {
    let (field, rest) = text.split_once(' ')?;
    let (name, rest) = rest.trim_start_matches(' ').split_once(' ')?;
    let (_, operator) = *OPERATORS.iter().find(|(known, operator)| *known == name && (lists || *operator != Operator::In))?;
    let rest = rest.trim_start_matches(' ');
    let (values, rest) = match operator {
        Operator::In => list(rest)?,
        _ => literal(rest).map(|(value, rest)| (vec![value], rest))?,
    };
    is_name(field).then(|| (Comparison { field: field.to_owned(), operator, values }, rest))
}

/// Letters of any script, digits, and what stands between the parts of a path. Whether it is offered is not asked here.
pub(super) fn is_name(field: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "_/.:-".contains(c);
    field.starts_with(|c: char| c.is_alphabetic() || c == '_') && field.chars().all(allowed)
}

/// `(literal, literal)`
fn list(text: &str) -> Option<(Vec<String>, &str)> {
    let mut rest = text.strip_prefix('(')?.trim_start_matches(' ');
    let mut values = Vec::new();
    loop {
        let (value, after) = literal(rest)?;
        values.push(value);
        let after = after.trim_start_matches(' ');
        match after.strip_prefix(',') {
            Some(more) if values.len() < OPERANDS_MAX => rest = more.trim_start_matches(' '),
            Some(_) => return None,
            None => return after.strip_prefix(')').map(|rest| (values, rest)),
        }
    }
}

/// A literal, without its quotes, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    if let Some(inside) = text.strip_prefix('\'') {
        return string(inside);
    }
    let end = text.find([' ', ',', ')']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    is_bare_literal(word).then(|| (word.to_owned(), rest))
}

/// The text up to the quote that is not doubled, and what follows that.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

/// A number, a date, a GUID or a truth value. Any other word would be another field.
pub(super) fn is_bare_literal(word: &str) -> bool {
    let numeric = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.:".contains(&byte));
    matches!(word, "true" | "false") || Format::Uuid.accepts(Scalar::Text(word)) || (numeric && plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(String, &'static str, String)>> {
        let spelled = |c: Comparison| (c.field, c.operator.name(), c.values.join("|"));
        parse(text, true).map(|comparisons| comparisons.into_iter().map(spelled).collect())
    }

    #[test]
    fn comparisons_are_joined_by_and() {
        let one = |field: &str, operator, value: &str| (field.to_owned(), operator, value.to_owned());
        let cases = [
            ("town eq 'Bangor'", vec![one("town", "is", "Bangor")]),
            ("  town   eq  'O''Hara''s' ", vec![one("town", "is", "O'Hara's")]),
            ("a eq ''", vec![one("a", "is", "")]),
            ("a eq ''''", vec![one("a", "is", "'")]),
            ("a eq ' and b eq ' and c lt -1.5", vec![one("a", "is", " and b eq "), one("c", "before", "-1.5")]),
            ("address/town in ('x','y, z' , ')')", vec![one("address/town", "in", "x|y, z|)")]),
            ("d ge 2024-02-29 and d le 2024-02-29T10:00:00+01:00 and ok eq true", {
                vec![
                    one("d", "at-least", "2024-02-29"),
                    one("d", "at-most", "2024-02-29T10:00:00+01:00"),
                    one("ok", "is", "true"),
                ]
            }),
            ("id eq d91b4b2e-ae0e-4cd3-9ed7-d0ec501b0bc3", vec![one("id", "is", "d91b4b2e-ae0e-4cd3-9ed7-d0ec501b0bc3")]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        assert_eq!(parse("a in ('x')", false), None);
    }

    #[test]
    fn anything_else_is_none() {
        let none = [
            "",
            " ",
            "town",
            "town eq",
            "town eq ",
            "town eq Bangor",
            "town eq null",
            "town eq religion",
            "town eq 'Bangor",
            "town eq 'a'b'",
            "town eq 'a''",
            "town eq 'a'and b eq 1",
            "town eq 'a' or b eq 1",
            "town eq 'a' AND b eq 1",
            "town eq 'a' and",
            "town eq 'a' and ",
            "town EQ 'a'",
            "town ne 'a'",
            "town has 'a'",
            "not town eq 'a'",
            "(town eq 'a')",
            "town eq ('a')",
            "town in ()",
            "town in ('a'",
            "town in ('a',)",
            "town in 'a'",
            "town eq @p",
            "'a' eq town",
            "contains(town,'a')",
            "tolower(town) eq 'a'",
            "friends/any(f:f/town eq 'a')",
            "friends/$count gt 1",
            "age add 1 eq 2",
            "town\u{a0}eq\u{a0}'a'",
            "town eq 1;2",
            "town eq 'a' eq 'b'",
        ];
        for text in none {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn expressions_are_bounded() {
        let many = |count: usize| vec!["a eq 1"; count].join(" and ");
        assert!(read(&many(COMPARISONS_MAX)).is_some() && read(&many(COMPARISONS_MAX + 1)).is_none());
        let listed = |count: usize| format!("a in ({})", vec!["1"; count].join(","));
        assert!(read(&listed(OPERANDS_MAX)).is_some() && read(&listed(OPERANDS_MAX + 1)).is_none());
        assert!(read(&format!("a eq '{}'", "x".repeat(EXPRESSION_BYTES_MAX))).is_none());
    }
}
