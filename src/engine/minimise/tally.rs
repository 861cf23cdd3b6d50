//! What a minimiser counted: numbers only, never a value.

/// The counts of one body. Whatever the chunks were, they are the same at the same byte.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Records that were read whole and were valid.
    pub seen: u64,
    /// Records whose bytes have been appended to the output.
    pub released: u64,
    /// Records that a row rule left out.
    pub left_out: u64,
    /// Records that the books did not admit.
    pub withheld: u64,
    /// What became of the values of each field of the released records, in the order of the plan's fields.
    pub fields: Vec<FieldTally>,
}

/// The counts of one field rule, over the released records. A field in a list has as many values as the list has elements,
/// and one that is absent where there is no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldTally {
    /// Left, in the form that the rule gives it.
    pub left: u64,
    /// Dropped because the rule is to drop.
    pub dropped_by_rule: u64,
    /// Dropped because the value was not what the rule takes.
    pub dropped_by_format: u64,
    /// Dropped because a condition did not hold.
    pub dropped_by_condition: u64,
    /// Dropped because the member objects to being reached in this way.
    pub dropped_by_objection: u64,
    /// Not there; or `null`, which only `keep` lets through.
    pub absent: u64,
}
