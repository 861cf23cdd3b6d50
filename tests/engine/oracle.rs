//! The slow oracle: reads a whole document with serde_json, refuses what the promise P3 refuses, and applies a plan in the
//! plainest way. It shares no scanner, no tree, no writer and no format with the engine; only keys are the engine's own.

use std::fmt;

use portcullis::engine::format::Format;
use portcullis::engine::ids::{FieldPath, Part};
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::pseudonym::Keyring;
use portcullis::engine::minimise::rule::{Condition, FieldRule, Rule, Test, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::bench_of::Link;
use crate::formats::{self, Plain};
use portcullis::engine::minimise::NextLink;

/// Brackets inside one another, at the least: one in a string counts too. For fuzz targets, whose bodies may nest deeper than this
/// module reads.
#[allow(dead_code)]
pub fn depth(body: &[u8]) -> usize {
    let mut open = 0_usize;
    body.iter().fold(0, |deepest, byte| {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest.max(open)
    })
}

/// A document: members in order, scalars as they are spelled.
#[derive(Debug)]
enum Doc {
    Object(Vec<(String, Doc)>),
    Array(Vec<Doc>),
    Scalar(String),
}

impl Doc {
    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        match text.trim_start_matches([' ', '\n', '\r', '\t']).as_bytes().first() {
            Some(b'{') => serde_json::from_str::<Members>(text).map(|members| Self::Object(members.0)),
            Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text)?
                .iter()
                .map(|raw| Self::parse(raw.get()))
                .collect::<Result<_, _>>()
                .map(Self::Array),
            Some(b'"') => serde_json::from_str::<String>(text).map(|_| Self::Scalar(text.to_owned())),
            _ => serde_json::from_str::<&RawValue>(text).map(|raw| Self::Scalar(raw.get().to_owned())),
        }
    }

    fn at(&self, path: &[Part]) -> Option<&Self> {
        match (self, path.split_first()) {
            (_, None) => Some(self),
            (Self::Object(members), Some((Part::Member(name), inner))) => {
                members.iter().find(|(other, _)| **other == **name)?.1.at(inner)
            }
            _ => None,
        }
    }

    fn scalar(&self) -> Option<Owned> {
        let Self::Scalar(raw) = self else { return None };
        Some(match raw.as_bytes()[0] {
            b'"' => Owned::Text(serde_json::from_str(raw).unwrap()),
            b't' => Owned::Boolean(true),
            b'f' => Owned::Boolean(false),
            b'n' => Owned::Null,
            _ => Owned::Number(raw.clone()),
        })
    }
}

#[derive(Debug, PartialEq)]
enum Owned {
    Text(String),
    Number(String),
    Boolean(bool),
    Null,
}

impl Owned {
    fn plain(&self) -> Plain<'_> {
        match self {
            Self::Text(text) => Plain::Text(text),
            Self::Number(text) => Plain::Number(text),
            Self::Boolean(value) => Plain::Boolean(*value),
            Self::Null => Plain::Null,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            _ => None,
        }
    }
}

/// The members of an object, none of them twice.
struct Members(Vec<(String, Doc)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Doc)> = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &RawValue>()? {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom("twice"));
                    }
                    members.push((name, Doc::parse(raw.get()).map_err(A::Error::custom)?));
                }
                Ok(Members(members))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Members, A::Error> {
                Err(A::Error::custom("no object"))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// What may leave of a body; `None` when it must be refused.
pub fn minimised(spec: &PlanSpec, keys: &Keyring, body: &[u8]) -> Option<String> {
    let doc = Doc::parse(std::str::from_utf8(body).ok()?).ok()?;
    let Doc::Array(records) = doc.at(spec.records.parts())? else { return None };
    let list = format!("[{}]", kept(spec, keys, records)?.join(","));
    if spec.records.parts().is_empty() {
        return Some(list);
    }
    let next = spec.next.as_ref().and_then(|path| doc.at(path.parts()));
    if next.is_some_and(|next| !matches!(next.scalar(), Some(scalar) if scalar != Owned::Boolean(true))) {
        return None;
    }
    envelope(spec, &doc, &mut Vec::new(), &list)
}

/// The same of lines, each an object without a line break in it, in lines.
pub fn lines_minimised(spec: &PlanSpec, keys: &Keyring, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let records: Vec<_> = lines.filter(|_| !text.is_empty()).map(|line| Doc::parse(line).ok()).collect::<Option<_>>()?;
    let left = kept(spec, keys, &records)?;
    Some(left.iter().map(|record| format!("{record}\n")).collect())
}

/// What leaves of each record that leaves; `None` when one of them is no object.
fn kept(spec: &PlanSpec, keys: &Keyring, records: &[Doc]) -> Option<Vec<String>> {
    let records = records.iter().map(|record| matches!(record, Doc::Object(_)).then_some(record)).collect::<Option<Vec<_>>>()?;
    let kept = records.into_iter().filter(|record| spec.rows.iter().all(|row| holds(record.at(row.path.parts()), &row.test)));
    Some(kept.map(|record| Judge { spec, keys, record }.whole()).collect())
}

fn envelope(spec: &PlanSpec, doc: &Doc, path: &mut Vec<Part>, list: &str) -> Option<String> {
    let is = |wanted: &FieldPath, path: &Vec<Part>| wanted.parts() == &path[..];
    if is(&spec.records, path) {
        return Some(list.to_owned());
    }
    if spec.next.as_ref().is_some_and(|next| is(next, path)) {
        let said = doc.scalar()?;
        let ours = said.text().and_then(|said| Link.link(said));
        return Some(ours.map_or("null".to_owned(), |ours| serde_json::to_string(&ours).unwrap()));
    }
    if spec.envelope.iter().any(|wanted| is(wanted, path)) {
        let scalar = doc.scalar()?;
        let short = matches!(&scalar, Owned::Text(_)) && !formats::is_of(&Format::Text { max: 200 }, scalar.plain());
        let Doc::Scalar(raw) = doc else { return None };
        return (!short).then(|| raw.clone());
    }
    let Doc::Object(members) = doc else { return None };
    let mut parts = Vec::new();
    for (name, value) in members {
        path.push(Part::Member(name.as_str().into()));
        if let Some(part) = envelope(spec, value, path, list) {
            parts.push(format!("{}:{part}", serde_json::to_string(name).unwrap()));
        }
        path.pop();
    }
    let around = |next: &FieldPath| !path.is_empty() && next.parts().starts_with(path) && next.parts() != &path[..];
    let kept = !parts.is_empty() || spec.next.as_ref().is_some_and(around);
    kept.then(|| format!("{{{}}}", parts.join(",")))
}

/// What leaves, as nested members in the order of the plan, and whether it leaves without any.
#[derive(Default)]
struct Tree(Vec<(String, Result<String, Tree>)>, bool);

impl Tree {
    fn put(&mut self, path: &[Part], value: Option<String>) {
        let name = path[0].member().unwrap().to_owned();
        if path.len() == 1 {
            self.0.extend(value.map(|value| (name, Ok(value))));
            return;
        }
        if !self.0.iter().any(|(other, _)| *other == name) {
            self.0.push((name.clone(), Err(Self::default())));
        }
        let known = self.0.iter_mut().find(|(other, _)| *other == name);
        if let Some((_, Err(tree))) = known {
            tree.put(&path[1..], value);
        }
    }

    /// Has the objects of a path leave, whatever is in them.
    fn insist(&mut self, path: &[Part]) {
        let Some((first, inner)) = path.split_first() else { return };
        let name = first.member().unwrap();
        if !self.0.iter().any(|(other, _)| other == name) {
            self.0.push((name.to_owned(), Err(Self::default())));
        }
        let known = self.0.iter_mut().find(|(other, _)| other == name);
        if let Some((_, Err(tree))) = known {
            tree.1 = true;
            tree.insist(inner);
        }
    }

    fn write(&self) -> Option<String> {
        let member = |(name, value): &(String, Result<String, Self>)| {
            let value = value.as_ref().map_or_else(Self::write, |value| Some(value.clone()))?;
            Some(format!("{}:{value}", serde_json::to_string(name).unwrap()))
        };
        let members: Vec<_> = self.0.iter().filter_map(member).collect();
        (self.1 || !members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
    }
}

/// Judges one record and everything in it.
struct Judge<'a> {
    spec: &'a PlanSpec,
    keys: &'a Keyring,
    record: &'a Doc,
}

impl Judge<'_> {
    /// What leaves of the record.
    fn whole(&self) -> String {
        let mut tree = self.object(self.record, &[]);
        tree.insist(self.spec.root.as_ref().map_or(&[], FieldPath::parts));
        tree.write().unwrap_or("{}".to_owned())
    }

    /// What leaves of the record, or of an element that `around` leads to.
    fn object(&self, own: &Doc, around: &[Part]) -> Tree {
        let mut tree = Tree::default();
        let mut lists = Vec::new();
        for field in self.spec.fields.iter().filter(|field| field.rule != Rule::Drop && field.path.parts().starts_with(around)) {
            let steps = &field.path.parts()[around.len()..];
            match steps.iter().position(|step| *step == Part::Each) {
                None => tree.put(steps, own.at(steps).and_then(|doc| self.value(field, doc, own, around))),
                Some(end) if lists.contains(&&steps[..end]) => {}
                Some(end) => {
                    lists.push(&steps[..end]);
                    let list = own.at(&steps[..end]).and_then(|doc| self.list(doc, &[around, &steps[..end]].concat()));
                    tree.put(&steps[..end], list);
                }
            }
        }
        tree
    }

    fn value(&self, field: &FieldRule, doc: &Doc, own: &Doc, around: &[Part]) -> Option<String> {
        let read = |when: &Condition| match when.path.enters_list() {
            true => own.at(&when.path.parts()[around.len()..]).map(|doc| holds(Some(doc), &when.test)),
            false => Some(holds(self.record.at(when.path.parts()), &when.test)),
        };
        let all = field.when.iter().all(|when| read(when).unwrap_or_else(|| holds(None, &when.test)));
        if all { form(self.keys, &field.path, &field.rule, doc) } else { None }
    }

    /// What leaves of the list at `path`.
    fn list(&self, doc: &Doc, path: &[Part]) -> Option<String> {
        let Doc::Array(elements) = doc else { return None };
        let each = [path, &[Part::Each]].concat();
        let left: Vec<_> = elements.iter().filter_map(|element| self.element(element, path, &each)).collect();
        let said = self.spec.lists.iter().find(|list| list.path.parts() == path);
        (left.len() <= said.map_or(100, |list| list.max as usize)).then(|| format!("[{}]", left.join(",")))
    }

    fn element(&self, element: &Doc, path: &[Part], each: &[Part]) -> Option<String> {
        let inside = |field: &&FieldRule| field.path.parts().starts_with(each);
        let first = self.spec.fields.iter().filter(|field| field.rule != Rule::Drop).find(inside)?;
        match &first.path.parts()[each.len()..] {
            [] => self.value(first, element, element, each),
            [Part::Each, ..] => self.list(element, each),
            [Part::Member(_), ..] => {
                let rows = self.spec.lists.iter().filter(|list| list.path.parts() == path).flat_map(|list| &list.rows);
                let Doc::Object(_) = element else { return None };
                let mut all = rows.map(|row| holds(element.at(row.path.parts()), &row.test));
                if all.all(|holds| holds) { self.object(element, each).write() } else { None }
            }
        }
    }
}

fn form(keys: &Keyring, path: &FieldPath, rule: &Rule, doc: &Doc) -> Option<String> {
    let scalar = doc.scalar()?;
    let Doc::Scalar(raw) = doc else { return None };
    match rule {
        Rule::Keep(format) => (scalar == Owned::Null || formats::is_of(format, scalar.plain())).then(|| raw.clone()),
        Rule::Pseudonymise(domain) => keys
            .pseudonym(domain, scalar.text()?)
            .map(|pseudonym| format!("\"{}\"", String::from_utf8(pseudonym.to_vec()).unwrap())),
        Rule::Tokenise => keys.tokenise(path, scalar.text()?).map(|token| format!("\"{token}\"")),
        Rule::Mask { last } => formats::masked(scalar.plain(), last.get() as usize).map(|masked| quoted(&masked)),
        Rule::Generalise(how) => formats::coarser(scalar.plain(), how).map(|coarser| quoted(&coarser)),
        Rule::Drop => None,
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn holds(value: Option<&Doc>, test: &Test) -> bool {
    let scalar = value.and_then(Doc::scalar);
    match test {
        Test::Present(wanted) => (value.is_some() && scalar != Some(Owned::Null)) == *wanted,
        Test::In(values) => values.iter().any(|wanted| match (&scalar, wanted) {
            (Some(Owned::Text(text)), Value::Text(wanted)) => **text == **wanted,
            (Some(Owned::Number(number)), Value::Integer(wanted)) => number.parse() == Ok(*wanted),
            (Some(Owned::Number(number)), Value::Boolean(wanted)) => *number == u8::from(*wanted).to_string(),
            (Some(Owned::Boolean(value)), Value::Boolean(wanted)) => value == wanted,
            _ => false,
        }),
        Test::Before(_) | Test::After(_) => scalar.is_some_and(|scalar| formats::holds_on(scalar.plain(), test)),
    }
}
