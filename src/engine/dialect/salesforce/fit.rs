//! Whether a registered query says all that its export offers, and nothing that its export hides.
//!
//! Judged once, when a contest is read. Nothing of a request is looked at here.

use super::soql::Registered;
use super::{Salesforce, name, wanted};
use crate::engine::dialect::family::Unfit;
use crate::engine::dialect::offer::Offer;

/// Smallest page that the source gives.
const SIZE_MIN: u32 = 200;

/// Whether the query and the export say the same.
///
/// # Errors
/// Where they differ, and what to write instead.
pub(super) fn fits(salesforce: &Salesforce, offer: &Offer) -> Result<(), Unfit> {
    if offer.size_default.is_none_or(|size| size < SIZE_MIN) {
        return Err(Unfit::new("Salesforce gives no pages of fewer than 200 records", "remove `page`, or say at least 200"));
    }
    named(offer)?;
    says_the_same(&salesforce.query, offer)?;
    single(salesforce, offer)
}

/// Whether a query and an export name the same fields, whatever form the list has.
///
/// # Errors
/// Where they differ, and what to write instead.
pub(super) fn says_the_same(query: &Registered, offer: &Offer) -> Result<(), Unfit> {
    if !offer.filters.is_empty() {
        return Err(Unfit::new("a campaign cannot filter a registered query", "remove `filters`, or narrow the query itself"));
    }
    selects(query, offer)?;
    orders(query, offer)
}

/// A campaign gets what the query selects, and the query selects nothing that never leaves: neither side waits in vain.
fn selects(query: &Registered, offer: &Offer) -> Result<(), Unfit> {
    let leaving: Vec<_> = offer.fields.iter().filter_map(|need| name(&need.field)).collect();
    if let Some(field) = query.fields.iter().find(|field| !leaving.iter().any(|name| **name == ***field)) {
        let problem = format!("the registered query selects `{field}`, which does not leave");
        return Err(Unfit::new(problem, "remove it from the query, or give it a rule; names are written as Salesforce does"));
    }
    match leaving.iter().find(|name| !query.fields.iter().any(|field| **field == ***name)) {
        Some(name) => {
            Err(Unfit::new(format!("`{name}` leaves, but the registered query does not select it"), "add it to the query"))
        }
        None => Ok(()),
    }
}

/// An order tells of what it is made. `order_by` names no field but such as a campaign sees.
fn orders(query: &Registered, offer: &Offer) -> Result<(), Unfit> {
    let allowed: Vec<_> = offer.order.iter().filter_map(name).collect();
    if let Some(field) = query.order.iter().find(|field| !allowed.iter().any(|name| **name == ***field)) {
        let problem = format!("the registered query orders by `{field}`, and an order tells something of each record");
        return Err(Unfit::new(problem, format!("add `order_by = [\"{field}\"]`, or order by another field")));
    }
    match allowed.iter().find(|name| !query.order.iter().any(|field| **field == ***name)) {
        Some(name) => Err(Unfit::new(format!("the registered query does not order by `{name}`"), "remove it from `order_by`")),
        None => Ok(()),
    }
}

/// Fields of other objects can be selected by a query alone, and a record is named by its Id.
fn single(salesforce: &Salesforce, offer: &Offer) -> Result<(), Unfit> {
    let Some(key) = offer.key.as_ref().filter(|_| salesforce.place.item.is_some()) else { return Ok(()) };
    if !key.field.to_string().eq_ignore_ascii_case("id") {
        return Err(Unfit::new("Salesforce names a single record by its `Id`", "write `id = \"Id\"`, or remove `item`"));
    }
    match wanted(offer, None).into_iter().find(|name| name.contains('.')) {
        Some(name) => {
            let problem = format!("`{name}` stands in another object, of which a single record is not asked");
            Err(Unfit::new(problem, "remove `item`, or the field"))
        }
        None => Ok(()),
    }
}

/// Every field has a name that can stand in a query as it is. A record's address holds its Id, whatever becomes of the Id itself.
fn named(offer: &Offer) -> Result<(), Unfit> {
    let address =
        offer.fields.iter().find(|need| name(&need.field).is_none() && need.field.members().next_back() != Some("type"));
    if let Some(need) = address {
        return Err(Unfit::new(
            format!("`{}` holds the record's address, and its Id in it", need.field),
            "drop it; `attributes.type` may stay",
        ));
    }
    let lists = offer.fields.iter().map(|need| &need.field).find(|field| field.enters_list());
    let plain = |name: &str| name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()) && name.bytes().all(in_name);
    let all = offer.wanted(None);
    match lists.or_else(|| all.iter().find(|field| !field.members().all(plain))) {
        Some(field) => {
            let problem = format!("`{field}` cannot be selected: it is no field of the object, nor of one that it belongs to");
            Err(Unfit::new(problem, "write it as a query does: `Email`, `Account.Name`, `Status__c`"))
        }
        None => Ok(()),
    }
}

const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
