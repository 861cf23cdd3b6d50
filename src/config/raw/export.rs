//! What `[[export]]` says, but for the rules of its fields.

use super::read::{Entries, List, Said, Text, Whole, said};
use super::rule::{FieldRule, TestTable};
use crate::config::raw::read::Moment;
use crate::engine::minimise::rule::Value;

said! {
    /// `[[export]]`.
    struct Export {
        /// Name.
        required name: Text,
        /// Path below the contest.
        required path: Text,
        /// How the source writes the list.
        optional format: Text,
        /// The header row of a table.
        optional columns: List<Text>,
        /// The forms in which it may leave.
        optional accept: List<Text>,
        /// What becomes of formulas in CSV.
        optional formulas: Text,
        /// Where the records stand.
        optional records: Text,
        /// The field that identifies a member.
        required id: Text,
        /// Path of a single record below the contest.
        optional item: Text,
        /// Path of a single record at the source.
        optional source_item: Text,
        /// Where the record stands in the answer about a single one.
        optional item_record: Text,
        /// The object inside a record whose members queries name without it.
        optional root: Text,
        /// The parameter that selects fields.
        optional select_param: Text,
        /// The query that is registered, where the API asks by one.
        optional query: Text,
        /// Fields that may order.
        optional order_by: List<Text>,
        /// The parameter that orders.
        optional order_param: Text,
        /// Paging.
        optional page: Page,
        /// The campaign's parameter for cursors.
        optional cursor_param: Text,
        /// Where the source says its next page.
        optional next: Text,
        /// `body` or `header`: where the source says its next page.
        optional next_in: Text,
        /// The member that says how many records left.
        optional count: Text,
        /// What may pass beside the records.
        optional envelope: List<Text>,
        /// Path at the source.
        optional source_path: Text,
        /// Parameters of every request to the source.
        optional params: Entries<Text>,
        /// Conditions that a campaign may set.
        optional filters: Entries<Filter>,
        /// The rules.
        required fields: Entries<FieldRule>,
        /// Arrays inside a record.
        optional lists: Entries<ListTable>,
        /// Which records leave.
        optional rows: List<Row>,
    }
}

said! {
    /// `page`.
    struct Page {
        /// Parameter of the size.
        optional size: Text,
        /// Parameter of the offset.
        optional offset: Text,
        /// Parameter of the page number.
        optional number: Text,
        /// Parameter of the source's own cursor.
        optional token: Text,
        /// Number of the first page.
        optional first: Whole,
        /// Records a page at the most.
        optional max: Whole,
        /// Records a page otherwise.
        optional default: Whole,
    }
}

said! {
    /// A filter.
    struct Filter {
        /// The field, where the entry has another name.
        optional field: Text,
        /// The parameter.
        optional param: Text,
        /// `is`, `in`, `before`, `after`, `at-most` or `at-least`.
        optional op: Text,
        /// What a value looks like.
        optional format: Text,
        /// For texts.
        optional max: Whole,
        /// For `enum`.
        optional values: List<Text>,
        /// For `pattern`.
        optional pattern: Text,
    }
}

said! {
    /// An entry of `[export.lists]`.
    struct ListTable {
        /// Elements that leave at the most.
        optional max: Whole,
        /// Which elements leave.
        optional rows: List<Row>,
    }
}

said! {
    /// `[[export.rows]]`.
    struct Row {
        /// The field.
        required field: Text,
        /// Equal to this.
        optional is: Said<Value>,
        /// Equal to one of these.
        optional r#in: List<Said<Value>>,
        /// A date before.
        optional before: Moment,
        /// A date after.
        optional after: Moment,
        /// There or not.
        optional present: Said<bool>,
    }
}

impl Row {
    /// The condition without its field.
    pub fn test(&self) -> TestTable {
        TestTable {
            at: self.at,
            strange: self.strange,
            is: self.is.clone(),
            r#in: self.r#in.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            present: self.present.clone(),
        }
    }
}
