//! Masking: the end of a text stays readable, so that a person can confirm what they know.
//!
//! Never shows more than the rule's characters, and none of a text that has no more.

use std::num::NonZeroU32;

use super::super::json::text;

/// Appends the text with all but its last characters as `*`.
pub(in super::super) fn mask(plain: &str, last: NonZeroU32, out: &mut Vec<u8>) {
    let characters = plain.chars().count();
    let shown = if characters > last.get() as usize { last.get() as usize } else { 0 };
    let hidden = characters - shown;
    let masked: String = plain.chars().enumerate().map(|(at, character)| if at < hidden { '*' } else { character }).collect();
    text::write(&masked, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(plain: &str, last: u32) -> String {
        let mut out = Vec::new();
        mask(plain, NonZeroU32::new(last).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_texts_show_nothing() {
        assert_eq!(masked("07700900123", 4), r#""*******0123""#);
        assert_eq!(masked("0123", 4), r#""****""#);
        assert_eq!(masked("É\"é", 1), r#""**é""#);
        assert_eq!(masked("", 1), r#""""#);
    }
}
