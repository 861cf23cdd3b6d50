//! A table: its header row is compared with the plan's columns, and each row is handed on as a record of texts.
//!
//! A cell is a text, whatever it looks like; a cell of nothing is an absent field. Nothing of a row is handed on before all
//! of it has been validated.

use super::super::fault::FaultKind;
use super::super::json::text;
use super::super::outlet::Outlet;
use super::super::plan::Plan;
use super::super::record::slot::{Kind, Slot};
use super::super::tree::{NO_SLOT, NodeId};
use super::super::witness::Witness;
use super::scan::{Cell, Scanner};
use crate::engine::ids::Part;

/// Reads the rows of one body.
pub(in super::super) struct Table {
    /// Cuts rows.
    pub scanner: Scanner,
    headed: bool,
    /// The wanted cells of a row as JSON strings, and where they stand: what the outlet takes as a record.
    record: Vec<u8>,
    slots: Vec<Slot>,
}

impl Table {
    /// A table of so many columns, before its header row.
    pub fn new(columns: usize) -> Self {
        Self { scanner: Scanner::new(columns), headed: false, record: Vec::new(), slots: Vec::new() }
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
        if u32::try_from(self.record.len()).is_err() {
            return Err((FaultKind::RecordTooLarge, 0));
        }
        if W::WATCHES {
            tell(&self.scanner.cells, &outlet.plan, &mut outlet.witness);
        }
        outlet.record(&self.record, &self.slots, out);
        Ok(())
    }

    fn header(&self, row: &str, columns: &[Box<str>]) -> Result<(), (FaultKind, usize)> {
        let cells = &self.scanner.cells;
        let same = cells.len() == columns.len() && cells.iter().zip(columns).all(|(cell, name)| *content(row, *cell) == **name);
        if same { Ok(()) } else { Err((FaultKind::ShapeUnexpected, 0)) }
    }

    /// Copies the cells that the plan wants.
    fn gather(&mut self, row: &str, plan: &Plan) {
        self.record.clear();
        self.slots.clear();
        self.slots.resize(plan.tree.slots(), Slot::default());
        for (cell, &slot) in self.scanner.cells.iter().zip(&plan.columns) {
            if slot != NO_SLOT && !cell.is_nothing() {
                let start = self.record.len();
                let kind = spell(row, *cell, &mut self.record);
                // Offsets that do not fit make a record that is refused.
                self.slots[slot as usize] = Slot { start: start as u32, end: self.record.len() as u32, kind };
            }
        }
    }
}

/// The text of a cell.
fn content(row: &str, cell: Cell) -> std::borrow::Cow<'_, str> {
    let text = row.get(cell.start..cell.end).unwrap_or_default();
    if !cell.quoted {
        return text.into();
    }
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    if inner.contains('"') { inner.replace("\"\"", "\"").into() } else { inner.into() }
}

/// Appends the text of a cell as a JSON string.
fn spell(row: &str, cell: Cell, record: &mut Vec<u8>) -> Kind {
    let text = content(row, cell);
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\') || byte < b' ') {
        text::write(&text, record);
        return Kind::Escaped;
    }
    record.push(b'"');
    record.extend_from_slice(text.as_bytes());
    record.push(b'"');
    Kind::Plain
}

/// Tells a witness which cells no rule names.
fn tell<W: Witness>(cells: &[Cell], plan: &Plan, witness: &mut W) {
    for (cell, column) in cells.iter().zip(&plan.spec().columns) {
        if !cell.is_nothing() && !plan.ruled(plan.tree.member(NodeId::ROOT, column.as_bytes())) {
            witness.unnamed(&[Part::Member(column.clone())]);
        }
    }
}
