//! A contest's file: everything of it, and what must be unique over all files.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::campaign::{Around, campaign, suspension};
use super::export::{domains, export};
use super::limits::{limits, usual};
use super::lint;
use super::source::{family, source};
use super::time::{day_in, instant, zone};
use super::{CAMPAIGNS_MAX, EXPORTS_MAX, LIST_MAX, bounded, line, short};
use crate::config::notes::{Notes, Span};
use crate::config::raw::contest::{Agreement as AgreementSaid, Contest as Head, ContestFile, Pseudonyms};
use crate::config::raw::read::{List, Text};
use crate::config::sample::Sample;
use crate::config::secret::{Content, Folder, Readers};
use crate::config::settings::Source;
use crate::engine::credential::KeyDigest;
use crate::engine::dialect::family::Family;
use crate::engine::dialect::rest::PLAIN;
use crate::engine::format::PhoneRegion;
use crate::engine::ids::{ContestId, Domain};
use crate::engine::member::{MEMBER_KEY_BYTES, MemberKey};
use crate::engine::minimise::plan::Bounds;
use crate::engine::minimise::pseudonym::{CONTEST_KEY_BYTES, ContestKey};
use crate::engine::policy::agreement::Agreement;
use crate::engine::policy::window::Window;
use crate::engine::policy::{Campaign, Contest, Export};

/// What one file compiled to, and what must be unique over all files, with its places.
pub struct Compiled {
    /// The contest and its source, when nothing stood in the way.
    pub contest: Option<(Contest, Source)>,
    /// The contest's identifier.
    pub id: Option<(Span, String)>,
    /// Its host names.
    pub hosts: Vec<(Span, String)>,
    /// The digests of its campaigns' keys.
    pub digests: Vec<(Span, KeyDigest)>,
    /// A digest of its secret key, to notice one that is used twice. Never shown.
    pub key: Option<(Span, [u8; 32])>,
}

/// Compiles a contest.
pub fn contest(said: &ContestFile, folder: &Folder<'_>, bounds: Bounds, notes: &mut Notes) -> Compiled {
    let head = said.contest.as_ref();
    let id = head.and_then(|head| head.id.as_ref()).and_then(|said| contest_id(said, notes));
    let title = head.and_then(|head| head.title.as_ref()).and_then(|said| line(said, "the title", notes));
    let controller = head.and_then(|head| head.controller.as_ref()).and_then(|said| line(said, "the controller", notes));
    let zone = head.and_then(|head| head.timezone.as_ref()).and_then(|said| zone(said, notes));
    let window = head.and_then(|head| window(head, zone.as_ref(), notes));
    let opening_day = window.zip(zone.as_ref()).map(|(window, zone)| day_in(zone, window.opens()));
    let hosts = head.and_then(|head| head.hosts.as_ref()).map(|said| hosts(said, notes));
    let suspension = suspension(head.and_then(|head| head.suspended.as_ref()), notes);
    let agreement = said.agreement.as_ref().map_or(Some(None), |said| agreement(said, folder, notes).map(Some));
    let family = said.source.as_ref().and_then(|said| family(said, notes));
    let source = said.source.as_ref().and_then(|said| source(said, folder, notes));
    let key = said.pseudonyms.as_ref().and_then(|said| contest_key(said, folder, notes));
    let phones = said.pseudonyms.as_ref().and_then(|said| phones(said, notes));
    let limits = limits(said.limits.as_ref(), usual(), notes);
    // Where the family is not known, exports are read as if nothing were usual, so that their own problems show.
    let (exports, domains) = exports(said, family.unwrap_or(&PLAIN), opening_day, bounds, notes);
    let names = export_names(said);
    let around = Around {
        contest: id.as_ref(),
        zone: zone.as_ref(),
        window,
        agreement: agreement.as_ref().map(Option::as_ref),
        limits,
        exports: names.as_deref(),
        key: key.as_ref().map(|(_, key, _)| key),
        domains: &domains,
        phones,
    };
    let (campaigns, digests) = campaigns(said, &around, notes);
    let id_place = head.and_then(|head| head.id.as_ref()).map(|said| said.at);
    let unique_id = id_place.zip(id.as_ref().map(|id| id.as_str().to_owned()));
    let unique_hosts = hosts.clone().flatten().unwrap_or_default();
    let hosts = hosts
        .map_or_else(|| Some(Vec::new()), |hosts| hosts.map(|hosts| hosts.into_iter().map(|(_, host)| host.into()).collect()));
    let unique_key = key.as_ref().map(|(at, _, digest)| (*at, *digest));
    let for_all = id.as_ref().zip(key.as_ref()).map(|(id, (_, key, _))| (member_key(key, id), fingerprint(key, id)));
    let contest = (|| {
        let (member_key, key_fingerprint) = for_all?;
        let contest = Contest {
            member_key,
            key_fingerprint,
            id: id?,
            title: title?,
            controller: controller?,
            window: window?,
            hosts: hosts?,
            family: family?,
            agreement: agreement?,
            suspension: suspension?,
            exports: exports?,
            campaigns: campaigns?,
        };
        Some((contest, source?))
    })();
    Compiled { contest, id: unique_id, hosts: unique_hosts, digests, key: unique_key }
}

/// Tries the contest's exports on the samples that name them. One that did not compile has nothing to try.
pub fn samples(said: &ContestFile, compiled: &Compiled, samples: &[Sample], notes: &mut Notes) {
    let Some((contest, _)) = &compiled.contest else { return };
    for sample in samples.iter().filter(|sample| sample.contest == contest.id.as_str()) {
        let mut listed = said.export.iter().flat_map(|list| &list.value);
        let listed = listed.find(|export| export.name.as_ref().is_some_and(|name| name.value == sample.export));
        if let Some((said, export)) = listed.zip(contest.export(&sample.export)) {
            lint::sample(said, export, sample, notes);
        }
    }
}

fn contest_id(said: &Text, notes: &mut Notes) -> Option<ContestId> {
    let parsed = ContestId::parse(&said.value);
    if let Err(error) = &parsed {
        notes.error(said.at, format!("the identifier of a contest {error}"), "write a short name such as `leader-2026`");
    }
    parsed.ok()
}

fn window(head: &Head, zone: Option<&TimeZone>, notes: &mut Notes) -> Option<Window> {
    let opens = head.opens.as_ref().and_then(|said| instant(said, zone, notes));
    let closes = head.closes.as_ref().and_then(|said| instant(said, zone, notes));
    let window = Window::new(opens?, closes?);
    if let (None, Some(said)) = (window, &head.closes) {
        notes.error(
            said.at,
            "the contest would close before it opens, or at the same moment",
            "let `closes` be later than `opens`",
        );
    }
    window
}

fn hosts(said: &List<Text>, notes: &mut Notes) -> Option<Vec<(Span, String)>> {
    bounded(said, "hosts", LIST_MAX, notes);
    let label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        !label.is_empty() && label.len() <= 63 && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let hosts = said.value.iter().map(|said| {
        let plain = said.value.len() <= 253 && said.value.split('.').all(label);
        if !plain {
            let message = format!("`{}` is no host name", short(&said.value));
            notes.error(said.at, message, "write for example `leader.example.org`, without scheme, port or path");
        }
        plain.then(|| (said.at, said.value.to_ascii_lowercase()))
    });
    let hosts: Vec<_> = hosts.collect();
    hosts.into_iter().collect()
}

fn agreement(said: &AgreementSaid, folder: &Folder<'_>, notes: &mut Notes) -> Option<Agreement> {
    let version = said.version.as_ref().and_then(|said| line(said, "the version", notes));
    let content = said.file.as_ref().and_then(|said| folder.read(said, notes));
    Some(Agreement { version: version?, sha256: Sha256::digest(content?.bytes.as_slice()).into() })
}

/// What to do about a key that is not there.
const KEY_MISSING: &str = "make it with `portcullis keygen`, or mend the name; if it was destroyed because the contest is over, \
                           move the contest's file out of this folder";

fn contest_key(said: &Pseudonyms, folder: &Folder<'_>, notes: &mut Notes) -> Option<(Span, ContestKey, [u8; 32])> {
    let name = said.key_file.as_ref()?;
    if let Some(path) = folder.path(&name.value).filter(|path| !name.value.is_empty() && !path.exists()) {
        notes.error(name.at, format!("there is no file {}", path.display()), KEY_MISSING);
        return None;
    }
    let content = folder.read(name, notes)?;
    if content.readers != Readers::Owner {
        let help = format!("run `chmod 600 {}`", name.value);
        notes.error(name.at, "others than its owner can read the contest's secret key", help);
        return None;
    }
    let Some(bytes) = key_bytes(&content) else {
        let help = "make one with `portcullis keygen`: 32 bytes as 64 hexadecimal digits, or as base64, in one line";
        notes.error(name.at, "this file holds no key", help);
        return None;
    };
    if bytes.iter().all(|byte| *byte == bytes[0]) {
        notes.error(name.at, "this key is not random: all its bytes are the same", "make one with `portcullis keygen`");
        return None;
    }
    let digest = Sha256::digest(bytes.as_slice()).into();
    Some((name.at, ContestKey::new(*bytes), digest))
}

/// The key under which the books know the contest's members.
fn member_key(key: &ContestKey, contest: &ContestId) -> Arc<MemberKey> {
    let mut bytes = Zeroizing::new([0; MEMBER_KEY_BYTES]);
    key.derive_for_all("member", contest, &mut bytes[..]);
    Arc::new(MemberKey::new(bytes))
}

/// Which key it is, for those who must not know it.
fn fingerprint(key: &ContestKey, contest: &ContestId) -> [u8; 32] {
    let mut bytes = [0; 32];
    key.derive_for_all("fingerprint", contest, &mut bytes);
    bytes
}

/// Where telephone numbers without a country code are at home: the United Kingdom, unless said.
fn phones(said: &Pseudonyms, notes: &mut Notes) -> Option<PhoneRegion> {
    let Some(named) = &said.phone_region else { return Some(PhoneRegion::default()) };
    let region = PhoneRegion::parse(&named.value);
    if region.is_none() {
        let capitals = named.value.to_uppercase();
        // What people write for the United Kingdom is reserved in ISO 3166-1, and not its code.
        let meant = if capitals == "UK" { "GB" } else { capitals.as_str() };
        let help = match PhoneRegion::parse(meant) {
            Some(_) => format!("did you mean `{meant}`?"),
            None => "write the country's two capital letters in ISO 3166-1, such as `GB` or `IE`".to_owned(),
        };
        notes.error(named.at, format!("`{}` is no country with telephone numbers of its own", short(&named.value)), help);
    }
    region
}

fn key_bytes(content: &Content) -> Option<Zeroizing<[u8; CONTEST_KEY_BYTES]>> {
    let line = content.line()?.as_bytes();
    let decodings = [
        &data_encoding::HEXLOWER_PERMISSIVE,
        &data_encoding::BASE64,
        &data_encoding::BASE64_NOPAD,
        &data_encoding::BASE64URL_NOPAD,
    ];
    let decoded = decodings.iter().filter_map(|encoding| encoding.decode(line).ok().map(zeroize::Zeroizing::new));
    let exact = decoded.into_iter().find(|bytes| bytes.len() == CONTEST_KEY_BYTES)?;
    let mut bytes = zeroize::Zeroizing::new([0; CONTEST_KEY_BYTES]);
    bytes.copy_from_slice(&exact);
    Some(bytes)
}

type Exports = Option<Vec<Arc<Export>>>;

fn exports(
    said: &ContestFile,
    family: &Family,
    opening_day: Option<crate::engine::time::Date>,
    bounds: Bounds,
    notes: &mut Notes,
) -> (Exports, Vec<Domain>) {
    let Some(list) = &said.export else { return (None, Vec::new()) };
    bounded(list, "exports", EXPORTS_MAX, notes);
    if list.value.is_empty() {
        notes.error(list.at, "the contest offers no list", "add an `[[export]]`");
    }
    let named = list.value.iter().take(EXPORTS_MAX).filter_map(|export| export.name.as_ref());
    twice(named, "the export", notes);
    let paths = list.value.iter().take(EXPORTS_MAX).filter_map(|export| export.path.as_ref());
    twice(paths, "the path", notes);
    let compiled: Vec<_> =
        list.value.iter().take(EXPORTS_MAX).map(|said| export(said, family, opening_day, bounds, notes)).collect();
    overlaps(&list.value, &compiled, notes);
    lint::exports(&list.value, &compiled, said.campaign.as_ref(), notes);
    let mut all: Vec<Domain> = compiled.iter().flatten().flat_map(domains).cloned().collect();
    all.sort();
    all.dedup();
    (compiled.into_iter().map(|export| export.map(Arc::new)).collect(), all)
}

/// Notes each list that stands where another export has its single records.
fn overlaps(said: &[crate::config::raw::export::Export], compiled: &[Option<Export>], notes: &mut Notes) {
    for (said, export) in said.iter().zip(compiled) {
        let Some((at, export)) = said.path.as_ref().zip(export.as_ref()) else { continue };
        let holds = |other: &&Export| other.route.item.as_ref().is_some_and(|item| item.take(&export.route.path).is_some());
        if let Some(other) = compiled.iter().flatten().find(holds) {
            let message = format!("this path is that of a single record of `{}` too", other.name);
            notes.error(at.at, message, "choose another path");
        }
    }
}

/// Notes each text that stands twice.
fn twice<'a>(said: impl Iterator<Item = &'a Text>, what: &str, notes: &mut Notes) {
    let said: Vec<&Text> = said.collect();
    for (position, text) in said.iter().enumerate() {
        if let Some(first) = said[..position].iter().find(|other| other.value == text.value) {
            let message = format!("{what} `{}` stands here twice", short(&text.value));
            let line = notes.line(first.at);
            notes.error(text.at, message, format!("the first is in line {line}: choose another"));
        }
    }
}

fn export_names(said: &ContestFile) -> Option<Vec<&str>> {
    let exports = said.export.as_ref()?;
    exports.value.iter().map(|export| export.name.as_ref().map(|name| name.value.as_str())).collect()
}

type Campaigns = Option<Vec<Arc<Campaign>>>;

fn campaigns(said: &ContestFile, around: &Around<'_>, notes: &mut Notes) -> (Campaigns, Vec<(Span, KeyDigest)>) {
    let Some(list) = said.campaign.as_ref().filter(|list| !list.value.is_empty()) else {
        if !notes.broken {
            notes.warn_of_file("the contest has no campaign: nobody can pull", "add a `[[campaign]]`");
        }
        return (Some(Vec::new()), Vec::new());
    };
    bounded(list, "campaigns", CAMPAIGNS_MAX, notes);
    twice(list.value.iter().take(CAMPAIGNS_MAX).filter_map(|campaign| campaign.id.as_ref()), "the campaign", notes);
    let mut digests = Vec::new();
    let mut campaigns = Some(Vec::new());
    for said in list.value.iter().take(CAMPAIGNS_MAX) {
        let (compiled, places) = campaign(said, around, notes);
        digests.extend(places);
        match (&mut campaigns, compiled) {
            (Some(campaigns), Some(compiled)) => campaigns.push(Arc::new(compiled)),
            _ => campaigns = None,
        }
    }
    (campaigns, digests)
}
