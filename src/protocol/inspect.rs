//! What the engine tells of a table's inside, from metadata alone: no byte of data is fetched for any of it.

use serde::{Deserialize, Serialize};

/// A question about an open table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Inspection {
    /// What it is and what it requires. Costs nothing: all of it was read when the table was opened.
    Overview,
    /// Which versions there are. A few requests: newer ones may have come.
    Versions,
    /// Its columns, by the statistics of its log and, when asked for, the footers of its files.
    Columns {
        /// Read the footers as well: a request a file that is not known yet.
        footers: bool,
    },
    /// How its rows lie in files. Costs nothing.
    Files,
    /// One of its files, byte by byte, by its footer.
    Layout {
        /// Its path, as the table's list of files has it.
        path: String,
        /// The row group whose column chunks and pages are told, by their indexes; none without.
        row_group: Option<u32>,
    },
}

/// The answer to an [`Inspection`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "camelCase")]
pub enum Facts {
    /// To [`Inspection::Overview`].
    Overview(Overview),
    /// To [`Inspection::Versions`].
    Versions(Versions),
    /// To [`Inspection::Columns`].
    Columns(ColumnFacts),
    /// To [`Inspection::Files`].
    Files(FileFacts),
    /// To [`Inspection::Layout`].
    Layout(Layout),
}

/// Which versions of a table there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The first one whose commit is left, and the newest; none for formats without versions.
    pub range: Option<(u64, u64)>,
}

/// What a table is and requires.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The table's identity, for formats that give it one.
    pub id: Option<String>,
    /// The name that its metadata has for it.
    pub table_name: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub created_millis: Option<i64>,
    /// The names of its partition columns.
    pub partition_columns: Vec<String>,
    /// Its properties, sorted by name.
    pub properties: Vec<(String, String)>,
    /// What it demands of its rows: a name and an expression each.
    pub constraints: Vec<(String, String)>,
    /// The versions of the protocol that readers and writers must support, for formats that count them.
    pub protocol: Option<(i32, i32)>,
    /// What it requires.
    pub features: Vec<Feature>,
}

/// Something that a table requires of those who read or write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Feature {
    /// Its name in the format's specification.
    pub name: String,
    /// Must readers know it?
    pub readers: bool,
    /// Must writers know it?
    pub writers: bool,
    /// Does Limn know it, or need not?
    pub is_read: bool,
    /// What in the table's metadata requires it.
    pub required_by: String,
}

/// How far a figure can be relied on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Certainty {
    /// It is that.
    Exact,
    /// It is not more than that; of a maximum, no value is above it.
    AtMost,
    /// It is not less than that; of a minimum, no value is below it.
    AtLeast,
    /// It is about that.
    #[default]
    Estimate,
}

/// A number and how far it can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The number.
    pub value: u64,
    /// How far it can be relied on.
    pub certainty: Certainty,
}

/// A value as text and how far it can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The value.
    pub text: String,
    /// How far it can be relied on.
    pub certainty: Certainty,
}

/// What metadata tells of a table's columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnFacts {
    /// Rows of the table, when each file's are known.
    pub rows: Option<u64>,
    /// Files of the table.
    pub files: u64,
    /// Files whose footers tell, beside the log.
    pub footers: u64,
    /// One entry a column; those of nested columns, as files have them, behind their own.
    pub columns: Vec<ColumnFact>,
}

/// What metadata tells of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnFact {
    /// Its name; of a part of a nested column the names down to it.
    pub path: Vec<String>,
    /// Its type in SQL words; empty for parts of nested columns.
    pub type_name: String,
    /// How many of its values are NULL.
    pub nulls: Option<Figure>,
    /// The least value.
    pub min: Option<Bound>,
    /// The greatest value.
    pub max: Option<Bound>,
    /// How many different values it has.
    pub distinct: Option<Figure>,
    /// Bytes in the files whose footers tell, as they lie there.
    pub size_bytes: Option<u64>,
    /// The same, decompressed.
    pub raw_bytes: Option<u64>,
    /// How its values are encoded, the most frequent first.
    pub encodings: Vec<String>,
    /// How they are compressed, the most frequent first.
    pub codecs: Vec<String>,
}

/// How a table's rows lie in files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileFacts {
    /// Files.
    pub files: u64,
    /// Bytes of all of them, when each is known.
    pub size_bytes: Option<u64>,
    /// The size of the file in the middle, when sorted by size.
    pub median_bytes: Option<u64>,
    /// Files by size: one entry a power of two, from the smallest that there is to the largest.
    pub sizes: Vec<SizeBin>,
    /// Files whose count of rows is known.
    pub files_with_rows: u64,
    /// Rows, deleted ones not counted, of those files.
    pub rows: u64,
    /// Files some rows of which are deleted.
    pub files_with_deleted: u64,
    /// Deleted rows that files still hold.
    pub deleted_rows: u64,
    /// The files with the largest shares of deleted rows: path, deleted rows, rows held.
    pub most_deleted: Vec<(String, u64, Option<u64>)>,
    /// The largest files: path, size, rows.
    pub largest: Vec<(String, u64, Option<u64>)>,
    /// Partitions, the largest first; without partition columns none.
    pub partitions: Vec<PartitionFact>,
    /// Partitions in all, also those that are not among the largest.
    pub partition_count: u64,
    /// How well each column's values are kept apart by the files, columns with bounds only.
    pub overlaps: Vec<Overlap>,
    /// Columns whose bounds were not looked at, because they are too many.
    pub overlaps_left_out: u64,
    /// Files that the log still names, but only as removed; `None` when that is not known without reading more.
    pub removed_files: Option<u64>,
}

/// Files of about one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeBin {
    /// The least size of the bin, in bytes.
    pub from_bytes: u64,
    /// Files from that size to less than twice that.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A partition of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionFact {
    /// Its values in the order of the partition columns, as text; `None` for NULL.
    pub values: Vec<Option<String>>,
    /// Files.
    pub files: u64,
    /// Bytes, as far as sizes are known.
    pub bytes: u64,
    /// Rows, when each file's are known.
    pub rows: Option<u64>,
}

/// How files overlap in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overlap {
    /// The column.
    pub column: String,
    /// Files whose bounds are known.
    pub files: u64,
    /// Files that a value may be in, on the average over values at the files' bounds: 1 when files do not overlap,
    /// all of them when every file holds the whole range.
    pub depth: f64,
    /// The same at the value where most files overlap.
    pub deepest: u64,
}

/// A file byte by byte.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// Its path, as the table's list of files has it.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// What wrote it, in its own words.
    pub created_by: Option<String>,
    /// The version of the file format.
    pub format_version: i32,
    /// Rows, deleted ones among them.
    pub rows: u64,
    /// Deleted rows among those.
    pub deleted_rows: u64,
    /// What the writer noted beside the data: keys, and how many bytes each note has.
    pub notes: Vec<(String, u64)>,
    /// Its row groups.
    pub row_groups: Vec<RowGroupFact>,
    /// Its parts in order, from the first byte to the last, without gaps.
    pub regions: Vec<Region>,
    /// The column chunks of the row group that was asked for.
    pub chunks: Vec<ChunkFact>,
}

/// A row group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowGroupFact {
    /// Rows.
    pub rows: u64,
    /// Bytes in the file.
    pub size_bytes: u64,
    /// The same, decompressed.
    pub raw_bytes: u64,
    /// Where its column chunks begin and end.
    pub span: (u64, u64),
    /// By what its rows are sorted, as the writer declares: a column, and whether it descends.
    pub sorted_by: Vec<(String, bool)>,
}

/// What some bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RegionKind {
    /// The mark at the beginning of every file, `PAR1`.
    Magic,
    /// The different values of a column chunk.
    Dictionary,
    /// Pages of values.
    Data,
    /// A bloom filter.
    BloomFilter,
    /// Bounds of pages.
    ColumnIndex,
    /// Places of pages.
    OffsetIndex,
    /// The footer, which tells where everything else is.
    Footer,
    /// The footer's length and the mark at the end.
    Tail,
    /// Bytes to which nothing points.
    Unused,
}

/// Some bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// The first byte.
    pub start: u64,
    /// One past the last.
    pub end: u64,
    /// What they are.
    pub kind: RegionKind,
    /// Of which row group.
    pub row_group: Option<u32>,
    /// Of which column, by its names in the file.
    pub column: Option<String>,
}

/// A column chunk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkFact {
    /// The column, by its names in the file.
    pub column: String,
    /// The physical type, and what it means.
    pub type_name: String,
    /// How it is compressed.
    pub codec: String,
    /// How its values are encoded.
    pub encodings: Vec<String>,
    /// Values, NULLs among them.
    pub values: u64,
    /// NULLs, where the footer tells.
    pub nulls: Option<u64>,
    /// The least value, or less.
    pub min: Option<Bound>,
    /// The greatest value, or more.
    pub max: Option<Bound>,
    /// Bytes in the file.
    pub size_bytes: u64,
    /// The same, decompressed.
    pub raw_bytes: u64,
    /// Bytes of its dictionary.
    pub dictionary_bytes: Option<u64>,
    /// Bytes of its bloom filter, 0 when that is there and its size is not told.
    pub bloom_bytes: Option<u64>,
    /// Does it have bounds of its pages?
    pub has_column_index: bool,
    /// Its pages, when it has an index that tells them; else empty.
    pub pages: Vec<PageFact>,
}

/// A page of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageFact {
    /// Where it begins.
    pub start: u64,
    /// Its bytes, header included.
    pub size_bytes: u64,
    /// Its first row, counted in the row group.
    pub first_row: u64,
    /// Its rows.
    pub rows: u64,
    /// NULLs, where the column index tells.
    pub nulls: Option<u64>,
}
