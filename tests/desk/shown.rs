//! What the README shows of the books, held to the program: each `$ …` below "The books" is run and has to print what stands under it.
//! `…` stands for what differs from run to run; a line of `…` alone stands for any lines.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::stage::{Stage, vkey};

const README: &str = include_str!("../../README.md");

/// The part of the README below a heading, up to the next one of that level.
fn section(heading: &str) -> &'static str {
    let level = heading.split(' ').next().unwrap();
    let at = README.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} is not in the README"));
    let rest = &README[at + 1 + heading.len()..];
    rest.find(&format!("\n{level} ")).map_or(rest, |end| &rest[..end])
}

/// Each command of the section's console blocks, and what is shown to be printed.
fn commands(section: &str) -> Vec<(String, Vec<String>)> {
    let (mut commands, mut open) = (Vec::<(String, Vec<String>)>::new(), false);
    for line in section.lines() {
        match (line.strip_prefix("```"), line.strip_prefix("$ ")) {
            (Some(language), _) => open = language == "console",
            (None, Some(command)) if open => commands.push((command.to_owned(), Vec::new())),
            (None, None) if open => commands.last_mut().unwrap().1.push(line.to_owned()),
            _ => {}
        }
    }
    commands
}

fn is_line(shown: &str, line: &str) -> bool {
    let narrow = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shown, line) = (narrow(shown), narrow(line));
    let mut parts = shown.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, inner)) = parts.split_last() else { return rest.is_empty() };
    for part in inner {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn is_text(shown: &[String], lines: &[&str]) -> bool {
    match (shown, lines) {
        ([], lines) => lines.is_empty(),
        ([any, later @ ..], _) if any == "…" => (0..=lines.len()).any(|skipped| is_text(later, &lines[skipped..])),
        ([shown, later @ ..], [line, rest @ ..]) => is_line(shown, line) && is_text(later, rest),
        (_, []) => false,
    }
}

/// Runs what a part of the README shows, in a folder where `config` is a stage's.
pub fn walk(heading: &str, stage: &Stage) {
    let home = stage.folder.join("home");
    fs::create_dir_all(&home).unwrap();
    let _ = std::os::unix::fs::symlink(&stage.folder, home.join("config"));
    fs::write(home.join("log.vkey"), format!("{}\n", vkey())).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let commands = commands(section(heading));
    assert!(!commands.is_empty());
    for (command, shown) in commands {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(&home).env("PATH", &path).env("NO_COLOR", "1");
        let output = shell.env("USER", "robin").env_remove("SUDO_USER").output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = printed.lines().collect();
        assert!(is_text(&shown, &lines), "$ {command}\nshould print\n{}\nand printed\n{printed}", shown.join("\n"));
    }
}
