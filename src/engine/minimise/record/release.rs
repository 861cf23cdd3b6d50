//! Judges a record that was read, or an element of a list in it, and writes what of it leaves as a JSON object.
//!
//! Writes nothing of a record that a row rule leaves out, and of any other only what the plan's places say.

use super::super::layout::{Check, Owner, Place, What};
use super::super::plan::Plan;
use super::super::pseudonym::Keyring;
use super::super::rule::{FieldRule, Rule, Test, Value};
use super::super::tally::Tally;
use super::super::transform::{generalise, mask};
use super::super::witness::{Fate, Witness};
use super::list::Bench;
use super::slot::{Found, Kind, Slot};
use crate::engine::format::{Format, Scalar, TEXT_CHARS_DEFAULT, date};
use crate::engine::member::Objected;

/// The wanted values of something that has been read whole.
#[derive(Clone, Copy)]
pub(in super::super) struct Values<'r> {
    /// The bytes in which it stands.
    pub bytes: &'r [u8],
    /// Where the values stand.
    pub slots: &'r [Slot],
}

impl<'r> Values<'r> {
    /// The value at a slot.
    #[inline]
    fn found(self, slot: u32) -> Found<'r> {
        match self.slots.get(slot as usize) {
            Some(slot) => Found::at(self.bytes, *slot),
            None => Found::nothing(),
        }
    }
}

/// One record that has been read whole, or one element of a list in it.
pub(in super::super) struct Release<'r, W> {
    /// What is judged.
    pub own: Values<'r>,
    /// The record that it is, or that it stands in.
    pub record: Values<'r>,
    /// What leaves.
    pub plan: &'r Plan,
    /// The keys of pseudonyms and tokens.
    pub keys: &'r Keyring,
    /// Counts.
    pub tally: &'r mut Tally,
    /// Watches.
    pub witness: &'r mut W,
    /// For texts that must be unescaped.
    pub scratch: &'r mut String,
    /// For lists.
    pub bench: &'r mut Bench,
    /// What the member objects to.
    pub objected: Objected,
}

impl<'r, W: Witness> Release<'r, W> {
    /// The first row rule that the record fails.
    pub fn failed_row(&mut self) -> Option<usize> {
        let plan = self.plan;
        self.failed(&plan.rows)
    }

    /// The first of the conditions that does not hold.
    pub(super) fn failed(&mut self, checks: &[Check]) -> Option<usize> {
        checks.iter().position(|check| !self.holds(check))
    }

    /// Appends the record, after a comma unless it is the first.
    pub fn write(&mut self, first: bool, out: &mut Vec<u8>) {
        let plan = self.plan;
        if !first {
            out.push(b',');
        }
        self.object(&plan.layout.places, out);
        self.tell();
    }

    /// Notes what became of the fields that never leave, and that the record left.
    #[inline]
    pub(super) fn tell(&mut self) {
        let plan = self.plan;
        self.tell_dropped(&plan.layout.dropped);
        if W::WATCHES {
            let id = self.found(plan.id).text(self.scratch);
            self.witness.released(id);
        }
    }

    /// Asks whether the record may leave, and what of it stays.
    #[inline]
    pub fn is_admitted(&mut self) -> bool {
        let id = self.found(self.plan.id).text_bytes(self.scratch);
        let admitted = self.witness.admit(id.filter(|id| !id.is_empty()));
        self.objected = admitted.unwrap_or_default();
        admitted.is_some()
    }

    /// Notes what became of fields that never leave.
    #[inline]
    pub(super) fn tell_dropped(&mut self, dropped: &[(usize, u32)]) {
        for &(field, slot) in dropped {
            let there = self.found(slot).kind != Kind::Absent;
            self.note(field, if there { Fate::DroppedByRule } else { Fate::Absent });
        }
    }

    /// Appends an object; whether it has a member.
    pub(super) fn object(&mut self, places: &'r [Place], out: &mut Vec<u8>) -> bool {
        out.push(b'{');
        let mut first = true;
        for place in places {
            let before = out.len();
            place.lead.write(first, out);
            if self.place(&place.what, out) {
                first = false;
            } else {
                out.truncate(before);
            }
        }
        out.push(b'}');
        !first
    }

    #[inline]
    fn place(&mut self, what: &'r What, out: &mut Vec<u8>) -> bool {
        match what {
            What::Group { members, always } => self.object(members, out) || *always,
            What::List(list) => self.list(list, out),
            What::Field { field, slot, when, keeps } => {
                let found = self.found(*slot);
                let fate = match (keeps, found.plain()) {
                    (Some(format), Some(text)) => keep_plain(text, format, found, out),
                    _ => self.field(&self.plan.spec().fields[*field], found, when, out),
                };
                self.note(*field, fate);
                fate.leaves()
            }
        }
    }

    #[inline]
    pub(super) fn note(&mut self, field: usize, fate: Fate) {
        if let Some(tally) = self.tally.fields.get_mut(field) {
            fate.count(tally);
        }
        self.witness.field(field, fate);
    }

    #[inline]
    pub(super) fn found(&self, slot: u32) -> Found<'r> {
        self.own.found(slot)
    }

    /// Appends one value if it is there and its conditions hold, and says what became of it.
    #[inline(never)]
    pub(super) fn field(&mut self, field: &FieldRule, found: Found<'r>, when: &[Check], out: &mut Vec<u8>) -> Fate {
        if !self.objected.is_nothing() && self.is_objected(field) {
            return if found.kind == Kind::Absent { Fate::Absent } else { Fate::DroppedByObjection };
        }
        match (&field.rule, found.plain(), when) {
            (Rule::Keep(format), Some(text), []) => keep_plain(text, format, found, out),
            _ => self.stays(field, found, when).unwrap_or_else(|| self.leave(field, found, out)),
        }
    }

    /// Whether the member objects to being reached by this field.
    #[cold]
    fn is_objected(&self, field: &FieldRule) -> bool {
        field.channel.is_some_and(|channel| self.objected.withholds(channel))
    }

    /// Why a value stays behind whatever it is, when it does: it is not there, or a condition does not hold.
    #[inline(never)]
    pub(super) fn stays(&mut self, field: &FieldRule, found: Found<'r>, when: &[Check]) -> Option<Fate> {
        let null_passes = matches!(field.rule, Rule::Keep(_));
        if found.kind == Kind::Absent || (found.kind == Kind::Null && !null_passes) {
            return Some(Fate::Absent);
        }
        self.failed(when).map(|_| Fate::DroppedByCondition)
    }

    /// Appends a value in the form that its rule gives it, if it is one that the rule takes.
    #[inline(never)]
    pub(super) fn leave(&mut self, field: &FieldRule, found: Found<'r>, out: &mut Vec<u8>) -> Fate {
        match (&field.rule, found.plain(), found.kind) {
            (_, _, Kind::Null) => kept(found, out),
            (Rule::Keep(format), Some(text), _) => keep_plain(text, format, found, out),
            (Rule::Keep(format), _, Kind::Number) => keep(format.accepts_number(found.raw), found, out),
            _ if self.form(field, found, out).is_some() => Fate::of_leaving(&field.rule),
            _ => Fate::DroppedByFormat,
        }
    }

    /// Appends a value in the form that its rule gives it; nothing and `None` when the rule does not take such a value.
    fn form(&mut self, field: &FieldRule, found: Found<'r>, out: &mut Vec<u8>) -> Option<()> {
        let (keys, scratch) = (self.keys, &mut *self.scratch);
        match &field.rule {
            Rule::Drop => None,
            Rule::Keep(format) => format.accepts(found.scalar(scratch)?).then(|| found.spell(out)),
            Rule::Mask { last } => one_line(found.scalar(scratch)?).map(|text| mask::mask(text, *last, out)),
            Rule::Generalise(how) => generalise::generalise(found.scalar(scratch)?, how, out),
            Rule::Pseudonymise(domain) => {
                let pseudonym = keys.pseudonym(domain, found.text_bytes(scratch)?);
                pseudonym.map(|pseudonym| quote(&pseudonym, out))
            }
            Rule::Tokenise => {
                let token = keys.tokenise(&field.path, found.text(scratch)?);
                token.map(|token| quote(token.as_bytes(), out))
            }
        }
    }

    fn holds(&mut self, check: &Check) -> bool {
        let found = match check.of {
            Owner::Own => self.own.found(check.slot),
            Owner::Record => self.record.found(check.slot),
        };
        let there = !matches!(found.kind, Kind::Absent | Kind::Null);
        if let Test::Present(wanted) = check.test {
            return there == wanted;
        }
        if let (Test::In(values), Some(text)) = (&check.test, found.plain()) {
            return values.iter().any(|value| matches!(value, Value::Text(wanted) if wanted.as_bytes() == text));
        }
        found.scalar(self.scratch).is_some_and(|value| satisfies(value, &check.test))
    }
}

/// Copies a value as it is spelled.
#[inline]
fn kept(found: Found<'_>, out: &mut Vec<u8>) -> Fate {
    found.spell(out);
    Fate::Kept
}

/// Copies a string without escapes, which is most of what leaves: it is its own text, so it is judged where it stands.
#[inline(always)]
fn keep_plain(text: &[u8], format: &Format, found: Found<'_>, out: &mut Vec<u8>) -> Fate {
    let accepted = if found.kind == Kind::Ascii { format.accepts_printable(text) } else { format.accepts_text(text) };
    keep(accepted, found, out)
}

/// Copies a value when it is of its format.
#[inline]
fn keep(accepted: bool, found: Found<'_>, out: &mut Vec<u8>) -> Fate {
    if accepted { kept(found, out) } else { Fate::DroppedByFormat }
}

/// Appends a text that needs no escaping, as a JSON string.
fn quote(plain: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(plain);
    out.push(b'"');
}

fn one_line(value: Scalar<'_>) -> Option<&str> {
    value.text().filter(|text| Format::Text { max: TEXT_CHARS_DEFAULT }.accepts(Scalar::Text(text)))
}

fn satisfies(value: Scalar<'_>, test: &Test) -> bool {
    let day = || match value {
        Scalar::Text(text) => date::parse(text.as_bytes()),
        _ => None,
    };
    match test {
        Test::In(values) => values.iter().any(|wanted| equal(value, wanted)),
        Test::Before(date) => day().is_some_and(|day| day < *date),
        Test::After(date) => day().is_some_and(|day| day > *date),
        Test::Present(_) => false,
    }
}

fn equal(value: Scalar<'_>, wanted: &Value) -> bool {
    match (value, wanted) {
        (Scalar::Text(text), Value::Text(wanted)) => *text == **wanted,
        (Scalar::Number(number), Value::Integer(wanted)) => number.parse() == Ok(*wanted),
        (Scalar::Boolean(value), Value::Boolean(wanted)) => value == *wanted,
        (Scalar::Number(number), Value::Boolean(wanted)) => number == if *wanted { "1" } else { "0" },
        _ => false,
    }
}
