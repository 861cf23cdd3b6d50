//! What makes a specification impossible: found all at once, before anything is compiled.

use super::plan::{DEPTH_MAX, HELD_BYTES_MAX, PlanError, PlanSpec};
use super::rule::{FieldRule, Generalisation, Rule, Test, Value};
use crate::engine::form::Form;
use crate::engine::format::Format;
use crate::engine::ids::FieldPath;

/// Every contradiction of a specification.
pub(super) fn all(spec: &PlanSpec) -> Vec<PlanError> {
    let mut errors = Vec::new();
    fields(spec, &mut errors);
    conditions(spec, &mut errors);
    identifier(spec, &mut errors);
    beside(spec, &mut errors);
    shape(spec, &mut errors);
    bounds(spec, &mut errors);
    errors
}

fn refuse(errors: &mut Vec<PlanError>, path: &FieldPath, problem: impl Into<String>) {
    errors.push(PlanError { path: path.clone(), problem: problem.into() });
}

fn inside(inner: &FieldPath, outer: &FieldPath) -> bool {
    inner.parts().len() > outer.parts().len() && inner.parts().starts_with(outer.parts())
}

fn fields(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    for (index, field) in spec.fields.iter().enumerate() {
        if field.path.parts().is_empty() {
            refuse(errors, &field.path, "a rule needs the name of a field");
        }
        for other in &spec.fields[..index] {
            pair(other, field, errors);
        }
        bands(field, errors);
    }
}

fn pair(first: &FieldRule, second: &FieldRule, errors: &mut Vec<PlanError>) {
    let (a, b) = (&first.path, &second.path);
    if a == b {
        refuse(errors, b, "this field has two rules; keep one of them");
    } else if inside(b, a) || inside(a, b) {
        let (inner, outer) = if inside(b, a) { (b, a) } else { (a, b) };
        let problem =
            format!("`{outer}` has a rule of its own, so nothing inside it can have one; name only the innermost fields");
        refuse(errors, inner, problem);
    }
}

fn bands(field: &FieldRule, errors: &mut Vec<PlanError>) {
    let Rule::Generalise(Generalisation::AgeBand { bands, .. }) = &field.rule else { return };
    if bands.is_empty() || bands.windows(2).any(|pair| pair[0] >= pair[1]) {
        refuse(errors, &field.path, "age bands are the lower edges in ascending order, such as [18, 25, 35]");
    }
}

fn conditions(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let whens = spec.fields.iter().flat_map(|field| &field.when);
    for condition in whens.chain(&spec.rows).filter(|condition| condition.path.parts().is_empty()) {
        refuse(errors, &condition.path, "a condition needs the name of a field");
    }
}

fn identifier(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let id = &spec.id;
    if id.parts().is_empty() {
        refuse(errors, id, "the identifier needs the name of a field");
    }
    let scalar = |field: &&FieldRule| field.rule != Rule::Drop;
    if let Some(outer) = spec.fields.iter().filter(scalar).find(|field| inside(id, &field.path)) {
        refuse(errors, id, format!("the identifier cannot stand inside `{}`, which leaves as one value", outer.path));
    }
    if spec.fields.iter().any(|field| inside(&field.path, id)) {
        refuse(errors, id, "the identifier is one value, but other fields are named inside it");
    }
}

fn beside(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let mut taken = vec![&spec.records];
    for path in spec.next.iter().chain(&spec.envelope) {
        if spec.records.parts().is_empty() {
            refuse(errors, path, "the body is the array of records, so nothing stands beside it");
        } else if path.parts().is_empty() {
            refuse(errors, path, "the body as a whole cannot leave; name one of its members");
        } else if let Some(other) = taken.iter().find(|other| path == **other || inside(path, other) || inside(other, path)) {
            refuse(
                errors,
                path,
                format!("this overlaps `{other}`; what stands beside the records is named once, by its own path"),
            );
        }
        taken.push(path);
    }
}

/// What lines and rows cannot have, and what the columns of a table must be.
fn shape(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    if spec.source != Form::Json && !spec.records.parts().is_empty() {
        refuse(errors, &spec.records, "lines and rows are the records themselves; remove `records`");
    }
    if spec.source == Form::Csv {
        columns(spec, errors);
    } else if !spec.columns.is_empty() {
        refuse(errors, &spec.records, "only a table has columns; remove `columns`, or write `format = \"csv\"`");
    }
}

fn columns(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let repeated = spec.columns.iter().enumerate().any(|(at, name)| spec.columns[..at].contains(name));
    let unreadable = |name: &str| name.is_empty() || name.chars().any(char::is_control);
    if spec.columns.is_empty() || repeated || spec.columns.iter().any(|name| unreadable(name)) {
        refuse(errors, &spec.records, "the columns of a table have names, each its own; list the header row, in its order");
    }
    let known = |path: &FieldPath| matches!(path.parts(), [name] if spec.columns.contains(name));
    let conditions: Vec<_> = spec.fields.iter().flat_map(|field| &field.when).chain(&spec.rows).collect();
    let named = spec.fields.iter().map(|field| &field.path).chain(conditions.iter().map(|condition| &condition.path));
    for path in named.chain([&spec.id]).filter(|path| !path.parts().is_empty() && !known(path)) {
        refuse(errors, path, "this is not among the columns; spell a column that has a dot as a pointer, such as `/a.b`");
    }
    for field in spec.fields.iter().filter(|field| field.rule == Rule::Keep(Format::Boolean)) {
        refuse(errors, &field.path, "a cell is a text, and none is a boolean; keep it as an `enum` of its two spellings");
    }
    let other = |value: &Value| !matches!(value, Value::Text(_));
    for condition in conditions {
        if matches!(&condition.test, Test::In(values) if values.iter().any(other)) {
            refuse(errors, &condition.path, "a cell is a text; compare it with texts, such as \"true\" or \"1\"");
        }
    }
}

fn bounds(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let bounds = &spec.bounds;
    if !(2..=DEPTH_MAX).contains(&bounds.depth_max) {
        refuse(errors, &spec.records, format!("the bound on nesting is between 2 and {DEPTH_MAX}"));
    }
    let held = 1..=HELD_BYTES_MAX;
    if !held.contains(&bounds.record_bytes_max) || !held.contains(&bounds.envelope_bytes_max) {
        refuse(
            errors,
            &spec.records,
            format!("the bounds on a record and on the envelope are between 1 and {HELD_BYTES_MAX} bytes"),
        );
    }
}
