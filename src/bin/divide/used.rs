//! Which functions belong to the first part: those that were called while the usual was done (`scripts/learn`), by their
//! names, which are the same in every build of the same sources; all of this crate, which changes from day to day, with what
//! it calls, and short ones that are like others, as each build draws the line anew between what is called and inlined.

use std::collections::{BTreeSet, HashSet};

use crate::Failure;
use crate::program::{Program, mentioned};

/// What names of this crate's functions have in them, of what others make for its types, and of what lies between it and
/// JavaScript.
const OWN: [&str; 6] = [
    "limn::",
    "engine::worker::",
    "shim_idx: ",
    "js_sys::",
    "wasm_bindgen::",
    "web_sys::",
];

/// Functions of at most so many bytes are of the first part whatever they are: a gate would take as much, and which of those
/// that are alike gives the one that is left its name is chance.
const TINY_BYTES: usize = 50;

/// Functions of at most so many bytes are short: a fifth of the first part's code. Of twice the size it would be a third.
const SHORT_BYTES: usize = 200;

const KEY_BYTES: usize = 4;

/// Names as checksums of 32 bits, of which a few among a hundred thousand may fall together. All that would come of it is
/// a function in the first part that need not be there.
pub struct Used(BTreeSet<u32>);

impl Used {
    /// As it was written: checksums in their order, each in 4 bytes, the lowest first.
    pub fn read(bytes: &[u8]) -> Self {
        let keys = bytes
            .chunks_exact(KEY_BYTES)
            .filter_map(|key| key.try_into().ok())
            .map(u32::from_le_bytes);
        Self(keys.collect())
    }

    pub fn written(&self) -> Vec<u8> {
        self.0.iter().flat_map(|key| key.to_le_bytes()).collect()
    }

    /// What the notes of marked programs say together, a byte for each function of the whole.
    ///
    /// # Errors
    /// When they are of another program.
    pub fn learned(program: &Program, marks: &[Vec<u8>]) -> Result<Self, Failure> {
        let functions = program.type_of.len();
        if marks.iter().any(|marks| marks.len() < functions) {
            return Err(format!("the program has {functions} functions, more than the notes are of").into());
        }
        let was_called = |function: usize| marks.iter().any(|marks| marks[function] != 0);
        let called = names(program).enumerate().filter(|(function, _)| was_called(*function));
        let others = called
            .map(|(_, name)| name)
            .filter(|name| !name.is_empty() && !is_own(name));
        Ok(Self(others.map(|name| key(&name)).collect()))
    }

    /// For each function of the whole, whether it is of the first part.
    ///
    /// # Errors
    /// When a body cannot be read.
    pub fn first(&self, program: &Program) -> Result<Vec<bool>, Failure> {
        let names: Vec<String> = names(program).collect();
        // Those few without a name are what wasm-bindgen starts the program with.
        let is_used = |name: &String| name.is_empty() || is_own(name) || self.0.contains(&key(name));
        let kinds: HashSet<String> = names
            .iter()
            .filter(|name| is_used(name))
            .map(|name| kind(name))
            .collect();
        let is_small = |name: &String, length: usize| {
            length <= TINY_BYTES || (length <= SHORT_BYTES && kinds.contains(&kind(name)))
        };
        let lengths = program.lengths();
        let mut first: Vec<bool> = names
            .iter()
            .zip(lengths)
            .map(|(name, length)| is_used(name) || is_small(name, length))
            .collect();
        for (function, body) in program.defined() {
            if is_own(&names[function as usize]) {
                for called in mentioned(body)? {
                    first[called as usize] = true;
                }
            }
        }
        Ok(first)
    }
}

/// The names of all functions.
fn names(program: &Program) -> impl Iterator<Item = String> {
    (0..program.type_of.len()).map(|function| program.names.get(function).map_or_else(String::new, |name| plain(name)))
}

fn is_own(name: &str) -> bool {
    OWN.iter().any(|own| name.contains(own))
}

fn key(name: &str) -> u32 {
    crc32fast::hash(name.as_bytes())
}

/// A function's name without what tells one build from another: `core[8a5f02]::ptr` becomes `core::ptr`, and the second of
/// two functions with one name, `core::ptr[1]`, as well.
fn plain(name: &str) -> String {
    let readable = rustc_demangle::demangle(name).to_string();
    let mut rest = without_number(&readable);
    let mut plain = String::with_capacity(rest.len());
    while let Some(at) = rest.find('[') {
        let (before, bracket) = rest.split_at(at);
        plain.push_str(before);
        let hash = bracket
            .strip_prefix('[')
            .and_then(|inside| inside.split_once(']'))
            .filter(|(hash, _)| {
                let is_of_a_name = before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
                is_of_a_name && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            });
        rest = if let Some((_, behind)) = hash {
            behind
        } else {
            plain.push('[');
            &bracket[1..]
        };
    }
    plain.push_str(rest);
    plain
}

fn without_number(name: &str) -> &str {
    let number = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    number
        .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(name, |(name, _)| name)
}

/// A plain name without the types that it is made for: `<alloc::vec::Vec<u8>>::push` is of one kind with that of other
/// vectors, `<alloc::vec::Vec>::push`.
fn kind(name: &str) -> String {
    let mut kind = String::with_capacity(name.len());
    // How many angle brackets of what is left out are open.
    let mut depth = 0;
    let mut last = ' ';
    for letter in name.chars() {
        match letter {
            '<' if depth > 0 || last.is_alphanumeric() || matches!(last, '_' | ':') => depth += 1,
            // That of an arrow closes nothing.
            '>' if depth > 0 && last != '-' => depth -= 1,
            _ if depth == 0 => kind.push(letter),
            _ => {}
        }
        last = letter;
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::{kind, plain};

    #[test]
    fn names_lose_what_a_build_adds() {
        assert_eq!(plain("_RNvC6_123foo3bar"), "123foo::bar");
        assert_eq!(
            plain("<alloc[9f1e]::vec::Vec<[f64]>>::push"),
            "<alloc::vec::Vec<[f64]>>::push"
        );
        assert_eq!(
            plain("core[c5]::ptr::drop_in_place::<sqlparser[b1]::ast::Expr>[5]"),
            "core::ptr::drop_in_place::<sqlparser::ast::Expr>"
        );
        assert_eq!(plain("ZSTD_decompress"), "ZSTD_decompress");
        assert_eq!(plain("a[b"), "a[b");
    }

    #[test]
    fn kinds_lose_types() {
        assert_eq!(kind("<alloc::vec::Vec<u8>>::push"), "<alloc::vec::Vec>::push");
        assert_eq!(
            kind("<a::Array as core::FromIterator<b::Buffer<u8>>>::from_iter::<core::IntoIter<b::Buffer>>"),
            "<a::Array as core::FromIterator>::from_iter::"
        );
        assert_eq!(kind("call::<fn(u8) -> Vec<u8>>::{closure#0}"), "call::::{closure#0}");
    }
}
