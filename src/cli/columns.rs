//! Tables for people: columns as wide as their widest cell.
//!
//! Knows nothing of what stands in them; whoever fills them makes the text harmless.

use std::io::{self, Write};

/// Prints rows, the first with the titles, each line behind this many blanks. Columns whose titles begin with `>` are aligned to the right.
///
/// # Errors
/// Those of `out`.
pub(super) fn print(rows: &[Vec<String>], indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let right: Vec<bool> =
        (0..columns).map(|at| rows.first().and_then(|row| row.get(at)).is_some_and(|cell| cell.starts_with('>'))).collect();
    let shown = |cell: &str| cell.strip_prefix('>').unwrap_or(cell).to_owned();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| row.iter().map(|cell| if at == 0 { shown(cell) } else { cell.clone() }).collect())
        .collect();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).zip(&right).map(|((cell, width), right)| match right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        let line = format!("{:indent$}{}", "", cells.collect::<Vec<_>>().join("  "));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
