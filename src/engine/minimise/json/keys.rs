//! The names of an object's members, kept until the object closes, to find one that stands twice.
//!
//! Sorting names finds a repeated one in `n log n` comparisons whatever an adversary chose as names: there is no hash
//! to collide, and no randomness is needed. Memory is bounded by the record's own bytes.

/// The names of all open objects, the innermost last.
#[derive(Default)]
pub(in super::super) struct Keys {
    text: Vec<u8>,
    spans: Vec<(u32, u32)>,
}

/// Where an object's names begin.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Mark {
    text: usize,
    spans: usize,
}

impl Keys {
    /// Forgets every name.
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Begins an object.
    pub fn open(&self) -> Mark {
        Mark { text: self.text.len(), spans: self.spans.len() }
    }

    /// Adds a name, unescaped, to the innermost object.
    pub fn push(&mut self, name: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(name);
        self.spans.push((bounded(start), bounded(self.text.len())));
    }

    /// Ends the object that `mark` began; whether its names are all different.
    pub fn close(&mut self, mark: Mark) -> bool {
        let Self { text, spans } = self;
        let name = |&(start, end): &(u32, u32)| &text[start as usize..end as usize];
        let own = &mut spans[mark.spans..];
        own.sort_unstable_by(|a, b| name(a).cmp(name(b)));
        let distinct = own.windows(2).all(|pair| name(&pair[0]) != name(&pair[1]));
        text.truncate(mark.text);
        spans.truncate(mark.spans);
        distinct
    }
}

/// Offsets fit: a plan's record bound is below 4 GiB.
fn bounded(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
