//! A cursor over one slice of a body: tokens are validated and stepped over, never built.
//!
//! Every verdict is a function of the bytes alone: a fault that a prefix shows is the fault that any longer slice
//! shows, and where a prefix shows none, `Stop::More` asks for more. It never guesses what comes next.

use super::super::fault::FaultKind;
use super::super::stops::Stops;

/// Why a step was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Stop {
    /// The slice ends inside the token.
    More,
    /// What is wrong at the cursor's position.
    Fault(FaultKind),
}

/// A step, or why it was not taken.
pub(in super::super) type Step<T = ()> = Result<T, Stop>;

const MALFORMED: Stop = Stop::Fault(FaultKind::Malformed);

/// How a string is spelled: what a reader of it may skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Spelling {
    /// In printable ASCII, without escapes.
    Ascii,
    /// Without escapes.
    Plain,
    /// With at least one escape.
    Escaped,
}

/// A position in a slice.
pub(in super::super) struct Cursor<'b> {
    /// The slice.
    pub bytes: &'b [u8],
    /// Where the slice's plain runs end. It may tell of bytes behind the slice's end, where the slice was cut.
    pub stops: Stops<'b>,
    /// The next byte to look at; at a fault, the first byte that is wrong.
    pub at: usize,
}

impl<'b> Cursor<'b> {
    /// At a place in a slice whose stops have been found.
    #[inline]
    pub fn new(bytes: &'b [u8], stops: Stops<'b>, at: usize) -> Self {
        Self { bytes, stops, at }
    }

    /// What is left.
    #[inline]
    pub fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next byte, which stays where it is.
    #[inline]
    pub fn peek(&self) -> Step<u8> {
        self.bytes.get(self.at).copied().ok_or(Stop::More)
    }

    /// Steps over white space (RFC 8259 section 2) and shows what follows.
    #[inline]
    pub fn peek_token(&mut self) -> Step<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    /// Steps over one byte that must be there.
    #[inline]
    pub fn expect(&mut self, byte: u8) -> Step {
        if self.peek()? != byte {
            return Err(MALFORMED);
        }
        self.at += 1;
        Ok(())
    }

    /// Refuses what stands at `at`.
    #[inline]
    fn malformed<T>(&mut self, at: usize) -> Step<T> {
        self.at = at;
        Err(MALFORMED)
    }

    /// Steps over `true`, `false` or `null`.
    #[inline]
    pub fn word<const LENGTH: usize>(&mut self, word: &'static [u8; LENGTH]) -> Step {
        if self.rest().first_chunk() == Some(word) {
            self.at += LENGTH;
            return Ok(());
        }
        self.no_word(word)
    }

    #[cold]
    #[inline(never)]
    fn no_word(&mut self, word: &'static [u8]) -> Step {
        let rest = self.rest();
        let same = word.iter().zip(rest).take_while(|(a, b)| a == b).count();
        self.at += same;
        if same == rest.len() { Err(Stop::More) } else { Err(MALFORMED) }
    }

    /// Steps over a number (RFC 8259 section 6). One that reaches the end of the slice may go on: `Stop::More`.
    #[inline]
    pub fn number(&mut self) -> Step {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return Err(MALFORMED),
        }
        if self.peek()? == b'.' {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek()?, b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Step {
        while let Some(chunk) = self.rest().first_chunk() {
            let digits = leading_digits(u64::from_le_bytes(*chunk));
            self.at += digits;
            if digits < 8 {
                return Ok(());
            }
        }
        while self.peek()?.is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn some_digits(&mut self) -> Step {
        if !self.peek()?.is_ascii_digit() {
            return Err(MALFORMED);
        }
        self.digits()
    }

    /// Steps over a string (RFC 8259 section 7) in UTF-8 (RFC 3629), both quotes included.
    ///
    /// The cursor stands at the opening quote. Unpaired surrogate escapes are refused: no Unicode text has them.
    #[inline]
    pub fn string(&mut self) -> Step<Spelling> {
        if let Some(end) = plain_string(self.bytes, self.stops, self.at) {
            self.at = end;
            return Ok(Spelling::Ascii);
        }
        let start = self.at + 1;
        let stop = self.stops.next(start);
        if let Some(end) = self.foreign_string(stop) {
            self.at = end;
            return Ok(Spelling::Plain);
        }
        self.at = stop.min(self.bytes.len());
        self.string_from(start)
    }

    /// The byte after a string whose first stop is at a place, when that and all others are characters of two or three bytes, well
    /// formed (RFC 3629 section 4). What else may stand in a string is read, and judged, in full.
    #[inline(never)]
    fn foreign_string(&self, mut stop: usize) -> Option<usize> {
        loop {
            let length = match self.bytes.get(stop..)? {
                [b'"', ..] => return Some(stop + 1),
                [0xC2..=0xDF, 0x80..=0xBF, ..] => 2,
                // Without those leads of which some characters are surrogates or could be shorter.
                [0xE1..=0xEC | 0xEE..=0xEF, 0x80..=0xBF, 0x80..=0xBF, ..] => 3,
                _ => return None,
            };
            stop = self.stops.next(stop + length);
        }
    }

    /// Steps over the rest of a string that began at `start` and is plain up to the cursor.
    #[cold]
    #[inline(never)]
    fn string_from(&mut self, start: usize) -> Step<Spelling> {
        let mut spelling = Spelling::Plain;
        let mut high = 0;
        loop {
            self.at = plain_end(self.bytes, self.at, &mut high);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    spelling = Spelling::Escaped;
                    self.escape()?;
                }
                _ => return Err(MALFORMED),
            }
        }
        if high != 0 {
            self.check_utf8(start)?;
        }
        self.at += 1;
        Ok(spelling)
    }

    fn check_utf8(&mut self, start: usize) -> Step {
        match std::str::from_utf8(&self.bytes[start..self.at]) {
            Ok(_) => Ok(()),
            Err(error) => self.malformed(start + error.valid_up_to()),
        }
    }

    /// Steps over one escape. At a fault the cursor stands at its backslash.
    fn escape(&mut self) -> Step {
        let backslash = self.at;
        self.at += 1;
        match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.at += 1;
                Ok(())
            }
            b'u' => match self.code_unit(backslash)? {
                0xD800..=0xDBFF => self.low_surrogate(backslash),
                0xDC00..=0xDFFF => self.malformed(backslash),
                _ => Ok(()),
            },
            _ => self.malformed(backslash),
        }
    }

    fn low_surrogate(&mut self, backslash: usize) -> Step {
        for byte in [b'\\', b'u'] {
            if self.peek()? != byte {
                return self.malformed(backslash);
            }
            self.at += usize::from(byte == b'\\');
        }
        match self.code_unit(backslash)? {
            0xDC00..=0xDFFF => Ok(()),
            _ => self.malformed(backslash),
        }
    }

    /// Steps over `u` and its four hexadecimal digits.
    fn code_unit(&mut self, backslash: usize) -> Step<u32> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            match char::from(self.peek()?).to_digit(16) {
                Some(digit) => unit = unit * 16 + digit,
                None => return self.malformed(backslash),
            }
            self.at += 1;
        }
        Ok(unit)
    }
}

/// The byte after the string at a place, when one in printable ASCII without escapes stands there whole.
#[inline(always)]
pub(in super::super) fn plain_string(bytes: &[u8], stops: Stops<'_>, at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let stop = stops.next(at + 1);
    (bytes.get(stop) == Some(&b'"')).then_some(stop + 1)
}

/// How many of a word's bytes are digits before the first that is none.
#[inline]
pub(in super::super) fn leading_digits(word: u64) -> usize {
    // A digit is 0x30 to 0x39: its upper half is 3, also after adding 6. Sums run over only from bytes that are no digits.
    let upper = (word ^ (ONES * 0x30)) | (word.wrapping_add(ONES * 6) ^ (ONES * 0x30));
    let others = upper & (ONES * 0xF0);
    others.trailing_zeros() as usize / 8
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x80 * ONES;

/// Marks the high bit of each byte that ends a plain run: quote, backslash, control character.
///
/// Borrows of the subtractions run upwards only, so the lowest mark is exact, and only the lowest is used
/// (Lamport 1975; Mycroft's zero-byte test). Bytes of 0x80 and above are never marked first.
#[inline]
fn marks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let zero_quote = quote.wrapping_sub(ONES) & !quote;
    let zero_backslash = backslash.wrapping_sub(ONES) & !backslash;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero_quote | zero_backslash | control) & HIGHS
}

/// Where the run of plain characters from `at` ends. Sets bits of `high` when bytes beyond ASCII may be in it.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize, high: &mut u64) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let marks = marks(word);
        if marks != 0 {
            let before = (marks & marks.wrapping_neg()).wrapping_sub(1);
            *high |= word & HIGHS & before;
            return at + marks.trailing_zeros() as usize / 8;
        }
        *high |= word & HIGHS;
        at += 8;
    }
    while let Some(&byte) = bytes.get(at)
        && !matches!(byte, b'"' | b'\\' | 0..=0x1F)
    {
        *high |= u64::from(byte & 0x80);
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::super::stops::{Kernel, Lookout};
    use super::*;

    /// What of a string that begins with these bytes is stepped over.
    fn read(inside: &[u8]) -> Option<usize> {
        let text = [b"\"", inside, b"\"  "].concat();
        let mut lookout = Lookout::new(b'\\', Kernel::fastest());
        let mut cursor = Cursor::new(&text, lookout.look(&text), 0);
        cursor.string().ok().map(|_| cursor.at)
    }

    #[test]
    fn strings_are_utf_8() {
        for lead in 0x80..=0xFF_u8 {
            for second in (0..=0xFF).filter(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F)) {
                for inside in [vec![lead, second], vec![b'a', lead, second, 0x80, b'b'], vec![lead, second, 0xBF, 0xC3, 0xA9]] {
                    let expected = std::str::from_utf8(&inside).is_ok().then_some(inside.len() + 2);
                    assert_eq!(read(&inside), expected, "{}", inside.escape_ascii());
                }
            }
        }
    }
}
