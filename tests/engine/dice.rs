//! Choices out of bytes, a fuzzer's or a property test's, so that both make bodies in one way.
//!
//! When the bytes run out every choice is the first one, so whatever is made is finite.

/// JSON scalars of every kind and spelling.
const SCALARS: [&str; 24] = [
    "0",
    "null",
    "true",
    "false",
    "-12",
    "1.50",
    "1e5",
    "-0",
    "12345678901234567890",
    r#""current""#,
    r#""""#,
    r#""Zoë""#,
    r#""a\u0062c""#,
    r#""07700 900123""#,
    r#""SW1A 1AA""#,
    r#""x\"y\\""#,
    r#""\ud83d\ude00""#,
    r#""{\"a\":1}""#,
    r#""]}""#,
    r#""\u2028""#,
    "[]",
    "{}",
    "1E+400",
    r#""/next?page=2""#,
];

/// Names that no plan of these tests has, and ones that it has in other places.
const NAMES: [&str; 12] = ["zz", "x", "y", "town", "name", "id", "é", "", "items", "phone", "a.b", "\"q\""];

/// The bytes that choose.
pub struct Dice<'b>(&'b [u8]);

impl<'b> Dice<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n.max(1)
    }

    /// Yes once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }

    /// What is left, as text.
    pub fn rest(&mut self) -> String {
        String::from_utf8_lossy(std::mem::take(&mut self.0)).into_owned()
    }

    /// So many bytes, as text.
    pub fn text(&mut self) -> String {
        let length = self.below(40).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in 1..list.len() {
            let other = at - self.below(at + 1);
            list.swap(at, other);
        }
    }

    pub fn blank(&mut self) -> &'static str {
        self.pick(&["", "", "", " ", "\n  ", "\t\r\n"])
    }

    /// A JSON string of the text, some of its characters escaped.
    pub fn string(&mut self, text: &str) -> String {
        let plain = !self.once_in(3);
        let mut spelled = String::from("\"");
        for character in text.chars() {
            let must = matches!(character, '"' | '\\' | '\0'..='\u{1f}');
            if must || (!plain && self.once_in(3)) {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let digits = format!("{unit:04x}");
                    spelled += &format!("\\u{}", if self.once_in(2) { digits.to_uppercase() } else { digits });
                }
            } else {
                spelled.push(character);
            }
        }
        spelled + "\""
    }

    /// Any JSON value in which no object repeats a name.
    pub fn value(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 6 } else { 10 }) {
            0..=5 => self.pick(&SCALARS).to_owned(),
            6 | 7 => {
                let values: Vec<_> = (0..self.below(4)).map(|_| self.value(depth - 1)).collect();
                format!("[{}{}]", self.blank(), values.join(self.pick(&[",", " ,", ",\n"])))
            }
            _ => {
                let mut members = Vec::new();
                for number in 0..self.below(4) {
                    let name = format!("{}{number}", self.pick(&NAMES));
                    members.push((name, self.value(depth - 1)));
                }
                self.object(members)
            }
        }
    }

    /// An object of these members, in their order, with names and white space spelled as it falls.
    pub fn object(&mut self, members: Vec<(String, String)>) -> String {
        let mut spelled = Vec::new();
        for (name, value) in members {
            let (a, b, c) = (self.blank(), self.blank(), self.blank());
            spelled.push(format!("{a}{}{b}:{c}{value}", self.string(&name)));
        }
        format!("{{{}{}}}", spelled.join(self.pick(&[",", " ,"])), self.blank())
    }

    /// A name that is none of these, nor one that was made before it, told apart by `number`.
    pub fn stranger(&mut self, number: usize) -> String {
        let like = self.pick(&["", "Name", "name ", "NAME", "address.town", "n\u{430}me", "id\0", "consent", "x"]);
        format!("{like}#{number}")
    }

    /// The body in pieces of lengths as they fall.
    pub fn pieces<'c>(&mut self, mut body: &'c [u8]) -> Vec<&'c [u8]> {
        let unit = 1 + self.below(64);
        let mut pieces = Vec::new();
        while !body.is_empty() {
            let (piece, rest) = body.split_at((1 + self.below(unit)).min(body.len()));
            pieces.push(piece);
            body = rest;
        }
        pieces
    }
}
