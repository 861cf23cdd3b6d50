//! Lint: what is allowed and should be looked at all the same. It only ever warns.
//!
//! It judges by names, rules and conditions, and knows no value: what it says is a reason to look, not a verdict.

mod few;
mod join;
mod sample;

pub use self::sample::sample;
use super::fields::Placed;
use super::short;
use crate::config::notes::Notes;
use crate::config::raw::campaign::Campaign;
use crate::config::raw::export::Export;
use crate::config::raw::read::List;
use crate::engine::dialect::family::Family;
use crate::engine::minimise::rule::{Category, Rule};
use crate::engine::policy::Export as Compiled;

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

/// Warns of fields that leave unclassified and look like a special category, of those whose presence tells one, of
/// pseudonyms of few values, and of text without a bound.
pub fn fields(placed: &[Placed], said: &Export, notes: &mut Notes) {
    few::fields(placed, said.rows.as_ref(), notes);
    for placed in placed {
        let rule = &placed.rule;
        let named = rule.path.members().find_map(looks_like).filter(|_| !placed.reviewed);
        if let Some(category) = rule.category.or(named) {
            if let Some(form) = disguise(&rule.rule) {
                presence(placed, category, form, notes);
            } else if rule.category.is_none() && rule.rule != Rule::Drop {
                unclassified(placed, category, notes);
            }
        }
        if placed.unbounded_text {
            let message = format!("`{}` is kept as free text without its own `max`", rule.path);
            notes.warn(placed.at, message, "say how long it may be: `max = 60`; free text is where unforeseen data hides");
        }
    }
}

/// Warns of what one export gives away of another.
pub fn exports(said: &[Export], compiled: &[Option<Compiled>], campaigns: Option<&List<Campaign>>, notes: &mut Notes) {
    few::elsewhere(said, compiled, notes);
    join::exports(said, compiled, campaigns, notes);
}

/// What a value that cannot be read leaves as; `None` where it can be read, or does not leave.
fn disguise(rule: &Rule) -> Option<&'static str> {
    match rule {
        Rule::Pseudonymise(_) => Some("a pseudonym"),
        Rule::Tokenise => Some("a token"),
        Rule::Drop | Rule::Keep(_) | Rule::Mask { .. } | Rule::Generalise(_) => None,
    }
}

/// A readable field whose name speaks of a category that nobody has stated.
fn unclassified(placed: &Placed, category: Category, notes: &mut Notes) {
    let (path, category) = (&placed.rule.path, category.name());
    let message = format!("`{path}` leaves, and its name looks like the special category `{category}`");
    let help = format!(
        "if it is one, add `category = \"{category}\"` and `lawful_basis`, or drop it; if it is none, say `category = \"none\"`"
    );
    notes.warn(placed.at, message, help);
}

/// A pseudonym hides which union somebody is in, and not that it is one. A condition on consent narrows whom it tells of, and
/// a row rule widens what being on the list tells; only a reason in law answers, so only that silences.
fn presence(placed: &Placed, category: Category, form: &str, notes: &mut Notes) {
    if placed.lawful {
        return;
    }
    let (path, name) = (&placed.rule.path, category.name());
    let message = format!("`{path}` leaves as {form}, and having one at all tells of the special category `{name}`");
    let help = match placed.rule.category {
        Some(_) => {
            "drop it, or say why that may be told: `lawful_basis = \"…\"` (GDPR Art. 9(2), for offences Art. 10)".to_owned()
        }
        None => format!("drop it, or add `category = \"{name}\"` and `lawful_basis`; if it is none, say `category = \"none\"`"),
    };
    notes.warn(placed.at, message, help);
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

/// Warns of a row rule that makes pages shorter than they were asked for, where clients know the end of the list by that.
pub fn short_pages(said: &Export, family: &Family, notes: &mut Notes) {
    let fixed = |name: &str| said.params.iter().flat_map(|params| &params.value.0).any(|(other, _)| other.value == name);
    let fields = said.rows.iter().flat_map(|rows| &rows.value).filter_map(|row| row.field.as_ref());
    for field in fields.filter(|_| family.usual.short_page_ends) {
        let name = field.value.strip_prefix('/').unwrap_or(&field.value);
        if !fixed(name) {
            let message = "where this leaves records out, a page is short, and clients take a short page for the last";
            let help = format!("let the source leave them out too: `params = {{ \"{}\" = \"…\" }}`", short(name));
            notes.warn(field.at, message, help);
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
