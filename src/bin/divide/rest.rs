//! The rest: the functions that are not in the first part. Everything else it imports from there, as `first`. Its start
//! says that it has come; by then it has filled the table between the parts, and taken its places in the program's own.

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, FunctionSection, ImportSection, Instruction, Module,
    StartSection,
};

use crate::program::{Division, Function, Program};
use crate::shared::Shared;
use crate::{Failure, Fault};

/// What the first part's exports are imported as.
const FIRST: &str = "first";

/// The rest of a program.
///
/// # Errors
/// When the program has something that cannot be written again.
pub fn encoded(program: &Program, division: &Division) -> Result<Vec<u8>, Failure> {
    let mut rest = Rest::of(program, division);
    let mut module = Module::new();
    module.section(&rest.shared.types()?);
    module.section(&rest.imports()?);
    module.section(&rest.functions());
    module.section(&StartSection {
        function_index: rest.start,
    });
    module.section(&rest.elements()?);
    module.section(&rest.code()?);
    Ok(module.finish())
}

struct Rest<'p> {
    program: &'p Program<'p>,
    division: &'p Division,
    shared: Shared<'p>,
    /// Each function's index in this part, if it is called here.
    places: Vec<Option<u32>>,
    /// The index of what runs at the start.
    start: u32,
}

impl<'p> Rest<'p> {
    fn of(program: &'p Program<'p>, division: &'p Division) -> Self {
        let mut places = vec![None; program.type_of.len()];
        let mut next = 0;
        let here = program
            .defined()
            .map(|(function, _)| function)
            .filter(|&function| !division.is_first[function as usize]);
        for function in division.shared.iter().copied().chain(here) {
            places[function as usize] = Some(next);
            next += 1;
        }
        Self {
            program,
            division,
            shared: Shared::of(program),
            places,
            start: next,
        }
    }

    fn imports(&self) -> Result<ImportSection, Failure> {
        let mut same = RoundtripReencoder;
        let mut imports = ImportSection::new();
        for (place, &function) in self.division.shared.iter().enumerate() {
            let ty = self.program.type_of[function as usize];
            imports.import(FIRST, &Shared::function_name(place), EntityType::Function(ty));
        }
        for (index, &table) in (0..).zip(&self.program.tables) {
            imports.import(FIRST, &Shared::table_name(index), same.table_type(table)?);
        }
        imports.import(
            FIRST,
            &Shared::table_name(self.shared.gates()),
            Shared::gates_type(self.division),
        );
        for (index, &global) in (0..).zip(&self.program.globals) {
            imports.import(FIRST, &self.shared.global_name(index), same.global_type(global)?);
        }
        imports.import(
            FIRST,
            &self.shared.global_name(self.shared.has_come()),
            Shared::has_come_type(),
        );
        for (index, &memory) in (0..).zip(&self.program.memories) {
            imports.import(FIRST, &Shared::memory_name(index), same.memory_type(memory)?);
        }
        Ok(imports)
    }

    fn functions(&self) -> FunctionSection {
        let mut functions = FunctionSection::new();
        for (function, _) in self.program.defined().filter(|(function, _)| self.is_here(*function)) {
            functions.function(self.program.type_of[function as usize]);
        }
        functions.function(self.shared.bare());
        functions
    }

    fn elements(&mut self) -> Result<ElementSection, Failure> {
        let mut elements = ElementSection::new();
        let gates = self.indexes(&self.division.gates)?;
        elements.active(
            Some(self.shared.gates()),
            &ConstExpr::i32_const(0),
            Elements::Functions(gates.into()),
        );
        for whole in &self.program.elements {
            for (offset, functions) in runs(&whole.functions, |&function| self.is_here(function)) {
                let offset = i32::try_from(whole.offset + u32::try_from(offset)?)?;
                let functions = self.indexes(functions)?;
                elements.active(
                    Some(whole.table),
                    &ConstExpr::i32_const(offset),
                    Elements::Functions(functions.into()),
                );
            }
        }
        Ok(elements)
    }

    fn code(&mut self) -> Result<CodeSection, Failure> {
        let mut code = CodeSection::new();
        for (_, body) in self
            .program
            .defined()
            .filter(|(function, _)| !self.division.is_first[*function as usize])
        {
            self.parse_function_body(&mut code, body.clone())?;
        }
        let mut start = wasm_encoder::Function::new([]);
        start.instruction(&Instruction::I32Const(1));
        start.instruction(&Instruction::GlobalSet(self.shared.has_come()));
        start.instruction(&Instruction::End);
        code.function(&start);
        Ok(code)
    }

    fn is_here(&self, function: Function) -> bool {
        !self.division.is_first[function as usize]
    }

    fn indexes(&self, functions: &[Function]) -> Result<Vec<u32>, Failure> {
        functions.iter().map(|&function| self.index(function)).collect()
    }

    fn index(&self, function: Function) -> Result<u32, Failure> {
        self.places[function as usize].ok_or_else(|| format!("function {function} is not in the rest").into())
    }
}

impl Reencode for Rest<'_> {
    type Error = Fault;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Fault>> {
        self.index(function).map_err(|error| Fault::of(&error))
    }
}

/// The longest runs of what `is_wanted`, each with its place.
fn runs<T>(all: &[T], is_wanted: impl Fn(&T) -> bool) -> Vec<(usize, &[T])> {
    let mut found = Vec::new();
    let mut at = 0;
    for run in all.chunk_by(|a, b| is_wanted(a) == is_wanted(b)) {
        if run.first().is_some_and(&is_wanted) {
            found.push((at, run));
        }
        at += run.len();
    }
    found
}
