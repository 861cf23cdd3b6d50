//! The parameters of a request, each looked up in the export: taken for what it means, or refused by name.
//!
//! None is dropped: a filter that silently vanishes widens a pull.

use super::Rest;
use super::select::{Also, Selected};
use crate::engine::dialect::offer::{Offer, quoted, refuse};
use crate::engine::dialect::speech::Dialect;
use crate::engine::query::{ListQuery, Tokens};
use crate::engine::rejection::Rejection;

impl Rest {
    /// Several selections are one, and two conditions may share a parameter.
    pub(super) fn may_repeat(&self, name: &str) -> bool {
        let several = |select: &Selected| select.repeated || select.also == Also::Several;
        let select = self.select.as_ref().is_some_and(|select| several(select) && *select.parameter == *name);
        select || self.filters.iter().filter(|spelling| *spelling.parameter == *name).count() > 1
    }

    /// The fields that a parameter selects, looked up at once: the first fault of a query is the one that is told.
    pub(super) fn selected<'v>(&self, offer: &Offer, value: &'v str) -> Result<Vec<&'v str>, Rejection> {
        let names: Vec<_> = self.select.iter().flat_map(|select| select.split(value)).collect();
        offer.selection(names.iter().copied())?;
        Ok(names)
    }

    /// Takes what narrows or orders the list.
    pub(super) fn take(
        &self,
        offer: &Offer,
        query: &mut ListQuery,
        name: &str,
        value: &str,
        tokens: &dyn Tokens,
    ) -> Result<(), Rejection> {
        if let Some(order) = self.order.as_ref().filter(|order| order.parameters().any(|known| known == name)) {
            if !query.order.is_empty() {
                return Err(refuse(format!("The ordering stands twice; `{}` is one too many.", quoted(name))));
            }
            query.order = order.read(offer, name, value)?;
            return Ok(());
        }
        let mut own = self.filters.iter().zip(&offer.filters).filter(|(spelling, _)| *spelling.parameter == *name);
        let spoken = own.find_map(|(spelling, rule)| spelling.inner(value).map(|inner| (spelling, rule, inner)));
        let Some((spelling, rule, inner)) = spoken else { return Err(self.undeclared(offer, name, value)) };
        let other = || refuse(format!("The value of `{}` is empty, or the API would take it for something else.", quoted(name)));
        let values = spelling.split(inner, rule.operator).ok_or_else(other)?;
        let filter = rule.read(name, &values.iter().map(String::as_str).collect::<Vec<_>>(), tokens)?;
        if !spelling.carries(&filter) {
            return Err(other());
        }
        query.filters.push(filter);
        Ok(())
    }

    /// A parameter that is none of this export's, or does not take this value.
    pub(super) fn undeclared(&self, offer: &Offer, name: &str, value: &str) -> Rejection {
        let own = self.filters.iter().filter(|spelling| *spelling.parameter == *name);
        let own: Vec<_> = own.map(|spelling| format!("`{}…{}`", spelling.before, spelling.after)).collect();
        let fixed = self.place.fixed.iter().find(|(parameter, _)| **parameter == *name);
        let sentence = match (fixed, own.is_empty()) {
            (Some((_, said)), _) => format!("`{name}` is always `{said}` here; leave it out."),
            (None, false) => format!("`{name}` takes {}.", own.join(", ")),
            (None, true) => {
                let accepted: Vec<_> = self.parameters(offer).iter().map(|name| format!("`{name}`")).collect();
                format!("`{}` is not a parameter of this export; it accepts {}.", quoted(name), accepted.join(", "))
            }
        };
        offer.refuse(&format!("{name} {value}"), sentence)
    }
}

/// Whether a campaign says what is fixed. Python clients write a truth value as `False`.
pub(super) fn is_said(fixed: &str, value: &str) -> bool {
    fixed == value || (["true", "false"].contains(&fixed) && fixed.eq_ignore_ascii_case(value))
}
