//! The plan of one export: which values leave, and in what form. Cannot be built wrong.

use super::layout::{self, Check, Layout};
use super::learnt::Lessons;
use super::rule::{Condition, FieldRule, ListRule, Rule};
use super::tree::{NodeId, Tree};
use super::{contradiction, envelope};
use crate::engine::form::Form;
use crate::engine::ids::FieldPath;

/// Most that [`Bounds::depth_max`] may be: reading a record recurses as deep.
pub const DEPTH_MAX: usize = 256;
/// Most that [`Bounds::record_bytes_max`] and [`Bounds::envelope_bytes_max`] may be, in bytes.
pub const HELD_BYTES_MAX: usize = 1 << 30;

/// What a configuration says about one export, before it is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSpec {
    /// How the source writes the list.
    pub source: Form,
    /// The columns of a CSV source, in its order and spelling; empty for any other.
    pub columns: Vec<Box<str>>,
    /// What becomes of a formula where the list leaves as CSV.
    pub formulas: Formulas,
    /// Where the records array stands in the body; empty where the body is the array, and for lines and rows.
    pub records: FieldPath,
    /// Whether one record stands there, rather than an array of them.
    pub single: bool,
    /// The member that says where the source's next page is. Its value is replaced by a link of our own.
    pub next: Option<FieldPath>,
    /// Scalars beside the records that may leave.
    pub envelope: Vec<FieldPath>,
    /// The member of the body that says how many records left in it. It is written by us, whatever the source says there.
    pub count: Option<FieldPath>,
    /// The field that identifies a member.
    pub id: FieldPath,
    /// An object of every record that leaves, also where nothing in it does and where the source has none: clients insist on it.
    pub root: Option<FieldPath>,
    /// The rules. Fields leave in this order, whatever the source's order is.
    pub fields: Vec<FieldRule>,
    /// What holds for arrays inside the record. One of which nothing is said here has [the usual rule](ListRule::usual).
    pub lists: Vec<ListRule>,
    /// A record that fails any of these is left out.
    pub rows: Vec<Condition>,
    /// The bounds on what is read.
    pub bounds: Bounds,
}

impl PlanSpec {
    /// What holds for each list whose elements have rules, in the order of the rules and from the outside in.
    #[must_use]
    pub fn lists_in_force(&self) -> Vec<ListRule> {
        let mut lists: Vec<ListRule> = Vec::new();
        for path in self.fields.iter().flat_map(|field| field.path.lists()) {
            if !lists.iter().any(|known| known.path == path) {
                lists.push(self.list(path));
            }
        }
        lists
    }

    /// What holds for one list.
    pub(super) fn list(&self, path: FieldPath) -> ListRule {
        let said = self.lists.iter().find(|list| list.path == path);
        said.cloned().unwrap_or_else(|| ListRule::usual(path))
    }

    /// Whether anything leaves from an element of a list: what is no cell of a table.
    #[must_use]
    pub fn releases_lists(&self) -> bool {
        self.fields.iter().any(|field| field.rule != Rule::Drop && field.path.enters_list())
    }
}

/// What becomes of a text that a spreadsheet would run, where a list leaves as CSV.
///
/// That is one which begins with `=`, `+`, `-` or `@`, also in full width and after any space, or with a tab or a line break.
/// A number, and what is kept as `phone`, `integer` or `decimal`, never is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulas {
    /// It leaves with an apostrophe before it, which spreadsheets take as the sign of a text.
    #[default]
    Escape,
    /// The field is dropped, and counted like a value that is not of its format.
    Refuse,
}

/// The bounds on a source's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// One record, in bytes of its source spelling; a line or row with its line break must be no longer than that.
    pub record_bytes_max: usize,
    /// The whole body, in bytes.
    pub body_bytes_max: u64,
    /// Objects and arrays inside one another, the body's own included.
    pub depth_max: usize,
    /// All that stands beside the records in the body, in bytes.
    pub envelope_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { record_bytes_max: 1 << 20, body_bytes_max: 16 << 30, depth_max: 64, envelope_bytes_max: 256 << 10 }
    }
}

/// A compiled plan.
#[derive(Debug)]
pub struct Plan {
    spec: PlanSpec,
    /// What of a record is wanted.
    pub(super) tree: Tree,
    /// What becomes of a record.
    pub(super) layout: Layout,
    /// The slot of each column, or [`NO_SLOT`](super::tree::NO_SLOT).
    pub(super) columns: Vec<u32>,
    /// What a record must satisfy.
    pub(super) rows: Vec<Check>,
    /// Where the identifier stands.
    pub(super) id: u32,
    /// What of the envelope is wanted.
    pub(super) frame: envelope::Frame,
    /// What bodies have taught about the records.
    pub(super) lessons: Lessons,
}

/// Why a plan cannot be compiled: which path, and a sentence that says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// The path at fault.
    pub path: FieldPath,
    /// What is wrong with it, and what to write instead.
    pub problem: String,
}

impl Plan {
    /// Compiles a plan.
    ///
    /// # Errors
    /// Every contradiction in the specification: a path twice, a path inside another, an identifier that no record can
    /// have, something beside the records where the body is the array, a field that is no column, a member that is a list here
    /// and an object there, a list without a rule, a condition on elements of another list, bands that do not ascend, a bound
    /// out of bounds.
    pub fn compile(spec: PlanSpec) -> Result<Self, Vec<PlanError>> {
        let errors = contradiction::all(&spec);
        if errors.is_empty() { Ok(Self::build(spec)) } else { Err(errors) }
    }

    /// The same plan, of which only these fields leave. What conditions and row rules read is read all the same.
    #[must_use]
    pub fn narrowed(&self, fields: &[FieldPath]) -> Self {
        let mut spec = self.spec.clone();
        spec.fields.retain(|field| fields.contains(&field.path));
        Self::build(spec)
    }

    /// The plan of a specification without contradictions.
    fn build(spec: PlanSpec) -> Self {
        let (layout, mut tree) = layout::of(&spec);
        let rows = layout::checks(&spec.rows, &mut tree);
        let id = tree.want(spec.id.parts());
        let frame = envelope::Frame::new(&spec);
        let slot = |column: &str| tree.slot(tree.member(NodeId::ROOT, column.as_bytes()));
        let columns = spec.columns.iter().map(|column| slot(column)).collect();
        Self { columns, tree, layout, rows, id, frame, lessons: Lessons::default(), spec }
    }

    /// Whether the value at a node of the tree has a rule of its own.
    pub(super) fn ruled(&self, node: NodeId) -> bool {
        self.layout.ruled.contains(&self.tree.slot(node))
    }

    /// The specification that was compiled.
    #[must_use]
    pub fn spec(&self) -> &PlanSpec {
        &self.spec
    }
}
