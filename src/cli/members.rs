//! What the commands about members share: the contest with its key, and what to say when the key is gone.
//!
//! A member's identifier goes in and is digested at once; it is never written anywhere.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;

use super::{shelf, unusable};
use crate::config;
use crate::config::settings::Store;
use crate::engine::audit::event::Ending;
use crate::engine::audit::number::Whole;
use crate::engine::ids::ContestId;
use crate::engine::outcome::Outcome;
use crate::engine::policy::Contest;
use crate::engine::time::Timestamp;
use crate::store::books::StoredPull;
use crate::store::books::register::key_destroyed;

/// A contest with the key that its members are known by; or, where there is none, the exit code, and why on standard error.
///
/// # Errors
/// When the store cannot be read, or the configuration has no such contest.
pub(super) fn contest(directory: &Path, id: &ContestId, store: &Store) -> anyhow::Result<Result<Arc<Contest>, ExitCode>> {
    let config = config::read(directory);
    if let Some(contest) = config.as_ref().ok().and_then(|config| config.ruleset.contest(id.as_str())) {
        return Ok(Ok(Arc::clone(contest)));
    }
    if let Some((time, _)) = shelf::read(store, |reading| Ok(key_destroyed(reading, id)?))? {
        let why = "nobody can look for a member in its books any more (see the README, \"When the contest is over\")";
        eprintln!("portcullis: the key of contest `{id}` was destroyed on {:.0}: {why}", at(time));
        return Ok(Err(ExitCode::from(2)));
    }
    match config {
        Err(problems) => Ok(Err(unusable(&problems))),
        Ok(config) => {
            let names: Vec<_> = config.ruleset.contests.iter().map(|contest| contest.id.as_str()).collect();
            bail!("the configuration has no contest `{id}`, but: {}", names.join(", "))
        }
    }
}

/// A time of the log.
pub(super) fn at(time: Whole) -> Timestamp {
    let time = i64::try_from(time.get()).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
    time.unwrap_or(Timestamp::UNIX_EPOCH)
}

/// How a pull stands, for people.
pub(super) fn state(pull: &StoredPull) -> String {
    match pull.end.map(|end| end.ending) {
        None => "open".to_owned(),
        Some(Ending::Lost) => "lost".to_owned(),
        Some(Ending::Ended(outcome)) => match outcome {
            Outcome::Served | Outcome::Abandoned => outcome.code().to_owned(),
            Outcome::Refused(reason) | Outcome::Truncated(reason) => format!("{} ({reason})", outcome.code()),
        },
    }
}
