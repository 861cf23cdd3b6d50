//! Where runs of plain characters end, for a whole slice at once: one bit a byte.
//!
//! Most bytes of a list stand inside strings or cells, and almost all of those are printable ASCII. Looking for the end of one
//! byte by byte, or word by word, costs a mispredicted branch each time; a bit that is there already costs a shift. The bits
//! are found by vector instructions where the processor has them. They say where to look and decide nothing: what stands at
//! a stop is judged by the reader of the form.

mod kernel;

pub use kernel::Kernel;

/// Bytes that are looked at together: so few that they and their stops stay in a core's near cache.
pub(super) const PIECE: usize = 64 << 10;

/// Bytes that one word of bits tells of.
const BLOCK: usize = 64;

/// The bits of one block, the first byte's lowest. As bytes, because a reader begins at any of them.
type Word = [u8; BLOCK / 8];

/// Finds the stops of one slice after another. Reused, so that it allocates nothing.
#[derive(Debug)]
pub(super) struct Lookout {
    /// How they are found.
    pub kernel: Kernel,
    other: u8,
    words: Vec<Word>,
}

/// The stops of one slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stops<'w>(&'w [u8]);

impl Lookout {
    /// Finds quotes, this other byte of ASCII, and all that is not printable ASCII.
    pub fn new(other: u8, kernel: Kernel) -> Self {
        Self { kernel, other, words: Vec::new() }
    }

    /// Finds the stops of a slice, and forgets those of the one before.
    pub fn look(&mut self, bytes: &[u8]) -> Stops<'_> {
        self.words.clear();
        self.words.reserve(bytes.len() / BLOCK + 3);
        let (blocks, tail) = bytes.as_chunks::<BLOCK>();
        self.kernel.stops(blocks, self.other, &mut self.words);
        // Behind the end everything stops, so that a run which reaches it ends there.
        let mut last = [0; BLOCK];
        last[..tail.len()].copy_from_slice(tail);
        self.kernel.stops(&[last], self.other, &mut self.words);
        self.words.push([u8::MAX; size_of::<Word>()]);
        self.all()
    }

    /// Those of the slice that was looked at last.
    #[inline]
    pub fn all(&self) -> Stops<'_> {
        Stops(self.words.as_flattened())
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        self.words.capacity() * size_of::<Word>()
    }
}

impl Stops<'_> {
    /// The first stop at or after a place. Behind the end of the slice, where the slice has none.
    #[inline(always)]
    pub fn next(self, at: usize) -> usize {
        // Wherever in its block a string begins, the bits of fifty-seven bytes are one load away.
        let Some(bits) = self.bits(at / 8) else { return at };
        let window = bits >> (at % 8);
        if window != 0 { at + window.trailing_zeros() as usize } else { self.far(at / 8 + size_of::<Word>()) }
    }

    /// Sixty-four bits, from a byte on.
    #[inline(always)]
    fn bits(self, byte: usize) -> Option<u64> {
        Some(u64::from_le_bytes(*self.0.get(byte..byte + size_of::<Word>())?.first_chunk()?))
    }

    /// The first stop that a byte of the bits, or one behind it, tells of.
    #[cold]
    #[inline(never)]
    fn far(self, mut byte: usize) -> usize {
        while let Some(bits) = self.bits(byte) {
            if bits != 0 {
                return byte * 8 + bits.trailing_zeros() as usize;
            }
            byte += size_of::<Word>();
        }
        // What is left is the end of the last word, where everything stops; or nothing.
        if byte < self.0.len() { byte * 8 } else { usize::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_stop_is_found_from_every_place() {
        let gaps = [0, 1, 7, 8, 55, 56, 57, 58, 62, 63, 64, 65, 66, 120, 128, 129, 200];
        let mut bytes = Vec::new();
        for (at, gap) in gaps.iter().chain(gaps.iter().rev()).enumerate() {
            bytes.resize(bytes.len() + gap, b'a');
            bytes.push(if at % 2 == 0 { b'"' } else { b'\\' });
        }
        let mut lookout = Lookout::new(b'\\', Kernel::fastest());
        let step = if cfg!(miri) { 61 } else { 1 };
        for length in (0..=bytes.len()).step_by(step) {
            let slice = &bytes[..length];
            let stops = lookout.look(slice);
            for at in (0..=length).step_by(step) {
                let behind = slice[at..].iter().position(|byte| *byte != b'a').map_or(length, |behind| at + behind);
                assert_eq!(stops.next(at), behind, "from {at} of {length}");
            }
            assert!(stops.next(length + 1) > length && stops.next(length + 1000) > length);
        }
    }
}
