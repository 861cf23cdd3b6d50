//! What the README shows of the books, held to the program: each `$ …` below "The books" is run and has to print what stands under it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::readme_text::{section, shows};
use super::stage::Stage;

/// Each command of the section's console blocks, and what is shown to be printed.
fn commands(section: &str) -> Vec<(String, String)> {
    let (mut commands, mut open) = (Vec::<(String, String)>::new(), false);
    for line in section.lines() {
        match (line.strip_prefix("```"), line.strip_prefix("$ ")) {
            (Some(language), _) => open = language == "console",
            (None, Some(command)) if open => commands.push((command.to_owned(), String::new())),
            (None, None) if open => commands.last_mut().unwrap().1 += &format!("{line}\n"),
            _ => {}
        }
    }
    commands
}

/// Runs what a part of the README shows, in a folder where `config` is a stage's.
pub fn walk(heading: &str, stage: &Stage) {
    let home = stage.folder.join("home");
    fs::create_dir_all(&home).unwrap();
    let _ = std::os::unix::fs::symlink(&stage.folder, home.join("config"));
    let program = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let commands = commands(section(heading));
    assert!(!commands.is_empty());
    for (command, shown) in commands {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(&home).env("PATH", &path).env("NO_COLOR", "1");
        let output = shell.env("USER", "robin").env_remove("SUDO_USER").output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(shows(&shown, &printed), "$ {command}\nshould print\n{shown}\nand printed\n{printed}");
    }
}
