//! The buffers of one stream: what has left is used again for what will, so that a list of any length takes the same few.
//!
//! Never holds on to more than a stream has on its way at once, and nothing after its end.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Buffers that wait to be used again, at the most: what waits, what is being entered, and what leaves.
const SPARE_MAX: usize = 48;

/// The spare buffers of one stream.
#[derive(Clone, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// Bytes on their way, whose buffer comes back.
struct Borrowed {
    bytes: Vec<u8>,
    home: Buffers,
}

impl Buffers {
    /// An empty buffer of at least this capacity, in bytes.
    pub fn take(&self, capacity: usize) -> Vec<u8> {
        self.spare(Vec::pop).unwrap_or_else(|| Vec::with_capacity(capacity))
    }

    /// Bytes that leave; their buffer comes back when they have.
    pub fn lend(&self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Borrowed { bytes, home: self.clone() })
    }

    /// A buffer is whole or not there, so a panic elsewhere cannot have left half of one.
    fn spare<T>(&self, with: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AsRef<[u8]> for Borrowed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.home.spare(|spare| {
            if spare.len() < SPARE_MAX {
                spare.push(bytes);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_the_last_of_its_bytes_has_left() {
        let buffers = Buffers::default();
        let mut first = buffers.take(1000);
        first.extend_from_slice(b"abc");
        let at = first.as_ptr();
        let whole = buffers.lend(first);
        let part = whole.slice(1..);
        drop(whole);
        let other = buffers.take(10);
        assert_ne!(other.as_ptr(), at, "a part of it is still on its way");
        assert_eq!(&part[..], b"bc");
        drop(part);
        let again = buffers.take(10);
        assert!(again.is_empty() && again.as_ptr() == at && again.capacity() >= 1000);
    }
}
