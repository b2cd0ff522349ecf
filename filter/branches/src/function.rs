//! The functions of a module and their branches.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmparser::{FunctionBody, Operator, Parser, Payload, TypeRef};

/// A function that has a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its number in the module, imported ones counted.
    pub index: u32,
    /// What it does, without what moves when another function changes; none where another function of the module does
    /// the same.
    pub fingerprint: Option<String>,
    /// Where its branches stand, in their order: bytes from the beginning of its body, its locals counted.
    pub branches: Vec<u32>,
}

/// Digits of a fingerprint.
const DIGITS: usize = 16;

/// Whether an instruction is a branch with a condition: `if` or `br_if`.
#[must_use]
pub fn is_branch(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::If { .. } | Operator::BrIf { .. })
}

/// All functions with a body, in their order.
///
/// # Errors
/// Where the bytes are no module.
pub fn functions(module: &[u8]) -> Result<Vec<Function>> {
    let (mut functions, mut next) = (Vec::new(), 0_u32);
    for payload in Parser::new(0).parse_all(module) {
        match payload.context("this is no WebAssembly module")? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    next += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                functions.push(function(next, &body, module)?);
                next += 1;
            }
            _ => {}
        }
    }
    let mut counts: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for function in &functions {
        *counts.entry(function.fingerprint.clone()).or_default() += 1;
    }
    for function in &mut functions {
        if counts.get(&function.fingerprint) != Some(&1) {
            function.fingerprint = None;
        }
    }
    Ok(functions)
}

fn function(index: u32, body: &FunctionBody<'_>, module: &[u8]) -> Result<Function> {
    let (mut digest, mut branches) = (Sha256::new(), Vec::new());
    let start = body.range().start;
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let (operator, at) = reader.read_with_offset()?;
        let whole = module.get(at..reader.original_position()).unwrap_or_default();
        digest.update(of_the_function(&operator, whole));
        if is_branch(&operator) {
            branches.push(u32::try_from(at.saturating_sub(start))?);
        }
    }
    let mut fingerprint = String::new();
    for byte in digest.finalize() {
        write!(fingerprint, "{byte:02x}")?;
    }
    fingerprint.truncate(DIGITS);
    Ok(Function { index, fingerprint: Some(fingerprint), branches })
}

/// What of an instruction is the function's own: of most the kind alone, since the numbers of functions, types and
/// globals and the addresses of data, which are constants as well, move when other code changes.
fn of_the_function<'m>(operator: &Operator<'_>, whole: &'m [u8]) -> &'m [u8] {
    match operator {
        Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::If { .. }
        | Operator::Br { .. }
        | Operator::BrIf { .. }
        | Operator::LocalGet { .. }
        | Operator::LocalSet { .. }
        | Operator::LocalTee { .. } => whole,
        _ => whole.get(..1).unwrap_or_default(),
    }
}
