//! How a condition is spelled as a query parameter, for APIs without a grammar of their own.
//!
//! A value that the API would not read as it stands (a list, a variable, nothing at all) is no value here, so that a condition never
//! turns into another one, or into none. Nothing is known here of fields and formats.

use crate::engine::query::{Filter, Operand, Operator};

/// How a condition is spelled: `parameter=beforeVALUEafter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// The parameter.
    pub parameter: Box<str>,
    /// What stands before the values.
    pub before: Box<str>,
    /// What stands behind them.
    pub after: Box<str>,
    /// How the API reads what stands between.
    pub values: Values,
}

/// How an API reads the values of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// As they are. Several have commas between them, so that none has one itself.
    Plain,
    /// The same, but a first `[` makes several a JSON text (Datasette, `__in`).
    PlainOrJson,
    /// The same, but `$…` stands for something of the API's own, and `null` for nothing (Directus, "Dynamic Variables").
    PlainOrVariable,
    /// One as it is; of several, each in double quotes (PostgREST, "Reserved characters").
    Quoted,
}

impl Spelling {
    /// `parameter=VALUE`.
    #[must_use]
    pub fn plain(parameter: &str) -> Self {
        Self::around(parameter, "", "")
    }

    /// `parameter=beforeVALUEafter`.
    #[must_use]
    pub fn around(parameter: &str, before: &str, after: &str) -> Self {
        Self { parameter: parameter.into(), before: before.into(), after: after.into(), values: Values::Plain }
    }

    /// The same, where the API reads values in this way.
    #[must_use]
    pub fn reading(self, values: Values) -> Self {
        Self { values, ..self }
    }

    /// What stands between; `None` when the parameter carries something else.
    #[must_use]
    pub fn inner<'v>(&self, value: &'v str) -> Option<&'v str> {
        value.strip_prefix(&*self.before)?.strip_suffix(&*self.after)
    }

    /// The values; `None` when they are none of this spelling.
    #[must_use]
    pub fn split(&self, inner: &str, operator: Operator) -> Option<Vec<String>> {
        match (operator, self.values) {
            (Operator::In, Values::Quoted) => quoted_list(inner),
            (Operator::In, _) => Some(inner.split(',').map(str::to_owned).collect()),
            _ => Some(vec![inner.to_owned()]),
        }
    }

    /// Whether the API reads these values as they are. Many take an empty one for no condition at all, which would widen the list.
    #[must_use]
    pub fn carries(&self, filter: &Filter) -> bool {
        let several = filter.operator == Operator::In;
        filter.operands.iter().map(|operand| operand.value.trim()).all(|value| {
            let listed = several && value.contains(',');
            let more = match self.values {
                Values::Quoted => false,
                Values::Plain => listed,
                Values::PlainOrJson => listed || (several && value.starts_with('[')),
                Values::PlainOrVariable => listed || means_more(value),
            };
            !value.is_empty() && !more
        })
    }

    /// The parameter's value, with each operand in these words.
    pub fn spell(&self, filter: &Filter, word: impl Fn(&Operand) -> String) -> String {
        let several = filter.operator == Operator::In && self.values == Values::Quoted;
        let words = filter.operands.iter().map(word).map(|word| if several { quote(&word) } else { word });
        format!("{}{}{}", self.before, words.collect::<Vec<_>>().join(","), self.after)
    }
}

/// What Directus replaces by something else (`parseFilterValue` in its source); its truth values mean what they say.
fn means_more(value: &str) -> bool {
    value.starts_with('$') || value.eq_ignore_ascii_case("null")
}

fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `a,"b,c"`: bare values have none of the characters that PostgREST reserves.
fn quoted_list(text: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => bare(rest)?,
        };
        values.push(value);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(values),
        }
    }
}

fn bare(text: &str) -> Option<(String, &str)> {
    let (value, after) = text.split_at(text.find(',').unwrap_or(text.len()));
    (!value.contains(['"', '\\', '(', ')'])).then(|| (value.to_owned(), after))
}

/// A value up to its closing quote, and what follows that.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            plain => value.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ids::FieldPath;

    fn filter(operator: Operator, values: &[&str]) -> Filter {
        let operands = values.iter().map(|value| Operand { value: (*value).to_owned(), token: None }).collect();
        Filter { field: FieldPath::parse("town").unwrap(), operator, operands }
    }

    #[test]
    fn reads_quoted_lists_and_writes_them_so_that_they_read_the_same() {
        let list = Spelling::around("town", "in.(", ")").reading(Values::Quoted);
        let cases: [(&str, Option<&[&str]>); 9] = [
            ("a", Some(&["a"])),
            ("a,b", Some(&["a", "b"])),
            (r#""a,b",c"#, Some(&["a,b", "c"])),
            (r#""a)","b\"c","d\\""#, Some(&["a)", "b\"c", "d\\"])),
            (r#""a"b"#, None),
            (r#""a"#, None),
            (r#""a\"#, None),
            ("a)", None),
            (r#"a,b"c"#, None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|values| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
            let got = list.split(text, Operator::In);
            assert_eq!(got, expected, "{text}");
            let Some(values) = got else { continue };
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            let spelled = list.spell(&filter(Operator::In, &values), |operand| operand.value.clone());
            assert_eq!(list.split(list.inner(&spelled).unwrap(), Operator::In), expected, "{spelled}");
        }
    }

    #[test]
    fn what_an_api_would_read_as_something_else_is_not_carried() {
        use Operator::{In, Is};
        use Values::{Plain, PlainOrJson, PlainOrVariable, Quoted};
        let cases: [(Values, Operator, &[&str], bool); 16] = [
            (Plain, Is, &["a, b"], true),
            (Plain, Is, &[""], false),
            (Plain, Is, &[" "], false),
            (Plain, In, &["a", "b"], true),
            (Plain, In, &["a", ""], false),
            (Plain, In, &["a,b"], false),
            (PlainOrJson, Is, &["[1]"], true),
            (PlainOrJson, In, &["[1", "2]"], false),
            (PlainOrJson, In, &["a", "b"], true),
            (PlainOrVariable, Is, &["$CURRENT_USER.email"], false),
            (PlainOrVariable, Is, &["null"], false),
            (PlainOrVariable, Is, &["NULL"], false),
            (PlainOrVariable, Is, &["true"], true),
            (PlainOrVariable, In, &["a", "$NOW"], false),
            (Quoted, In, &["a,b", "\")"], true),
            (Quoted, In, &[""], false),
        ];
        for (values, operator, said, carried) in cases {
            let spelling = Spelling::plain("town").reading(values);
            assert_eq!(spelling.carries(&filter(operator, said)), carried, "{values:?} {operator:?} {said:?}");
        }
    }
}
