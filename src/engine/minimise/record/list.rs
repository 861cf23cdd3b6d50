//! Judges a list in a record element by element, and writes what of it leaves as an array.
//!
//! The record has been validated whole before, so this is a second reading, of wanted lists only: each element is read with
//! the tree of its list, and one in a list in a list once more for each. It allocates nothing for an element, and goes no
//! deeper than the plan's paths do. Where an array is not what it was when it was validated, nothing of it leaves.

use super::super::layout::{Element, List};
use super::super::rule::Rule;
use super::super::stops::Kernel;
use super::super::tally::FieldTally;
use super::super::witness::{Fate, Witness};
use super::release::{Release, Values};
use super::scan::{Desk, Task};
use super::slot::{Found, Kind, Slot};

/// What walking lists needs beside the record: reused from list to list.
pub(in super::super) struct Bench {
    /// How new desks find the ends of strings.
    pub kernel: Kernel,
    /// A desk for each list of the plan that has been met, because what a desk has learnt belongs to one tree.
    desks: Vec<Option<Box<Desk>>>,
    /// What was counted of the fields of each list that is being walked, before it was; the innermost last.
    before: Vec<FieldTally>,
}

impl Default for Bench {
    fn default() -> Self {
        Self { kernel: Kernel::fastest(), desks: Vec::new(), before: Vec::new() }
    }
}

impl Bench {
    /// Takes the desk of a list from its place, or makes one.
    fn take(&mut self, number: usize) -> Box<Desk> {
        if self.desks.len() <= number {
            self.desks.resize_with(number + 1, || None);
        }
        self.desks[number].take().unwrap_or_else(|| Box::new(Desk::new(self.kernel)))
    }

    /// Puts it back.
    fn give(&mut self, number: usize, desk: Box<Desk>) {
        if let Some(place) = self.desks.get_mut(number) {
            *place = Some(desk);
        }
    }
}

impl<'r, W: Witness> Release<'r, W> {
    /// Appends what leaves of a list, and notes what became of the values in it; whether it leaves.
    pub(super) fn list(&mut self, list: &'r List, out: &mut Vec<u8>) -> bool {
        let mark = self.bench.before.len();
        for &field in &list.fields {
            self.bench.before.push(self.tally.fields.get(field).copied().unwrap_or_default());
        }
        let found = self.found(list.slot);
        let written = match found.kind {
            Kind::Absent | Kind::Null => self.write_off(list, Fate::Absent),
            _ if found.raw.first() != Some(&b'[') => self.write_off(list, Fate::DroppedByFormat),
            _ if self.array(list, found.raw, out) => true,
            _ => {
                self.count_as_before(list, mark);
                self.write_off(list, Fate::DroppedByFormat)
            }
        };
        if W::WATCHES || W::BOOKS {
            self.tell_list(list, mark);
        }
        self.bench.before.truncate(mark);
        written && list.leaves
    }

    /// Counts a list that has no place in the form in which the record leaves. `unseen` is a buffer for nobody's eyes.
    pub(super) fn leave_behind(&mut self, list: &'r List, unseen: &mut Vec<u8>) {
        if !list.leaves {
            unseen.clear();
            self.list(list, unseen);
            return;
        }
        let there = !matches!(self.found(list.slot).kind, Kind::Absent | Kind::Null);
        for &field in &list.fields {
            let fate = self.fate(field, if there { Fate::DroppedByFormat } else { Fate::Absent });
            self.note(field, fate);
        }
    }

    /// Appends the array; `false` when more elements would leave than may.
    fn array(&mut self, list: &'r List, array: &'r [u8], out: &mut Vec<u8>) -> bool {
        let mut desk = self.bench.take(list.number);
        let written = self.elements(list, array, &mut desk, out).is_some();
        self.bench.give(list.number, desk);
        written
    }

    fn elements(&mut self, list: &'r List, array: &'r [u8], desk: &mut Desk, out: &mut Vec<u8>) -> Option<()> {
        let (mut at, mut written) = (1, 0);
        desk.look(array);
        out.push(b'[');
        loop {
            let mut cursor = desk.cursor(array, at);
            let byte = cursor.peek_token().ok()?;
            at = cursor.at;
            match byte {
                b']' => break,
                b',' => at += 1,
                _ => {
                    let before = out.len();
                    if written > 0 {
                        out.push(b',');
                    }
                    let (taken, leaves) = self.element(list, array, at, desk, out)?;
                    at += taken;
                    if leaves {
                        written += 1;
                    } else {
                        out.truncate(before);
                    }
                    if written > list.max {
                        return None;
                    }
                }
            }
        }
        out.push(b']');
        Some(())
    }

    /// Appends what leaves of the element at a place. The bytes that it takes, and whether anything left.
    fn element(
        &mut self,
        list: &'r List,
        array: &'r [u8],
        at: usize,
        desk: &mut Desk,
        out: &mut Vec<u8>,
    ) -> Option<(usize, bool)> {
        let (plan, mut nobody) = (self.plan, ());
        let depth_max = plan.spec().bounds.depth_max;
        if let (Element::Object { tree, .. }, Some(b'{')) = (&list.element, array.get(at)) {
            let taken = desk.object_at(array, at, Task { tree, depth: 0, depth_max }).ok()?;
            let values = Values { bytes: array, slots: &desk.slots };
            return Some((taken, self.inside(values, &mut nobody).object_of(list, out)));
        }
        let (kind, taken) = desk.unwanted_at(array, at, Task { tree: &plan.tree, depth: 0, depth_max }).ok()?;
        let slot = [Slot::new(at, at + taken, kind)];
        let values = Values { bytes: array, slots: &slot };
        Some((taken, self.inside(values, &mut nobody).value_of(list, out)))
    }

    /// An element, to be judged on its own. Nobody watches it: what became of a list is told when all of it has been read.
    fn inside<'e>(&'e mut self, values: Values<'e>, nobody: &'e mut ()) -> Release<'e, ()> {
        Release {
            own: values,
            record: self.record,
            plan: self.plan,
            keys: self.keys,
            tally: &mut *self.tally,
            witness: nobody,
            scratch: &mut *self.scratch,
            bench: &mut *self.bench,
            objected: self.objected,
        }
    }

    /// Takes back what was counted since the list began.
    fn count_as_before(&mut self, list: &List, mark: usize) {
        for (&field, before) in list.fields.iter().zip(&self.bench.before[mark..]) {
            if let Some(tally) = self.tally.fields.get_mut(field) {
                *tally = *before;
            }
        }
    }

    /// Counts one value of each field in the list, of which none leaves.
    fn write_off(&mut self, list: &List, fate: Fate) -> bool {
        for &field in &list.fields {
            let fate = self.fate(field, fate);
            if let Some(tally) = self.tally.fields.get_mut(field) {
                fate.count(tally);
            }
        }
        false
    }

    /// What is there and never leaves was dropped by its rule, whatever it was.
    fn fate(&self, field: usize, fate: Fate) -> Fate {
        let drops = self.plan.spec().fields[field].rule == Rule::Drop;
        if drops && fate != Fate::Absent { Fate::DroppedByRule } else { fate }
    }

    /// Tells the witness what was counted since the list began.
    fn tell_list(&mut self, list: &List, mark: usize) {
        for (&field, before) in list.fields.iter().zip(&self.bench.before[mark..]) {
            let now = self.tally.fields.get(field).copied().unwrap_or_default();
            let counts = [
                (Fate::of_leaving(&self.plan.spec().fields[field].rule), now.left - before.left),
                (Fate::DroppedByRule, now.dropped_by_rule - before.dropped_by_rule),
                (Fate::DroppedByFormat, now.dropped_by_format - before.dropped_by_format),
                (Fate::DroppedByCondition, now.dropped_by_condition - before.dropped_by_condition),
                (Fate::DroppedByObjection, now.dropped_by_objection - before.dropped_by_objection),
                (Fate::Absent, now.absent - before.absent),
            ];
            for (fate, count) in counts {
                (0..count).for_each(|_| self.witness.field(field, fate));
            }
        }
    }
}

impl<'e> Release<'e, ()> {
    /// Appends an element that is an object; whether anything of it left.
    fn object_of(&mut self, list: &'e List, out: &mut Vec<u8>) -> bool {
        let Element::Object { layout, rows, .. } = &list.element else { return false };
        if self.failed(rows).is_some() {
            return self.write_off(list, Fate::DroppedByCondition);
        }
        let leaves = self.object(&layout.places, out);
        self.tell_dropped(&layout.dropped);
        leaves
    }

    /// Appends an element that is no object, or not meant to be one; whether it left.
    fn value_of(&mut self, list: &'e List, out: &mut Vec<u8>) -> bool {
        let found: Found<'e> = self.found(0);
        match &list.element {
            Element::List(inner) => self.list(inner, out),
            Element::Object { .. } if found.kind == Kind::Null => self.write_off(list, Fate::Absent),
            Element::Object { .. } => self.write_off(list, Fate::DroppedByFormat),
            Element::Value { field, when } => {
                let rule = &self.plan.spec().fields[*field];
                let dropped = rule.rule == Rule::Drop;
                let fate = if dropped { Fate::DroppedByRule } else { self.field(rule, found, when, out) };
                self.note(*field, fate);
                fate.leaves()
            }
        }
    }
}
