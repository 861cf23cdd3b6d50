//! How a selection of fields is spelled, by campaigns and for the source alike.
//!
//! Which fields there are is the offer's to say. The source is asked for those that are needed and for no others.

use crate::engine::dialect::encoding::append_parameter;
use crate::engine::dialect::offer::Offer;
use crate::engine::ids::FieldPath;

/// How a selection of fields is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectStyle {
    /// `fields=a,b.c`; `*` is every field that is offered.
    Paths(&'static str),
    /// `select=a,b`: of a nested field, the source is asked for all of its outermost member. `*` is every field that is offered.
    Columns(&'static str),
    /// `_col=a&_col=b`: the same, once a field.
    Repeated(&'static str),
    /// `properties=a,b`, or `properties=a&properties=b`: the same, however a client writes it.
    Listed(&'static str),
}

/// How one export's selection is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The parameter.
    pub parameter: Box<str>,
    /// Whether it stands once a field, rather than once with commas.
    pub repeated: bool,
    /// Whether the source understands the paths of nested fields.
    pub paths: bool,
    /// What else clients of the API write.
    pub also: Also,
}

/// What the clients of an API write as a selection beside its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// `*` for every field, which is every field that the export offers and no more.
    Star,
    /// The parameter several times.
    Several,
}

impl SelectStyle {
    /// With its own parameter.
    #[must_use]
    pub fn selected(self) -> Selected {
        match self {
            Self::Paths(name) => Selected { parameter: name.into(), repeated: false, paths: true, also: Also::Star },
            Self::Columns(name) => Selected { parameter: name.into(), repeated: false, paths: false, also: Also::Star },
            Self::Repeated(name) => Selected { parameter: name.into(), repeated: true, paths: false, also: Also::Nothing },
            Self::Listed(name) => Selected { parameter: name.into(), repeated: false, paths: false, also: Also::Several },
        }
    }
}

impl Selected {
    /// The names; none for every field, which is what a query without a selection means too.
    pub(super) fn split<'v>(&self, value: &'v str) -> Vec<&'v str> {
        match value {
            "*" if self.also == Also::Star => Vec::new(),
            one if self.repeated => vec![one],
            several => several.split(',').collect(),
        }
    }

    /// Asks the source for these fields. What stands outside an export's root comes without being asked for.
    pub(super) fn ask(&self, target: &mut String, offer: &Offer, fields: &[FieldPath]) {
        let mut names: Vec<String> = Vec::new();
        for field in fields.iter().filter_map(|field| offer.below_root(field)) {
            let name = if self.paths { field.to_string() } else { FieldPath::of(&field.parts()[..1]).to_string() };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.append(target, &names);
    }

    /// Appends a selection of these names.
    pub(super) fn append(&self, target: &mut String, names: &[String]) {
        if self.repeated {
            names.iter().for_each(|name| append_parameter(target, &self.parameter, name));
        } else if !names.is_empty() {
            append_parameter(target, &self.parameter, &names.join(","));
        }
    }
}
