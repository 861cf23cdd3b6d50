//! Reading a directory of configuration: every file, and every problem of every file at once.

use std::collections::HashMap;
use std::fs;
use std::hash::Hash;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compile::{self, CONTESTS_MAX, Compiled};
use super::notes::{Notes, Span};
use super::problem::{Problem, Problems, Severity};
use super::raw;
use super::sample::Sample;
use super::secret::{CREDENTIALS_PREFIX, Folder};
use super::settings::{ProcessBounds, Settings, Store};
use crate::engine::ids::ContestId;
use crate::engine::minimise::plan::Bounds;
use crate::engine::policy::Ruleset;

/// The process's file.
const PROCESS_FILE: &str = "portcullis.toml";
/// The folder of the contests' files.
const CONTESTS_FOLDER: &str = "contests";
/// One file of the configuration, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A configuration without problems.
#[derive(Debug)]
pub struct Config {
    /// The process's own settings, and the sources.
    pub settings: Settings,
    /// The contests.
    pub ruleset: Ruleset,
    /// What somebody should look at.
    pub warnings: Vec<Problem>,
}

/// Where a configuration is, and what its `$` names stand for.
#[derive(Debug, Clone)]
pub struct Places {
    /// The directory with `portcullis.toml`.
    pub directory: PathBuf,
    /// What `$CREDENTIALS_DIRECTORY` stands for.
    pub credentials: Option<PathBuf>,
}

impl Places {
    /// A directory, and the environment of this process.
    #[must_use]
    pub fn of_process(directory: &Path) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|path| !path.is_empty());
        Self { directory: directory.to_owned(), credentials: credentials.map(PathBuf::from) }
    }
}

/// Reads `portcullis.toml` and `contests/*.toml`, and every file that they name.
///
/// # Errors
/// Every problem of every file, warnings among them.
pub fn read(directory: &Path) -> Result<Config, Problems> {
    read_at(&Places::of_process(directory))
}

/// Like [`read`], with the surroundings as an argument.
///
/// # Errors
/// Every problem of every file, warnings among them.
pub fn read_at(places: &Places) -> Result<Config, Problems> {
    read_trying(places, &[])
}

/// Like [`read_at`], and tries exports on samples of their sources: what a sample does not have is warned of. A sample of an export
/// that there is not, or that has a problem, is not tried.
///
/// # Errors
/// Every problem of every file, warnings among them.
pub fn read_trying(places: &Places, samples: &[Sample]) -> Result<Config, Problems> {
    let path = places.directory.join(PROCESS_FILE);
    let mut process_notes = Notes::new(path.display().to_string(), String::new());
    let settings = process(&path, places, &mut process_notes);
    let bounds = settings.as_ref().map_or_else(ProcessBounds::default, |settings| settings.bounds.clone());
    let mut contests: Vec<(Notes, Option<Compiled>)> = contest_files(places, &mut process_notes)
        .iter()
        .map(|path| contest(path, places, plan_bounds(&bounds), samples))
        .collect();
    unique_over_files(&mut contests);
    let mut problems = process_notes.finish();
    let mut compiled = Vec::new();
    for (notes, contest) in contests {
        problems.extend(notes.finish());
        compiled.extend(contest.and_then(|contest| contest.contest));
    }
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Problems(problems));
    }
    // Without a problem everything compiled; should that ever fail, it must not become an empty ruleset.
    let Some(mut settings) = settings else { return Err(unexplained(&path, problems)) };
    let sources = compiled.iter().map(|(contest, _)| contest.id.clone());
    let sources: Vec<_> = sources.collect();
    let (contests, described): (Vec<_>, Vec<_>) = compiled.into_iter().unzip();
    settings.sources = sources.into_iter().zip(described.into_iter().map(Arc::new)).collect();
    let ruleset = Ruleset { contests: contests.into_iter().map(Arc::new).collect() };
    Ok(Config { settings, ruleset, warnings: problems })
}

/// Where the books are. Reads `[store]` of `portcullis.toml` and nothing else but what it names, so that
/// the books can be read while the rest of the configuration is broken.
///
/// # Errors
/// What stands between this and the path: no file, no TOML, or a `[store]` that means nothing.
pub fn store(directory: &Path) -> Result<Store, Problems> {
    let path = directory.join(PROCESS_FILE);
    let mut notes = Notes::new(path.display().to_string(), String::new());
    let store = text(&path, &mut notes).and_then(|text| {
        notes = Notes::new(path.display().to_string(), text.clone());
        let said = raw::store(&text, &mut notes);
        let places = Places::of_process(directory);
        compile::store(said.as_ref(), &Folder { directory, credentials: places.credentials.as_deref() }, &mut notes)
    });
    let problems = notes.finish();
    match store.filter(|_| problems.iter().all(|problem| problem.severity != Severity::Error)) {
        Some(store) => Ok(store),
        None => Err(Problems(problems)),
    }
}

/// Where a contest's secret key is, as its file says; `None` where no file is of this contest, or it names none.
///
/// Reads no secret.
#[must_use]
pub fn key_file(places: &Places, id: &ContestId) -> Option<KeyFile> {
    let mut unheard = Notes::new(String::new(), String::new());
    contest_files(places, &mut unheard).iter().find_map(|path| {
        let text = text(path, &mut unheard)?;
        let said = raw::contest_file(&text, &mut unheard);
        if said.contest.as_ref()?.id.as_ref()?.value != id.as_str() {
            return None;
        }
        let name = said.pseudonyms.as_ref()?.key_file.as_ref()?;
        let copied = name.value.starts_with(CREDENTIALS_PREFIX);
        Some(KeyFile { path: folder(path, places).path(&name.value)?, copied, said_in: path.clone() })
    })
}

/// The file of a contest's secret key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a copy that the service manager has made.
    pub copied: bool,
    /// The contest's file, which names it.
    pub said_in: PathBuf,
}

fn unexplained(path: &Path, mut problems: Vec<Problem>) -> Problems {
    let mut notes = Notes::new(path.display().to_string(), String::new());
    notes.error_of_file("the configuration did not compile, and no reason was found", "please report this");
    problems.extend(notes.finish());
    Problems(problems)
}

fn plan_bounds(bounds: &ProcessBounds) -> Bounds {
    Bounds {
        record_bytes_max: bounds.record_bytes_max,
        body_bytes_max: bounds.body_bytes_max,
        depth_max: bounds.depth_max,
        envelope_bytes_max: bounds.envelope_bytes_max,
    }
}

fn folder<'a>(path: &'a Path, places: &'a Places) -> Folder<'a> {
    Folder { directory: path.parent().unwrap_or(&places.directory), credentials: places.credentials.as_deref() }
}

fn process(path: &Path, places: &Places, notes: &mut Notes) -> Option<Settings> {
    let text = text(path, notes)?;
    *notes = Notes::new(path.display().to_string(), text.clone());
    let said = raw::process_file(&text, notes);
    if notes.broken {
        return None;
    }
    compile::process(&said, &folder(path, places), notes)
}

fn contest(path: &Path, places: &Places, bounds: Bounds, samples: &[Sample]) -> (Notes, Option<Compiled>) {
    let mut notes = Notes::new(path.display().to_string(), String::new());
    let Some(text) = text(path, &mut notes) else { return (notes, None) };
    let mut notes = Notes::new(path.display().to_string(), text.clone());
    let said = raw::contest_file(&text, &mut notes);
    if notes.broken {
        // Half a file would seem to contradict itself.
        return (notes, None);
    }
    let compiled = compile::contest(&said, &folder(path, places), bounds, &mut notes);
    compile::samples(&said, &compiled, samples, &mut notes);
    (notes, Some(compiled))
}

/// The text of a file of the configuration, or a note why there is none.
fn text(path: &Path, notes: &mut Notes) -> Option<String> {
    let bytes = match bytes(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let (message, help) = match error.kind() {
                io::ErrorKind::NotFound => {
                    ("this file is missing".to_owned(), "make it, or name another directory with `--config`".to_owned())
                }
                kind => (format!("this file cannot be read: {kind}"), "let the user that runs the proxy read it".to_owned()),
            };
            notes.error_of_file(message, help);
            return None;
        }
    };
    if bytes.len() as u64 > FILE_BYTES_MAX {
        notes.error_of_file(format!("this file is larger than {FILE_BYTES_MAX} bytes"), "divide it, or name the right file");
        return None;
    }
    let text = String::from_utf8(bytes);
    if let Err(error) = &text {
        let position = error.utf8_error().valid_up_to();
        notes.error_of_file(format!("this file is not UTF-8: byte {position} is wrong"), "save it as UTF-8");
    }
    text.ok()
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe or a device would block or never end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The contests' files in the order of their names. Hidden files are editors' and mounts' own.
fn contest_files(places: &Places, notes: &mut Notes) -> Vec<PathBuf> {
    let directory = places.directory.join(CONTESTS_FOLDER);
    let entries = match fs::read_dir(&directory).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let message = format!("{} cannot be read: {}", directory.display(), error.kind());
            notes.error_of_file(message, "make it a directory that the user who runs the proxy can read");
            return Vec::new();
        }
    };
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(|path| is_contest(path)).collect();
    paths.sort();
    if paths.is_empty() {
        let message = format!("there is no contest: {} holds no TOML file", directory.display());
        notes.warn_of_file(message, "add one file for each contest");
    }
    if paths.len() > CONTESTS_MAX {
        let message = format!("{} contests, and there may be {CONTESTS_MAX}", paths.len());
        notes.error_of_file(message, format!("move contests that are over out of {}", directory.display()));
        paths.truncate(CONTESTS_MAX);
    }
    paths
}

fn is_contest(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|extension| extension == "toml")
}

/// Notes what stands in more than one place, of all files together.
fn unique_over_files(contests: &mut [(Notes, Option<Compiled>)]) {
    let message =
        |what: &'static str| move |place: &str| (format!("{what} stands in {place} too"), "use each only once".to_owned());
    unique(contests, |compiled| compiled.id.clone().into_iter().collect(), message("this contest's identifier"));
    unique(contests, |compiled| compiled.hosts.clone(), message("this host name"));
    unique(
        contests,
        |compiled| compiled.digests.clone(),
        |place| {
            (
                format!("this key's digest stands in {place} too"),
                "give every campaign, and every holder, a key of its own: `portcullis key`".to_owned(),
            )
        },
    );
    let keys: HashMap<_, usize> =
        contests.iter().filter_map(|(_, compiled)| compiled.as_ref()?.key).fold(HashMap::new(), |mut seen, (_, key)| {
            *seen.entry(key).or_default() += 1;
            seen
        });
    for (notes, compiled) in contests {
        if let Some((at, key)) = compiled.as_ref().and_then(|compiled| compiled.key)
            && keys.get(&key).is_some_and(|count| *count > 1)
        {
            let help = "make one for each with `portcullis keygen`, so that it can be destroyed when its contest is over";
            notes.warn(at, "another contest uses the same secret key", help);
        }
    }
}

fn unique<K: Eq + Hash>(
    contests: &mut [(Notes, Option<Compiled>)],
    pick: impl Fn(&Compiled) -> Vec<(Span, K)>,
    say: impl Fn(&str) -> (String, String),
) {
    let mut seen: HashMap<K, String> = HashMap::new();
    for (notes, compiled) in contests {
        for (at, key) in compiled.as_ref().map(&pick).unwrap_or_default() {
            let place = format!("{}:{}", notes.file(), notes.line(at));
            match seen.get(&key) {
                Some(first) => {
                    let (message, help) = say(first);
                    notes.error(at, message, help);
                }
                None => drop(seen.insert(key, place)),
            }
        }
    }
}
