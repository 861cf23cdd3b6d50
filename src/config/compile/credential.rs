//! `[[campaign.credential]]`: the digests of keys. A key itself never stands in a configuration.

use jiff::tz::TimeZone;

use super::time::instant;
use super::word;
use crate::config::notes::{Notes, Span};
use crate::config::raw::campaign::Credential as Said;
use crate::config::raw::read::Text;
use crate::engine::credential::{Credential, KEY_PREFIX, KeyDigest};
use crate::engine::ids::ActorId;
use crate::engine::policy::window::Window;

/// Compiles one credential, with the place of its digest.
pub fn credential(said: &Said, zone: Option<&TimeZone>, window: Option<Window>, notes: &mut Notes) -> Option<(Span, Credential)> {
    let kind = said.kind.as_ref().map_or(Some(()), |said| kind(said, notes));
    let digest = said.sha256.as_ref().and_then(|said| key_digest(said, notes));
    let expires = said.expires.as_ref().map_or(Some(None), |said| instant(said, zone, notes).map(Some));
    if let (Some(said), Some(Some(expires)), Some(window)) = (&said.expires, expires, window)
        && expires <= window.opens()
    {
        notes.warn(
            said.at,
            "this key ends before the campaign's window opens",
            "it can never be used: choose a later time, or remove it",
        );
    }
    let actor = said.actor.as_ref().map_or(Some(None), |said| actor(said, notes).map(Some));
    kind?;
    let at = said.sha256.as_ref()?.at;
    Some((at, Credential { digest: digest?, expires: expires?, actor: actor? }))
}

fn kind(said: &Text, notes: &mut Notes) -> Option<()> {
    if matches!(said.value.as_str(), "certificate" | "jwt") {
        let message = format!("credentials of the kind `{}` are not supported by this version", said.value);
        notes.error(said.at, message, "write `kind = \"key\"`");
        return None;
    }
    word(said, "kind of credential", &[("key", ())], notes)
}

fn key_digest(said: &Text, notes: &mut Notes) -> Option<KeyDigest> {
    if said.value.starts_with(KEY_PREFIX) {
        notes.conceal(said.at);
        notes.error(
            said.at,
            "this is the key itself, which must not be stored",
            "write the digest that `portcullis key` printed beside it, and make a new key",
        );
        return None;
    }
    let digest = digest(said, "the key", notes)?;
    KeyDigest::parse(&data_encoding::HEXLOWER.encode(&digest))
}

fn actor(said: &Text, notes: &mut Notes) -> Option<ActorId> {
    let parsed = ActorId::parse(&said.value);
    if let Err(error) = &parsed {
        notes.error(said.at, format!("the name of an actor {error}"), "write one line of text");
    }
    parsed.ok()
}

/// 64 hexadecimal digits that somebody computed: not all zero.
pub fn digest(said: &Text, of: &str, notes: &mut Notes) -> Option<[u8; 32]> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(said.value.as_bytes()).ok();
    let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let (message, help) = match bytes {
        Some(bytes) if bytes.iter().any(|&byte| byte != 0) => return Some(bytes),
        Some(_) => ("this digest is all zero".to_owned(), format!("write the SHA-256 of {of}")),
        None => {
            // Whatever it is, it may be the secret that the digest should have been made from.
            notes.conceal(said.at);
            ("this is no SHA-256 digest".to_owned(), format!("write the 64 hexadecimal digits of the SHA-256 of {of}"))
        }
    };
    notes.error(said.at, message, help);
    None
}
