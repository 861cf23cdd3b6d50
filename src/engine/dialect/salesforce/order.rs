//! The order of a query job: the JSON document that makes one (Bulk API 2.0 Developer Guide, "Create a Query Job").
//!
//! A campaign's order says the registered query and nothing that would change what comes of it; the source gets a document of our own.
//! Never takes a member that is not named here, nor one that stands twice.

use serde_json::{Value, json};

use super::soql::Registered;
use crate::engine::dialect::offer::{Offer, quoted};
use crate::engine::dialect::strict::Json;
use crate::engine::rejection::Rejection;

/// The member that has the query.
pub(super) const QUERY: &str = "query";
/// The one that has to stand beside it.
const OPERATION: &str = "operation";
/// What an order may say beside its query, and in which words. Of lines, clients say what suits them and read either; rows leave as
/// RFC 4180 has them.
pub(super) const MEMBERS: [(&str, &[&str]); 4] =
    [(OPERATION, &["query"]), ("contentType", &["CSV"]), ("columnDelimiter", &["COMMA"]), ("lineEnding", &["LF", "CRLF"])];

/// What the source is sent.
pub(super) fn document(query: &Registered, columns: &[String]) -> Value {
    let query = query.selecting(columns);
    json!({ "operation": "query", "query": query, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF" })
}

/// Whether an order is for the registered query, as a table with commas.
///
/// # Errors
/// A refusal that names what is at fault.
pub(super) fn check(query: &Registered, offer: &Offer, text: &str) -> Result<(), Rejection> {
    let unread = |sentence: &str| offer.refuse(&query.strange_in(text), sentence.to_owned());
    let members = match Json::read(text) {
        Ok(Json::Object(members)) => members,
        Ok(_) => return Err(unread("An order is one JSON object.")),
        Err(fault) => return Err(unread(fault.sentence())),
    };
    let Some(fault) = members.iter().find_map(|(name, value)| fault(query, name, value)).or_else(|| lacks(&members)) else {
        return Ok(());
    };
    // One fault is told; a hidden field may stand in another.
    let touched: String = members.iter().map(|(name, value)| strange(query, name, value)).collect();
    Err(offer.refuse(&touched, fault))
}

/// What is wrong with a member.
fn fault(query: &Registered, name: &str, value: &Json) -> Option<String> {
    if name == QUERY {
        let registered = matches!(value, Json::Text(said) if query.is(said));
        return (!registered).then(|| format!("One query is registered here, letter for letter: `{}`.", query.text()));
    }
    let Some((_, words)) = MEMBERS.iter().find(|(known, _)| *known == name) else {
        let names = MEMBERS.map(|(name, _)| name).join("`, `");
        return Some(format!("An order has no member `{}`; it has `{QUERY}`, `{names}`.", quoted(name)));
    };
    let sound = matches!(value, Json::Text(said) if words.contains(&said.as_str()));
    (!sound).then(|| format!("`{name}` is always `{}` here.", words.join("` or `")))
}

fn lacks(members: &[(String, Json)]) -> Option<String> {
    let missing = |wanted: &&str| !members.iter().any(|(name, _)| name == wanted);
    [OPERATION, QUERY].iter().find(|wanted| missing(wanted)).map(|name| format!("An order says its `{name}`."))
}

/// What a member says that the registered query does not.
fn strange(query: &Registered, name: &str, value: &Json) -> String {
    let words = value.words();
    if name == QUERY { query.strange_in(&words) } else { format!("{name} {words} ") }
}
