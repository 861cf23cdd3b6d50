//! What makes a specification impossible: found all at once, before anything is compiled.

use super::plan::{DEPTH_MAX, HELD_BYTES_MAX, PlanError, PlanSpec};
use super::rule::{Condition, FieldRule, Generalisation, LIST_ITEMS_MAX, LISTS_MAX, ListRule, Rule, Test, Value};
use crate::engine::form::Form;
use crate::engine::format::Format;
use crate::engine::ids::{FieldPath, Part};

/// Every contradiction of a specification.
pub(super) fn all(spec: &PlanSpec) -> Vec<PlanError> {
    let mut errors = Vec::new();
    fields(spec, &mut errors);
    conditions(spec, &mut errors);
    lists(spec, &mut errors);
    identifier(spec, &mut errors);
    root(spec, &mut errors);
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
    } else if let Some(shared) = list_and_object(a, b) {
        refuse(errors, b, format!("`{shared}` cannot be a list for one rule and an object for another; keep one of the two"));
    }
}

/// Where two paths part because one enters a list and the other a member.
fn list_and_object(a: &FieldPath, b: &FieldPath) -> Option<FieldPath> {
    let shared = a.parts().iter().zip(b.parts()).take_while(|(a, b)| a == b).count();
    let enters = |path: &FieldPath| path.parts().get(shared) == Some(&Part::Each);
    (enters(a) != enters(b)).then(|| FieldPath::of(&a.parts()[..shared]))
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
    for field in &spec.fields {
        for condition in field.when.iter().filter(|condition| !is_readable(condition, field)) {
            let problem = format!(
                "its condition on `{}` reads elements of a list and cannot know which one is meant; read a field of the same element, or one of the record outside its lists",
                condition.path
            );
            refuse(errors, &field.path, problem);
        }
    }
    for row in spec.rows.iter().filter(|row| row.path.enters_list()) {
        refuse(
            errors,
            &row.path,
            "a record cannot be judged by the elements of a list in it; judge it by a field outside its lists",
        );
    }
}

/// Whether the condition reads one value: of the record, or of the element in which the field stands.
fn is_readable(condition: &Condition, field: &FieldRule) -> bool {
    match (condition.path.innermost_list(), field.path.innermost_list()) {
        (None, _) => true,
        (Some((read, steps)), Some((own, own_steps))) => read == own && steps.is_empty() == own_steps.is_empty(),
        (Some(_), None) => false,
    }
}

fn lists(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let entered: Vec<_> = spec.lists_in_force().into_iter().map(|list| list.path).collect();
    if let Some(path) = entered.get(LISTS_MAX) {
        let first = spec.fields.iter().map(|field| &field.path).find(|field| field.lists().any(|list| list == *path));
        refuse(
            errors,
            first.unwrap_or(path),
            format!("rules lead into more than {LISTS_MAX} lists; make several exports of them"),
        );
    }
    for (index, list) in spec.lists.iter().enumerate() {
        let path = &list.path;
        if spec.lists[..index].iter().any(|other| other.path == *path) {
            refuse(errors, path, "this list is named twice; keep one of the two");
        } else if !entered.contains(path) {
            let each = path.in_each(&FieldPath::of(&[]));
            refuse(errors, path, format!("no rule names what stands in this list; give its elements rules, such as `{each}`"));
        } else {
            list_rows(spec, list, errors);
        }
        if list.max == 0 || list.max > LIST_ITEMS_MAX {
            refuse(errors, path, format!("from 1 to {LIST_ITEMS_MAX} elements of a list may leave; write such a number"));
        }
    }
}

/// Rows choose among objects, by a value inside each.
fn list_rows(spec: &PlanSpec, list: &ListRule, errors: &mut Vec<PlanError>) {
    let inner = |field: &FieldRule| {
        let steps = field.path.parts().strip_prefix(list.path.parts())?.strip_prefix(&[Part::Each])?;
        Some(matches!(steps.first(), Some(Part::Member(_))))
    };
    let objects = spec.fields.iter().filter_map(inner).all(|object| object);
    if !objects && !list.rows.is_empty() {
        refuse(errors, &list.path, "the elements of this list have no members to choose by; remove `rows`");
    }
    for row in &list.rows {
        if row.path.parts().is_empty() || row.path.enters_list() {
            refuse(errors, &list.path, "an element is chosen by a field inside it, outside of further lists; name such a field");
        }
    }
}

fn identifier(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let id = &spec.id;
    if id.parts().is_empty() {
        refuse(errors, id, "the identifier needs the name of a field");
    }
    if id.enters_list() {
        refuse(errors, id, "the identifier is one value, and a list has many; name a field outside of lists");
    }
    let scalar = |field: &&FieldRule| field.rule != Rule::Drop;
    if let Some(outer) = spec.fields.iter().filter(scalar).find(|field| inside(id, &field.path)) {
        refuse(errors, id, format!("the identifier cannot stand inside `{}`, which leaves as one value", outer.path));
    }
    if spec.fields.iter().any(|field| inside(&field.path, id)) {
        refuse(errors, id, "the identifier is one value, but other fields are named inside it");
    }
}

/// What leaves always is an object, so no rule can have it leave as a value.
fn root(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let Some(root) = &spec.root else { return };
    if root.parts().is_empty() || root.enters_list() {
        refuse(errors, root, "the root is an object inside a record and outside its lists; name such a one, or none");
    }
    let mut leaving = spec.fields.iter().map(|field| (field, field.path.lists().next().unwrap_or_else(|| field.path.clone())));
    let value = leaving.find(|(field, path)| field.rule != Rule::Drop && (path == root || inside(root, path)));
    if let Some((field, _)) = value {
        refuse(errors, &field.path, format!("`{root}` is the root, an object, so this cannot leave as one value or a list"));
    }
}

fn beside(spec: &PlanSpec, errors: &mut Vec<PlanError>) {
    let mut taken = vec![&spec.records];
    if spec.records.enters_list() {
        refuse(errors, &spec.records, "the records stand in one array; name it without `[]`");
    }
    for path in spec.next.iter().chain(&spec.envelope).chain(&spec.count) {
        if spec.records.parts().is_empty() {
            refuse(errors, path, "the body is the array of records, so nothing stands beside it");
        } else if path.parts().is_empty() {
            refuse(errors, path, "the body as a whole cannot leave; name one of its members");
        } else if path.enters_list() {
            refuse(errors, path, "what stands beside the records has no lists; name a member outside of them");
        } else if let Some(other) = taken.iter().find(|other| path == **other || inside(path, other) || inside(other, path)) {
            refuse(
                errors,
                path,
                format!("this overlaps `{other}`; what stands beside the records is named once, by its own path"),
            );
        }
        taken.push(path);
    }
    if let Some(count) = spec.count.as_ref().filter(|count| count.parts().len() > 1) {
        refuse(errors, count, "the count is written as a member of the body itself; name one without a dot");
    }
    if let Some(count) = spec.count.as_ref().filter(|_| spec.single || spec.source != Form::Json) {
        refuse(errors, count, "there is nothing to count here; remove it");
    }
    if spec.single && spec.source != Form::Json {
        refuse(errors, &spec.records, "a single record is one JSON object; lines and rows are lists");
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
    let known = |path: &FieldPath| matches!(path.parts(), [Part::Member(name)] if spec.columns.contains(name));
    for field in spec.fields.iter().filter(|field| field.path.enters_list()) {
        refuse(
            errors,
            &field.path,
            "a cell is a text and no list; spell a column that ends with `[]` as a pointer, such as `/a[]`",
        );
    }
    let conditions: Vec<_> = spec.fields.iter().flat_map(|field| &field.when).chain(&spec.rows).collect();
    let named = spec.fields.iter().map(|field| &field.path).chain(conditions.iter().map(|condition| &condition.path));
    let single = |path: &&FieldPath| !path.parts().is_empty() && !path.enters_list();
    for path in named.chain([&spec.id]).filter(single).filter(|path| !known(path)) {
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
