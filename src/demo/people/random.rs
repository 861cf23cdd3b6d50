//! A small generator of repeatable numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
//!
//! The same seed gives the same numbers on every machine and in every version. It makes synthetic people
//! and nothing else: it is no source of secrets.

/// The increment of SplitMix64: 2^64 divided by the golden ratio, made odd.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of repeatable numbers.
pub(super) struct Random(u64);

impl Random {
    /// The stream for one member: independent of how many members are made, and in which order.
    pub(super) fn for_member(seed: u64, number: u64) -> Self {
        let mut mixer = Self(seed);
        let base = mixer.next();
        Self(base ^ number.wrapping_mul(GAMMA).rotate_left(17))
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `end` (at least 1); by multiplication, whose bias is below `end` in 2^32.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let product = u64::from(end) * (self.next() >> 32);
        u32::try_from(product >> 32).unwrap_or(0)
    }

    /// Whether an event of this probability, in percent, happens.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of the values, each as likely as the other. The list is not empty.
    pub(super) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(u32::try_from(values.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// One of the values, by weight. The list is not empty and its weights are not all 0.
    pub(super) fn weighted<T: Copy>(&mut self, values: &[(u32, T)]) -> T {
        let mut left = self.below(values.iter().map(|&(weight, _)| weight).sum());
        for &(weight, value) in values {
            if left < weight {
                return value;
            }
            left -= weight;
        }
        values[values.len() - 1].1
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn gives_the_published_numbers() {
        let mut random = Random(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(expected.map(|_| random.next()), expected);
    }

    #[test]
    fn stays_below_the_end() {
        let mut random = Random(7);
        assert!((0..10_000).all(|_| random.below(7) < 7));
        assert_eq!(random.below(1), 0);
    }
}
