//! Divides the engine's program in two: a first part with the functions that answers are usually made of, and the rest,
//! which comes when it is called for (`www/rest.js`). At build time, by `scripts/site.mjs` and `scripts/learn`:
//!
//!     divide into USED FIRST REST < WHOLE     writes both parts; USED tells which functions belong to the first
//!     divide mark < WHOLE > MARKED            a whole that notes in its second memory which functions were called
//!     divide learn MARKS.. < WHOLE > USED     what those notes of marked programs say together
//!
//! A function's body is in one part only. What the first part calls of the rest, it calls through a table that the rest
//! fills; before that, the call has the rest loaded. What the rest calls of the first, the first exports.

mod first;
mod mark;
mod program;
mod rest;
mod shared;
mod used;

use std::error::Error;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::process::ExitCode;

use program::Program;
use used::Used;

type Failure = Box<dyn Error>;

/// What went wrong while a part was written.
#[derive(Debug)]
struct Fault(String);

impl Fault {
    fn of(what: &impl ToString) -> wasm_encoder::reencode::Error<Self> {
        wasm_encoder::reencode::Error::UserError(Self(what.to_string()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Fault {}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("divide: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Failure> {
    let mut wasm = Vec::new();
    std::io::stdin().read_to_end(&mut wasm)?;
    let program = Program::read(&wasm)?;
    match arguments {
        ["into", used, first, rest] => divide(&program, &Used::read(&fs::read(used)?), first, rest),
        ["mark"] => Ok(std::io::stdout().write_all(&mark::marked(&program)?)?),
        ["learn", marks @ ..] => {
            let marks = marks.iter().map(fs::read).collect::<Result<Vec<_>, _>>()?;
            Ok(std::io::stdout().write_all(&Used::learned(&program, &marks)?.written())?)
        }
        _ => Err("see the head of src/bin/divide/main.rs for what to say".into()),
    }
}

fn divide(program: &Program, used: &Used, first: &str, rest: &str) -> Result<(), Failure> {
    let division = program.divided(used.first(program)?)?;
    fs::write(first, first::encoded(program, &division)?)?;
    fs::write(rest, rest::encoded(program, &division)?)?;
    Ok(())
}
