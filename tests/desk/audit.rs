//! P8, from end to end: a log is exported by the real binary, tampered with in every way, and checked with public keys alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::engine::audit::bundle;
use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::Event;
use portcullis::engine::audit::hash::{Digest, Hash};
use portcullis::engine::audit::tile::{Content, Tile};
use portcullis::engine::audit::tree::{Frontier, Node};
use tlog_tiles::tile::TileHashReader;
use tlog_tiles::tlog::{self, HashReader};

use super::stage::{Stage, copy, request, run, said, vkey};
use super::theirs;

/// A log of 601 entries, with heads of 9, 201, 401 and 601 of them: full tiles, and some that are not.
struct Told {
    stage: Stage,
    export: PathBuf,
}

const HEADS: [u64; 4] = [9, 201, 401, 601];

fn told() -> Told {
    let mut stage = Stage::usual();
    let campaign = |n| if n % 3 == 0 { "teal" } else { "amber" };
    for count in [4, 96, 100, 100] {
        stage.pulls(count, campaign);
        stage.sign();
    }
    let export = stage.folder.join("export");
    let (code, text) = stage.says(&["audit", "export", export.to_str().unwrap()]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("601 entries added; the export in "), "{text}");
    Told { stage, export }
}

fn verify(folder: &Path, rest: &[&str]) -> (i32, String) {
    said(&run(&[&["audit", "verify", folder.to_str().unwrap(), "--key", &vkey()], rest].concat()))
}

/// The stable code of what is wrong, and the sentence.
fn wrong(folder: &Path, rest: &[&str]) -> (String, String) {
    let (code, text) = verify(folder, &[rest, &["--json"]].concat());
    assert_eq!(code, 1, "{text}");
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["right"], false);
    (answer["fault"].as_str().unwrap().to_owned(), answer["message"].as_str().unwrap().to_owned())
}

/// Every entry of an export, out of its bundles.
fn entries(folder: &Path) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for path in bundles(folder) {
        entries.extend(bundle::parse(&fs::read(path).unwrap()).unwrap().into_iter().map(<[u8]>::to_vec));
    }
    entries
}

fn bundles(folder: &Path) -> Vec<PathBuf> {
    let whole = |index| Tile { content: Content::Entries, index, width: 256 };
    let mut paths = Vec::new();
    for index in 0.. {
        let full = folder.join(whole(index).path());
        if full.exists() {
            paths.push(full);
            continue;
        }
        let parts = fs::read_dir(folder.join(format!("{}.p", whole(index).path())));
        paths.extend(parts.into_iter().flatten().map(|entry| entry.unwrap().path()));
        return paths;
    }
    paths
}

/// Puts other entries into an export: bundles, lines and, where it is said, hashes.
fn put(folder: &Path, entries: &[Vec<u8>], hashes: bool) {
    fs::remove_dir_all(folder.join("tile/entries")).unwrap();
    let mut kept = BTreeMap::<Node, Hash>::new();
    let mut frontier = Frontier::default();
    entries.iter().for_each(|entry| kept.extend(frontier.append(Hash::of_leaf(entry))));
    if hashes {
        for level in 0..3 {
            let _ = fs::remove_dir_all(folder.join(format!("tile/{level}")));
        }
    }
    for tile in Tile::added(0, entries.len() as u64) {
        let bytes = match tile.content {
            Content::Entries => {
                let from = usize::try_from(tile.index * 256).unwrap();
                bundle::spell(entries[from..from + usize::from(tile.width)].iter().map(Vec::as_slice)).unwrap()
            }
            Content::Hashes { .. } if hashes => tile.bytes(&kept).unwrap(),
            Content::Hashes { .. } => continue,
        };
        let path = folder.join(tile.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.join("entries.jsonl"), entries.iter().flat_map(|entry| [entry, &b"\n"[..]].concat()).collect::<Vec<u8>>())
        .unwrap();
}

fn numbered(entries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let number = |(seq, bytes): (u64, &Vec<u8>)| Entry { seq: seq.try_into().unwrap(), ..Entry::parse(bytes).unwrap() }.spell();
    (0..).zip(entries).map(number).collect()
}

/// The same entry with one more record in it, or another digest: nothing that another entry would contradict.
fn altered(entry: &[u8]) -> Vec<u8> {
    let mut entry = Entry::parse(entry).unwrap();
    match &mut entry.event {
        Event::PullClosed { records, .. } => *records = records.plus(1),
        event => *event = Event::ConfigurationApplied { sha256: Digest([9; 32]) },
    }
    entry.spell()
}

/// An entry that nobody wrote.
fn made_up_after(entry: &[u8]) -> Vec<u8> {
    Entry { event: Event::ConfigurationApplied { sha256: Digest([9; 32]) }, ..Entry::parse(entry).unwrap() }.spell()
}

#[test]
fn an_export_is_right_and_says_what_it_is() {
    let Told { stage: _stage, export } = told();
    let (code, text) = verify(&export, &[]);
    assert_eq!(code, 0, "{text}");
    let said = [
        "vote.example/portcullis: nothing is wrong\n  601 entries from 2026-02-14T12:00:00Z to 2026-02-14T12:01:39Z\n  root ",
        "5 heads of its own and 0 that were kept agree with it",
        "an old copy would look right as well",
    ];
    assert!(said.iter().all(|said| text.contains(said)), "{text}");
    let lines = fs::read_to_string(export.join("entries.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 601);
    assert!(HEADS.iter().all(|size| export.join(format!("heads/{size}")).exists()));
    assert_eq!(fs::read(export.join("checkpoint")).unwrap(), fs::read(export.join("heads/601")).unwrap());
}

#[test]
fn p8_every_tampering_is_found_and_named() {
    let Told { stage, export } = told();
    let whole = entries(&export);
    let tamper = |name: &str, change: &dyn Fn(&mut Vec<Vec<u8>>), hashes: bool| {
        let folder = stage.folder.join(format!("tampered {name}"));
        copy(&export, &folder);
        let mut entries = whole.clone();
        change(&mut entries);
        put(&folder, &entries, hashes);
        wrong(&folder, &[])
    };
    let sentence = |(code, message): (String, String)| format!("{code}: {message}");
    // An end that says something else, and the hashes as they were: the entry is named.
    for index in [2, 4, 256, 300, 600] {
        let found = tamper(&format!("altered {index}"), &|entries| entries[index] = altered(&entries[index]), false);
        assert_eq!(sentence(found), format!("altered: entry {index} is not the one that was signed"));
    }
    // The hashes were made to fit: then the heads around it are named.
    for (index, from, until) in [
        (2, 0, "9 are some that were not signed so (see heads/9)"),
        (300, 201, "401 are some that were not signed so (see heads/401)"),
    ] {
        let found = tamper(&format!("altered with hashes {index}"), &|entries| entries[index] = altered(&entries[index]), true);
        assert_eq!(sentence(found), format!("root_mismatch: among the entries from {from} up to, not with, {until}"));
    }
    let found = tamper("deleted", &|entries| drop(entries.remove(300)), true);
    assert_eq!(sentence(found), "gap: entry 300 is missing; entry 301 stands in its place");
    let found = tamper(
        "deleted and numbered anew",
        &|entries| {
            entries.drain(301..303);
            *entries = numbered(entries);
        },
        true,
    );
    assert_eq!(found.0, "root_mismatch", "{found:?}");
    let found = tamper("inserted", &|entries| entries.insert(300, entries[7].clone()), true);
    assert_eq!(sentence(found), "repeated: entry 7 stands once more, in the place of entry 300");
    let found = tamper(
        "made up",
        &|entries| {
            entries.insert(300, made_up_after(&entries[299]));
            *entries = numbered(entries);
        },
        true,
    );
    assert_eq!(found.0, "root_mismatch", "{found:?}");
    let found = tamper("reordered", &|entries| entries.swap(100, 500), true);
    assert_eq!(sentence(found), "gap: entry 100 is missing; entry 500 stands in its place");
    let found = tamper("cut", &|entries| entries.truncate(599), true);
    assert_eq!(found.0, "short");
    assert!(
        found.1.starts_with("there are 599 entries, but a head was signed over 601") && found.1.contains("heads/601"),
        "{found:?}"
    );
    let found = tamper("not an entry", &|entries| entries[5] = b"{}".to_vec(), true);
    assert_eq!(found.0, "malformed");
    let found = tamper(
        "more than was signed",
        &|entries| {
            entries.push(made_up_after(&entries[600]));
            *entries = numbered(entries);
        },
        true,
    );
    assert_eq!(sentence(found), "unsigned: no head vouches for the entries from 601 up to, not with, 602");
}

#[test]
fn p8_a_file_that_was_changed_taken_away_or_swapped_is_named() {
    let Told { stage, export } = told();
    let tamper = |name: &str, change: &dyn Fn(&Path)| {
        let folder = stage.folder.join(format!("changed {name}"));
        copy(&export, &folder);
        change(&folder);
        let (code, message) = wrong(&folder, &[]);
        format!("{code}: {message}")
    };
    let flip = |path: PathBuf| {
        let mut bytes = fs::read(&path).unwrap();
        bytes[40] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let found = tamper("hashes", &|folder| flip(folder.join("tile/0/001")));
    assert_eq!(found, "tile: the hashes in tile/0/001 are not those of the entries");
    let found = tamper("edge", &|folder| fs::remove_file(folder.join("tile/1/000.p/2")).unwrap());
    assert_eq!(found, "tile: tile/1/000.p/2 is missing");
    let found = tamper("lines", &|folder| {
        let path = folder.join("entries.jsonl");
        fs::write(&path, fs::read_to_string(&path).unwrap().replacen("\"records\":1", "\"records\":2", 1)).unwrap();
    });
    assert_eq!(found, "line: line 3 of entries.jsonl is not that entry");
    let found = tamper("bundle", &|folder| fs::remove_file(folder.join("tile/entries/001")).unwrap());
    assert_eq!(found, "tile_missing: tile/entries/001 is missing, and there are entries behind it");
    let found = tamper("bundle cut", &|folder| {
        let path = folder.join("tile/entries/000");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    });
    assert_eq!(found, "bundle: tile/entries/000 ends in the middle of an entry");
    let found = tamper("heads swapped", &|folder| {
        fs::rename(folder.join("heads/9"), folder.join("swap")).unwrap();
        fs::rename(folder.join("heads/201"), folder.join("heads/9")).unwrap();
        fs::rename(folder.join("swap"), folder.join("heads/201")).unwrap();
    });
    assert_eq!(found, "head_misplaced: heads/9 is the head of 201 entries, and should be another one");
    let found =
        tamper("checkpoint of old", &|folder| fs::copy(folder.join("heads/9"), folder.join("checkpoint")).map(drop).unwrap());
    assert_eq!(found, "head_misplaced: checkpoint is the head of 9 entries, and should be another one");
    let found = tamper("signature", &|folder| {
        let path = folder.join("heads/401");
        let text = fs::read_to_string(&path).unwrap().replacen("401", "402", 1);
        fs::write(folder.join("heads/402"), text).unwrap();
        fs::remove_file(path).unwrap();
    });
    assert_eq!(found, "head: the head in heads/402: the note has a signature that is not of the key which it names");
}

#[test]
fn p8_what_others_kept_shows_an_old_copy_and_a_second_history() {
    let mut told = told();
    let old = told.stage.folder.join("old");
    copy(&told.export, &old);
    told.stage.pull("amber", 0..5, 400_000);
    let size = told.stage.sign();
    let kept = told.stage.path("kept");
    let (code, head) = told.stage.says(&["audit", "checkpoint"]);
    assert_eq!((code, size), (0, 603));
    fs::write(&kept, head).unwrap();
    assert_eq!(verify(&old, &[]).0, 0, "an old copy is right by itself");
    let (code, message) = wrong(&old, &["--head", &kept]);
    assert_eq!(code, "short");
    assert_eq!(
        message,
        format!(
            "there are 601 entries, but a head was signed over 603: the end was cut off, or this is an old copy (see {kept})"
        )
    );
    let mine = told.stage.path("mine.tlog-proof");
    let id = request(301).to_string();
    let (code, text) = told.stage.says(&["audit", "proof", &id, "--out", &mine]);
    assert_eq!(code, 0, "{text}");
    let (code, message) = wrong(&old, &["--receipt", &mine]);
    assert!(code == "short" && message.ends_with(&format!("(see {mine}, a receipt)")), "{message}");

    // The holder of the key writes the log anew: right by itself, and not what was promised.
    let mut other = Stage::usual();
    other.pulls(301, |_| "teal");
    other.sign();
    let export = other.path("export");
    assert_eq!(other.says(&["audit", "export", &export]).0, 0);
    assert_eq!(verify(Path::new(&export), &[]).0, 0);
    let (code, message) = wrong(Path::new(&export), &["--head", &kept]);
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "heads_disagree",
            &*format!(
                "the signed heads of sizes 603 and 603 cannot be of one log: two histories were signed (see {kept}, checkpoint, heads/603)"
            )
        )
    );

    // The export goes on where it ended, and keeps its promises.
    let (code, text) = told.stage.says(&["audit", "export", told.export.to_str().unwrap()]);
    assert!(code == 0 && text.starts_with("2 entries added; "), "{text}");
    let (code, text) = verify(&told.export, &["--head", &kept, "--receipt", &mine]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("6 heads of its own and 1 that was kept")
            && text.contains(&format!("entry 602, 5 records of members to amber in pull {id}")),
        "{text}"
    );
    assert!(!told.export.join("tile/0/002.p/89").exists() && told.export.join("tile/0/002.p/91").exists());
}

#[test]
fn the_log_in_the_store_is_checked_as_an_export_is() {
    let mut told = told();
    let key = vkey();
    let (code, text) = told.stage.says(&["audit", "verify", "--key", &key]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("601 entries from"), "{text}");
    // Somebody edits the file; its own triggers are no hindrance to whoever owns it.
    let edit = rusqlite::Connection::open(told.stage.folder.join("portcullis.db")).unwrap();
    edit.execute_batch("DROP TRIGGER entry_is_never_changed").unwrap();
    let text: Vec<u8> = edit.query_row("SELECT text FROM entry WHERE seq = 300", (), |row| row.get(0)).unwrap();
    edit.execute("UPDATE entry SET text = ?1 WHERE seq = 300", [altered(&text)]).unwrap();
    let (code, text) = told.stage.says(&["audit", "verify", "--key", &key]);
    assert_eq!(
        (code, text.as_str()),
        (1, "vote.example/portcullis: something is wrong\n  altered: entry 300 is not the one that was signed\n")
    );
    told.stage.pull("amber", 0..1, 500_000);
    told.stage.sign();
    let (code, text) = told.stage.says(&["audit", "export", told.export.to_str().unwrap()]);
    assert!(code == 0, "what was exported before stays: {text}");
    assert_eq!(verify(&told.export, &[]).0, 0);
}

#[test]
fn an_export_never_writes_over_what_it_did_not_write() {
    let Told { mut stage, export } = told();
    let to = |folder: &Path| stage.says(&["audit", "export", folder.to_str().unwrap()]);
    let (code, text) = to(&export);
    assert!(code == 0 && text.starts_with("0 entries added"), "{text}");
    let others = stage.folder.join("others");
    fs::create_dir(&others).unwrap();
    fs::write(others.join("thesis.txt"), "").unwrap();
    let (code, text) = to(&others);
    assert!(code == 1 && text.contains("holds other files; name an empty folder"), "{text}");
    // One that was broken off is gone on with.
    let broken = stage.folder.join("broken");
    copy(&export, &broken);
    fs::remove_file(broken.join("checkpoint")).unwrap();
    fs::write(broken.join("entries.jsonl"), "{\"seq\":0,\"ti").unwrap();
    fs::remove_file(broken.join("tile/0/001")).unwrap();
    let (code, text) = to(&broken);
    assert_eq!(code, 0, "{text}");
    assert_eq!(verify(&broken, &[]).0, 0);
    // The same log in two stores, one of which went another way.
    let mut other = Stage::usual();
    other.pulls(310, |_| "teal");
    other.sign();
    let (code, text) = other.says(&["audit", "export", export.to_str().unwrap()]);
    assert!(code == 1 && text.contains("the first 601 entries of the store are not those that were exported"), "{text}");
    let path = export.join("checkpoint");
    fs::write(&path, fs::read_to_string(&path).unwrap().replacen("vote.example", "vote.elsewhere", 1)).unwrap();
    let (code, text) = to(&export);
    assert!(code == 1 && text.contains("holds the export of another log"), "{text}");
    stage.pull("amber", 0..1, 0);
    let (_, text) = stage.says(&["audit", "export", &stage.path("new")]);
    assert!(text.contains("2 entries behind that head"), "{text}");
}

#[test]
fn receipts_are_given_for_pulls_that_have_ended_under_a_head() {
    let mut stage = Stage::usual();
    let says = |stage: &Stage, number: u64| stage.says(&["audit", "proof", &request(number).to_string()]);
    let (code, text) = stage.says(&["audit", "checkpoint"]);
    assert!(code == 1 && text.contains("no head has been signed yet"), "{text}");
    let number = stage.open("amber", &["member_id"], 0);
    assert!(says(&stage, 1).1.contains("still open"));
    stage.close(number, 0, 10);
    assert!(says(&stage, 1).1.contains("no signed head covers"));
    stage.sign();
    let (code, receipt) = says(&stage, 1);
    assert!(code == 0 && receipt.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{receipt}");
    let (code, text) = says(&stage, 2);
    assert!(code == 1 && text.contains("no pull with this identifier"), "{text}");
    assert_eq!(stage.says(&["audit", "proof", "nonsense"]).0, 2);
    let file = stage.path("mine");
    assert_eq!(stage.says(&["audit", "proof", &request(1).to_string(), "--out", &file]).0, 0);
    assert_eq!(stage.says(&["audit", "proof", &request(1).to_string(), "--out", &file]).0, 2, "never overwritten");
    let export = stage.path("export");
    assert_eq!(stage.says(&["audit", "export", &export]).0, 0);
    // A receipt in which one byte is another.
    fs::write(&file, fs::read_to_string(&file).unwrap().replacen("index 2", "index 1", 1)).unwrap();
    let (code, message) = wrong(Path::new(&export), &["--receipt", &file]);
    assert_eq!(
        (code.as_str(), message),
        ("receipt", format!("the receipt in {file}: the entry has another number than the receipt"))
    );
}

#[test]
fn what_cannot_be_checked_is_not_called_wrong() {
    let Told { stage, export } = told();
    let export = export.to_str().unwrap();
    let key = vkey();
    let keys = stage.path("keys");
    fs::write(&keys, format!("# the log\n\n{key}\n")).unwrap();
    assert_eq!(said(&run(&["audit", "verify", export, "--key-file", &keys])).0, 0);
    fs::write(&keys, "# none\n").unwrap();
    for (arguments, told) in [
        (&["audit", "verify", export][..], "--key"),
        (&["audit", "verify", "/nonexistent", "--key", &key], "is no folder"),
        (&["audit", "verify", export, "--key", "nonsense"], "a public key is written"),
        (&["audit", "verify", export, "--key-file", &keys], "there is no key in the files"),
        (&["audit", "verify", export, "--key", &key, "--head", "/nonexistent"], "there is no file /nonexistent"),
    ] {
        let (code, text) = said(&run(arguments));
        assert!(code == 2 && text.contains(told), "{arguments:?}: {text}");
    }
    let (code, message) = wrong(&stage.folder, &[]);
    assert_eq!((code.as_str(), message.as_str()), ("no_head", "there is no signed head, so nothing vouches for the entries"));
    let other = vkey().replacen("vote.example", "vote.elsewhere", 1);
    assert_eq!(said(&run(&["audit", "verify", export, "--key", &other])).0, 2, "its id is not that of this name");
}

/// `signed_note` and `tlog_tiles` share no code with ours.
#[test]
fn another_hands_client_of_tiles_reads_the_export() {
    let Told { stage: _stage, export } = told();
    let entries = entries(&export);
    let heads: Vec<_> = HEADS.iter().map(|size| fs::read(export.join(format!("heads/{size}"))).unwrap()).collect();
    assert!(theirs::verified(&entries, &heads, super::stage::LOG, &vkey()));
    let head = theirs::head(&fs::read(export.join("checkpoint")).unwrap(), &vkey()).unwrap();
    let mut tiles = BTreeMap::new();
    for tile in Tile::added(0, 601).into_iter().filter(|tile| tile.content != Content::Entries) {
        tiles.insert(tile.path(), fs::read(export.join(tile.path())).unwrap());
    }
    let exported = theirs::Exported(tiles);
    let reader = TileHashReader::new(head.size(), *head.hash(), &exported);
    for index in [0, 1, 255, 256, 511, 512, 600] {
        let proof = tlog::prove_record(head.size(), index, &reader).unwrap();
        let leaf = tlog::record_hash(&entries[usize::try_from(index).unwrap()]);
        tlog::check_record(&proof, head.size(), *head.hash(), index, leaf).unwrap();
        assert_eq!(reader.read_hashes(&[tlog::stored_hash_index(0, index)]).unwrap(), [leaf]);
    }
}

/// Two readers in Python: a package of another hand, and a page of code that needs nothing but `hashlib` for the tree.
#[test]
fn scrutineers_in_another_language_agree() {
    let Told { stage, export } = told();
    let mine = stage.path("mine.tlog-proof");
    assert_eq!(stage.says(&["audit", "proof", &request(150).to_string(), "--out", &mine]).0, 0);
    let scrutiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scrutiny");
    let setup = Command::new(scrutiny.join("setup")).output().unwrap();
    assert!(setup.status.success(), "{}", said(&setup).1);
    let python = scrutiny.join("../.venv-scrutiny/bin/python");
    let scrutinise = |folder: &Path| {
        let mut command = Command::new(&python);
        said(&command.arg(scrutiny.join("scrutinise.py")).arg(folder).arg(vkey()).arg(&mine).output().unwrap())
    };
    let (code, text) = scrutinise(&export);
    assert_eq!((code, text.as_str()), (0, "601 entries, 5 heads, 1 receipt: right\n"), "{text}");
    for index in [3, 300, 600] {
        let folder = stage.folder.join(format!("scrutinised {index}"));
        copy(&export, &folder);
        let mut entries = entries(&export);
        entries[index] = altered(&entries[index]);
        put(&folder, &entries, false);
        let (code, text) = scrutinise(&folder);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains(&format!("entry {index} is not under the head")), "{text}");
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let mut stage = Stage::usual();
    stage.pulls(602, |_| "amber");
    stage.sign();
    super::shown::walk("### The audit log", &stage);
}
