//! Spelling: which known word somebody may have meant.

/// Differences between two words at the most for one to be suggested for the other.
const DISTANCE_MAX: usize = 3;

/// The known word that is nearest to the one that was written, when it is near enough to be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long word is no misspelling of a short one, and the distance costs time: look at the beginning only.
    let written: Vec<char> = written.to_lowercase().chars().take(64).collect();
    let allowed = (written.len() / 3).clamp(1, DISTANCE_MAX);
    let scored = known.into_iter().map(|word| (distance(&written, &word.to_lowercase().chars().collect::<Vec<_>>()), word));
    scored.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let differs = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// What to write instead of an unknown word: the near one, or all there are.
pub fn suggest(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("known here: {}", list(known)),
    }
}

/// Words in backticks, separated by commas.
pub fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let known = ["address", "tls", "plaintext", "public_url"];
        for (written, meant) in
            [("adress", Some("address")), ("tsl", Some("tls")), ("plain-text", Some("plaintext")), ("zebra", None), ("", None)]
        {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
    }
}
