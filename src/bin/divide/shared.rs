//! What both parts have to agree on: what is added to the whole's types, tables and globals, and by which names the rest
//! imports what the first part exports.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{GlobalType, RefType, TableType, TypeSection, ValType};

use crate::Failure;
use crate::program::{Division, Program};

/// Where the parts find what they share. Names are those of the first part's exports.
pub struct Shared<'p> {
    program: &'p Program<'p>,
}

impl<'p> Shared<'p> {
    pub fn of(program: &'p Program<'p>) -> Self {
        Self { program }
    }

    /// The table between the parts.
    pub fn gates(&self) -> u32 {
        count(&self.program.tables)
    }

    /// The global that is 1 once the rest is there.
    pub fn has_come(&self) -> u32 {
        count(&self.program.globals)
    }

    /// The type of what takes and gives nothing. Types that the whole does not have come behind its own.
    pub fn bare(&self) -> u32 {
        count(&self.program.types)
    }

    /// The type of a function from a number to a number.
    pub fn numeric(&self) -> u32 {
        self.bare() + 1
    }

    /// The types of the whole, and those of what is added.
    pub fn types(&self) -> Result<TypeSection, Failure> {
        let mut types = TypeSection::new();
        let mut same = RoundtripReencoder;
        for ty in &self.program.types {
            types.ty().func_type(&same.func_type(ty.clone())?);
        }
        types.ty().function([], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        Ok(types)
    }

    pub fn table_name(index: u32) -> String {
        format!("t{index}")
    }

    /// That of the one that is added has the whole's checksum in it: parts of two builds do not go together.
    pub fn global_name(&self, index: u32) -> String {
        if index == self.has_come() {
            return format!("come-{:08x}", crc32fast::hash(self.program.wasm));
        }
        format!("g{index}")
    }

    pub fn memory_name(index: u32) -> String {
        format!("m{index}")
    }

    /// Of the function at a place among the shared ones.
    pub fn function_name(place: usize) -> String {
        place.to_string()
    }

    /// The type of the table between the parts.
    pub fn gates_type(division: &Division) -> TableType {
        let size = division.gates.len() as u64;
        TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: size,
            maximum: Some(size),
            shared: false,
        }
    }

    /// The type of the global that tells whether the rest has come.
    pub fn has_come_type() -> GlobalType {
        GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        }
    }
}

/// How many there are: WebAssembly counts in 32 bits, and has been read.
pub fn count<T>(of: &[T]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}
