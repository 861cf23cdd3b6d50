//! Pairs of keyrings that differ in one thing, and what must hold of any value under both.

use portcullis::engine::ids::{CampaignId, ContestId, Domain, FieldPath};
use portcullis::engine::minimise::pseudonym::{ContestKey, Keyring};

use crate::dice::Dice;

/// Names so alike that a derivation without lengths, or a join without separators, would confuse them.
const NAMES: [&str; 9] = ["a", "b", "ab", "a-b", "bb", "aab", "a_b", "token", "pseudonym"];
const FIELDS: [&str; 7] = ["id", "a.id", "/a.id", "/a~1id", "a.b.id", "b.id", "/a~0id"];

/// Whose keys.
#[derive(Clone, PartialEq, Eq)]
struct Whose {
    key: [u8; 32],
    contest: &'static str,
    campaign: &'static str,
}

impl Whose {
    fn some(dice: &mut Dice<'_>) -> Self {
        Self { key: [dice.byte(); 32], contest: dice.pick(&NAMES), campaign: dice.pick(&NAMES) }
    }

    /// Another, in one thing or in all.
    fn other(&self, dice: &mut Dice<'_>) -> Self {
        let mut other = self.clone();
        match dice.below(5) {
            0 => other.campaign = dice.pick(&NAMES),
            1 => other.contest = dice.pick(&NAMES),
            2 => other.key[dice.below(32)] ^= 1 << dice.below(8),
            3 => std::mem::swap(&mut other.contest, &mut other.campaign),
            _ => other = Self::some(dice),
        }
        other
    }

    fn ring(&self) -> Keyring {
        let domains = NAMES.map(|name| Domain::parse(name).unwrap());
        let (contest, campaign) = (ContestId::parse(self.contest).unwrap(), CampaignId::parse(self.campaign).unwrap());
        Keyring::derive(&ContestKey::new(self.key), &contest, &campaign, &domains)
    }
}

/// Tries one value under two rings, in two domains and two fields.
pub fn tried(dice: &mut Dice<'_>) {
    let whose = Whose::some(dice);
    let other = whose.other(dice);
    let [domain, another] = [dice.pick(&NAMES), dice.pick(&NAMES)].map(|name| Domain::parse(name).unwrap());
    let [field, elsewhere] = [dice.pick(&FIELDS), dice.pick(&FIELDS)].map(|path| FieldPath::parse(path).unwrap());
    let (ring, rival) = (whose.ring(), other.ring());
    let place = dice.byte();
    let with = dice.byte();
    let value = dice.rest();

    let pseudonym = ring.pseudonym(&domain, &value);
    assert_eq!(pseudonym.is_none(), value.trim().is_empty());
    for spelling in [format!("\t{value} "), value.to_lowercase(), value.to_ascii_uppercase()] {
        assert_eq!(ring.pseudonym(&domain, &spelling), pseudonym, "{spelling:?}");
    }
    let same_domain = pseudonym.is_none() || domain == another;
    assert_eq!(ring.pseudonym(&another, &value) == pseudonym, same_domain);
    assert_eq!(rival.pseudonym(&domain, &value) == pseudonym, pseudonym.is_none() || whose == other);

    for opener in [&ring, &rival] {
        assert_eq!(opener.detokenise(&field, &value), None, "nobody guesses a token");
    }
    let Some(token) = ring.tokenise(&field, &value) else {
        assert!(value.is_empty() || value.len() > 255);
        return;
    };
    assert_eq!(ring.tokenise(&field, &value).as_deref(), Some(token.as_str()));
    assert_eq!(ring.detokenise(&field, &token), Some(value.clone()));
    assert_eq!(ring.detokenise(&elsewhere, &token).is_some(), field == elsewhere);
    assert_eq!(rival.detokenise(&field, &token).is_some(), whose == other);
    assert_eq!(rival.tokenise(&field, &value) == Some(token.clone()), whose == other);
    assert_ne!(ring.tokenise(&field, &format!("{value}\0")).as_deref(), Some(token.as_str()));

    let mut altered = token.clone().into_bytes();
    let at = usize::from(place) % altered.len();
    altered[at] = with & 0x7F;
    let altered = String::from_utf8(altered).unwrap();
    assert_eq!(ring.detokenise(&field, &altered).is_some(), altered == token, "{altered}");
    for cut in [&token[1..], &token[..token.len() - 1], &format!("{token}0")] {
        assert_eq!(ring.detokenise(&field, cut), None);
    }
}
