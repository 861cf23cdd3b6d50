//! SOQL, as far as a registered query needs it: which fields it selects, what it orders by, and where its `FROM` stands.
//!
//! What is registered is the operator's own; it is read with suspicion all the same, because what cannot be told apart here cannot
//! be promised either. Accepts `SELECT` of plain fields `FROM` one object, then at most one each of `WHERE`, `WITH`, `ORDER BY`, `LIMIT`
//! and `OFFSET`, in this order (SOQL and SOSL Reference, "SOQL SELECT Syntax"). Never reads a query of a campaign, but to compare it.

use crate::engine::dialect::family::Unfit;

/// Deepest brackets inside one another.
const DEPTH_MAX: usize = 16;
/// What may stand outside literals beside letters, digits, dots, underscores and white space.
const SYMBOLS: &str = "=<>!,()-+:";
/// What may follow the object, in this order.
const CLAUSES: [&str; 5] = ["WHERE", "WITH", "ORDER", "LIMIT", "OFFSET"];
/// What groups records, changes their shape, changes the source, or brings deleted records. Not even inside brackets.
const FORBIDDEN: [&str; 9] = ["GROUP", "HAVING", "TYPEOF", "FIELDS", "FOR", "USING", "UPDATE", "ROWS", "SCOPE"];
/// Whose permissions the source applies.
const MODES: [&str; 3] = ["SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"];

/// A query that an operator registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The query in one line.
    text: Box<str>,
    /// The fields that it selects, in its order.
    pub fields: Vec<Box<str>>,
    /// The fields that it orders by, outermost first.
    pub order: Vec<Box<str>>,
    /// The object and all that follows.
    rest: Box<str>,
}

impl Registered {
    /// Reads a query. Each of its faults is an error of the contest's file.
    ///
    /// # Errors
    /// What this module does not accept, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let text = one_line(text).ok_or_else(|| unfit("has an open quote, or a character that SOQL has not outside quotes"))?;
        let tokens = tokens(&text).ok_or_else(|| unfit("has brackets that do not close, or too many inside one another"))?;
        let from = tokens.iter().position(|token| token.depth == 0 && token.is("FROM"));
        let from = from.ok_or_else(|| unfit("has no `FROM`"))?;
        let (selected, rest) = tokens.split_at(from);
        let [select, selected @ ..] = selected else { return Err(unfit("does not begin with `SELECT`")) };
        let [from, rest @ ..] = rest else { return Err(unfit("has no `FROM`")) };
        if !select.is("SELECT") {
            return Err(unfit("does not begin with `SELECT`"));
        }
        let fields = fields(selected)?;
        let order = clauses(rest)?;
        let rest = text.get(from.end..).unwrap_or_default().trim_start().into();
        Ok(Self { text: text.into(), fields, order, rest })
    }

    /// Whether this is the query, letter for letter, but for how much white space stands where some does outside quotes.
    #[must_use]
    pub fn is(&self, said: &str) -> bool {
        one_line(said).is_some_and(|said| *said == *self.text)
    }

    /// What another query says that this one does not say on the same side of its `FROM`, for who has to tell what it touched.
    #[must_use]
    pub fn strange_in(&self, said: &str) -> String {
        let from = said.to_ascii_uppercase().find("FROM").unwrap_or(said.len());
        let (selected, rest) = said.split_at_checked(from).unwrap_or((said, ""));
        let strange = |text: &str, known: &dyn Fn(&str) -> bool| {
            let words = text.split(|c: char| !in_word(c)).filter(|word| !word.is_empty() && !known(word));
            words.map(|word| format!("{word} ")).collect::<String>()
        };
        let own = |word: &str| self.fields.iter().any(|field| **field == *word);
        let said_too = |word: &str| self.rest.split(|c: char| !in_word(c)).any(|known| known == word);
        strange(selected, &own) + &strange(rest, &said_too)
    }

    /// The query in one line, as campaigns ask for it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The query for these fields in the place of its own.
    #[must_use]
    pub fn selecting(&self, fields: &[String]) -> String {
        format!("SELECT {} FROM {}", fields.join(", "), self.rest)
    }
}

fn unfit(fault: &str) -> Unfit {
    Unfit::new(format!("the registered query {fault}"), "write `SELECT Id, … FROM … [WHERE …] [ORDER BY …] [LIMIT …]`")
}

/// Where a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Quoted,
    /// Behind a backslash between quotes.
    Escaped,
}

/// The text with single spaces, but for what stands between quotes, where each character is part of a value. `None` when a
/// quote is open, or a character has no meaning.
fn one_line(text: &str) -> Option<String> {
    let (mut line, mut place) = (String::new(), Place::Outside);
    for character in text.trim_ascii().chars() {
        let space = place == Place::Outside && character.is_ascii_whitespace();
        place = match (place, character) {
            (Place::Outside, '\'') | (Place::Escaped, _) => Place::Quoted,
            (Place::Outside, c) if space || in_word(c) || SYMBOLS.contains(c) => Place::Outside,
            (Place::Quoted, '\'') => Place::Outside,
            (Place::Quoted, '\\') => Place::Escaped,
            (Place::Quoted, _) => Place::Quoted,
            (Place::Outside, _) => return None,
        };
        if space && !line.ends_with(' ') {
            line.push(' ');
        } else if !space && character.is_control() {
            return None;
        } else if !space {
            line.push(character);
        }
    }
    (place == Place::Outside).then_some(line)
}

const fn in_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.')
}

/// A word, a literal or a symbol.
#[derive(Clone, Copy)]
struct Token<'t> {
    text: &'t str,
    /// Where it ends.
    end: usize,
    /// How many brackets are open around it.
    depth: usize,
}

impl Token<'_> {
    /// Whether it is this keyword, which SOQL reads in any case.
    fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }

    fn one_of(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }
}

/// The tokens of one line; `None` when brackets do not close.
fn tokens(line: &str) -> Option<Vec<Token<'_>>> {
    let (mut tokens, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(first) = line.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = line.get(at..)?;
        let length = match first {
            '\'' => literal(rest),
            first if in_word(first) => rest.find(|c| !in_word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        depth = if first == ')' { depth.checked_sub(1)? } else { depth };
        at += length;
        if first != ' ' {
            tokens.push(Token { text: rest.get(..length)?, end: at, depth });
        }
        depth += usize::from(first == '(');
        if depth > DEPTH_MAX {
            return None;
        }
    }
    (depth == 0).then_some(tokens)
}

/// How long the literal is with which this begins.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let closes = byte == b'\'' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The fields of a `SELECT`: names with commas between them, and nothing else.
fn fields(selected: &[Token<'_>]) -> Result<Vec<Box<str>>, Unfit> {
    let field = |part: &[Token<'_>]| match part {
        [name] if is_path(name.text) => Ok(name.text.into()),
        _ => Err(unfit(
            "selects more than plain fields: functions, aliases, `TYPEOF`, `FIELDS()` and queries inside are not served",
        )),
    };
    selected.split(|token| token.is(",")).map(field).collect()
}

/// A field of the object, or of one that it belongs to: `Email`, `Account.Name`.
pub(super) fn is_path(name: &str) -> bool {
    name.split('.').all(|part| part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()))
}

/// Reads what follows `FROM`: the fields that it orders by.
fn clauses(tokens: &[Token<'_>]) -> Result<Vec<Box<str>>, Unfit> {
    if let Some(word) = tokens.iter().find(|token| token.one_of(&FORBIDDEN)) {
        return Err(unfit(&format!("says `{}`, which is not served", word.text)));
    }
    let begins = |token: &Token<'_>| token.depth == 0 && token.one_of(&CLAUSES);
    let mut parts = tokens.chunk_by(|_, next| !begins(next));
    let object = parts.next().is_some_and(|part| matches!(part, [name] if is_path(name.text) && !name.text.contains('.')));
    if !object {
        return Err(unfit("asks for more than one object, or gives it another name"));
    }
    let (mut order, mut last) = (Vec::new(), None);
    for part in parts {
        let [keyword, said @ ..] = part else { continue };
        let rank = CLAUSES.iter().position(|clause| keyword.is(clause));
        if rank <= last {
            return Err(unfit(&format!("says `{}` twice, or too late", keyword.text)));
        }
        last = rank;
        order.extend(clause(keyword, said)?);
    }
    Ok(order)
}

/// Reads one clause: the fields that it orders by, if it does.
fn clause(keyword: &Token<'_>, said: &[Token<'_>]) -> Result<Vec<Box<str>>, Unfit> {
    let fault = || unfit(&format!("has a `{}` that is not understood", keyword.text));
    let selects = |token: &Token<'_>| token.depth == 0 && token.one_of(&["SELECT", "FROM"]);
    let sound = match (keyword.text.to_ascii_uppercase().as_str(), said) {
        ("ORDER", [by, parts @ ..]) if by.is("BY") => {
            return parts.split(|token| token.depth == 0 && token.is(",")).map(|part| ordered(part).ok_or_else(fault)).collect();
        }
        ("WHERE", said) => !said.is_empty() && !said.iter().any(selects),
        ("WITH", [mode]) => mode.one_of(&MODES),
        ("LIMIT" | "OFFSET", [number]) => number.text.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if sound { Ok(Vec::new()) } else { Err(fault()) }
}

/// The field of `Field [ASC|DESC] [NULLS FIRST|LAST]`.
fn ordered(part: &[Token<'_>]) -> Option<Box<str>> {
    let [field, said @ ..] = part else { return None };
    let said =
        if let [direction, rest @ ..] = said { if direction.one_of(&["ASC", "DESC"]) { rest } else { said } } else { said };
    let nulls = match said {
        [] => true,
        [nulls, place] => nulls.is("NULLS") && place.one_of(&["FIRST", "LAST"]),
        _ => false,
    };
    (nulls && is_path(field.text)).then(|| field.text.into())
}
