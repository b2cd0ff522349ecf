//! A module that says which way its branches go.

use anyhow::{Context, Result};
use wasm_encoder::{BranchHint, BranchHints, Module, RawSection, SectionId};
use wasmparser::{Parser, Payload};

use crate::function::functions;
use crate::profile::{Profile, Way};

/// A module with hints.
#[derive(Debug)]
pub struct Hinted {
    /// Its bytes.
    pub module: Vec<u8>,
    /// How many branches have a hint.
    pub hints: usize,
}

/// The name of the section, which has to stand before the code.
const SECTION: &str = "metadata.code.branch_hint";

/// Puts what is known of its branches into a module, in place of what it says of them so far.
///
/// # Errors
/// Where the bytes are no module.
pub fn with_hints(module: &[u8], profile: &Profile) -> Result<Hinted> {
    let (mut section, mut hints) = (BranchHints::new(), 0_usize);
    for function in functions(module)? {
        let known = function.fingerprint.as_ref();
        let ways = known.and_then(|known| profile.get(known, function.branches.len()));
        let branches = function.branches.iter().zip(ways.unwrap_or_default());
        let own: Vec<BranchHint> = branches
            .filter_map(|(offset, way)| {
                let branch_hint_value = u32::from((*way)? == Way::Taken);
                Some(BranchHint { branch_func_offset: *offset, branch_hint_value })
            })
            .collect();
        if !own.is_empty() {
            hints += own.len();
            section.function_hints(function.index, own);
        }
    }
    let mut hinted = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if matches!(&payload, Payload::CustomSection(custom) if custom.name() == SECTION) {
            continue;
        }
        let Some((id, range)) = payload.as_section() else { continue };
        if id == u8::from(SectionId::Code) && !section.is_empty() {
            hinted.section(&section);
        }
        let data = module.get(range).context("a section ends after the module")?;
        hinted.section(&RawSection { id, data });
    }
    Ok(Hinted { module: hinted.finish(), hints })
}
