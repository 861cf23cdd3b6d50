//! How what is not offered is refused, and how a hidden field is noticed among the words that were sent.
//!
//! What touches a hidden field is answered like anything else: the reason is for the operator's books.

use super::Offer;
use crate::engine::ids::FieldPath;
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};

/// Characters of a campaign's own words that an answer repeats.
const QUOTED_CHARS_MAX: usize = 60;

impl Offer {
    /// A refusal. Only the reason differs, for the operator: what touches a hidden field is refused like anything else.
    #[must_use]
    pub fn refuse(&self, touched: &str, sentence: String) -> Rejection {
        Rejection::with_hint(self.reason_for(touched), Hint::Sentence(sentence))
    }

    /// The same refusal, by all the words among which its cause stood: what was refused first may stand before a hidden field.
    #[must_use]
    pub fn refuse_among(&self, touched: &str, refused: Rejection) -> Rejection {
        match refused.hint() {
            Hint::Sentence(sentence) if refused.reason() == Reason::QueryNotAllowed => self.refuse(touched, sentence.clone()),
            _ => refused,
        }
    }

    /// Whether anything in these words could name a hidden field.
    fn reason_for(&self, text: &str) -> Reason {
        let last = |path: &FieldPath| path.members().next_back().map(str::to_ascii_lowercase);
        let hidden: Vec<_> = self.hidden.iter().filter_map(last).collect();
        // `filter[religion][_eq]`, `UPPER(religion)`, `-religion`; `religion__exact`; `Special_Category.religion`.
        let text = text.to_ascii_lowercase();
        let names = |word: &str| hidden.iter().any(|name| word == name || ends_with_name(name, word));
        let touched = words(&text).any(|word| names(word) || word.split("__").any(names));
        if touched { Reason::QueryOnHiddenField } else { Reason::QueryNotAllowed }
    }
}

/// A refusal that touches no field.
#[must_use]
pub fn refuse(sentence: String) -> Rejection {
    Rejection::with_hint(Reason::QueryNotAllowed, Hint::Sentence(sentence))
}

/// What an answer repeats of a campaign's own words.
#[must_use]
pub fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(QUOTED_CHARS_MAX).collect()
}

/// Where a field's own name holds a dot (`Special_Category.religion`), its last part is as telling.
fn ends_with_name(name: &str, word: &str) -> bool {
    !word.is_empty() && name.rsplit('.').next() == Some(word)
}

/// The words in which a hidden field could be named.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}
