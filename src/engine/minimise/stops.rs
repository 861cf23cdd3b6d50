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

/// Finds the stops of one slice after another. Reused, so that it allocates nothing.
#[derive(Debug)]
pub(super) struct Lookout {
    /// How they are found.
    pub kernel: Kernel,
    other: u8,
    words: Vec<u64>,
}

/// The stops of one slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stops<'w>(&'w [u64]);

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
        self.words.push(u64::MAX);
        self.all()
    }

    /// Those of the slice that was looked at last.
    #[inline]
    pub fn all(&self) -> Stops<'_> {
        Stops(&self.words)
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

impl Stops<'_> {
    /// The first stop at or after a place. Behind the end of the slice, where the slice has none.
    #[inline(always)]
    pub fn next(self, at: usize) -> usize {
        let (block, bit) = (at / BLOCK, at % BLOCK);
        // Two words side by side, so that it does not matter where in its block a string begins.
        let Some(&[word, following]) = self.0.get(block..block + 2).and_then(|two| two.first_chunk()) else { return at };
        let window = ((u128::from(following) << BLOCK | u128::from(word)) >> bit) as u64;
        if window != 0 { at + window.trailing_zeros() as usize } else { self.far(block + 1) }
    }

    /// The first stop in or after a block.
    #[cold]
    #[inline(never)]
    fn far(self, block: usize) -> usize {
        let rest = self.0.get(block..).unwrap_or_default();
        let found = rest.iter().position(|word| *word != 0);
        found.map_or(usize::MAX, |behind| (block + behind) * BLOCK + rest[behind].trailing_zeros() as usize)
    }
}
