//! Conditions: of `when` and of `[[export.rows]]`.

use super::time::date;
use super::{LIST_MAX, bounded};
use crate::config::notes::{Notes, Span};
use crate::config::raw::read::{Entries, Text};
use crate::config::raw::rule::{Condition as Said, TestTable};
use crate::config::raw::spelling;
use crate::engine::ids::FieldPath;
use crate::engine::minimise::rule::{Condition, Test};

/// A field's path, which is never the whole record.
pub fn path(said: &Text, notes: &mut Notes) -> Option<FieldPath> {
    match FieldPath::parse(&said.value) {
        Ok(path) if path.parts().is_empty() => {
            notes.error(said.at, "the path is empty", "name a field");
            None
        }
        Ok(path) => Some(path),
        Err(error) => {
            notes.error(said.at, format!("this path {error}"), "write `outer.inner`, or a JSON Pointer such as `/outer/inner`");
            None
        }
    }
}

/// The conditions of `when`, all of which must hold.
pub fn when(said: &Entries<Said>, notes: &mut Notes) -> Option<Vec<Condition>> {
    if said.value.0.is_empty() {
        notes.error(said.at, "`when` names no condition", "name a field, or remove `when`");
        return None;
    }
    let conditions = said.value.0.iter().map(|(name, said)| {
        let path = path(name, notes);
        let test = match said {
            Said::Value(value) => Some(Test::In([value.value.clone()].into())),
            Said::Test(table) => test(table, table.at, notes),
        };
        Some(Condition { path: path?, test: test? })
    });
    let conditions: Vec<_> = conditions.collect();
    conditions.into_iter().collect()
}

/// Exactly one test.
pub fn test(said: &TestTable, at: Span, notes: &mut Notes) -> Option<Test> {
    let mut tests = Vec::new();
    if let Some(value) = &said.is {
        tests.push(Some(Test::In([value.value.clone()].into())));
    }
    if let Some(values) = &said.r#in {
        bounded(values, "values", LIST_MAX, notes);
        if values.value.is_empty() {
            notes.error(values.at, "the list is empty: no record would pass", "name the values that pass");
        }
        tests.push(Some(Test::In(values.value.iter().map(|value| value.value.clone()).collect())));
    }
    tests.extend(said.before.as_ref().map(|said| date(said, notes).map(Test::Before)));
    tests.extend(said.after.as_ref().map(|said| date(said, notes).map(Test::After)));
    tests.extend(said.present.as_ref().map(|said| Some(Test::Present(said.value))));
    let help = format!("write exactly one of {}", spelling::list(TestTable::KEYS));
    match tests.len() {
        1 => tests.pop().flatten(),
        0 if said.strange => None,
        0 => {
            notes.error(at, "this condition tests nothing", help);
            None
        }
        _ => {
            notes.error(at, "this condition tests several things", help);
            None
        }
    }
}
