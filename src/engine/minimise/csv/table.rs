//! A table: its header row is compared with the plan's columns, and each row is handed on as a record of texts.
//!
//! A cell is a text, whatever it looks like; a cell of nothing is an absent field. Nothing of a row is handed on before all
//! of it has been validated.

use std::borrow::Cow;

use super::super::fault::FaultKind;
use super::super::outlet::Outlet;
use super::super::plan::Plan;
use super::super::record::slot::{Kind, Slot};
use super::super::stops::{Kernel, Lookout};
use super::super::tree::NodeId;
use super::super::witness::Witness;
use super::scan::{Cell, Scanner};
use crate::engine::ids::Part;

/// Reads the rows of one body.
pub(in super::super) struct Table {
    /// Cuts rows.
    pub scanner: Scanner,
    /// Finds where cells end.
    pub lookout: Lookout,
    headed: bool,
    /// A row in which quotes are doubled, and after it the texts of such cells.
    record: Vec<u8>,
    slots: Vec<Slot>,
}

impl Table {
    /// A table of so many columns, before its header row.
    pub fn new(columns: usize) -> Self {
        let (scanner, lookout) = (Scanner::new(columns), Lookout::new(b',', Kernel::fastest()));
        Self { scanner, lookout, headed: false, record: Vec::new(), slots: Vec::new() }
    }

    /// Whether the header row has been met.
    pub fn is_headed(&self) -> bool {
        self.headed
    }

    /// What a fault that the scanner found in this row is: a header with cells too many is another header.
    pub fn fault(&self, kind: FaultKind) -> FaultKind {
        let full = self.scanner.is_full();
        if !self.headed && full { FaultKind::ShapeUnexpected } else { kind }
    }

    /// Takes a row that the scanner has cut.
    ///
    /// # Errors
    /// What is wrong, and the bytes of the row before it.
    pub fn row<W: Witness>(&mut self, row: &[u8], outlet: &mut Outlet<W>, out: &mut Vec<u8>) -> Result<(), (FaultKind, usize)> {
        let row = std::str::from_utf8(row).map_err(|error| (FaultKind::Malformed, error.valid_up_to()))?;
        if !self.headed {
            self.headed = true;
            return self.header(row, &outlet.plan.spec().columns);
        }
        let columns = outlet.plan.columns.len();
        // A blank line is a row of one cell of nothing, or none at all: nobody can tell.
        let blank = self.scanner.cells.len() == 1 && self.scanner.cells[0].is_nothing();
        if blank || self.scanner.cells.len() != columns {
            return Err((FaultKind::Malformed, 0));
        }
        self.gather(row, &outlet.plan);
        let record = if self.record.is_empty() { row.as_bytes() } else { &self.record };
        if u32::try_from(record.len()).is_err() {
            return Err((FaultKind::RecordTooLarge, 0));
        }
        if W::WATCHES {
            tell(&self.scanner.cells, &outlet.plan, &mut outlet.witness);
        }
        outlet.record(record, &self.slots, out);
        Ok(())
    }

    fn header(&self, row: &str, columns: &[Box<str>]) -> Result<(), (FaultKind, usize)> {
        let cells = &self.scanner.cells;
        let same = cells.len() == columns.len() && cells.iter().zip(columns).all(|(cell, name)| *content(row, *cell) == **name);
        if same { Ok(()) } else { Err((FaultKind::ShapeUnexpected, 0)) }
    }

    /// Notes where the cells stand that the plan wants: in the row, or where it has doubled quotes, in a copy of it with the texts
    /// of such cells behind it.
    fn gather(&mut self, row: &str, plan: &Plan) {
        let Self { scanner, record, slots, .. } = self;
        record.clear();
        slots.clear();
        slots.resize(plan.tree.slots(), Slot::default());
        for (cell, &slot) in scanner.cells.iter().zip(&plan.columns) {
            let Some(slot) = slots.get_mut(slot as usize).filter(|_| !cell.is_nothing()) else { continue };
            let quote = usize::from(cell.quoted);
            let (start, end) = (cell.start + quote, cell.end - quote);
            *slot = if cell.doubled {
                if record.is_empty() {
                    record.extend_from_slice(row.as_bytes());
                }
                let start = record.len();
                record.extend_from_slice(content(row, *cell).as_bytes());
                Slot::new(start, record.len(), Kind::Cell)
            } else {
                Slot::new(start, end, Kind::Cell)
            };
        }
    }
}

/// The text of a cell.
fn content(row: &str, cell: Cell) -> Cow<'_, str> {
    let quote = usize::from(cell.quoted);
    let text = row.get(cell.start + quote..cell.end - quote).unwrap_or_default();
    if cell.doubled { text.replace("\"\"", "\"").into() } else { text.into() }
}

/// Tells a witness which cells no rule names.
fn tell<W: Witness>(cells: &[Cell], plan: &Plan, witness: &mut W) {
    for (cell, column) in cells.iter().zip(&plan.spec().columns) {
        if !cell.is_nothing() && !plan.ruled(plan.tree.member(NodeId::ROOT, column.as_bytes())) {
            witness.unnamed(&[Part::Member(column.clone())]);
        }
    }
}
