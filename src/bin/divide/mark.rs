//! A whole program that notes what was called: every function sets its byte, by its index in the whole, in a second
//! memory, which is exported as `marks`.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, ExportKind, ExportSection, Instruction, MemArg, MemorySection, MemoryType, Module};
use wasmparser::{CodeSectionReader, Parser};

use crate::program::Program;
use crate::shared::count;
use crate::{Failure, Fault};

const PAGE_BYTES: u64 = 65_536;
const MARKS: &str = "marks";

/// # Errors
/// When the program has something that cannot be written again.
pub fn marked(program: &Program) -> Result<Vec<u8>, Failure> {
    let mut module = Module::new();
    Marking(program).parse_core_module(&mut module, Parser::new(0), program.wasm)?;
    Ok(module.finish())
}

struct Marking<'p>(&'p Program<'p>);

impl Marking<'_> {
    fn memory(&self) -> u32 {
        count(&self.0.memories)
    }
}

impl Reencode for Marking<'_> {
    type Error = Fault;

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        utils::parse_memory_section(self, memories, section)?;
        let pages = (self.0.type_of.len() as u64).div_ceil(PAGE_BYTES);
        memories.memory(MemoryType {
            minimum: pages,
            maximum: Some(pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(MARKS, ExportKind::Memory, self.memory());
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader<'_>) -> Result<(), Error<Fault>> {
        let place = MemArg {
            offset: 0,
            align: 0,
            memory_index: self.memory(),
        };
        for (function, body) in self.0.defined() {
            let mut marking = self.new_function_with_parsed_locals(body)?;
            marking.instruction(&Instruction::I32Const(function.cast_signed()));
            marking.instruction(&Instruction::I32Const(1));
            marking.instruction(&Instruction::I32Store8(place));
            let mut operators = body.get_operators_reader()?;
            while !operators.eof() {
                marking.instruction(&self.parse_instruction(&mut operators)?);
            }
            code.function(&marking);
        }
        Ok(())
    }
}
