//! Cursors: a position in a pull, sealed so that only this proxy can read it, and only for whom it was made.

/// The key under which one campaign's cursors are sealed.
#[derive(Debug)]
pub struct CursorKey {}
