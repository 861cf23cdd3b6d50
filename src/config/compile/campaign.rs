//! `[[campaign]]`: one side of a contest.

use std::sync::Arc;

use ipnet::IpNet;
use jiff::tz::TimeZone;

use super::credential::{credential, digest};
use super::limits::limits;
use super::time::{date, instant};
use super::{CREDENTIALS_MAX, LIST_MAX, bounded, line, short};
use crate::config::notes::{Notes, Span};
use crate::config::raw::campaign::{Campaign as Said, Signature as SignatureSaid};
use crate::config::raw::read::{List, Text};
use crate::config::raw::spelling;
use crate::engine::credential::KeyDigest;
use crate::engine::dialect::cursor::{CURSOR_KEY_BYTES, CursorKey};
use crate::engine::format::PhoneRegion;
use crate::engine::ids::{CampaignId, ContestId, Domain, ExportName};
use crate::engine::minimise::pseudonym::{ContestKey, Keyring};
use crate::engine::policy::Campaign;
use crate::engine::policy::agreement::{Agreement, Signature};
use crate::engine::policy::suspension::Suspension;
use crate::engine::policy::window::Window;
use crate::engine::quota::Limits;

/// What a campaign's parts are compiled against: the contest, as far as it compiled.
pub struct Around<'a> {
    /// The contest's identifier.
    pub contest: Option<&'a ContestId>,
    /// Its zone.
    pub zone: Option<&'a TimeZone>,
    /// Its window.
    pub window: Option<Window>,
    /// Its agreement; the outer `None` is one that did not compile.
    pub agreement: Option<Option<&'a Agreement>>,
    /// Its limits.
    pub limits: Option<Limits>,
    /// The names of its exports; `None` when any could not be read.
    pub exports: Option<&'a [&'a str]>,
    /// The secret key.
    pub key: Option<&'a ContestKey>,
    /// The domains of its pseudonyms.
    pub domains: &'a [Domain],
    /// Where telephone numbers without a country code are at home.
    pub phones: Option<PhoneRegion>,
}

/// Compiles a campaign, and gives the place of each digest beside it.
pub fn campaign(said: &Said, around: &Around<'_>, notes: &mut Notes) -> (Option<Campaign>, Vec<(Span, KeyDigest)>) {
    let id = said.id.as_ref().and_then(|said| campaign_id(said, notes));
    let title = said.title.as_ref().and_then(|said| line(said, "the title", notes));
    let grants = said.exports.as_ref().and_then(|said| grants(said, around.exports, notes));
    let signature = said.agreement.as_ref().map_or(Some(None), |said| signature(said, notes).map(Some));
    if let (Some(signature), Some(agreement)) = (&signature, around.agreement) {
        check_signature(said, signature.as_ref(), agreement, notes);
    }
    let networks = said.networks.as_ref().map_or_else(|| Some(Vec::new()), |said| networks(said, notes));
    let window = window(said, around, notes);
    let suspension = suspension(said.suspended.as_ref(), notes);
    let limits = around.limits.and_then(|contest| limits(said.limits.as_ref(), contest, notes));
    let (credentials, places) = credentials(said, around, window, notes);
    let keys = around.contest.zip(id.as_ref()).zip(around.key);
    let built = keys.and_then(|((contest, own), key)| {
        Some(Campaign {
            keyring: Arc::new(Keyring::derive(key, contest, own, around.domains).at_home_in(around.phones?)),
            cursor_key: Arc::new(cursor_key(key, contest, own)),
            id: own.clone(),
            title: title?,
            grants: grants?,
            signature: signature?,
            networks: networks?,
            window: window?,
            suspension: suspension?,
            limits: limits?,
            credentials: credentials?,
        })
    });
    (built, places)
}

/// The key under which one campaign's cursors are sealed.
fn cursor_key(key: &ContestKey, contest: &ContestId, campaign: &CampaignId) -> CursorKey {
    let mut bytes = [0; CURSOR_KEY_BYTES];
    key.derive("cursor", contest, campaign, &mut bytes);
    CursorKey::new(bytes)
}

fn campaign_id(said: &Text, notes: &mut Notes) -> Option<CampaignId> {
    let parsed = CampaignId::parse(&said.value);
    if let Err(error) = &parsed {
        notes.error(said.at, format!("the identifier of a campaign {error}"), "write a short name such as `amber`");
    }
    parsed.ok()
}

fn grants(said: &List<Text>, exports: Option<&[&str]>, notes: &mut Notes) -> Option<Vec<ExportName>> {
    bounded(said, "exports", LIST_MAX, notes);
    let mut names = Some(Vec::new());
    for (position, text) in said.value.iter().take(LIST_MAX).enumerate() {
        if said.value[..position].iter().any(|other| other.value == text.value) {
            notes.error(text.at, format!("`{}` is granted twice", short(&text.value)), "remove one of the two");
        }
        if let Some(exports) = exports.filter(|exports| !exports.contains(&text.value.as_str())) {
            let message = format!("this contest has no export `{}`", short(&text.value));
            notes.error(text.at, message, spelling::suggest(&text.value, exports));
        }
        match (&mut names, ExportName::parse(&text.value)) {
            (Some(names), Ok(name)) => names.push(name),
            _ => names = None,
        }
    }
    names
}

fn signature(said: &SignatureSaid, notes: &mut Notes) -> Option<Signature> {
    let version = said.version.as_ref().and_then(|said| line(said, "the version", notes));
    let sha256 = said.sha256.as_ref().and_then(|said| digest(said, "the agreement's file", notes));
    let signed_by = said.signed_by.as_ref().and_then(|said| line(said, "`signed_by`", notes));
    let signed_on = said.signed_on.as_ref().and_then(|said| date(said, notes));
    Some(Signature { version: version?, sha256: sha256?, signed_by: signed_by?, signed_on: signed_on? })
}

/// A signature that is missing or outdated is no error: the campaign is refused until it signs.
fn check_signature(said: &Said, signature: Option<&Signature>, agreement: Option<&Agreement>, notes: &mut Notes) {
    let at = said.agreement.as_ref().map_or(said.at, |said| said.at);
    let Some(agreement) = agreement else {
        if signature.is_some() {
            notes.warn(
                at,
                "the contest has no agreement that this could be a signature of",
                "add `[agreement]`, or remove this line",
            );
        }
        return;
    };
    let digest = data_encoding::HEXLOWER.encode(&agreement.sha256);
    let wanted = format!("version `{}` with sha256 `{digest}`", agreement.version);
    match signature {
        None => notes.warn(
            at,
            "this campaign has not signed the agreement, and is refused until it has",
            format!("record its signature of {wanted}"),
        ),
        Some(signature) if !signature.covers(agreement) => {
            notes.warn(
                at,
                "what this campaign signed is not the agreement in force: it is refused",
                format!("record its signature of {wanted}"),
            );
        }
        Some(_) => {}
    }
}

fn networks(said: &List<Text>, notes: &mut Notes) -> Option<Vec<IpNet>> {
    bounded(said, "networks", LIST_MAX, notes);
    if said.value.is_empty() {
        notes.error(
            said.at,
            "an empty list allows every network, and looks as if it allowed none",
            "remove the line, or name networks",
        );
    }
    let networks: Vec<_> = said.value.iter().take(LIST_MAX).map(|said| network(said, notes)).collect();
    networks.into_iter().collect()
}

fn network(said: &Text, notes: &mut Notes) -> Option<IpNet> {
    if let Ok(address) = said.value.parse::<std::net::IpAddr>() {
        notes.error(said.at, "this is an address, and not a network", format!("write `{}`", IpNet::from(address)));
        return None;
    }
    let Ok(network) = said.value.parse::<IpNet>() else {
        notes.error(
            said.at,
            format!("`{}` is no network", short(&said.value)),
            "write for example `203.0.113.0/24` or `2001:db8::/32`",
        );
        return None;
    };
    if network.trunc() != network {
        notes.error(said.at, "this network has bits beyond its prefix", format!("write `{}`", network.trunc()));
        return None;
    }
    Some(network)
}

/// The campaign's own window: the contest's, or narrower.
fn window(said: &Said, around: &Around<'_>, notes: &mut Notes) -> Option<Window> {
    let opens = said.opens.as_ref().map(|said| (said.at, instant(said, around.zone, notes)));
    let closes = said.closes.as_ref().map(|said| (said.at, instant(said, around.zone, notes)));
    let contest = around.window?;
    let mut wider = false;
    if let Some((at, Some(opens))) = opens
        && opens < contest.opens()
    {
        notes.error(
            at,
            "this campaign would open before its contest does",
            "a campaign's window may only be narrower: choose a later time",
        );
        wider = true;
    }
    if let Some((at, Some(closes))) = closes
        && closes > contest.closes()
    {
        notes.error(
            at,
            "this campaign would close after its contest does",
            "a campaign's window may only be narrower: choose an earlier time",
        );
        wider = true;
    }
    let start = opens.map_or(Some(contest.opens()), |(_, opens)| opens)?;
    let end = closes.map_or(Some(contest.closes()), |(_, closes)| closes)?;
    let own = Window::new(start, end);
    if own.is_none() && !wider {
        let at = closes.or(opens).map_or(said.at, |(at, _)| at);
        notes.error(at, "this campaign would close before it opens", "let it close after it opens, inside the contest's window");
    }
    own.filter(|_| !wider)
}

/// A stop, with its reason.
pub fn suspension(said: Option<&Text>, notes: &mut Notes) -> Option<Option<Suspension>> {
    said.map_or(Some(None), |said| line(said, "the reason of a suspension", notes).map(|why| Some(Suspension { why })))
}

type Credentials = Option<Vec<crate::engine::credential::Credential>>;

fn credentials(
    said: &Said,
    around: &Around<'_>,
    window: Option<Window>,
    notes: &mut Notes,
) -> (Credentials, Vec<(Span, KeyDigest)>) {
    let Some(list) = said.credential.as_ref().filter(|list| !list.value.is_empty()) else {
        let help = "run `portcullis key`, and add the `[[campaign.credential]]` that it prints";
        notes.warn(said.at, "this campaign has no credential: nobody can act for it", help);
        return (Some(Vec::new()), Vec::new());
    };
    bounded(list, "credentials", CREDENTIALS_MAX, notes);
    let compiled: Vec<_> =
        list.value.iter().take(CREDENTIALS_MAX).map(|said| credential(said, around.zone, window, notes)).collect();
    let places = compiled.iter().flatten().map(|(at, credential)| (*at, credential.digest)).collect();
    let credentials: Option<Vec<_>> = compiled.into_iter().map(|compiled| compiled.map(|(_, credential)| credential)).collect();
    (credentials, places)
}
