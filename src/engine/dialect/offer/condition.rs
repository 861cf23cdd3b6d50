//! The conditions that a campaign may set, and the values that they take.
//!
//! A value is checked against its declared format before anything is written with it, and a token is opened here and nowhere later.

use super::{quoted, refuse};
use crate::engine::format::{Format, Scalar};
use crate::engine::ids::FieldPath;
use crate::engine::query::{Filter, Operand, Operator, Tokens};
use crate::engine::rejection::Rejection;

/// Most values that one condition may list.
pub const OPERANDS_MAX: usize = 100;

/// A condition that a campaign may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule {
    /// The field that it touches.
    pub field: FieldPath,
    /// What it means.
    pub operator: Operator,
    /// What it takes.
    pub takes: Takes,
}

/// What a condition, or a record's address, takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// A value of this format, which the source gets as it is.
    Value(Format),
    /// A token of the field, in whose place the source gets the value that it stands for. Only the proxy makes tokens, so no value can
    /// be guessed.
    Token,
}

impl FilterRule {
    /// Checks the values, and opens tokens.
    ///
    /// # Errors
    /// A refusal that names the parameter.
    pub fn read(&self, parameter: &str, values: &[&str], tokens: &dyn Tokens) -> Result<Filter, Rejection> {
        let many = if self.operator == Operator::In { OPERANDS_MAX } else { 1 };
        if values.is_empty() || values.len() > many {
            return Err(refuse(format!("`{}` takes from 1 to {many} values.", quoted(parameter))));
        }
        let read = |value: &&str| self.takes.read(&self.field, value, tokens);
        let operands: Option<Vec<_>> = values.iter().map(read).collect();
        let operands = operands.ok_or_else(|| refuse(self.complaint(parameter)))?;
        Ok(Filter { field: self.field.clone(), operator: self.operator, operands })
    }

    fn complaint(&self, parameter: &str) -> String {
        let parameter = quoted(parameter);
        match &self.takes {
            Takes::Value(format) => format!("The value of `{parameter}` is not {}.", format.noun()),
            Takes::Token => format!("The value of `{parameter}` is no token of yours for `{}`.", self.field),
        }
    }
}

impl Takes {
    pub(super) fn read(&self, field: &FieldPath, value: &str, tokens: &dyn Tokens) -> Option<Operand> {
        match self {
            Self::Value(format) => admits(format, value).then(|| Operand { value: value.to_owned(), token: None }),
            Self::Token => tokens.open(field, value).map(|opened| Operand { value: opened, token: Some(value.to_owned()) }),
        }
    }
}

/// Whether a value is of a format. In a request it is text, so true and false are written out.
fn admits(format: &Format, value: &str) -> bool {
    match format {
        Format::Boolean => matches!(value, "true" | "false"),
        _ => format.accepts(Scalar::Text(value)),
    }
}
