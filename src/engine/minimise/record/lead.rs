//! What stands before a value in a shape: the comma, white space, the name with its quotes, the colon; and how it is compared.

/// Bytes that are compared at once.
const HEAD: usize = 32;

/// A spelling that is looked for. Aligned as vectors are, so that comparing with it needs no loads of its own.
#[derive(Debug)]
#[repr(align(16))]
pub(super) struct Lead {
    /// Its first bytes, and zeros.
    head: [u64; HEAD / 8],
    /// All ones where `head` has a byte of the spelling.
    mask: [u64; HEAD / 8],
    spelling: Box<[u8]>,
}

impl Lead {
    /// A lead of this spelling.
    pub fn new(spelling: &[u8]) -> Self {
        let own = if spelling.len() <= HEAD { spelling.len() } else { 0 };
        let (mut head, mut mask) = ([0; HEAD], [0; HEAD]);
        head[..own].copy_from_slice(&spelling[..own]);
        mask[..own].fill(u8::MAX);
        // A long one is never found so: what is masked out is zero.
        head[HEAD - 1] |= u8::from(spelling.len() > HEAD);
        Self { head: words(&head), mask: words(&mask), spelling: spelling.into() }
    }

    /// The same, behind a comma.
    pub fn behind_a_comma(&self) -> Self {
        Self::new(&[b",", &*self.spelling].concat())
    }

    /// Its length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.spelling.len()
    }

    /// Whether it stands at this place. Names differ in length from one to the next, and a branch for each length is one that no
    /// processor can guess: so all but the long ones are compared as if they were as long.
    #[inline]
    pub fn stands(&self, bytes: &[u8], at: usize) -> bool {
        if let Some(first) = bytes.get(at..).and_then(|bytes| bytes.first_chunk()) {
            let [a, b, c, d] = words(first);
            let [e, f, g, h] = self.head;
            let [i, j, k, l] = self.mask;
            if (a & i ^ e) | (b & j ^ f) | (c & k ^ g) | (d & l ^ h) == 0 {
                return true;
            }
        }
        self.stands_after_all(bytes, at)
    }

    #[cold]
    #[inline(never)]
    fn stands_after_all(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at..).is_some_and(|bytes| bytes.starts_with(&self.spelling))
    }
}

#[inline]
fn words(bytes: &[u8; HEAD]) -> [u64; HEAD / 8] {
    let (words, _) = bytes.as_chunks();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]))
}

#[cfg(test)]
mod tests {
    use super::Lead;

    #[test]
    fn a_lead_is_compared_to_its_last_byte() {
        let text = b",\"parliamentary_constituency_code_of_2024\" : 7 and what follows it in the record";
        for length in 0..48 {
            let mut lead = text[..length].to_vec();
            assert!(Lead::new(&lead).stands(text, 0) && Lead::new(&lead).stands(&lead, 0), "{length}");
            for place in 0..length {
                lead[place] ^= 1;
                assert!(!Lead::new(&lead).stands(text, 0), "{length} {place}");
                lead[place] ^= 1;
            }
        }
        assert!(!Lead::new(b"\"a\":").stands(b"\"a\"", 0));
    }
}
