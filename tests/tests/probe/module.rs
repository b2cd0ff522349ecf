//! A module that makes calls and logs what came of each: `@number phase: call = status value`.
//!
//! It is written as text, without any SDK, so that nothing stands between a call and the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use crate::calls::{Argument, Call, Place};
use crate::signatures;

/// The callbacks of the ABI: name, number of parameters, and what it returns unless a scenario says otherwise.
pub(crate) const CALLBACKS: &[(&str, usize, Option<i32>)] = &[
    ("proxy_on_context_create", 2, None),
    ("proxy_on_vm_start", 2, Some(1)),
    ("proxy_on_configure", 2, Some(1)),
    ("proxy_on_tick", 1, None),
    ("proxy_on_queue_ready", 2, None),
    ("proxy_on_foreign_function", 3, None),
    ("proxy_on_new_connection", 1, Some(0)),
    ("proxy_on_downstream_data", 3, Some(0)),
    ("proxy_on_upstream_data", 3, Some(0)),
    ("proxy_on_downstream_connection_close", 2, None),
    ("proxy_on_upstream_connection_close", 2, None),
    ("proxy_on_request_headers", 3, Some(0)),
    ("proxy_on_request_body", 3, Some(0)),
    ("proxy_on_request_trailers", 2, Some(0)),
    ("proxy_on_response_headers", 3, Some(0)),
    ("proxy_on_response_body", 3, Some(0)),
    ("proxy_on_response_trailers", 2, Some(0)),
    ("proxy_on_http_call_response", 5, None),
    ("proxy_on_grpc_receive_initial_metadata", 3, None),
    ("proxy_on_grpc_receive", 3, None),
    ("proxy_on_grpc_receive_trailing_metadata", 3, None),
    ("proxy_on_grpc_close", 3, None),
    ("proxy_on_done", 1, Some(1)),
    ("proxy_on_log", 1, None),
    ("proxy_on_delete", 1, None),
];

/// What a module does.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The calls of each callback, by its name.
    pub(crate) calls: BTreeMap<String, Vec<Call>>,
    /// What callbacks return, where it is not what lets everything pass.
    pub(crate) returns: BTreeMap<String, i32>,
}

/// Texts begin here; below are the places that the host writes to.
const TEXTS: usize = 4096;

/// Where the host writes, and which bit tells `$report` to show it.
fn place(place: Place) -> (&'static [usize], u32) {
    match place {
        Place::Value => (&[16, 20], 1),
        Place::Size => (&[16, 20], 2),
        Place::Word => (&[24], 4),
        Place::Other => (&[28], 8),
        Place::Long => (&[32], 16),
        Place::Moment => (&[40], 0),
        Place::Scratch => (&[64], 0),
    }
}

/// The module as text.
pub(crate) fn text(plan: &Plan) -> Result<String> {
    let known = |name: &String| CALLBACKS.iter().any(|(callback, ..)| callback == name);
    if let Some(name) = plan.calls.keys().chain(plan.returns.keys()).find(|name| !known(name)) {
        bail!("`{name}` is no callback");
    }
    let mut texts = Texts::default();
    let mut functions = String::new();
    for (name, parameters, returned) in CALLBACKS {
        callback(&mut functions, &mut texts, plan, name, *parameters, *returned)?;
    }
    let used: BTreeSet<&str> =
        plan.calls.values().flatten().map(|call| call.function.as_str()).collect();
    let imports = imports(used)?;
    let data = texts.data();
    let machine = include_str!("machine.wat");
    Ok(format!("(module\n{imports}{machine}{functions}{data})\n"))
}

fn imports(mut used: BTreeSet<&str>) -> Result<String> {
    used.insert("proxy_log");
    let mut text = String::new();
    for name in used {
        let (module, parameters) =
            signatures::find(name).with_context(|| format!("`{name}` is no host function"))?;
        let parameters = parameters.join(" ");
        writeln!(
            text,
            "(import \"{module}\" \"{name}\" (func ${name} (param {parameters}) (result i32)))"
        )?;
    }
    Ok(text)
}

fn callback(
    functions: &mut String,
    texts: &mut Texts,
    plan: &Plan,
    name: &str,
    parameters: usize,
    returned: Option<i32>,
) -> Result<()> {
    let (at, size) = texts.add(name.as_bytes());
    let types = vec!["i32"; parameters].join(" ");
    let result = if returned.is_some() { "(result i32)" } else { "" };
    writeln!(functions, "(func (export \"{name}\") (param {types}) {result}")?;
    writeln!(functions, "  (call $enter (i32.const {at}) (i32.const {size}))")?;
    for parameter in 0..parameters {
        writeln!(functions, "  (call $put_argument (local.get {parameter}))")?;
    }
    writeln!(functions, "  (call $flush)")?;
    for call in plan.calls.get(name).into_iter().flatten() {
        report(functions, texts, call).with_context(|| format!("`{}`", call.text))?;
    }
    writeln!(functions, "  (call $leave)")?;
    if let Some(returned) = plan.returns.get(name).copied().or(returned) {
        writeln!(functions, "  (i32.const {returned})")?;
    }
    writeln!(functions, ")")?;
    Ok(())
}

/// One call, and the report on it.
fn report(functions: &mut String, texts: &mut Texts, call: &Call) -> Result<()> {
    let (_, types) = signatures::find(&call.function).context("no such host function")?;
    let mut shown = 0;
    let mut arguments = Vec::new();
    for argument in &call.arguments {
        match argument {
            Argument::Number(number) => arguments.push(*number),
            Argument::Bytes(bytes) => {
                let (at, size) = texts.add(bytes);
                arguments.extend([i64::try_from(at)?, i64::try_from(size)?]);
            }
            Argument::Buffer(bytes) => {
                let (at, size) = texts.add(bytes);
                let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let buffer = [number(at).to_le_bytes(), number(size).to_le_bytes()].concat();
                let (at, _) = texts.add(&buffer);
                arguments.extend([i64::try_from(at)?, 1]);
            }
            Argument::Place(kind) => {
                let (addresses, bit) = place(*kind);
                shown |= bit;
                for address in addresses {
                    arguments.push(i64::try_from(*address)?);
                }
            }
        }
    }
    if arguments.len() != types.len() {
        bail!("{} arguments where there are {} parameters", arguments.len(), types.len());
    }
    let (at, size) = texts.add(call.text.as_bytes());
    write!(functions, "  (call $prepare (i32.const {at}) (i32.const {size}))")?;
    write!(functions, "(call $report (call ${}", call.function)?;
    for (number, kind) in arguments.into_iter().zip(types) {
        write!(functions, " ({kind}.const {number})")?;
    }
    writeln!(functions, ") (i32.const {shown}))")?;
    Ok(())
}

/// All texts of a module, each once.
#[derive(Debug, Default)]
struct Texts {
    known: BTreeMap<Vec<u8>, usize>,
    size: usize,
}

impl Texts {
    /// Where the text will be, and its size. Each begins at a multiple of four, as WASI buffers must.
    fn add(&mut self, text: &[u8]) -> (usize, usize) {
        let next = TEXTS + self.size.next_multiple_of(4);
        let at = *self.known.entry(text.to_vec()).or_insert(next);
        if at == next {
            self.size = at + text.len() - TEXTS;
        }
        (at, text.len())
    }

    fn data(&self) -> String {
        let segment = |(text, at): (&Vec<u8>, &usize)| {
            let bytes: String = text.iter().map(|byte| format!("\\{byte:02x}")).collect();
            format!("(data (i32.const {at}) \"{bytes}\")\n")
        };
        self.known.iter().map(segment).collect()
    }
}
