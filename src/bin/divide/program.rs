//! What has to be known of a program before it is divided, and the division.

use std::collections::BTreeSet;

use wasmparser::{
    CompositeInnerType, ElementItems, ElementKind, ExportSectionReader, ExternalKind, FromReader, FuncType,
    FunctionBody, GlobalType, ImportSectionReader, KnownCustom, MemoryType, Name, NameSectionReader, Operator, Parser,
    Payload, SectionLimited, TableType, TypeRef, TypeSectionReader,
};

use crate::Failure;

/// A function by its index: imported ones come before defined ones (WebAssembly core, section 2.5.1).
pub type Function = u32;

/// What of a program concerns its division. Of what is imported, it knows functions only.
#[derive(Default)]
pub struct Program<'a> {
    pub wasm: &'a [u8],
    pub types: Vec<FuncType>,
    pub imported: u32,
    /// The type of each function.
    pub type_of: Vec<u32>,
    /// Of each defined function.
    pub bodies: Vec<FunctionBody<'a>>,
    pub tables: Vec<TableType>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    pub elements: Vec<Elements>,
    /// Functions that are exported, or run at the start.
    pub entries: BTreeSet<Function>,
    /// The name of each function, empty where it has none.
    pub names: Vec<&'a str>,
}

/// Functions in a table from `offset` on.
pub struct Elements {
    pub table: u32,
    pub offset: u32,
    pub functions: Vec<Function>,
}

/// Which functions are where. Those of the first part are in the order that they have in the whole.
pub struct Division {
    /// For each function, whether its body is in the first part.
    pub is_first: Vec<bool>,
    /// Those of the rest that are called from the first part, by their place in the table between the two.
    pub gates: Vec<Function>,
    /// Those of the first part that are called from the rest.
    pub shared: Vec<Function>,
}

impl<'a> Program<'a> {
    /// # Errors
    /// When it is not WebAssembly, has no names, or imports something else than functions.
    pub fn read(wasm: &'a [u8]) -> Result<Self, Failure> {
        let mut program = Self {
            wasm,
            ..Self::default()
        };
        for payload in Parser::new(0).parse_all(wasm) {
            program.take(payload?)?;
        }
        if program.names.is_empty() {
            return Err("the program has no names of functions, by which it is divided".into());
        }
        Ok(program)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), Failure> {
        match payload {
            Payload::TypeSection(section) => self.take_types(section),
            Payload::ImportSection(section) => self.take_imports(section),
            Payload::FunctionSection(section) => extend(&mut self.type_of, section, |ty| ty),
            Payload::TableSection(section) => extend(&mut self.tables, section, |table| table.ty),
            Payload::MemorySection(section) => extend(&mut self.memories, section, |memory| memory),
            Payload::GlobalSection(section) => extend(&mut self.globals, section, |global| global.ty),
            Payload::ExportSection(section) => self.take_exports(section),
            Payload::StartSection { func, .. } => {
                self.entries.insert(func);
                Ok(())
            }
            Payload::ElementSection(section) => {
                for element in section {
                    self.elements.extend(Elements::read(&element?)?);
                }
                Ok(())
            }
            Payload::CodeSectionEntry(body) => {
                self.bodies.push(body);
                Ok(())
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(names) => self.take_names(names),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn take_types(&mut self, section: TypeSectionReader<'a>) -> Result<(), Failure> {
        for group in section {
            for ty in group?.into_types() {
                let CompositeInnerType::Func(ty) = ty.composite_type.inner else {
                    return Err("a type is not of a function".into());
                };
                self.types.push(ty);
            }
        }
        Ok(())
    }

    fn take_imports(&mut self, section: ImportSectionReader<'a>) -> Result<(), Failure> {
        for import in section.into_imports() {
            let TypeRef::Func(ty) = import?.ty else {
                return Err("something else than a function is imported".into());
            };
            self.type_of.push(ty);
            self.imported += 1;
        }
        Ok(())
    }

    fn take_exports(&mut self, section: ExportSectionReader<'a>) -> Result<(), Failure> {
        for export in section {
            let export = export?;
            if export.kind == ExternalKind::Func {
                self.entries.insert(export.index);
            }
        }
        Ok(())
    }

    fn take_names(&mut self, section: NameSectionReader<'a>) -> Result<(), Failure> {
        for names in section {
            let Name::Function(names) = names? else { continue };
            for naming in names {
                let naming = naming?;
                let place = naming.index as usize;
                self.names.resize(self.names.len().max(place + 1), "");
                self.names[place] = naming.name;
            }
        }
        Ok(())
    }

    /// The functions that have bodies, with these.
    pub fn defined(&self) -> impl Iterator<Item = (Function, &FunctionBody<'a>)> {
        (self.imported..).zip(&self.bodies)
    }

    /// The bytes of each function's body, none of those that are imported.
    pub fn lengths(&self) -> impl Iterator<Item = usize> {
        let imported = (0..self.imported).map(|_| 0);
        imported.chain(self.bodies.iter().map(|body| body.range().len()))
    }

    /// The division in which a function is in the first part if `is_first`, or if it is imported or an entry.
    ///
    /// # Errors
    /// When a body cannot be read, or a section that something is added to is not there.
    pub fn divided(&self, mut is_first: Vec<bool>) -> Result<Division, Failure> {
        if self.imported == 0 || self.tables.is_empty() || self.globals.is_empty() || self.entries.is_empty() {
            return Err("a program without imports, exports, tables or globals is too small to be divided".into());
        }
        for function in (0..self.imported).chain(self.entries.iter().copied()) {
            is_first[function as usize] = true;
        }
        let mut gates: BTreeSet<Function> = self
            .elements
            .iter()
            .flat_map(|elements| elements.functions.iter().copied())
            .collect();
        let mut shared = BTreeSet::new();
        for (function, body) in self.defined() {
            let called = if is_first[function as usize] {
                &mut gates
            } else {
                &mut shared
            };
            called.extend(mentioned(body)?);
        }
        gates.retain(|&function| !is_first[function as usize]);
        shared.retain(|&function| is_first[function as usize]);
        Ok(Division {
            is_first,
            gates: gates.into_iter().collect(),
            shared: shared.into_iter().collect(),
        })
    }
}

impl Elements {
    /// None where they lie in no table yet.
    fn read(element: &wasmparser::Element) -> Result<Option<Self>, Failure> {
        let ElementKind::Active {
            table_index,
            offset_expr,
        } = &element.kind
        else {
            return Ok(None);
        };
        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
            return Err("a table is filled from a place that is computed".into());
        };
        let ElementItems::Functions(functions) = &element.items else {
            return Err("a table is filled with what is computed".into());
        };
        let functions = functions.clone().into_iter().collect::<Result<_, _>>()?;
        Ok(Some(Self {
            table: table_index.unwrap_or(0),
            offset: u32::try_from(value)?,
            functions,
        }))
    }
}

/// Adds what `part` takes of each of a section.
fn extend<'a, T: FromReader<'a>, U>(
    all: &mut Vec<U>,
    section: SectionLimited<'a, T>,
    part: impl Fn(T) -> U,
) -> Result<(), Failure> {
    for one in section {
        all.push(part(one?));
    }
    Ok(())
}

/// The functions that a body calls by their index, or takes the reference of.
pub fn mentioned(body: &FunctionBody) -> Result<Vec<Function>, Failure> {
    let mut found = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => {
                found.push(function_index);
            }
            _ => {}
        }
    }
    Ok(found)
}
