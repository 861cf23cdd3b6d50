//! In which words an export is asked for: its paths, its parameters, and what a family of APIs calls them.
//!
//! What may be asked at all is said beside this, in `offer`.

use super::{number, refuse, short, word};
use crate::config::notes::{Notes, Span};
use crate::config::raw::export::{Export as Said, Filter, Page};
use crate::config::raw::read::Text;
use crate::engine::dialect::family::{Family, Speech, Terms};
use crate::engine::dialect::place::Place;
use crate::engine::dialect::rest::{
    Also, Ordered, PARAMETERS_MAX, PositionRule, Preset, PresetPosition, Rest, SelectStyle, Selected, Spelling,
};
use crate::engine::dialect::route::Template;
use crate::engine::dialect::{Dialect, FilterRule, Offer};

/// Longest parameter name and value, in bytes.
const PARAMETER_BYTES_MAX: usize = 256;
/// Longest query that is registered, in bytes.
const QUERY_BYTES_MAX: usize = 4096;

/// What is wrong with `query` where an API has no use for one.
const NOT_REGISTERED: &str = "this API is not asked by registered queries";

/// Where a source says its next page.
pub const NEXT_IN: [(&str, bool); 2] = [("body", false), ("header", true)];

/// The paths of an export at its source.
pub struct Paths {
    /// Of the list.
    pub list: Box<str>,
    /// Of a single record.
    pub item: Option<Template>,
}

/// The words in which an export is asked for, before it is known what may be asked.
pub struct Words {
    /// Whether the source says its next page in a header.
    pub next_in_header: bool,
    registered: Option<Box<str>>,
    fixed: Fixed,
    /// For families without words of their own.
    named: Option<Named>,
}

/// Parameters that every request to the source carries.
type Fixed = Vec<(Box<str>, Box<str>)>;

/// Parameters that an export names.
struct Named {
    size: Option<Box<str>>,
    position: PositionRule,
    cursor: Box<str>,
    order: Option<Box<str>>,
    select: Option<Selected>,
}

/// Compiles the words in which an export is asked for.
pub fn words(said: &Said, family: &Family, notes: &mut Notes) -> Option<Words> {
    let next_in_header = said.next_in.as_ref().map_or(Some(false), |said| word(said, "place of the next page", &NEXT_IN, notes));
    let registered = said.query.as_ref().map_or(Some(None), |said| registered(said, notes).map(Some));
    let fixed = fixed(said, notes);
    let named = match family.speech {
        Speech::Rest(preset) => {
            refuse(said.query.as_ref(), NOT_REGISTERED, "remove the line", notes);
            named(said, preset, notes).map(Some)
        }
        Speech::Own(_) => {
            own_words(said, family, notes);
            Some(None)
        }
    };
    Some(Words { next_in_header: next_in_header?, registered: registered?, fixed: fixed?, named: named? })
}

fn named(said: &Said, preset: &Preset, notes: &mut Notes) -> Option<Named> {
    let (size, position, cursor) = (size(said, preset, notes), position(said, preset, notes), cursor(said, preset, notes));
    let order = said.order_param.as_ref().map_or(Some(None), |said| parameter(said, notes).map(Some));
    let select = select(said, preset, notes);
    Some(Named { size: size?, position: position?, cursor: cursor?, order: order?, select: select? })
}

impl Words {
    /// The dialect of an export of which this may be asked.
    pub fn dialect(
        self,
        said: &Said,
        family: &Family,
        paths: Paths,
        offer: &Offer,
        notes: &mut Notes,
    ) -> Option<Box<dyn Dialect>> {
        match (family.speech, self.named) {
            (Speech::Rest(preset), Some(named)) => {
                rest(said, preset, named, self.fixed, paths, offer, notes).map(|rest| Box::new(rest) as Box<dyn Dialect>)
            }
            (Speech::Own(make), _) => {
                let columns = said.columns.iter().flat_map(|columns| &columns.value).map(|name| name.value.as_str().into());
                let terms = Terms {
                    source_path: paths.list,
                    source_item: paths.item,
                    fixed: self.fixed,
                    registered: self.registered,
                    columns: columns.collect(),
                };
                let made = make(terms).and_then(|dialect| dialect.fits(offer).map(|()| dialect));
                let made = made.map_err(|unfit| notes.error(said.at, unfit.problem, unfit.help)).ok()?;
                if made.terms().iter().all(|(key, _)| *key != "query") {
                    refuse(said.query.as_ref(), NOT_REGISTERED, "remove the line", notes);
                }
                if made.page_header().is_some() {
                    let problem = "this API says its next page in a header of its own";
                    refuse(said.next_in.as_ref(), problem, "remove the line", notes);
                }
                Some(made)
            }
            (Speech::Rest(_), None) => None,
        }
    }
}

/// One line or several. Its white space is the family's affair: inside a literal it is part of a value.
fn registered(said: &Text, notes: &mut Notes) -> Option<Box<str>> {
    let text = said.value.trim();
    let bounded = !text.is_empty() && text.len() <= QUERY_BYTES_MAX;
    if !bounded {
        notes.error(said.at, "a query has from 1 to 4096 bytes", "write it as the campaigns' tools send it");
    }
    bounded.then(|| text.into())
}

/// A family with words of its own has no parameters to name.
fn own_words(said: &Said, family: &Family, notes: &mut Notes) {
    let page = said.page.as_ref();
    let paging = |pick: fn(&Page) -> &Option<Text>| page.and_then(|page| pick(page).as_ref());
    let named = [
        paging(|page| &page.size),
        paging(|page| &page.offset),
        paging(|page| &page.number),
        paging(|page| &page.token),
        said.cursor_param.as_ref(),
        said.order_param.as_ref(),
        said.select_param.as_ref(),
    ];
    let filters = said.filters.iter().flat_map(|filters| &filters.value.0).filter_map(|(_, filter)| filter.param.as_ref());
    for named in named.into_iter().flatten().chain(filters) {
        notes.error(named.at, format!("`{}` has names of its own for its parameters", family.name), "remove it");
    }
}

fn rest(
    said: &Said,
    preset: &Preset,
    named: Named,
    mut fixed: Fixed,
    paths: Paths,
    offer: &Offer,
    notes: &mut Notes,
) -> Option<Rest> {
    for (name, value) in preset.fixed {
        if !fixed.iter().any(|(own, _)| **own == **name) {
            fixed.push(((*name).into(), (*value).into()));
        }
    }
    let order = order(said, preset, named.order, offer, notes);
    let filters = spellings(said, preset, offer, notes);
    let rest = Rest {
        place: Place { list: paths.list, item: paths.item, fixed },
        size: named.size,
        position: named.position,
        cursor: named.cursor,
        filters: filters?,
        order: order?,
        select: named.select,
        habits: preset.habits,
    };
    distinct(said, &rest, notes);
    Some(rest)
}

/// The parameter of the page's size. Where an export says something of pages, it says all.
fn size(said: &Said, preset: &Preset, notes: &mut Notes) -> Option<Option<Box<str>>> {
    match said.page.as_ref().and_then(|page| page.size.as_ref()) {
        Some(size) => parameter(size, notes).map(Some),
        None => Some(preset.size.map(Into::into)),
    }
}

fn cursor(said: &Said, preset: &Preset, notes: &mut Notes) -> Option<Box<str>> {
    let token = said.page.as_ref().and_then(|page| page.token.as_ref());
    match said.cursor_param.as_ref().or(token) {
        Some(named) => parameter(named, notes),
        None => Some(match preset.position {
            PresetPosition::Token(name) if !says_position(said) => name.into(),
            _ => "cursor".into(),
        }),
    }
}

/// Whether the export itself says how pages are asked for.
fn says_position(said: &Said) -> bool {
    said.page.as_ref().is_some_and(|page| page.offset.is_some() || page.number.is_some() || page.token.is_some())
}

fn position(said: &Said, preset: &Preset, notes: &mut Notes) -> Option<PositionRule> {
    if says_position(said) {
        return said.page.as_ref().and_then(|page| said_position(page, preset, said, notes));
    }
    if let Some(first) = said.page.as_ref().and_then(|page| page.first.as_ref()) {
        notes.error(first.at, "`first` belongs to `number`", "remove it");
    }
    let position = match preset.position {
        PresetPosition::Unknown => PositionRule::Single,
        PresetPosition::Offset(name) => PositionRule::Offset(name.into()),
        PresetPosition::Number(name) => PositionRule::Number { parameter: name.into(), first: 1 },
        PresetPosition::Token(name) => PositionRule::Token(name.into()),
    };
    if let (Some(next), PositionRule::Single) = (&said.next, &position) {
        let message = "the next page cannot be asked for: `page` names no parameter for it";
        notes.error(next.at, message, "add `page = { token = \"…\" }`, or `offset`, or `number`");
        return None;
    }
    Some(position)
}

fn said_position(page: &Page, preset: &Preset, said: &Said, notes: &mut Notes) -> Option<PositionRule> {
    let given = [&page.offset, &page.number, &page.token];
    let given: Vec<_> = given.into_iter().flatten().collect();
    if given.len() > 1 {
        notes.error(page.at, "`offset`, `number` and `token` exclude one another", "keep the one that the source understands");
        return None;
    }
    if let Some(first) = page.first.as_ref().filter(|_| page.number.is_none()) {
        notes.error(first.at, "`first` belongs to `number`", "remove it");
    }
    if let (Some(offset), None, None) = (&page.offset, &page.size, preset.size) {
        notes.error(offset.at, "an offset means nothing while the source chooses the page's size", "add `size = \"…\"`");
    }
    let by_header = said.next_in.as_ref().is_some_and(|said| said.value == "header");
    if let (Some(token), None, false, PresetPosition::Unknown) = (&page.token, &said.next, by_header, preset.position) {
        notes.error(token.at, "nothing says where the source's next token stands", "add `next = \"/…\"` to the export");
    }
    let named = parameter(given.first()?, notes)?;
    let first = page.first.as_ref().map_or(Some(1), |first| number(first, "`first` (number of the first page)", 0..=1, notes));
    Some(match (&page.offset, &page.number) {
        (Some(_), _) => PositionRule::Offset(named),
        (_, Some(_)) => PositionRule::Number { parameter: named, first: u64::try_from(first?).ok()? },
        _ => PositionRule::Token(named),
    })
}

fn order(said: &Said, preset: &Preset, own: Option<Box<str>>, offer: &Offer, notes: &mut Notes) -> Option<Option<Ordered>> {
    let Some((names, _)) = said.order_by.as_ref().zip(offer.order.first()) else { return Some(None) };
    let Some(style) = preset.order else {
        notes.error(names.at, "this API does not order", "remove the line");
        return None;
    };
    Some(Some(Ordered { style, parameter: own.unwrap_or_else(|| style.parameter().into()) }))
}

fn select(said: &Said, preset: &Preset, notes: &mut Notes) -> Option<Option<Selected>> {
    let usual = preset.select.map(SelectStyle::selected);
    let Some(named) = &said.select_param else { return Some(usual) };
    let parameter = parameter(named, notes)?;
    let plain = Selected { parameter: "".into(), repeated: false, paths: true, also: Also::Nothing };
    Some(Some(Selected { parameter, ..usual.unwrap_or(plain) }))
}

/// How each condition is spelled, in the offer's order.
fn spellings(said: &Said, preset: &Preset, offer: &Offer, notes: &mut Notes) -> Option<Vec<Spelling>> {
    let entries = said.filters.iter().flat_map(|filters| &filters.value.0);
    let mut spelled = Some(Vec::new());
    for ((name, said), rule) in entries.zip(&offer.filters) {
        match (&mut spelled, spelling(name, said, preset, offer, rule, notes)) {
            (Some(spelled), Some(spelling)) => spelled.push(spelling),
            _ => spelled = None,
        }
    }
    spelled
}

fn spelling(
    name: &Text,
    said: &Filter,
    preset: &Preset,
    offer: &Offer,
    rule: &FilterRule,
    notes: &mut Notes,
) -> Option<Spelling> {
    // Where nothing is known of an API, an entry's own name is its parameter's.
    let unknown = said.field.is_some() && preset.position == PresetPosition::Unknown;
    if let Some(said) = said.param.as_ref().or(unknown.then_some(name)) {
        return parameter(said, notes).map(|parameter| Spelling::plain(&parameter));
    }
    let field = offer.name(&rule.field);
    let spelling = (preset.filter)(&field, rule.operator);
    if spelling.is_none() {
        let message = format!("this API is not known to filter by `{}`", rule.operator.name());
        notes.error(name.at, message, "name the parameter that does: `param = \"…\"`");
    }
    parameter(&Text { value: spelling.as_ref()?.parameter.to_string(), at: name.at }, notes)?;
    spelling
}

/// A parameter's name: what a query carries without escapes, and the brackets and `$` that some APIs like.
fn parameter(said: &Text, notes: &mut Notes) -> Option<Box<str>> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$[]:~".contains(&byte);
    let plain = !said.value.is_empty() && said.value.len() <= PARAMETER_BYTES_MAX && said.value.bytes().all(allowed);
    if !plain {
        let message = format!("`{}` is no name of a parameter", short(&said.value));
        notes.error(said.at, message, "use letters, digits and `_ - . $ [ ] : ~`");
    }
    plain.then(|| said.value.as_str().into())
}

fn fixed(said: &Said, notes: &mut Notes) -> Option<Vec<(Box<str>, Box<str>)>> {
    let Some(entries) = &said.params else { return Some(Vec::new()) };
    let pairs = entries.value.0.iter().map(|(name, value)| {
        let plain = value.value.len() <= PARAMETER_BYTES_MAX && !value.value.chars().any(char::is_control);
        if !plain {
            notes.error(value.at, "this value is too long, or has a control character", "write at most 256 bytes in one line");
        }
        parameter(name, notes).filter(|_| plain).map(|name| (name, value.value.as_str().into()))
    });
    let pairs: Vec<_> = pairs.collect();
    pairs.into_iter().collect()
}

/// No two meanings may share a parameter, but for a source's token and the cursor that stands for it.
fn distinct(said: &Said, rest: &Rest, notes: &mut Notes) {
    let page = said.page.as_ref();
    let place = |named: Option<&Text>| named.map_or(page.map_or(said.at, |page| page.at), |named| named.at);
    let paging = |pick: fn(&Page) -> &Option<Text>| place(page.and_then(|page| pick(page).as_ref()));
    let mut used: Vec<(&str, &str, Span)> = Vec::new();
    used.extend(rest.size.as_deref().map(|name| (name, "the page's size", paging(|page| &page.size))));
    used.extend(match &rest.position {
        PositionRule::Offset(name) => Some((&**name, "the offset", paging(|page| &page.offset))),
        PositionRule::Number { parameter, .. } => Some((&**parameter, "the page's number", paging(|page| &page.number))),
        PositionRule::Token(name) => Some((&**name, "the source's token", paging(|page| &page.token))),
        PositionRule::Single => None,
    });
    used.push((&rest.cursor, "the cursor", place(said.cursor_param.as_ref())));
    let order = said.order_param.as_ref().map(|said| said.at).or(said.order_by.as_ref().map(|said| said.at)).unwrap_or(said.at);
    used.extend(rest.order.as_ref().map(|ordered| (&*ordered.parameter, "the ordering", order)));
    used.extend(rest.select.as_ref().map(|select| (&*select.parameter, "the selection", place(said.select_param.as_ref()))));
    let entries = said.filters.iter().flat_map(|filters| &filters.value.0);
    for (spelling, (name, filter)) in rest.filters.iter().zip(entries) {
        used.push((&spelling.parameter, "a filter", filter.param.as_ref().unwrap_or(name).at));
    }
    for (name, _) in &rest.place.fixed {
        let own = said.params.iter().flat_map(|params| &params.value.0).find(|(own, _)| *own.value == **name);
        used.push((name, "a fixed parameter", own.map_or(said.at, |(own, _)| own.at)));
    }
    if used.len() > PARAMETERS_MAX {
        notes.error(said.at, format!("{} parameters, and there may be {PARAMETERS_MAX}", used.len()), "remove filters");
        used.truncate(PARAMETERS_MAX);
    }
    // A source's token and the cursor that stands for it are one; two conditions may differ by what stands before the value.
    let told_apart = |a: usize, b: usize| {
        let spelled =
            |at: usize| rest.filters.iter().find(|spelling| &*spelling.parameter == used[at].0 && !spelling.before.is_empty());
        let roles = [used[a].1, used[b].1];
        roles == ["the source's token", "the cursor"]
            || (roles == ["a filter"; 2] && spelled(a).is_some() && spelled(b).is_some())
    };
    for (position, (name, role, at)) in used.iter().enumerate() {
        let twin = (0..position).find(|&other| used[other].0 == *name && !told_apart(other, position));
        if let Some(other) = twin {
            notes.error(
                *at,
                format!("the parameter `{}` already carries {}", short(name), used[other].1),
                format!("choose another name for {role}"),
            );
        }
    }
}
