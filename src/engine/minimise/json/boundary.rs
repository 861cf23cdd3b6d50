//! Finds where a token or a container ends, byte by byte, across as many slices as it takes.
//!
//! Used for what a chunk boundary cut in two, so that no byte is looked at again for every chunk. It validates nothing:
//! what it finds is then read by the cursor. For bytes that are valid JSON the two agree about the end, and for bytes
//! that are not, the cursor faults at or before the end that this finds.

/// The state between two slices.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Boundary {
    depth: u64,
    place: Place,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Before the first byte.
    #[default]
    Start,
    /// Inside a container, outside a string.
    Between,
    /// Inside a number or a word that is the whole token.
    Bare,
    /// Inside a string.
    Text,
    /// After a backslash.
    Escape,
}

/// Where a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct End {
    /// Bytes of the slice that belong to the token.
    pub own: usize,
    /// Bytes of the slice that must be read to know it: one more for a number or a word.
    pub seen: usize,
}

/// Whether a number or a word may stand before this byte.
pub(in super::super) fn ends_bare(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t')
}

impl Boundary {
    /// The state behind bytes that hold no end.
    pub fn behind(slice: &[u8]) -> Self {
        let mut boundary = Self::default();
        boundary.advance(slice);
        boundary
    }

    /// Reads on. `None` where the slice holds no end.
    pub fn advance(&mut self, slice: &[u8]) -> Option<End> {
        let mut at = 0;
        while at < slice.len() {
            if self.place == Place::Text {
                at += memchr::memchr2(b'"', b'\\', &slice[at..])?;
            }
            if let Some(end) = self.step(slice[at], at) {
                return Some(end);
            }
            at += 1;
        }
        None
    }

    fn step(&mut self, byte: u8, at: usize) -> Option<End> {
        match (self.place, byte) {
            (Place::Escape, _) => self.place = Place::Text,
            (Place::Text, b'\\') => self.place = Place::Escape,
            (Place::Text, _) => return self.close(at),
            (Place::Bare, byte) if ends_bare(byte) => return Some(End { own: at, seen: at + 1 }),
            (Place::Bare, _) => {}
            (_, b'"') => self.place = Place::Text,
            (_, b'{' | b'[') => {
                self.depth += 1;
                self.place = Place::Between;
            }
            (Place::Between, b'}' | b']') => {
                self.depth -= 1;
                return self.close(at);
            }
            (Place::Between, _) => {}
            (Place::Start, _) => self.place = Place::Bare,
        }
        None
    }

    /// A string or a container ended at this byte, and with it the whole when nothing is open around it.
    fn close(&mut self, at: usize) -> Option<End> {
        self.place = Place::Between;
        (self.depth == 0).then_some(End { own: at + 1, seen: at + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Option<(usize, usize)> {
        let whole = Boundary::default().advance(text.as_bytes()).map(|end| (end.own, end.seen));
        let mut boundary = Boundary::default();
        let bytewise = (0..text.len()).find_map(|at| {
            let end = boundary.advance(&text.as_bytes()[at..=at])?;
            Some((at + end.own, at + end.seen))
        });
        assert_eq!(whole, bytewise, "{text}");
        whole
    }

    #[test]
    fn ends_are_found_whatever_the_slices() {
        assert_eq!(ends(r#"{"a":"}\"}"},{"#), Some((12, 12)));
        assert_eq!(ends(r#"[[1],{"]":2}] "#), Some((13, 13)));
        assert_eq!(ends(r#""a\\","#), Some((5, 5)));
        assert_eq!(ends("12.5e3,"), Some((6, 7)));
        assert_eq!(ends("null}"), Some((4, 5)));
        assert_eq!(ends("12"), None);
        assert_eq!(ends("{\"a"), None);
    }
}
