//! The way out: judges each record that was read, and writes what of it leaves in the form that was asked for.
//!
//! It knows nothing of how records come, and never writes a record that was not read whole.

use std::sync::Arc;

use super::csv::write;
use super::layout::{Place, What};
use super::plan::Plan;
use super::pseudonym::Keyring;
use super::record::list::Bench;
use super::record::release::{Release, Values};
use super::record::slot::Slot;
use super::tally::{FieldTally, Tally};
use super::witness::Witness;
use crate::engine::form::Form;
use crate::engine::member::Objected;

/// Where the records of one body go.
pub(super) struct Outlet<W> {
    /// What may leave.
    pub plan: Arc<Plan>,
    keys: Arc<Keyring>,
    /// Watches.
    pub witness: W,
    /// Counts.
    pub tally: Tally,
    /// What leaves is in this form.
    pub form: Form,
    scratch: String,
    cell: Vec<u8>,
    /// For lists.
    pub bench: Bench,
}

impl<W: Witness> Outlet<W> {
    /// An outlet through which nothing has left, in the source's own form.
    pub fn new(plan: Arc<Plan>, keys: Arc<Keyring>, witness: W) -> Self {
        let fields = vec![FieldTally::default(); plan.spec().fields.len()];
        let form = plan.spec().source;
        let tally = Tally { fields, ..Tally::default() };
        Self { plan, keys, witness, tally, form, scratch: String::new(), cell: Vec::new(), bench: Bench::default() }
    }

    /// Takes a record that is whole and valid: the bytes in which it stands, and the places of its wanted values.
    pub fn record(&mut self, record: &[u8], slots: &[Slot], out: &mut Vec<u8>) {
        self.tally.seen += 1;
        let first = self.tally.released == 0;
        let (plan, keys) = (&*self.plan, &*self.keys);
        let (tally, witness, scratch, bench) = (&mut self.tally, &mut self.witness, &mut self.scratch, &mut self.bench);
        let record = Values { bytes: record, slots };
        let mut release =
            Release { own: record, record, plan, keys, tally, witness, scratch, bench, objected: Objected::default() };
        if let Some(row) = release.failed_row() {
            self.tally.left_out += 1;
            self.witness.left_out(row);
            return;
        }
        if W::BOOKS && !release.is_admitted() {
            self.tally.withheld += 1;
            return;
        }
        if first {
            open(plan, self.form, out);
        }
        match self.form {
            Form::Json => release.write(first, out),
            Form::Ndjson => {
                release.write(true, out);
                out.push(b'\n');
            }
            Form::Csv => release.write_row(&mut self.cell, out),
        }
        self.tally.released += 1;
        if W::BOOKS {
            self.witness.written(out.len());
        }
    }

    /// Appends what a list needs at its end, and its beginning when no record left.
    pub fn close(&mut self, out: &mut Vec<u8>) {
        if self.tally.released == 0 {
            open(&self.plan, self.form, out);
        }
        if brackets(&self.plan, self.form) {
            out.push(b']');
        }
    }
}

/// Whether the array's brackets are written here: those of a JSON text stand in its envelope.
fn brackets(plan: &Plan, form: Form) -> bool {
    form == Form::Json && plan.spec().source != Form::Json
}

/// Appends what a list needs before its first record.
#[cold]
fn open(plan: &Plan, form: Form, out: &mut Vec<u8>) {
    if brackets(plan, form) {
        out.push(b'[');
    }
    if form == Form::Csv {
        let start = out.len();
        header(plan, &plan.layout.places, &mut true, out);
        write::end(start, out);
    }
}

/// Appends the names of the fields that leave, in the order in which their values will.
fn header(plan: &Plan, places: &[Place], first: &mut bool, out: &mut Vec<u8>) {
    for place in places {
        match &place.what {
            What::Group { members, .. } => header(plan, members, first, out),
            What::List(_) => {}
            What::Field { field, .. } => {
                if !std::mem::take(first) {
                    out.push(b',');
                }
                write::name(&plan.spec().fields[*field].path.to_string(), out);
            }
        }
    }
}
