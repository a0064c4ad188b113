//! The first part: what is exported, what is usually called, and a gate in the place of each function of the rest that
//! is called from here. A gate has the rest loaded if it was not, and calls on through the table between the parts.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection, ImportSection,
    Instruction, Module, TableSection, TypeSection,
};
use wasmparser::{CodeSectionReader, FunctionBody, Parser};

use crate::program::{Division, Function, Program};
use crate::shared::{Shared, count};
use crate::{Failure, Fault};

/// What is imported to load the rest: it takes nothing, gives nothing, and returns when the rest is there.
const LOAD: (&str, &str) = ("rest", "load");

/// The first part of a program.
///
/// # Errors
/// When the program has something that cannot be written again.
pub fn encoded(program: &Program, division: &Division) -> Result<Vec<u8>, Failure> {
    let mut module = Module::new();
    First::of(program, division).parse_core_module(&mut module, Parser::new(0), program.wasm)?;
    Ok(module.finish())
}

struct First<'p> {
    program: &'p Program<'p>,
    division: &'p Division,
    shared: Shared<'p>,
    /// Each function's index in this part, if it is called here.
    places: Vec<Option<u32>>,
    /// The index of the function that gates ask whether the rest is there.
    arrive: u32,
}

impl<'p> First<'p> {
    fn of(program: &'p Program<'p>, division: &'p Division) -> Self {
        // Behind what is imported comes what loads the rest.
        let mut next = program.imported + 1;
        let mut places: Vec<Option<u32>> = (0..program.imported).map(Some).collect();
        let mut gates = division.gates.iter().peekable();
        for (function, _) in program.defined() {
            let is_here = division.is_first[function as usize] || gates.next_if_eq(&&function).is_some();
            places.push(is_here.then_some(next));
            next += u32::from(is_here);
        }
        Self {
            program,
            division,
            shared: Shared::of(program),
            places,
            arrive: next,
        }
    }

    fn load(&self) -> Function {
        self.program.imported
    }

    fn gate(&self, slot: usize, function: Function) -> Result<wasm_encoder::Function, Failure> {
        let ty = self.program.type_of[function as usize];
        let parameters = self.program.types[ty as usize].params().len();
        let mut body = wasm_encoder::Function::new([]);
        for parameter in 0..u32::try_from(parameters)? {
            body.instruction(&Instruction::LocalGet(parameter));
        }
        body.instruction(&Instruction::I32Const(i32::try_from(slot)?));
        body.instruction(&Instruction::Call(self.arrive));
        body.instruction(&Instruction::CallIndirect {
            type_index: ty,
            table_index: self.shared.gates(),
        });
        body.instruction(&Instruction::End);
        Ok(body)
    }

    /// Gives back the number that it is given, once the rest is there.
    fn arrive(&self) -> wasm_encoder::Function {
        let mut body = wasm_encoder::Function::new([]);
        body.instruction(&Instruction::GlobalGet(self.shared.has_come()));
        body.instruction(&Instruction::I32Eqz);
        body.instruction(&Instruction::If(wasm_encoder::BlockType::Empty));
        body.instruction(&Instruction::Call(self.load()));
        body.instruction(&Instruction::End);
        body.instruction(&Instruction::LocalGet(0));
        body.instruction(&Instruction::End);
        body
    }

    /// The defined functions of this part in their order, those of the rest with the place of their gate.
    fn functions(&self) -> impl Iterator<Item = (Function, &FunctionBody<'p>, Option<usize>)> {
        let mut slots = self.division.gates.iter().enumerate().peekable();
        self.program.defined().filter_map(move |(function, body)| {
            let slot = slots.next_if(|(_, gate)| **gate == function).map(|(slot, _)| slot);
            (self.division.is_first[function as usize] || slot.is_some()).then_some((function, body, slot))
        })
    }
}

impl Reencode for First<'_> {
    type Error = Fault;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Fault>> {
        self.places[function as usize].ok_or_else(|| Fault::of(&"a function is called that is not in the first part"))
    }

    /// Names and the like are not shipped.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        Ok(())
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        _: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        *types = self.shared.types().map_err(|error| Fault::of(&error))?;
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        utils::parse_import_section(self, imports, section)?;
        imports.import(LOAD.0, LOAD.1, EntityType::Function(self.shared.bare()));
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        for (function, ..) in self.functions() {
            functions.function(self.program.type_of[function as usize]);
        }
        functions.function(self.shared.numeric());
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        utils::parse_table_section(self, tables, section)?;
        tables.table(Shared::gates_type(self.division));
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        utils::parse_global_section(self, globals, section)?;
        globals.global(Shared::has_come_type(), &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Fault>> {
        utils::parse_export_section(self, exports, section)?;
        for (place, &function) in self.division.shared.iter().enumerate() {
            exports.export(
                &Shared::function_name(place),
                ExportKind::Func,
                self.function_index(function)?,
            );
        }
        for table in 0..=self.shared.gates() {
            exports.export(&Shared::table_name(table), ExportKind::Table, table);
        }
        for global in 0..=self.shared.has_come() {
            exports.export(&self.shared.global_name(global), ExportKind::Global, global);
        }
        for memory in 0..count(&self.program.memories) {
            exports.export(&Shared::memory_name(memory), ExportKind::Memory, memory);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader<'_>) -> Result<(), Error<Fault>> {
        let functions: Vec<_> = self
            .functions()
            .map(|(function, body, slot)| (function, body.clone(), slot))
            .collect();
        for (function, body, slot) in functions {
            if let Some(slot) = slot {
                code.function(&self.gate(slot, function).map_err(|error| Fault::of(&error))?);
            } else {
                self.parse_function_body(code, body)?;
            }
        }
        code.function(&self.arrive());
        Ok(())
    }
}
