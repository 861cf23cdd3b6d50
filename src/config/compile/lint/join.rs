//! Identifiers that leave readable beside pseudonyms or tokens of themselves: in one record, or in another list of the same
//! campaign.
//!
//! Two lists are laid side by side when they come from the same list of the source, which writes both in one order, or when
//! something that identifies a member leaves alike in both. Two campaigns are never compared: no key of theirs is the
//! same. That two fields hold the same identifier is taken from their paths, from names that differ in spelling only, and
//! from a domain of pseudonyms that both have somewhere in the contest; no value is known here.

use std::collections::HashMap;

use super::{disguise, few, words};
use crate::config::notes::{Notes, Span};
use crate::config::raw::campaign::Campaign;
use crate::config::raw::export::Export as Said;
use crate::config::raw::read::List;
use crate::engine::dialect::Route;
use crate::engine::format::Format;
use crate::engine::ids::FieldPath;
use crate::engine::minimise::rule::{FieldRule, Rule};
use crate::engine::policy::Export;

/// Last words that say how the same value is written.
const MANNERS: [&str; 20] = [
    "hash",
    "hashed",
    "md5",
    "sha1",
    "sha256",
    "digest",
    "lower",
    "lowercase",
    "upper",
    "uppercase",
    "normalised",
    "normalized",
    "canonical",
    "clean",
    "cleaned",
    "trimmed",
    "raw",
    "plain",
    "formatted",
    "e164",
];
/// Last words that make a name an identifier of what stands before them.
const KINDS: [&str; 12] = ["id", "uuid", "guid", "identifier", "ref", "reference", "no", "num", "nr", "number", "key", "rhif"];
/// Words for the same holder of an identifier.
const HOLDERS: [(&str, &str); 3] = [("membership", "member"), ("members", "member"), ("aelodaeth", "aelod")];
/// Means of contact, which are themselves what a `…_number` or `…_address` of them is.
const CONTACTS: [&str; 7] = ["email", "ebost", "phone", "telephone", "tel", "mobile", "ffon"];

/// Warns of each pseudonym or token that its own record, or another list of the same campaign, undoes.
pub fn exports(said: &[Said], compiled: &[Option<Export>], campaigns: Option<&List<Campaign>>, notes: &mut Notes) {
    let domains = domains(compiled);
    let read = said.iter().zip(compiled).filter_map(|(said, export)| Some(Leaving::of(said, export.as_ref()?, &domains)));
    let lists: Vec<Leaving<'_>> = read.collect();
    for list in &lists {
        within(list, notes);
        for other in lists.iter().filter(|other| other.export.name != list.export.name) {
            if let Some(campaign) = both(list, other, campaigns) {
                between(list, other, campaign, notes);
            }
        }
    }
}

/// The domains in which a path is pseudonymised anywhere in the contest.
type Domains<'a> = HashMap<&'a FieldPath, Vec<&'a str>>;

fn domains(compiled: &[Option<Export>]) -> Domains<'_> {
    let mut domains = Domains::new();
    for field in compiled.iter().flatten().flat_map(|export| &export.plan.spec().fields) {
        if let Rule::Pseudonymise(domain) = &field.rule {
            domains.entry(&field.path).or_default().push(domain.as_str());
        }
    }
    domains
}

/// What of one export leaves, and as what.
struct Leaving<'a> {
    export: &'a Export,
    /// The place of its name.
    at: Span,
    /// The fields that leave as a pseudonym or token, with their places.
    hidden: Vec<(Span, &'a FieldRule)>,
    /// The fields that leave readable, by each thing that they may share with another.
    readable: HashMap<Trait, &'a FieldRule>,
    /// What identifies a member in this list, by the form in which it leaves.
    identifying: HashMap<Trait, &'a FieldRule>,
}

/// What makes two fields hold the same identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Trait {
    /// Their path.
    Path(FieldPath),
    /// Their name, but for its spelling.
    Spelling(String),
    /// Whom or what they identify, each by some kind of number.
    Holder(String),
    /// The domain of their pseudonyms.
    Domain(String),
}

impl<'a> Leaving<'a> {
    fn of(said: &'a Said, export: &'a Export, domains: &Domains<'_>) -> Self {
        let rules = &export.plan.spec().fields;
        // Where an export compiled, each rule of the file did, in its order.
        let places = said.fields.iter().flat_map(|said| &said.value.0).map(|(name, _)| name.at);
        let hidden = places.zip(rules).filter(|(_, field)| disguise(&field.rule).is_some()).collect();
        let (mut readable, mut identifying) = (HashMap::new(), HashMap::new());
        for field in rules {
            if is_readable(field) {
                let named = domains.get(&field.path).into_iter().flatten().map(|domain| Trait::Domain((*domain).to_owned()));
                readable.extend(spellings(&field.path).into_iter().chain(named).map(|shared| (shared, field)));
            }
            identifying.extend(identity(field, export).map(|shared| (shared, field)));
        }
        let at = said.name.as_ref().map_or(said.at, |name| name.at);
        Self { export, at, hidden, readable, identifying }
    }
}

/// A value that is kept, and may identify: neither a truth value nor a date does.
fn is_readable(field: &FieldRule) -> bool {
    matches!(&field.rule, Rule::Keep(format) if !matches!(format, Format::Boolean | Format::Date | Format::Enum(_)))
}

/// What another list must show alike for its records to be found in this one.
fn identity(field: &FieldRule, export: &Export) -> Option<Trait> {
    let path = || Trait::Path(field.path.clone());
    let numbered = || export.plan.spec().id == field.path || is_number(&field.path);
    match &field.rule {
        _ if few::is_named(&field.path) => None,
        Rule::Pseudonymise(domain) => Some(Trait::Domain(domain.as_str().to_owned())),
        Rule::Tokenise | Rule::Keep(Format::Email | Format::Phone | Format::Uuid) => Some(path()),
        Rule::Keep(Format::Integer | Format::Text { .. } | Format::Pattern(_)) if numbered() => Some(path()),
        Rule::Keep(_) | Rule::Mask { .. } | Rule::Generalise(_) | Rule::Drop => None,
    }
}

/// One record shows both.
fn within(list: &Leaving<'_>, notes: &mut Notes) {
    for &(at, hidden) in &list.hidden {
        let beside = spellings(&hidden.path).into_iter().find_map(|shared| list.readable.get(&shared));
        if let (Some(shown), Some(form)) = (beside, disguise(&hidden.rule)) {
            let message = format!(
                "`{}` leaves as {form}, and `{}`, which looks like the same identifier, is kept beside it",
                hidden.path, shown.path
            );
            let help = "drop one of the two, or give both this rule; if they do not identify the same, leave them as they are";
            notes.warn(at, message, help);
        }
    }
}

/// One list shows what the other hides, and their records can be matched.
fn between(hiding: &Leaving<'_>, showing: &Leaving<'_>, campaign: &str, notes: &mut Notes) {
    for &(at, hidden) in &hiding.hidden {
        let Some(form) = disguise(&hidden.rule) else { continue };
        let shown = traits(hidden).into_iter().find_map(|shared| showing.readable.get(&shared));
        let Some((shown, how)) = shown.zip(matched(hiding, showing, hidden)) else { continue };
        let other = &showing.export.name;
        let line = notes.line(showing.at);
        let message = format!(
            "`{}` leaves as {form}, and `{other}` (line {line}), which campaign `{campaign}` gets too, keeps `{}`: {how}",
            hidden.path, shown.path
        );
        notes.warn(at, message, "give the field one rule in both exports, or do not grant both to one campaign");
    }
}

/// How the records of two lists are matched, if they can be.
fn matched(hiding: &Leaving<'_>, showing: &Leaving<'_>, hidden: &FieldRule) -> Option<String> {
    let (a, b) = (&hiding.export.route, &showing.export.route);
    let of = |route: &Route, key: &str| route.dialect.terms().into_iter().find(|(name, _)| *name == key).map(|(_, value)| value);
    if of(a, "source_path") == of(b, "source_path") && of(a, "params") == of(b, "params") {
        let path = of(a, "source_path").and_then(|path| path.as_str().map(str::to_owned)).unwrap_or_default();
        return Some(format!("both are the source's `{path}`, in one order"));
    }
    let alike = |shared: &Trait, field: &FieldRule| {
        let twin = showing.identifying.get(shared)?;
        let same = field.rule == twin.rule || matches!((&field.rule, &twin.rule), (Rule::Keep(_), Rule::Keep(_)));
        (same && field.path != hidden.path).then(|| format!("records that have one `{}` in both are one member's", field.path))
    };
    let mut ways: Vec<_> = hiding.identifying.iter().filter_map(|(shared, field)| alike(shared, field)).collect();
    ways.sort();
    ways.into_iter().next()
}

/// The first campaign that is granted both lists.
fn both<'c>(one: &Leaving<'_>, other: &Leaving<'_>, campaigns: Option<&'c List<Campaign>>) -> Option<&'c str> {
    let granted = |campaign: &Campaign, list: &Leaving<'_>| {
        campaign.exports.iter().flat_map(|list| &list.value).any(|name| name.value == list.export.name.as_str())
    };
    let mut campaigns = campaigns.into_iter().flat_map(|list| &list.value);
    campaigns.find_map(|campaign| {
        let id = campaign.id.as_ref()?;
        (granted(campaign, one) && granted(campaign, other)).then_some(id.value.as_str())
    })
}

/// What a hidden field may share with a readable one of another list.
fn traits(field: &FieldRule) -> Vec<Trait> {
    let mut traits = spellings(&field.path);
    if let Rule::Pseudonymise(domain) = &field.rule {
        traits.push(Trait::Domain(domain.as_str().to_owned()));
    }
    traits
}

/// What a path shares with every other spelling of it.
fn spellings(path: &FieldPath) -> Vec<Trait> {
    let core = core(path);
    let holder = core.split_last().filter(|(last, holder)| KINDS.contains(&last.as_str()) && !holder.is_empty());
    let holder = holder.map(|(_, holder)| Trait::Holder(holder.iter().map(|word| holder_of(word)).collect::<Vec<_>>().join(" ")));
    [Some(Trait::Path(path.clone())), Some(Trait::Spelling(core.join(" "))), holder].into_iter().flatten().collect()
}

fn is_number(path: &FieldPath) -> bool {
    core(path).last().is_some_and(|last| KINDS.contains(&last.as_str()))
}

fn holder_of(word: &str) -> &str {
    HOLDERS.iter().find(|(other, _)| *other == word).map_or(word, |(_, holder)| holder)
}

/// The words of a path without those that say how its value is written.
fn core(path: &FieldPath) -> Vec<String> {
    let mut core: Vec<String> = path.members().flat_map(words).filter(|word| !word.is_empty()).collect();
    while core.len() > 1 && core.last().is_some_and(|last| MANNERS.contains(&last.as_str())) {
        core.pop();
    }
    if let [.., contact, last] = core.as_slice()
        && CONTACTS.contains(&contact.as_str())
        && ["number", "no", "address", "rhif"].contains(&last.as_str())
    {
        core.pop();
    }
    core
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let spellings = |text: &str| spellings(&FieldPath::parse(text).unwrap());
        spellings(a).iter().any(|shared| spellings(b).contains(shared))
    }

    #[test]
    fn spellings_of_one_identifier_are_alike() {
        let same = [
            ("member_id", "membership_number"),
            ("member_id", "memberRef"),
            ("memberId", "member.id"),
            ("email", "email_lower"),
            ("email", "EmailAddressHash"),
            ("mobile", "mobile_e164"),
            ("phone_number", "phone"),
            ("id", "id_hash"),
        ];
        for (a, b) in same {
            assert!(alike(a, b), "{a} {b}");
        }
        let different = [
            ("member_id", "branch_id"),
            ("member_id", "membership"),
            ("id", "uuid"),
            ("email", "branch_email"),
            ("email", "email_status"),
            ("home.phone", "work.phone"),
            ("household", "house_number"),
            ("member_id", "recruited_by_member_id"),
        ];
        for (a, b) in different {
            assert!(!alike(a, b), "{a} {b}");
        }
    }
}
