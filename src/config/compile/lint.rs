//! Lint: what is allowed and should be looked at all the same. It only ever warns.

use super::fields::Placed;
use crate::config::notes::Notes;
use crate::config::raw::export::Export;
use crate::engine::minimise::rule::{Category, Rule};

/// Beginnings of words, in English and Welsh, that speak of a special category.
const STEMS: [(&str, Category); 59] = {
    use Category as C;
    [
        ("faith", C::ReligiousOrPhilosophicalBelief),
        ("relig", C::ReligiousOrPhilosophicalBelief),
        ("church", C::ReligiousOrPhilosophicalBelief),
        ("mosque", C::ReligiousOrPhilosophicalBelief),
        ("belief", C::ReligiousOrPhilosophicalBelief),
        ("philosoph", C::ReligiousOrPhilosophicalBelief),
        ("crefydd", C::ReligiousOrPhilosophicalBelief),
        ("ffydd", C::ReligiousOrPhilosophicalBelief),
        ("eglwys", C::ReligiousOrPhilosophicalBelief),
        ("capel", C::ReligiousOrPhilosophicalBelief),
        ("cred", C::ReligiousOrPhilosophicalBelief),
        ("ethnic", C::RacialOrEthnicOrigin),
        ("race", C::RacialOrEthnicOrigin),
        ("racial", C::RacialOrEthnicOrigin),
        ("nationality", C::RacialOrEthnicOrigin),
        ("hil", C::RacialOrEthnicOrigin),
        ("ethnig", C::RacialOrEthnicOrigin),
        ("tras", C::RacialOrEthnicOrigin),
        ("union", C::TradeUnionMembership),
        ("undeb", C::TradeUnionMembership),
        ("disab", C::Health),
        ("anabl", C::Health),
        ("health", C::Health),
        ("iechyd", C::Health),
        ("medical", C::Health),
        ("meddyg", C::Health),
        ("illness", C::Health),
        ("salwch", C::Health),
        ("diagnos", C::Health),
        ("accessib", C::Health),
        ("hygyrch", C::Health),
        ("pregnan", C::Health),
        ("beichiog", C::Health),
        ("sexual", C::SexualOrientation),
        ("rhywiol", C::SexualOrientation),
        ("orientation", C::SexualOrientation),
        ("lgbt", C::SexualOrientation),
        ("lhdt", C::SexualOrientation),
        ("gay", C::SexualOrientation),
        ("hoyw", C::SexualOrientation),
        ("vote", C::PoliticalOpinion),
        ("voting", C::PoliticalOpinion),
        ("voter", C::PoliticalOpinion),
        ("pleidlais", C::PoliticalOpinion),
        ("pleidleis", C::PoliticalOpinion),
        ("party", C::PoliticalOpinion),
        ("plaid", C::PoliticalOpinion),
        ("politic", C::PoliticalOpinion),
        ("gwleidydd", C::PoliticalOpinion),
        ("opinion", C::PoliticalOpinion),
        ("canvass", C::PoliticalOpinion),
        ("convict", C::CriminalOffence),
        ("criminal", C::CriminalOffence),
        ("offence", C::CriminalOffence),
        ("euogfarn", C::CriminalOffence),
        ("trosedd", C::CriminalOffence),
        ("genetic", C::Genetic),
        ("biometric", C::Biometric),
        ("fingerprint", C::Biometric),
    ]
};
/// Stems that are so short or so common that only the whole word counts.
const WHOLE_WORDS: [&str; 7] = ["race", "hil", "tras", "cred", "gay", "party", "plaid"];

/// Warns of fields that leave unclassified and look like a special category, and of text without a bound.
pub fn fields(placed: &[Placed], notes: &mut Notes) {
    for placed in placed {
        let rule = &placed.rule;
        let readable = !matches!(rule.rule, Rule::Drop | Rule::Pseudonymise(_) | Rule::Tokenise);
        let category = rule.path.members().find_map(looks_like);
        if let Some(category) = category.filter(|_| readable && rule.category.is_none() && !placed.reviewed) {
            let message = format!("`{}` leaves, and its name looks like the special category `{}`", rule.path, category.name());
            let help = format!(
                "if it is one, add `category = \"{}\"` and `lawful_basis`, or drop it; if it is none, say `category = \"none\"`",
                category.name()
            );
            notes.warn(placed.at, message, help);
        }
        if placed.unbounded_text {
            let message = format!("`{}` is kept as free text without its own `max`", rule.path);
            notes.warn(placed.at, message, "say how long it may be: `max = 60`; free text is where unforeseen data hides");
        }
    }
}

/// Warns of a count that the source made before rows were left out: it tells how many were.
pub fn envelope(said: &Export, notes: &mut Notes) {
    const COUNTS: [&str; 6] = ["count", "total", "size", "number", "results", "matches"];
    if said.rows.as_ref().is_none_or(|rows| rows.value.is_empty()) {
        return;
    }
    for member in said.envelope.iter().flat_map(|list| &list.value) {
        let last = member.value.rsplit(['/', '.']).next().unwrap_or_default();
        if words(last).iter().any(|word| COUNTS.contains(&word.as_str())) {
            let message = "the source's count includes records that `rows` leaves out, so it tells how many they are";
            notes.warn(member.at, message, "remove it, or let the source select the records, with `params`");
        }
    }
}

/// The special category that a name speaks of.
fn looks_like(name: &str) -> Option<Category> {
    let words = words(name);
    STEMS.iter().find_map(|(stem, category)| {
        let meant = |word: &String| if WHOLE_WORDS.contains(stem) { word == stem } else { word.starts_with(stem) };
        words.iter().any(meant).then_some(*category)
    })
}

/// `unionRef`, `union_ref` and `union-ref` are the words `union` and `ref`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        lower_before = character.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_both_languages_are_noticed() {
        let meant = [
            ("faith", "religious-or-philosophical-belief"),
            ("union_ref", "trade-union-membership"),
            ("unionRef", "trade-union-membership"),
            ("RhifUndeb", "trade-union-membership"),
            ("anabledd", "health"),
            ("race", "racial-or-ethnic-origin"),
            ("voting_intention", "political-opinion"),
            ("cyfeiriadedd_rhywiol", "sexual-orientation"),
            ("hil", "racial-or-ethnic-origin"),
        ];
        for (name, category) in meant {
            assert_eq!(looks_like(name).map(Category::name), Some(category), "{name}");
        }
        for name in ["brace", "races_won", "credit", "hill", "reunion_year", "first_name", "partyline", "postcode", ""] {
            assert_eq!(looks_like(name), None, "{name}");
        }
    }
}
