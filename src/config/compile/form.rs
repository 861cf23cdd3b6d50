//! `format`, `columns`, `accept` and `formulas`: how the source writes a list, and in which forms it may leave.

use super::{LIST_MAX, bounded, refuse, word};
use crate::config::notes::Notes;
use crate::config::raw::export::Export as Said;
use crate::config::raw::read::{List, Text};
use crate::engine::form::Form;
use crate::engine::minimise::Formulas;

/// What becomes of formulas in CSV, by name.
pub const FORMULAS: [(&str, Formulas); 2] = [("escape", Formulas::Escape), ("refuse", Formulas::Refuse)];

/// The forms of an export.
pub struct Forms {
    /// How the source writes it.
    pub source: Form,
    /// The columns of a table.
    pub columns: Vec<Box<str>>,
    /// The forms in which it may leave, the first being that of a request without a preference.
    pub offered: Vec<Form>,
    /// What becomes of a formula in CSV.
    pub formulas: Formulas,
}

/// Compiles the forms of an export.
pub fn forms(said: &Said, notes: &mut Notes) -> Option<Forms> {
    let source = said.format.as_ref().map_or(Some(Form::Json), |format| word(format, "format of a list", &Form::ALL, notes));
    let columns = source.and_then(|source| columns(said, source, notes));
    let offered = match (&said.accept, source) {
        (Some(accept), _) => offered(accept, notes),
        (None, source) => source.map(|source| vec![source]),
    };
    let formulas = said.formulas.as_ref();
    let formulas = formulas.map_or(Some(Formulas::default()), |said| word(said, "way with formulas", &FORMULAS, notes));
    if let (Some(unused), Some(offered)) = (&said.formulas, &offered)
        && !offered.contains(&Form::Csv)
    {
        notes.error(unused.at, "`formulas` is about CSV, and this list leaves in other forms", "add \"csv\" to `accept`");
    }
    Some(Forms { source: source?, columns: columns?, offered: offered?, formulas: formulas? })
}

fn columns(said: &Said, source: Form, notes: &mut Notes) -> Option<Vec<Box<str>>> {
    if source != Form::Json {
        let line = "remove the line";
        refuse(said.records.as_ref(), "the lines or rows of this list are its records", line, notes);
        refuse(said.envelope.as_ref(), "nothing stands beside the lines or rows of this list", line, notes);
        let pages = "remove the line, and let `page` name an `offset` or a `number`";
        refuse(said.next.as_ref(), "lines and rows cannot say where the next page is", pages, notes);
    }
    match (&said.columns, source) {
        (Some(columns), Form::Csv) => header(columns, notes),
        (None, Form::Csv) => {
            let at = said.format.as_ref().map_or(said.at, |format| format.at);
            notes.error(at, "`columns` is missing", "add `columns = […]`: the header row as the source writes it, in its order");
            None
        }
        (Some(columns), _) => {
            notes.error(columns.at, "only a table has columns", "remove the line, or write `format = \"csv\"`");
            None
        }
        (None, _) => Some(Vec::new()),
    }
}

fn header(said: &List<Text>, notes: &mut Notes) -> Option<Vec<Box<str>>> {
    bounded(said, "columns", LIST_MAX, notes);
    let mut sound = !said.value.is_empty();
    if !sound {
        notes.error(said.at, "a table has columns", "list the header row as the source writes it");
    }
    for (position, name) in said.value.iter().enumerate() {
        let repeated = said.value[..position].iter().any(|other| other.value == name.value);
        if repeated || name.value.is_empty() || name.value.chars().any(char::is_control) {
            notes.error(
                name.at,
                "a column has a name of its own, in one line",
                "ask the source for a table with such a header row",
            );
            sound = false;
        }
    }
    sound.then(|| said.value.iter().map(|name| name.value.as_str().into()).collect())
}

fn offered(said: &List<Text>, notes: &mut Notes) -> Option<Vec<Form>> {
    if said.value.is_empty() {
        notes.error(
            said.at,
            "a list that leaves in no form cannot be asked for",
            "write for example `accept = [\"json\", \"csv\"]`",
        );
        return None;
    }
    let mut offered = Vec::new();
    for name in &said.value {
        let form = word(name, "form of a list", &Form::ALL, notes)?;
        if offered.contains(&form) {
            notes.error(name.at, format!("`{}` stands here twice", form.name()), "keep one of them");
        }
        offered.push(form);
    }
    Some(offered)
}
