//! Base64 (RFC 4648, section 4), the one spelling of bytes in all of C2SP's documents.
//!
//! Never reads two texts as the same bytes: `data-encoding` also decodes padded pieces one behind the other.

use data_encoding::BASE64;

/// Writes the bytes, padded.
pub(super) fn spell(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Reads what [`spell`] writes, and no other spelling.
pub(super) fn parse(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok().filter(|bytes| spell(bytes) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_spelling() {
        assert_eq!(parse("TWE="), Some(b"Ma".to_vec()));
        for other in ["TWF=", "TWE", "TWE=TWE=", "TQ==TQ==", "TWE=\n", " TWE=", "TWE==", "T-E=", "="] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
