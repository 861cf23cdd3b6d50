//! `portcullis key`: a new campaign key, and the lines that let the proxy know it again.
//!
//! The key is printed once and never stored: the lines hold its SHA-256 alone. It touches no file.

use std::io::Write;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, bail};
use data_encoding::BASE32_NOPAD;
use serde::Serialize;
use zeroize::Zeroizing;

use super::output::quiet;
use crate::engine::credential::{KEY_PREFIX, KeyDigest};
use crate::engine::ids::{ActorId, CampaignId};
use crate::engine::time::Timestamp;

/// Random bytes in a campaign key: 52 characters of base32.
const KEY_BYTES: usize = 32;

/// Make a new key for a campaign, and the lines for the contest's file.
///
/// The key is shown once and is not stored anywhere: hand it to the campaign by a safe way. The lines hold only its
/// digest and go under the campaign in the contest's file. A campaign may have several keys: one for each person or
/// tool, and a new one before an old one expires.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  portcullis key --campaign amber --actor \"Amber data desk\" --expires 2026-04-02T12:00:00")]
pub struct KeyArgs {
    /// The campaign that the key is for
    #[arg(long, value_name = "CAMPAIGN", value_parser = CampaignId::parse)]
    pub campaign: CampaignId,
    /// The person or tool account that will hold the key; stands in the books beside the campaign
    #[arg(long, value_name = "NAME", value_parser = ActorId::parse)]
    pub actor: Option<ActorId>,
    /// From when on the key is refused: 2026-04-02T12:00:00 in the contest's time zone, or with an offset (…Z, …+01:00)
    #[arg(long, value_name = "TIME")]
    pub expires: Option<Expiry>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// A time as TOML writes it: with an offset, or local to the contest's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    text: String,
    /// The latest moment that the text can mean.
    latest: Timestamp,
}

/// No time zone is further behind UTC.
const FURTHEST_BEHIND: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);

impl FromStr for Expiry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "write a time such as 2026-04-02T12:00:00 or 2026-04-02T12:00:00Z";
        if !text.is_ascii() || text.contains(['[', ',']) || text.get(10..11) != Some("T") {
            return Err(WANTED);
        }
        if let Ok(latest) = text.parse::<Timestamp>() {
            return Ok(Self { text: text.into(), latest });
        }
        let local: jiff::civil::DateTime = text.parse().map_err(|_| WANTED)?;
        let utc = local.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| WANTED)?.timestamp();
        Ok(Self { text: local.to_string(), latest: utc.saturating_add(FURTHEST_BEHIND).map_err(|_| WANTED)? })
    }
}

/// Prints a new key and its lines on `out`.
///
/// # Errors
/// When the key would have expired at `now` already, or the system gives no random bytes. Exit code 2 is meant.
pub fn run(args: &KeyArgs, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if let Some(expires) = args.expires.as_ref().filter(|expires| expires.latest <= now) {
        bail!("the key would have expired before it was made: {} is past", expires.text);
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(bytes.as_mut_slice()).context("the system gave no random bytes")?;
    let mut encoded = Zeroizing::new(BASE32_NOPAD.encode(bytes.as_slice()));
    encoded.make_ascii_lowercase();
    let key = Zeroizing::new(format!("{KEY_PREFIX}{}", encoded.as_str()));
    let sha256 = KeyDigest::of(key.as_bytes()).to_hex();
    let toml = lines(args, &sha256);
    quiet(if args.json { print_json(args, &key, &sha256, &toml, out) } else { print_text(args, &key, &toml, out) })
}

/// The table that the campaign gets in the contest's file.
fn lines(args: &KeyArgs, sha256: &str) -> String {
    let mut lines = format!("[[campaign.credential]]\nkind = \"key\"\nsha256 = \"{sha256}\"\n");
    if let Some(actor) = &args.actor {
        // An actor has no control characters, so these two are all that a TOML string needs.
        let escaped = actor.as_str().replace('\\', "\\\\").replace('"', "\\\"");
        lines += &format!("actor = \"{escaped}\"\n");
    }
    if let Some(expires) = &args.expires {
        lines += &format!("expires = {}\n", expires.text);
    }
    lines
}

fn print_text(args: &KeyArgs, key: &str, toml: &str, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let campaign = &args.campaign;
    writeln!(out, "The key, for campaign {campaign}. It is shown this once and stored nowhere:\n\n    {key}\n")?;
    writeln!(
        out,
        "The lines for the contest's file, below the [[campaign]] with id = \"{campaign}\" and before the next one:\n"
    )?;
    toml.lines().try_for_each(|line| writeln!(out, "  {line}"))?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Made<'a> {
    campaign: &'a str,
    actor: Option<&'a str>,
    expires: Option<&'a str>,
    key: &'a str,
    sha256: &'a str,
    toml: &'a str,
}

fn print_json(args: &KeyArgs, key: &str, sha256: &str, toml: &str, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let actor = args.actor.as_ref().map(ActorId::as_str);
    let expires = args.expires.as_ref().map(|expires| expires.text.as_str());
    let made = Made { campaign: args.campaign.as_str(), actor, expires, key, sha256, toml };
    let text = Zeroizing::new(serde_json::to_string(&made)?);
    writeln!(out, "{}", text.as_str())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
