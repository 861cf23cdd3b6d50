//! Programs that skip a stage, forge a token or print a secret: none compiles, and each for the reason that it states.
//!
//! The first line of a program names the one error that the compiler must find (`//! E0308`), or says `compiles` for the
//! program that shows that the setting itself is sound.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Checks one program against the library that these tests were built with; gives the codes of the errors.
fn errors(program: &Path) -> Vec<String> {
    let built = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap();
    let scratch =
        std::env::temp_dir().join(format!("portcullis-wrong-{}-{}", std::process::id(), program.file_stem().unwrap().display()));
    fs::create_dir_all(&scratch).unwrap();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--emit", "metadata", "--error-format", "short", "-A", "warnings", "--out-dir"])
        .arg(&scratch)
        .arg("-L")
        .arg(format!("dependency={}", built.join("deps").display()))
        .arg("--extern")
        .arg(format!("portcullis={}", library(&built.join("deps")).display()))
        .arg(program)
        .output()
        .unwrap();
    let _ = fs::remove_dir_all(scratch);
    let said = String::from_utf8(output.stderr).unwrap();
    let lines = said.lines().filter(|line| line.contains(": error"));
    lines
        .map(|line| {
            line.split("error[").nth(1).and_then(|rest| rest.split(']').next()).map_or_else(|| line.to_owned(), ToOwned::to_owned)
        })
        .collect()
}

/// The library that these tests were built with: the one that was built last.
fn library(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libportcullis-") && name.ends_with(".rlib")
    });
    named.max_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).unwrap()).unwrap()
}

#[test]
fn a_program_that_skips_a_stage_does_not_compile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong_programs");
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().next().unwrap().trim_start_matches("//! ").to_owned();
        let expected = if expected == "compiles" { vec![] } else { vec![expected] };
        assert_eq!(errors(&path), expected, "{}", path.display());
        tried += 1;
    }
    assert!(tried >= 12, "{tried}");
}
