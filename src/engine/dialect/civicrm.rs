//! The dialect `civicrm`: lists by CiviCRM's API v4, as `docs.civicrm.org/dev/en/latest/api/v4/rest` and `CRM/Api4/Page/AJAX.php` have
//! it. One entity and the action `get` to an export, which asks with one JSON text in the parameter `params`.
//!
//! Campaigns may send `params` in the address or in a form, but not in both: CiviCRM reads one and forgets the other. The source is
//! always asked by POST, because an address is written into logs, and conditions may hold what a token stands for. No other
//! action is ever asked for, no join, no function, no chain, and no index.

mod params;

use serde_json::{Value, json};

use super::encoding::{append_parameter, decode_query, encode_into};
use super::family::{Family, Members, NOTHING_USUAL, Speech, Terms, Trouble, Unfit, Usual};
use super::offer::{Naming, Offer, quoted, refuse};
use super::place::Place;
use super::route::NotUnderstood;
use super::speech::{Address, Asked, Base, Dialect, Draft, Payload, SourceRequest, Verb};
use crate::engine::query::{ListQuery, Position, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;

/// CiviCRM, API v4.
pub const CIVICRM: Family = Family {
    name: "civicrm",
    usual: Usual {
        records: Some("values"),
        count: Some("count"),
        size_must_be_said: true,
        short_page_ends: true,
        naming: Naming::Member,
        ..NOTHING_USUAL
    },
    speech: Speech::Own(speak),
    trouble,
    stray,
    entry: None,
};

/// The one parameter that CiviCRM reads.
const PARAMS: &str = "params";
/// Our own beside it. CiviCRM has no cursors; this one stands in our links.
const CURSOR: &str = "cursor";
/// How forms are written, here and there.
const FORM: &str = "application/x-www-form-urlencoded";

/// For whoever asks for another entity or action. It is said of what is not granted too, so it does not say what there is.
const ELSEWHERE: &str = "Of CiviCRM's API v4 only the action `get` is spoken, and only for the entities that were agreed upon; write both \
                         as CiviCRM does, for example `/civicrm/ajax/api4/Contact/get`.";
/// For whoever speaks the API's last version but one.
const VERSION_3: &str =
    "This is CiviCRM's API v3, which is not spoken here; ask by API v4, for example `/civicrm/ajax/api4/Contact/get`.";
/// For whoever asks several things at once.
const CALLS: &str = "Several calls in one request are not spoken; send one request for each.";

/// One entity's `get`.
#[derive(Debug)]
struct CiviCrm {
    /// The list's path ends in `/get`. What is fixed are conditions of every request, as field and value: both are CiviCRM's own.
    place: Place,
}

fn speak(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    // By POST, CiviCRM would perform any action at all.
    if !terms.source_path.ends_with("/get") {
        let help = "end `source_path` (or `path`, where there is none) in `/get`, for example `/civicrm/ajax/api4/Contact/get`";
        return Err(Unfit::new("lists are read from CiviCRM by the action `get` alone", help));
    }
    if terms.source_item.is_some() {
        return Err(Unfit::new(
            "CiviCRM has no address for a single record",
            "remove `item`, and add a filter on the identifier: campaigns then ask `[\"id\", \"=\", …]`",
        ));
    }
    if terms.registered.is_some() {
        return Err(Unfit::new("this API is not asked by registered queries", "remove `query`"));
    }
    Ok(Box::new(CiviCrm { place: terms.place() }))
}

/// As a call of API v4 that fails says it, and as its clients look for it.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("error_code", json!(trouble.status)), ("error_message", json!(trouble.detail))]
}

fn stray(path: &str) -> Option<&'static str> {
    let within = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match path {
        "/civicrm/ajax/api4" | "/civicrm/ajax/api4/" => Some(CALLS),
        _ if within("/civicrm/ajax/api4") => Some(ELSEWHERE),
        _ if within("/civicrm/ajax/rest") || path.ends_with("/extern/rest.php") => Some(VERSION_3),
        _ => None,
    }
}

impl Dialect for CiviCrm {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        if *asked.address != Address::List {
            return Err(Reason::RecordUnknown.into());
        }
        let (mut said, mut cursor) = (None, None);
        for (name, value) in parameters(offer, asked)? {
            match name.as_str() {
                PARAMS => said = Some(value),
                CURSOR => cursor = Some(value),
                name => return Err(foreign(offer, name, &value)),
            }
        }
        let said = said.ok_or_else(|| refuse("Ask with `params`, for example `params={\"limit\":25}`.".to_owned()))?;
        let query = params::Reader { offer, fixed: &self.place.fixed, tokens }.read(&said)?;
        Ok(Draft { cursor, ..Draft::from(query) })
    }

    /// With `X-Requested-With`, without which CiviCRM takes credentials in its own header alone (`CRM_Utils_REST::isWebServiceRequest`).
    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest {
        let mut body = format!("{PARAMS}=");
        encode_into(&mut body, &params::for_source(offer, &self.place.fixed, query));
        SourceRequest {
            verb: Verb::Post,
            headers: vec![("x-requested-with", "XMLHttpRequest".to_owned())],
            body: Some((FORM, body)),
            ..SourceRequest::get(self.place.list.to_string())
        }
    }

    /// CiviCRM says nothing of a next page. Whatever it is that an export reads as such, it cannot be asked for.
    fn next(&self, _: &str, _: &Position) -> Result<Option<Position>, NotUnderstood> {
        Err(NotUnderstood)
    }

    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        append_parameter(&mut link, PARAMS, &params::for_campaign(offer, query));
        append_parameter(&mut link, CURSOR, sealed);
        link
    }

    fn parameters(&self, _: &Offer) -> Vec<String> {
        [PARAMS, CURSOR].map(str::to_owned).into()
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        self.place.terms()
    }

    fn reads_bodies(&self) -> bool {
        true
    }
}

/// The parameters of the address or those of the form. Both at once are refused whatever they say: PHP's `$_REQUEST` lets one of them win.
fn parameters(offer: &Offer, asked: &Asked<'_>) -> Result<Vec<(String, String)>, Rejection> {
    let form = match (asked.verb, asked.body) {
        (_, Payload::Nothing) => "",
        (Verb::Post, Payload::Form(form)) => form,
        (_, Payload::Form(text) | Payload::Json(text)) => {
            return Err(offer.refuse(text, format!("Send `params` in the address, or with POST as {FORM}.")));
        }
    };
    let read = |text: &str| decode_query(text).map_err(|fault| offer.refuse(text, fault.sentence().to_owned()));
    let (mut address, form) = (read(asked.query)?, read(form)?);
    if !address.is_empty() && !form.is_empty() {
        let words: Vec<_> = address.iter().chain(&form).map(|(name, value)| format!("{name} {value}")).collect();
        return Err(offer.refuse(&words.join(" "), "Write parameters in the address or in the form, not in both.".to_owned()));
    }
    address.extend(form);
    Ok(address)
}

/// A parameter of CiviCRM's that is not taken here, or of nobody's.
fn foreign(offer: &Offer, name: &str, value: &str) -> Rejection {
    let sentence = match name {
        "_authx" | "api_key" | "key" => {
            "A key in an address or a form is written into logs; send it in the header `X-Civi-Auth`.".to_owned()
        }
        "index" => "`index` would make values names of members; the records come as a list.".to_owned(),
        _ => format!("`{}` is no parameter here; there are `{PARAMS}` and `{CURSOR}`.", quoted(name)),
    };
    offer.refuse(&format!("{name} {value}"), sentence)
}
