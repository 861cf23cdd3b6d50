//! The one place where this crate speaks of processors: the bits of [`Stops`](super::Stops), sixty-four bytes at a time.
//!
//! Every kernel gives the bits that [`is_stop`] defines; tests and a fuzz target hold each to that. The `unsafe` here is of two
//! kinds: calling a function that was compiled for instructions which this processor was asked for and has, and loading a
//! vector from an array of its size. No pointer outlives its line, and no length is computed.

use super::{BLOCK, Word};

/// A way of finding stops that this processor has: no other can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Way);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Eight bytes at a time, in any processor's general registers.
    Words,
    /// SSE2, which every x86-64 has.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with byte operations.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Whether a byte ends a run of plain characters: whatever is not printable ASCII, quotes, and one other.
#[cfg(test)]
const fn is_stop(byte: u8, other: u8) -> bool {
    !matches!(byte, b' '..=b'~') || byte == b'"' || byte == other
}

impl Kernel {
    /// The fastest that this processor has.
    #[must_use]
    pub fn fastest() -> Self {
        Self::all().last().copied().unwrap_or(Self(Way::Words))
    }

    /// Those that this processor has, from the plainest to the fastest.
    #[must_use]
    pub fn all() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        {
            const ALL: [Kernel; 4] = [Kernel(Way::Words), Kernel(Way::Sse2), Kernel(Way::Avx2), Kernel(Way::Avx512)];
            let avx2 = std::arch::is_x86_feature_detected!("avx2");
            let avx512 = std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512bw");
            match (avx2, avx512) {
                (true, true) => &ALL,
                (true, false) => &ALL[..3],
                (false, _) => &ALL[..2],
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        &[Self(Way::Words)]
    }

    /// Its name, for benchmarks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Way::Words => "words",
            #[cfg(target_arch = "x86_64")]
            Way::Sse2 => "SSE2",
            #[cfg(target_arch = "x86_64")]
            Way::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Way::Avx512 => "AVX-512",
        }
    }

    /// Appends the bits of each block.
    #[inline]
    pub(super) fn stops(self, blocks: &[[u8; BLOCK]], other: u8, words: &mut Vec<Word>) {
        match self.0 {
            Way::Words => words.extend(blocks.iter().map(|block| in_words(block, other).to_le_bytes())),
            // SAFETY: every x86-64 has them.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Way::Sse2 => unsafe { x86::in_sse2(blocks, other, words) },
            // SAFETY: the variant is named in `all` alone, which gives it out where the processor says that it has AVX2.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Way::Avx2 => unsafe { x86::in_avx2(blocks, other, words) },
            // SAFETY: as above, for AVX-512F and AVX-512BW.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Way::Avx512 => unsafe { x86::in_avx512(blocks, other, words) },
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x80 * ONES;

/// Eight words of eight bytes. Every sum stays inside its byte, so that every bit is exact, not only the lowest (H. S. Warren,
/// Hacker's Delight, section 6-1).
fn in_words(block: &[u8; BLOCK], other: u8) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    let gather = |bits: u64, (at, word): (usize, &[u8; 8])| {
        let plain = plain_bytes(u64::from_le_bytes(*word), other);
        // The multiplication moves the highest bit of each byte next to those of its neighbours.
        let packed = ((!plain & HIGHS) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits | packed << (8 * at)
    };
    words.iter().enumerate().fold(0, gather)
}

/// Marks the highest bit of each byte that is no stop.
fn plain_bytes(word: u64, other: u8) -> u64 {
    let low = word & !HIGHS;
    let differs = |byte: u8| (low ^ (ONES * byte as u64)) + !HIGHS;
    let printable = low + ONES * (0x80 - 0x20);
    printable & differs(b'"') & differs(other) & differs(0x7F) & !word
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86 {
    //! The same in vectors. As signed numbers, control characters and all that is beyond ASCII are less than a space.

    use std::arch::x86_64::*;

    use super::super::{BLOCK, Word};

    const SPACE: i8 = 0x20;
    const QUOTE: i8 = b'"' as i8;
    const DELETE: i8 = 0x7F;

    /// Sixteen bytes at a time.
    #[target_feature(enable = "sse2")]
    pub fn in_sse2(blocks: &[[u8; BLOCK]], other: u8, words: &mut Vec<Word>) {
        let lane = |bytes: &[u8; 16]| {
            // SAFETY: sixteen bytes are there to be read, and the load asks for no alignment.
            let bytes = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
            let unprintable = _mm_cmplt_epi8(bytes, _mm_set1_epi8(SPACE));
            let delete = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(DELETE));
            let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(QUOTE));
            let other = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(other as i8));
            let stops = _mm_or_si128(_mm_or_si128(unprintable, delete), _mm_or_si128(quote, other));
            u64::from(_mm_movemask_epi8(stops) as u16)
        };
        let word = |block: &[u8; BLOCK]| match block.as_chunks().0 {
            [a, b, c, d] => lane(a) | lane(b) << 16 | lane(c) << 32 | lane(d) << 48,
            _ => u64::MAX,
        };
        words.extend(blocks.iter().map(|block| word(block).to_le_bytes()));
    }

    /// Thirty-two bytes at a time.
    #[target_feature(enable = "avx2")]
    pub fn in_avx2(blocks: &[[u8; BLOCK]], other: u8, words: &mut Vec<Word>) {
        let lane = |bytes: &[u8; 32]| {
            // SAFETY: thirty-two bytes are there to be read, and the load asks for no alignment.
            let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
            let unprintable = _mm256_cmpgt_epi8(_mm256_set1_epi8(SPACE), bytes);
            let delete = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(DELETE));
            let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(QUOTE));
            let other = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(other as i8));
            let stops = _mm256_or_si256(_mm256_or_si256(unprintable, delete), _mm256_or_si256(quote, other));
            u64::from(_mm256_movemask_epi8(stops) as u32)
        };
        let word = |block: &[u8; BLOCK]| match block.as_chunks().0 {
            [a, b] => lane(a) | lane(b) << 32,
            _ => u64::MAX,
        };
        words.extend(blocks.iter().map(|block| word(block).to_le_bytes()));
    }

    /// The whole block at once.
    #[target_feature(enable = "avx512f,avx512bw")]
    pub fn in_avx512(blocks: &[[u8; BLOCK]], other: u8, words: &mut Vec<Word>) {
        words.extend(blocks.iter().map(|block| {
            // SAFETY: sixty-four bytes are there to be read, and the load asks for no alignment.
            let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
            let unprintable = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(SPACE));
            let delete = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(DELETE));
            let quote = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(QUOTE));
            let other = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(other as i8));
            (unprintable | delete | quote | other).to_le_bytes()
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Miri, which looks at how memory is read and takes its time, sees some of the bytes and places.
    const STEP: usize = if cfg!(miri) { 9 } else { 1 };

    #[test]
    fn every_kernel_finds_every_stop_at_every_place() {
        for kernel in Kernel::all() {
            for (byte, other) in (0..=u8::MAX).step_by(STEP).flat_map(|byte| [(byte, b'\\'), (byte, b',')]) {
                for place in (0..BLOCK).step_by(STEP) {
                    let mut block = [b'a'; BLOCK];
                    block[place] = byte;
                    // A neighbour that stops, in case bits run over.
                    block[(place + 1) % BLOCK] = b'"';
                    let bit = |at| u64::from(is_stop(block[at], other)) << at;
                    let mut words = Vec::new();
                    kernel.stops(&[block], other, &mut words);
                    assert_eq!(words, [(0..BLOCK).map(bit).sum::<u64>().to_le_bytes()], "{kernel:?} {byte} {place}");
                }
            }
        }
    }
}
