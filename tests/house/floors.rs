//! The floors of the house, held by reading the sources: a module uses lower floors and its own folder.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms and their floors, as `src/ARCHITECTURE.md` draws them. The longest prefix decides.
const FLOORS: [(&str, u8); 23] = [
    ("main", 8),
    ("cli", 7),
    ("proxy", 6),
    ("admin", 6),
    ("demo", 6),
    ("store", 5),
    ("wire", 5),
    ("telemetry", 4),
    ("clock", 4),
    ("config", 3),
    ("engine::policy", 2),
    ("engine::audit", 1),
    ("engine::credential", 1),
    ("engine::quota", 1),
    ("engine::dialect", 1),
    ("engine::minimise", 1),
    ("engine::format", 0),
    ("engine::ids", 0),
    ("engine::member", 0),
    ("engine::time", 0),
    ("engine::query", 0),
    ("engine::outcome", 0),
    // `stage`, `reason` and `rejection` are words too; `engine` itself only lists its rooms.
    ("engine", 0),
];

/// Words of the outside world, which the engine does not know.
const OUTSIDE: [&str; 16] = [
    "tokio",
    "hyper",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "getrandom",
    "tracing",
    "println!",
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// `engine/policy/decide.rs` is `engine::policy::decide`.
fn module(path: &Path) -> String {
    let text = path.with_extension("").to_string_lossy().replace('/', "::");
    text.strip_suffix("::mod").map_or(text.clone(), ToOwned::to_owned)
}

fn room(module: &str) -> (&'static str, u8) {
    let inside = |room: &str| module == room || module.strip_prefix(room).is_some_and(|rest| rest.starts_with("::"));
    *FLOORS
        .iter()
        .filter(|(room, _)| inside(room))
        .max_by_key(|(room, _)| room.len())
        .unwrap_or_else(|| panic!("`{module}` has no floor"))
}

/// Code without comments and without its unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// Every module of the crate that a text names from the root.
fn uses(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let named: String = rest.chars().take_while(|c| c.is_alphanumeric() || "_:{".contains(*c)).collect();
        match named.split_once('{') {
            Some((prefix, _)) if !prefix.is_empty() => {
                let inner = rest[prefix.len() + 1..].split('}').next().unwrap_or("");
                found.extend(inner.split(',').map(|name| format!("{prefix}{}", name.trim().split("::").next().unwrap_or(""))));
            }
            _ => found.push(named),
        }
    }
    found
}

#[test]
fn nothing_uses_a_higher_floor_or_a_room_beside_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let here = module(&path);
        if here == "lib" {
            continue;
        }
        let (own_room, own_floor) = room(&here);
        for named in uses(&code(&text)) {
            let (other, floor) = room(named.trim_end_matches(':'));
            let allowed = floor < own_floor || other == own_room || (own_floor == 0 && floor == 0);
            if !allowed {
                wrong.push(format!("{} (floor {own_floor}) uses crate::{named} (floor {floor})", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_knows_nothing_of_the_outside_world() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("engine")) {
        let code = code(&text);
        wrong.extend(OUTSIDE.iter().filter(|word| code.contains(**word)).map(|word| format!("{} says `{word}`", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_module_alone_is_allowed_what_is_unsafe() {
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| text.contains("unsafe_code") && path != Path::new("engine/minimise/stops/kernel.rs"))
        .collect();
    assert!(wrong.is_empty(), "{:?}", wrong.iter().map(|(path, _)| path).collect::<Vec<_>>());
}

#[test]
fn time_is_read_in_one_place() {
    let elsewhere = ["clock.rs", "cli/demo/folder.rs"];
    let reads = |text: &str| ["Timestamp::now()", "SystemTime::now()", "Zoned::now()"].iter().any(|word| text.contains(word));
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| reads(&code(text)) && !elsewhere.iter().any(|known| path == Path::new(known)))
        .collect();
    assert!(wrong.is_empty(), "{:?}", wrong.iter().map(|(path, _)| path).collect::<Vec<_>>());
}

#[test]
fn every_module_opens_by_saying_what_it_is_for() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(path, text)| path != Path::new("lib.rs") && !text.starts_with("//!")).collect();
    assert!(silent.is_empty(), "{:?}", silent.iter().map(|(path, _)| path).collect::<Vec<_>>());
}

#[test]
fn only_problem_documents_turn_a_reason_into_a_status() {
    let speaks = |text: &str| text.contains("StatusCode::FORBIDDEN") || text.contains("StatusCode::BAD_GATEWAY");
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            speaks(&code(text))
                && path != Path::new("wire/problem.rs")
                && !path.starts_with("cli/demo")
                && !path.starts_with("demo")
        })
        .collect();
    assert!(wrong.is_empty(), "{:?}", wrong.iter().map(|(path, _)| path).collect::<Vec<_>>());
}
