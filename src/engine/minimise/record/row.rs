//! Writes a record as a row of CSV: one cell for each place of the plan, whether its value leaves or not.
//!
//! A value leaves as a cell exactly when it would leave as JSON, but for what a cell cannot carry or may not hold. A list
//! never does: it stays behind.

use super::super::csv::write::{self, Judged};
use super::super::layout::{Place, What};
use super::super::rule::{FieldRule, Rule};
use super::super::witness::{Fate, Witness};
use super::release::Release;
use super::slot::Found;
use crate::engine::format::Format;

impl<'r, W: Witness> Release<'r, W> {
    /// Appends the record as a row. `cell` is a buffer for one value, used again and again.
    pub fn write_row(&mut self, cell: &mut Vec<u8>, out: &mut Vec<u8>) {
        let start = out.len();
        self.cells(&self.plan.layout.places, &mut true, cell, out);
        write::end(start, out);
        self.tell();
    }

    fn cells(&mut self, places: &'r [Place], first: &mut bool, cell: &mut Vec<u8>, out: &mut Vec<u8>) {
        for place in places {
            match &place.what {
                What::Group { members, .. } => self.cells(members, first, cell, out),
                What::List(list) => self.leave_behind(list, cell),
                What::Field { field, slot, when, .. } => {
                    if !std::mem::take(first) {
                        out.push(b',');
                    }
                    let (rule, found) = (&self.plan.spec().fields[*field], self.found(*slot));
                    let fate = match (found.plain(), &when[..]) {
                        (Some(_), []) => self.cell(rule, found, cell, out),
                        _ => self.stays(rule, found, when).unwrap_or_else(|| self.cell(rule, found, cell, out)),
                    };
                    self.note(*field, fate);
                }
            }
        }
    }

    /// Appends what leaves of a value, and says what became of it.
    fn cell(&mut self, rule: &FieldRule, found: Found<'r>, cell: &mut Vec<u8>, out: &mut Vec<u8>) -> Fate {
        let judged = self.judged(rule);
        let (fate, written) = match (&rule.rule, found.plain()) {
            // Its text is there, so that it need not be spelled as JSON first.
            (Rule::Keep(format), Some(text)) => (Fate::Kept, format.accepts_text(text) && write::text(text, judged, out)),
            _ => {
                cell.clear();
                let fate = self.leave(rule, found, cell);
                (fate, !fate.leaves() || write::cell(cell, judged, self.scratch, out))
            }
        };
        if written { fate } else { Fate::DroppedByFormat }
    }

    /// A telephone number may begin with `+` and a number with `-`: their formats let no letter through, so that a
    /// spreadsheet finds nothing to run in them.
    fn judged(&self, rule: &FieldRule) -> Judged {
        match rule.rule {
            Rule::Keep(Format::Phone | Format::Integer | Format::Decimal) => Judged::Harmless,
            _ => Judged::Text(self.plan.spec().formulas),
        }
    }
}
