//! P10: one member has unrelated pseudonyms and tokens wherever they could be joined, and the same one where they may.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, bare, domain, field, keyring, path};
use crate::dice::Dice;
use crate::rings;
use portcullis::engine::format::PhoneRegion;
use portcullis::engine::ids::{CampaignId, ContestId, Domain};
use portcullis::engine::minimise::pseudonym::{ContestKey, Keyring};
use portcullis::engine::minimise::rule::Rule;

fn ring(key: u8, contest: &str, campaign: &str) -> Keyring {
    let domains = [domain(), Domain::parse("phone").unwrap()];
    let (contest, campaign) = (ContestId::parse(contest).unwrap(), CampaignId::parse(campaign).unwrap());
    Keyring::derive(&ContestKey::new([key; 32]), &contest, &campaign, &domains)
}

fn text(pseudonym: Option<[u8; 32]>) -> String {
    String::from_utf8(pseudonym.unwrap().to_vec()).unwrap()
}

#[test]
fn p10_no_two_contests_campaigns_domains_fields_or_keys_have_a_pseudonym_or_token_in_common() {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (key, contest, campaign) in [(1, "a", "b"), (2, "a", "b"), (1, "ab", "b"), (1, "a", "bb"), (1, "b", "a")] {
        let ring = ring(key, contest, campaign);
        for member in ["7", "8", "07700 900123"] {
            seen.insert(text(ring.pseudonym(&domain(), member)));
            seen.insert(text(ring.pseudonym(&Domain::parse("phone").unwrap(), member)));
            seen.insert(ring.tokenise(&path("id"), member).unwrap());
            seen.insert(ring.tokenise(&path("ref.id"), member).unwrap());
            count += 4;
        }
    }
    assert_eq!(seen.len(), count);
}

#[test]
fn p10_labels_cannot_be_shifted_into_one_another() {
    let key = ContestKey::new([1; 32]);
    let derived = |purpose: &str, contest: &str, campaign: &str| {
        let mut out = [0; 64];
        key.derive(purpose, &ContestId::parse(contest).unwrap(), &CampaignId::parse(campaign).unwrap(), &mut out);
        out
    };
    let all = [
        ("p", "a", "bc"),
        ("p", "ab", "c"),
        ("pa", "b", "c"),
        ("pseudonym", "a", "bc"),
        ("token", "a", "bc"),
        ("cursor", "a", "bc"),
    ];
    let keys: BTreeSet<_> = all.iter().map(|(purpose, contest, campaign)| derived(purpose, contest, campaign)).collect();
    assert_eq!(keys.len(), all.len());
    assert_eq!(derived("p", "a", "bc"), derived("p", "a", "bc"));
}

#[test]
fn p10_one_member_has_one_pseudonym_however_it_is_spelled() {
    let ring = ring(1, "leader", "amber");
    let of = |value: &str| text(ring.pseudonym(&domain(), value));
    assert_eq!(of("07700 900123"), of("+44 7700 900123"));
    assert_eq!(of(" Anna@Example.org "), of("anna@example.ORG"));
    assert_eq!(of("07700 900123").len(), 32);
    assert!(of("x").bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte)));
    assert_eq!(ring.pseudonym(&domain(), " \n"), None);
    assert_eq!(ring.pseudonym(&Domain::parse("other").unwrap(), "x"), None, "no key, no pseudonym");
}

/// A number of ten national digits, spelled with a prefix and with something between its digits here and there.
fn spelled(national: &str, prefix: &str, gaps: &[(usize, &str)]) -> String {
    let mut spelled: Vec<String> = national.chars().map(String::from).collect();
    for (place, gap) in gaps {
        spelled[place % national.len()].push_str(gap);
    }
    format!("{prefix}{}", spelled.concat())
}

proptest! {
    #[test]
    fn p10_one_telephone_number_has_one_pseudonym_and_another_has_another(
        national in "[1237][0-9]{9}", other in "[1237][0-9]{9}",
        prefix in prop::sample::select(&["0", "(0)", "+44", "+44 ", "+44 (0)", "(+44) ", "0044", "00 44 (0) "][..]),
        gaps in vec((0..10_usize, prop::sample::select(&[" ", "-", ".", "\u{a0}", ") "][..])), 0..4)
    ) {
        let ring = ring(1, "leader", "amber");
        let of = |value: &str| text(ring.pseudonym(&domain(), value));
        let spelled = spelled(&national, prefix, &gaps);
        prop_assert_eq!(of(&spelled), of(&format!("+44{national}")), "{}", spelled);
        prop_assert_eq!(of(&spelled) == of(&format!("0{other}")), national == other);
        prop_assert_ne!(of(&spelled), of(&national), "digits without a zero are an identifier");
    }

    #[test]
    fn p10_numbers_at_home_elsewhere_have_one_pseudonym_too(number in "[2-8][0-9]{8}", at in 1..8_usize) {
        let spelling = format!("{} {}", &number[..at], &number[at..]);
        let poland = ring(1, "leader", "amber").at_home_in(PhoneRegion::parse("PL").unwrap());
        let of = |value: &str| text(poland.pseudonym(&domain(), value));
        prop_assert_eq!(of(&format!("+48 {spelling}")), of(&format!("0048{number}")));
        prop_assert_eq!(of(&format!("+48{number}")), of(&format!("+48-{spelling}")));
    }
}

#[test]
fn p10_a_number_and_its_text_are_one_member() {
    let fields = vec![field("id", Rule::Tokenise), field("u", Rule::Pseudonymise(domain()))];
    let out = Bench::new(bare(fields)).passes(r#"[{"id":7,"u":7},{"id":"7","u":"\u0037"}]"#);
    let (first, second) = out[1..out.len() - 1].split_once("},{").unwrap();
    assert_eq!(format!("{first}}}"), format!("{{{second}"));
}

#[test]
fn p10_tokens_turn_back_only_where_they_were_made() {
    let amber = ring(1, "leader", "amber");
    for value in ["7", "A-1", "é", "1234567890123456", &"x".repeat(255)] {
        let token = amber.tokenise(&path("id"), value).unwrap();
        assert!(token.starts_with("t1_"));
        assert_eq!(amber.detokenise(&path("id"), &token).as_deref(), Some(value));
        assert_eq!(amber.detokenise(&path("other"), &token), None);
        for other in [ring(2, "leader", "amber"), ring(1, "leader", "blue"), ring(1, "deputy", "amber")] {
            assert_eq!(other.detokenise(&path("id"), &token), None);
        }
        assert_eq!(amber.detokenise(&path("id"), &token.to_uppercase()), None);
        assert_eq!(amber.detokenise(&path("id"), &token.replace("t1_", "t1_V")), None);
    }
    for none in ["", "t1_", "7", "t1_0000", &format!("t1_{}", "0".repeat(10_000))] {
        assert_eq!(amber.detokenise(&path("id"), none), None);
    }
    assert_eq!(amber.tokenise(&path("id"), ""), None);
    assert_eq!(amber.tokenise(&path("id"), &"x".repeat(256)), None);
}

#[test]
fn p10_every_changed_character_of_a_token_is_noticed() {
    let ring = ring(1, "leader", "amber");
    let token = ring.tokenise(&path("id"), "1234567").unwrap();
    for at in 3..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        assert_eq!(ring.detokenise(&path("id"), std::str::from_utf8(&changed).unwrap()), None, "{at}");
    }
}

#[test]
fn p10_tokens_of_short_and_long_numbers_are_equally_long() {
    let ring = ring(1, "leader", "amber");
    let length = |value: &str| ring.tokenise(&path("id"), value).unwrap().len();
    assert_eq!(length("7"), length("123456789012345"));
}

#[test]
fn p10_two_campaigns_exports_have_no_pseudonym_in_common() {
    let members: Vec<_> = (0..500).map(|n| format!("+447700{n:06}")).collect();
    let export = |campaign: &str| -> BTreeSet<String> {
        let ring = keyring("leader", campaign);
        members.iter().map(|member| text(ring.pseudonym(&domain(), member))).collect()
    };
    let (amber, blue) = (export("amber"), export("blue"));
    assert_eq!((amber.len(), blue.len()), (500, 500));
    assert!(amber.is_disjoint(&blue));
}

#[test]
fn p11_keys_print_nothing() {
    assert_eq!(format!("{:?} {:?}", ContestKey::new([1; 32]), ring(1, "a", "b")), "ContestKey(..) Keyring(..)");
}

proptest! {
    #[test]
    fn p10_no_value_has_a_pseudonym_or_token_in_common_with_another_s(choices in vec(any::<u8>(), 48), value in ".{0,60}") {
        rings::tried(&mut Dice::new(&[&choices[..13], value.as_bytes()].concat()));
    }
}
