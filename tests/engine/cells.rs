//! Tables once more, the slow way: character by character after RFC 4180, with what Portcullis asks beyond it. Every row has as many
//! cells as the header, no cell holds a control character but for line breaks between quotes, and nothing stands beside quotes.

/// A cell: of nothing, or a text.
pub type Cell = Option<String>;

/// The rows below the header; `None` when the text is no such table.
pub fn read(columns: &[&str], body: &[u8]) -> Option<Vec<Vec<Cell>>> {
    let text = std::str::from_utf8(body).ok()?;
    if text.chars().any(|c| c.is_ascii_control() && c != '\n' && c != '\r') {
        return None;
    }
    let mut rows = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (row, after) = row(rest)?;
        if row.len() != columns.len() {
            return None;
        }
        rows.push(row);
        rest = after;
    }
    let header: Vec<Cell> = columns.iter().map(|name| Some((*name).to_owned())).collect();
    (!rows.is_empty() && rows.remove(0) == header).then_some(rows)
}

/// One row, and what stands behind its end.
fn row(mut rest: &str) -> Option<(Vec<Cell>, &str)> {
    let mut cells = Vec::new();
    loop {
        let (cell, after) = rest.strip_prefix('"').map_or_else(|| bare(rest), quoted)?;
        cells.push(cell);
        let end = ["\r\n", "\n"].iter().find_map(|end| after.strip_prefix(end));
        match (after.strip_prefix(','), end) {
            (Some(next), _) => rest = next,
            (None, Some(next)) => return Some((cells, next)),
            (None, None) => return after.is_empty().then_some((cells, after)),
        }
    }
}

fn bare(text: &str) -> Option<(Cell, &str)> {
    let end = text.find([',', '\r', '\n']).unwrap_or(text.len());
    let (cell, after) = text.split_at(end);
    (!cell.contains('"')).then(|| (Some(cell.to_owned()).filter(|cell| !cell.is_empty()), after))
}

fn quoted(text: &str) -> Option<(Cell, &str)> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let (inside, after) = rest.split_once('"')?;
        cell.push_str(inside);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((Some(cell), after)),
        }
    }
}

/// Rows as the JSON records that leave under a plan which keeps every cell.
pub fn records(columns: &[&str], rows: &[Vec<Cell>]) -> serde_json::Value {
    let member = |(name, cell): (&&str, &Cell)| cell.clone().map(|cell| ((*name).to_owned(), cell.into()));
    let record = |row: &Vec<Cell>| columns.iter().zip(row).filter_map(member).collect::<serde_json::Map<_, _>>();
    rows.iter().map(record).collect()
}
