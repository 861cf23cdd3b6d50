//! `[export.fields]`: the rules, in the order of the file.

use std::num::NonZeroU32;

use super::channel::channel;
use super::formats::{FORMATS, format};
use super::test::{path, when};
use super::time::date;
use super::{FIELDS_MAX, bounded, line, number, short, word};
use crate::config::notes::{Notes, Span};
use crate::config::raw::read::{Entries, List, Said, Text, Whole};
use crate::config::raw::rule::{FieldRule as RuleSaid, RuleTable};
use crate::config::raw::spelling;
use crate::engine::format::Format;
use crate::engine::ids::{Domain, FieldPath};
use crate::engine::minimise::rule::{Category, FieldRule, Generalisation, Rule};
use crate::engine::time::Date;

/// Bands of a generalisation at the most.
const BANDS_MAX: usize = 32;
/// What a field's `category` says when somebody looked and found none.
pub const NO_CATEGORY: &str = "none";
/// Names of the generalisations.
pub const GENERALISATIONS: [&str; 6] = ["outcode", "age-band", "year", "month", "numeric-band", "prefix"];

/// A rule with the place of its path.
pub struct Placed {
    /// The path's place.
    pub at: Span,
    /// The rule.
    pub rule: FieldRule,
    /// `keep = "text"` without `max`.
    pub unbounded_text: bool,
    /// Somebody looked and found that the field is of no special category.
    pub reviewed: bool,
    /// A lawful basis was given for what leaves of the field.
    pub lawful: bool,
}

/// Every rule that compiles; `None` when any does not. `opens` is the day on which ages are taken by default.
pub fn fields(said: &Entries<RuleSaid>, opens: Option<Date>, notes: &mut Notes) -> (Vec<Placed>, bool) {
    let mut placed: Vec<Placed> = Vec::new();
    let mut sound = true;
    for (name, said) in said.value.0.iter().take(FIELDS_MAX) {
        let path = path(name, notes);
        let rule = rule(name, said, opens, notes);
        let (Some(path), Some((rule, category, when))) = (path, rule) else {
            sound = false;
            continue;
        };
        if placed.iter().any(|other| other.rule.path == path) {
            notes.error(
                name.at,
                format!("the field `{path}` has two rules"),
                "keep one of them; `a.b` and `/a/b` are the same field",
            );
            sound = false;
        }
        let unbounded_text =
            matches!(said, RuleSaid::Table(table) if table.max.is_none() && matches!(rule, Rule::Keep(Format::Text { .. })));
        let reviewed =
            matches!(said, RuleSaid::Table(table) if table.category.as_ref().is_some_and(|said| said.value == NO_CATEGORY));
        let lawful = matches!(said, RuleSaid::Table(table) if table.lawful_basis.is_some());
        let Some(channel) = channel(&path, &rule, said, notes) else {
            sound = false;
            continue;
        };
        let rule = FieldRule { path, rule, category, channel, when };
        placed.push(Placed { at: name.at, rule, unbounded_text, reviewed, lawful });
    }
    (placed, sound)
}

type Parts = (Rule, Option<Category>, Vec<crate::engine::minimise::rule::Condition>);

fn rule(name: &Text, said: &RuleSaid, opens: Option<Date>, notes: &mut Notes) -> Option<Parts> {
    match said {
        RuleSaid::Bare(text) => bare(name, text, notes).map(|rule| (rule, None, Vec::new())),
        RuleSaid::Table(table) => from_table(name, table, opens, notes),
    }
}

fn bare(name: &Text, said: &Text, notes: &mut Notes) -> Option<Rule> {
    if FORMATS.contains(&said.value.as_str()) {
        let help = format!("write `{} = {{ keep = \"{}\" }}`", key(&name.value), said.value);
        notes.error(said.at, format!("`{}` is a format, and not a rule", said.value), help);
        return None;
    }
    let tokenise = word(said, "rule in one word", &[("tokenise", true), ("drop", false)], notes)?;
    Some(if tokenise { Rule::Tokenise } else { Rule::Drop })
}

/// A key as TOML wants it.
fn key(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if plain && !name.is_empty() { name.to_owned() } else { format!("\"{}\"", short(name)) }
}

fn from_table(name: &Text, said: &RuleTable, opens: Option<Date>, notes: &mut Notes) -> Option<Parts> {
    let rules = [
        said.keep.as_ref().map(|said| said.at),
        said.mask.as_ref().map(|said| said.at),
        said.generalise.as_ref().map(|said| said.at),
        said.pseudonymise.as_ref().map(|said| said.at),
        said.tokenise.as_ref().map(|said| said.at),
        said.drop.as_ref().map(|said| said.at),
    ];
    let category = category(said, notes);
    let conditions = said.when.as_ref().map_or_else(|| Some(Vec::new()), |said| when(said, notes));
    let rule = match rules.iter().flatten().count() {
        1 => one_rule(said, opens, notes),
        0 if said.strange => None,
        0 => {
            let help = "add one of `keep`, `mask`, `generalise`, `pseudonymise`, `tokenise`, `drop`";
            notes.error(said.at, format!("`{}` has no rule", short(&name.value)), help);
            None
        }
        _ => {
            notes.error(said.at, format!("`{}` has several rules", short(&name.value)), "keep one of them");
            None
        }
    };
    stray(said, notes);
    lawful(said, rule.as_ref(), category.flatten(), notes)?;
    Some((rule?, category?, conditions?))
}

/// `Some(None)`: no category was said.
fn category(said: &RuleTable, notes: &mut Notes) -> Option<Option<Category>> {
    let dropped = said.drop.as_ref();
    if let (Some(_), Some(category)) = (dropped, &said.category) {
        notes.error(category.at, "a dropped field's category stands in `drop`", "remove `category`");
    }
    let Some(text) = dropped.or(said.category.as_ref()) else { return Some(None) };
    if dropped.is_none() && text.value == NO_CATEGORY {
        return Some(None);
    }
    word(text, "special category", &Category::ALL, notes).map(Some)
}

/// A special category passes as a pseudonym, or for a reason in law (GDPR Art. 9(2), 10). A pseudonym may have one too.
fn lawful(said: &RuleTable, rule: Option<&Rule>, category: Option<Category>, notes: &mut Notes) -> Option<()> {
    let passes = rule.is_some_and(|rule| !matches!(rule, Rule::Drop | Rule::Pseudonymise(_)));
    match (&said.lawful_basis, category) {
        (Some(basis), Some(_)) if passes || matches!(rule, Some(Rule::Pseudonymise(_))) => {
            line(basis, "the lawful basis", notes).map(drop)
        }
        (Some(basis), _) if rule.is_some() => {
            let message = "a lawful basis is for a field of a special category that passes";
            notes.error(basis.at, message, "add `category`, or remove `lawful_basis`");
            None
        }
        (None, Some(category)) if passes => {
            let at = said.category.as_ref().map_or(said.at, |category| category.at);
            let message = format!("a field of the category `{}` may pass only for a reason in law", category.name());
            notes.error(
                at,
                message,
                "add `lawful_basis = \"…\"` (GDPR Art. 9(2), for offences Art. 10), or `pseudonymise`, or `drop` it",
            );
            None
        }
        _ => Some(()),
    }
}

/// Notes every particular that belongs to another rule.
fn stray(said: &RuleTable, notes: &mut Notes) {
    let keep = said.keep.as_ref().map(|said| said.value.as_str());
    let coarser = said.generalise.as_ref().map(|said| said.value.as_str());
    // A misspelled word was noted already; nobody knows what would belong to it.
    if keep.is_some_and(|name| !FORMATS.contains(&name)) || coarser.is_some_and(|name| !GENERALISATIONS.contains(&name)) {
        return;
    }
    let particulars = [
        ("max", said.max.as_ref().map(|said| said.at), keep == Some("text"), "`keep = \"text\"`"),
        ("values", said.values.as_ref().map(|said| said.at), keep == Some("enum"), "`keep = \"enum\"`"),
        ("pattern", said.pattern.as_ref().map(|said| said.at), keep == Some("pattern"), "`keep = \"pattern\"`"),
        ("bands", said.bands.as_ref().map(|said| said.at), coarser == Some("age-band"), "`generalise = \"age-band\"`"),
        ("on", said.on.as_ref().map(|said| said.at), coarser == Some("age-band"), "`generalise = \"age-band\"`"),
        ("width", said.width.as_ref().map(|said| said.at), coarser == Some("numeric-band"), "`generalise = \"numeric-band\"`"),
        ("chars", said.chars.as_ref().map(|said| said.at), coarser == Some("prefix"), "`generalise = \"prefix\"`"),
        ("channel", said.channel.as_ref().map(|said| said.at), said.drop.is_none(), "a rule that lets the field pass"),
        ("when", said.when.as_ref().map(|said| said.at), said.drop.is_none(), "a rule that lets the field pass"),
    ];
    for (name, place, applies, owner) in particulars {
        if let Some(place) = place.filter(|_| !applies) {
            notes.error(place, format!("`{name}` belongs to {owner}"), format!("remove `{name}`, or use {owner}"));
        }
    }
}

fn one_rule(said: &RuleTable, opens: Option<Date>, notes: &mut Notes) -> Option<Rule> {
    if let Some(name) = &said.keep {
        return format(name, said.max.as_ref(), said.values.as_ref(), said.pattern.as_ref(), notes).map(Rule::Keep);
    }
    if let Some(mask) = &said.mask {
        let last = mask.last.as_ref().and_then(|said| positive(said, "`last` (characters)", 64, notes));
        return last.map(|last| Rule::Mask { last });
    }
    if let Some(name) = &said.generalise {
        return generalisation(name, said, opens, notes).map(Rule::Generalise);
    }
    if let Some(domain) = &said.pseudonymise {
        let parsed = Domain::parse(&domain.value);
        if let Err(error) = &parsed {
            notes.error(domain.at, format!("the domain of a pseudonym {error}"), "write a short name such as `household`");
        }
        return parsed.ok().map(Rule::Pseudonymise);
    }
    if let Some(flag) = &said.tokenise {
        if !flag.value {
            notes.error(flag.at, "`tokenise = false` is no rule", "remove the field: what is not named is dropped");
        }
        return flag.value.then_some(Rule::Tokenise);
    }
    said.drop.as_ref().map(|_| Rule::Drop)
}

fn positive(said: &Whole, what: &str, most: i64, notes: &mut Notes) -> Option<NonZeroU32> {
    number(said, what, 1..=most, notes).and_then(|value| u32::try_from(value).ok()).and_then(NonZeroU32::new)
}

fn generalisation(name: &Text, said: &RuleTable, opens: Option<Date>, notes: &mut Notes) -> Option<Generalisation> {
    let missing = |notes: &mut Notes, example: &str| {
        notes.error(name.at, format!("`{}` needs to know how coarse", name.value), format!("add `{example}` beside it"));
        None
    };
    Some(match name.value.as_str() {
        "outcode" => Generalisation::Outcode,
        "year" => Generalisation::Year,
        "month" => Generalisation::Month,
        "age-band" => {
            let Some(bands) = &said.bands else { return missing(notes, "bands = [18, 25, 35, 50, 65]") };
            let bands = edges(bands, notes);
            let on = said.on.as_ref().map_or(opens, |said| date(said, notes));
            Generalisation::AgeBand { bands: bands?, on: on? }
        }
        "numeric-band" => {
            let Some(width) = &said.width else { return missing(notes, "width = 10") };
            Generalisation::NumericBand { width: positive(width, "`width`", 1_000_000_000, notes)? }
        }
        "prefix" => {
            let Some(chars) = &said.chars else { return missing(notes, "chars = 3") };
            Generalisation::Prefix { chars: positive(chars, "`chars` (characters)", 64, notes)? }
        }
        _ => return word(name, "generalisation", &GENERALISATIONS.map(|name| (name, ())), notes).and(None),
    })
}

fn edges(said: &List<Whole>, notes: &mut Notes) -> Option<Box<[u16]>> {
    bounded(said, "bands", BANDS_MAX, notes);
    let edges: Vec<_> = said.value.iter().map(|edge| number(edge, "a band's edge (years)", 1..=150, notes)).collect();
    let edges: Option<Vec<u16>> = edges.into_iter().map(|edge| edge.and_then(|edge| u16::try_from(edge).ok())).collect();
    let edges = edges?;
    if edges.is_empty() || edges.windows(2).any(|pair| pair[0] >= pair[1]) {
        notes.error(
            said.at,
            "the lower edges of bands ascend, and there is at least one",
            "write for example `bands = [18, 25, 35, 50, 65]`",
        );
        return None;
    }
    Some(edges.into())
}

/// The rule of a field among those that compiled.
pub fn find<'a>(placed: &'a [Placed], path: &FieldPath) -> Option<&'a Placed> {
    placed.iter().find(|placed| placed.rule.path == *path)
}

/// Which field somebody may have meant.
pub fn suggest(placed: &[Placed], said: &Said<String>) -> String {
    let names: Vec<String> = placed.iter().map(|placed| placed.rule.path.to_string()).collect();
    match spelling::nearest(&said.value, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "name it under `[export.fields]` first, with `keep`".to_owned(),
    }
}
