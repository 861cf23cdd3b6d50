//! Finds where a row of CSV ends and where its cells stand, byte by byte, across as many slices as it takes.
//!
//! The grammar is that of RFC 4180 section 2 and nothing more: no quote inside a bare cell, nothing between a closing quote
//! and the comma, no control character but line breaks inside quotes. Every verdict is a function of the bytes alone.

use super::super::fault::FaultKind;
use super::super::stops::Stops;

/// One cell, relative to the row's first byte, quotes included.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Cell {
    /// Its first byte.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// Whether it stands in quotes.
    pub quoted: bool,
    /// Whether a quote stands in it, written as two.
    pub doubled: bool,
}

impl Cell {
    /// A cell of nothing: no quotes, no bytes.
    pub fn is_nothing(self) -> bool {
        !self.quoted && self.start == self.end
    }
}

/// Reads rows.
#[derive(Debug)]
pub(in super::super) struct Scanner {
    /// The cells of the row so far.
    pub cells: Vec<Cell>,
    cells_max: usize,
    start: usize,
    quoted: bool,
    doubled: bool,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// Between quotes.
    Quoted,
    /// After a quote that ends the cell, unless another one follows.
    Quote,
    /// After a carriage return that ends the row, when a line feed follows.
    Return,
}

impl Scanner {
    /// At the beginning of a row of so many cells at the most.
    pub fn new(cells_max: usize) -> Self {
        Self { cells: Vec::with_capacity(cells_max), cells_max, start: 0, quoted: false, doubled: false, place: Place::Start }
    }

    /// Whether the row has as many cells as it may.
    pub fn is_full(&self) -> bool {
        self.cells.len() == self.cells_max
    }

    /// Goes to the beginning of the next row.
    pub fn next_row(&mut self) {
        self.cells.clear();
        self.begin(0);
    }

    /// Reads on from a place in bytes whose stops are known, in a row of which `carried` bytes stand elsewhere. The place after the
    /// row's line break; `None` where it goes on.
    ///
    /// # Errors
    /// What is wrong, and its place.
    pub fn advance(
        &mut self,
        bytes: &[u8],
        stops: Stops<'_>,
        from: usize,
        carried: usize,
    ) -> Result<Option<usize>, (FaultKind, usize)> {
        let mut at = from;
        let in_row = |at: usize| carried + at - from;
        while let Some(&byte) = bytes.get(at) {
            // Most cells are of plain characters and end with a comma: they are cut without a look at what they hold.
            if self.place == Place::Start {
                let stop = stops.next(at);
                if bytes.get(stop) == Some(&b',') {
                    self.close(in_row(stop)).map_err(|kind| (kind, stop))?;
                    self.begin(in_row(stop) + 1);
                    at = stop + 1;
                    continue;
                }
            }
            self.place = match (self.place, byte) {
                (Place::Start, b'"') => {
                    self.quoted = true;
                    Place::Quoted
                }
                (Place::Start | Place::Bare, _) if is_plain(byte) => {
                    at = run(bytes, stops, at + 1, is_plain) - 1;
                    Place::Bare
                }
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Quoted, _) if is_quotable(byte) => {
                    at = run(bytes, stops, at + 1, is_quotable) - 1;
                    Place::Quoted
                }
                (Place::Quote, b'"') => {
                    self.doubled = true;
                    Place::Quoted
                }
                (Place::Start | Place::Bare | Place::Quote, b',') => {
                    self.close(in_row(at)).map_err(|kind| (kind, at))?;
                    self.begin(in_row(at) + 1);
                    Place::Start
                }
                (Place::Start | Place::Bare | Place::Quote, b'\r') => Place::Return,
                (Place::Start | Place::Bare | Place::Quote, b'\n') => {
                    return self.close(in_row(at)).map(|()| Some(at + 1)).map_err(|kind| (kind, at));
                }
                (Place::Return, b'\n') => {
                    return self.close(in_row(at) - 1).map(|()| Some(at + 1)).map_err(|kind| (kind, at));
                }
                _ => return Err((FaultKind::Malformed, at)),
            };
            at += 1;
        }
        Ok(None)
    }

    /// Ends a row of `length` bytes that has no line break, because the body ends.
    ///
    /// # Errors
    /// `Malformed` for an open quote, and for a carriage return alone.
    pub fn finish(&mut self, length: usize) -> Result<(), FaultKind> {
        match self.place {
            Place::Quoted | Place::Return => Err(FaultKind::Malformed),
            Place::Start | Place::Bare | Place::Quote => self.close(length),
        }
    }

    fn begin(&mut self, start: usize) {
        (self.start, self.quoted, self.doubled, self.place) = (start, false, false, Place::Start);
    }

    /// Notes a cell; one too many makes the row ragged, before it takes memory.
    fn close(&mut self, end: usize) -> Result<(), FaultKind> {
        if self.is_full() {
            return Err(FaultKind::Malformed);
        }
        self.cells.push(Cell { start: self.start, end, quoted: self.quoted, doubled: self.doubled });
        Ok(())
    }
}

/// Where the run from a place on ends.
#[inline]
fn run(bytes: &[u8], stops: Stops<'_>, from: usize, belongs: fn(u8) -> bool) -> usize {
    let mut at = from;
    loop {
        at = stops.next(at).min(bytes.len());
        match bytes.get(at) {
            Some(byte) if belongs(*byte) => at += 1,
            _ => return at,
        }
    }
}

/// RFC 4180 `TEXTDATA`, and what is beyond ASCII: whether that is UTF-8 is looked at when the row is whole.
fn is_plain(byte: u8) -> bool {
    !byte.is_ascii_control() && !matches!(byte, b'"' | b',')
}

/// What may stand between quotes, but for quotes.
fn is_quotable(byte: u8) -> bool {
    is_plain(byte) || matches!(byte, b',' | b'\r' | b'\n')
}
