//! The demo's configuration folder: written when it starts, readable while it runs, removed when it ends.
//!
//! Keys are made anew each time and never leave the folder but for the campaign keys, which are printed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use jiff::{Timestamp, ToSpan};

use crate::engine::credential::{KEY_PREFIX, KeyDigest};

/// What the source's tools would have to know; the campaigns never do.
pub(super) const SOURCE_TOKEN: &str = "source-token-that-no-campaign-knows";
/// The contest whose window is open.
pub(super) const OPEN: &str = "leader-2026";
/// Records that amber may have, in that contest.
pub(super) const QUOTA: usize = 4500;
/// The contest whose window has not opened.
pub(super) const NOT_OPEN: &str = "youth-committee-2026";

const PROCESS: &str = include_str!("portcullis.toml");
const OPEN_CONTEST: &str = include_str!("leader-2026.toml");
const NOT_OPEN_CONTEST: &str = include_str!("youth-committee-2026.toml");

/// The folder, and the campaign keys whose digests it holds.
pub(super) struct Folder {
    path: PathBuf,
    /// Amber's key in the open contest.
    pub amber: String,
    /// Teal's key in the open contest.
    pub teal: String,
    /// Amber's key in the contest that has not opened.
    pub amber_early: String,
}

impl Folder {
    /// Writes the folder for a source at `source_url`.
    pub(super) fn write(source_url: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("portcullis-demo-{}", HEXLOWER.encode(&random::<8>()?)));
        DirBuilder::new().mode(0o700).create(&path)?;
        for inner in ["contests", "secrets"] {
            DirBuilder::new().mode(0o700).create(path.join(inner))?;
        }
        let [amber, teal, amber_early] = [campaign_key()?, campaign_key()?, campaign_key()?];
        let now = Timestamp::now();
        let day = |days: i64| (now + (24 * days).hours()).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let digest = |key: &str| KeyDigest::of(key.as_bytes()).to_hex();
        let fill = |text: &str, opens: i64, closes: i64, amber: &str| {
            text.replace("{source}", source_url)
                .replace("{opens}", &day(opens))
                .replace("{closes}", &day(closes))
                .replace("{amber}", &digest(amber))
                .replace("{teal}", &digest(&teal))
        };
        secret(&path.join("portcullis.toml"), PROCESS)?;
        secret(&path.join(format!("contests/{OPEN}.toml")), &fill(OPEN_CONTEST, -1, 30, &amber))?;
        secret(&path.join(format!("contests/{NOT_OPEN}.toml")), &fill(NOT_OPEN_CONTEST, 7, 37, &amber_early))?;
        secret(&path.join("secrets/source-token"), SOURCE_TOKEN)?;
        for contest in [OPEN, NOT_OPEN] {
            secret(&path.join(format!("secrets/{contest}.key")), &HEXLOWER.encode(&random::<32>()?))?;
        }
        Ok(Self { path, amber, teal, amber_early })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it with all that is in it.
    pub(super) fn remove(&self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("portcullis: could not remove {}: {error}", self.path.display());
        }
    }
}

fn random<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

fn campaign_key() -> io::Result<String> {
    Ok(format!("{KEY_PREFIX}{}", BASE32_NOPAD.encode(&random::<32>()?).to_ascii_lowercase()))
}

fn secret(path: &Path, content: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content.as_bytes())
}
