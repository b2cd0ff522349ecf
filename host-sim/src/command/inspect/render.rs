//! What is known of a module, as text and as JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::table::{self, row, thousands};
use super::Inspection;
use super::callbacks::{CALLBACKS, moment};
use super::probe::{Entered, NoProbe, Probe};
use crate::module::ModuleError;

pub(super) fn text(inspection: &Inspection) -> String {
    let parts = &inspection.parts;
    let mut text = String::new();
    let abi = match (parts.abi, &parts.unknown_abi) {
        (Some(known), _) => known.to_string(),
        (None, Some(unknown)) => format!("{unknown}, unknown: no proxy loads this module"),
        (None, None) => "none: no proxy loads this module".to_owned(),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", inspection.module.display());
    let _ = writeln!(text, "  ABI version  {abi}");
    let _ = writeln!(text, "  size         {}", bytes(parts.size));
    let sections = parts.sections.iter().map(|(name, size)| format!("{name} {}", bytes(*size)));
    let sections = sections.collect::<Vec<_>>().join(", ");
    let sections = if sections.is_empty() { "none" } else { &sections };
    let _ = writeln!(text, "  sections     {sections}");
    if let Some((first, most)) = parts.memory {
        let most =
            most.map_or_else(|| "no limit of its own".to_owned(), |most| format!("at most {most}"));
        let _ = writeln!(text, "  memory       {first} pages of 64 KiB, {most}");
    }
    if let Ok(Probe { start_pages, .. }) = &inspection.probe {
        let _ = writeln!(text, "               {start_pages} pages after the start");
    }
    imports(inspection, &mut text);
    exports(inspection, &mut text);
    text
}

fn imports(inspection: &Inspection, text: &mut String) {
    let imports = &inspection.parts.imports;
    let _ = writeln!(text, "\n{}", table::count(imports.len(), "import"));
    let modules: BTreeSet<&str> = imports.iter().map(|import| import.module.as_str()).collect();
    for module in modules {
        let names = imports.iter().filter(|import| import.module == module);
        let names: Vec<&str> = names.map(|import| import.name.as_str()).collect();
        let _ = writeln!(text, "  {module}: {}", names.join(" "));
    }
    for error in &inspection.missing {
        let _ = match missing(error) {
            Some((module, name, why)) => {
                writeln!(text, "  MISSING: `{module}` `{name}`: {why}")
            }
            None => writeln!(text, "  MISSING: {error}"),
        };
    }
}

/// The import that is not there, and why.
fn missing(error: &ModuleError) -> Option<(&str, &str, String)> {
    match error {
        ModuleError::UnknownImport { module, name, abi } => {
            let why = format!("ABI version {abi} and WASI have no such function");
            Some((module, name, why))
        }
        ModuleError::ImportType { module, name, expected, found } => {
            Some((module, name, format!("expected {expected}, found {found}")))
        }
        _ => None,
    }
}

fn exports(inspection: &Inspection, text: &mut String) {
    let exports = &inspection.parts.exports;
    let _ = writeln!(text, "\n{}", table::count(exports.len(), "exported function"));
    let mut rows = vec![row(["  export", "entered", "here", "calls", "fuel", "time of one"])];
    let known = CALLBACKS.iter().filter(|(name, _)| exports.iter().any(|export| export == name));
    rows.extend(known.map(|(name, moment)| {
        let cells = entered(inspection, name).map_or_else(Vec::new, cells);
        row([format!("  {name}"), (*moment).to_owned()].into_iter().chain(cells))
    }));
    text.push_str(&table::text(&rows));
    let others: Vec<&str> =
        exports.iter().map(String::as_str).filter(|name| moment(name).is_none()).collect();
    if !others.is_empty() {
        let _ = writeln!(text, "  never entered: {}", others.join(" "));
    }
    match &inspection.probe {
        Err(NoProbe { reason, .. }) => {
            let _ = writeln!(text, "\nno request was sent: {reason}");
        }
        Ok(probe) => idle(probe, text),
    }
}

/// The callbacks that a request enters and that call nothing.
fn idle(probe: &Probe, text: &mut String) {
    let idle: Vec<(&str, &Entered)> = idle_callbacks(probe).collect();
    if idle.is_empty() {
        let _ = writeln!(text, "\nevery callback that a request enters calls the host");
        return;
    }
    let nanoseconds: u64 = idle.iter().map(|(_, one)| one.in_request * one.nanoseconds).sum();
    let names: Vec<&str> = idle.iter().map(|(name, _)| *name).collect();
    let entries: u64 = idle.iter().map(|(_, one)| one.in_request).sum();
    let _ = writeln!(
        text,
        "\na request enters these, and they call nothing: {}\n  {} entries and {} a request here; \
         where a callback has nothing to do, not to export it saves that",
        names.join(" "),
        entries,
        table::microseconds(nanoseconds),
    );
}

fn idle_callbacks(probe: &Probe) -> impl Iterator<Item = (&'static str, &Entered)> {
    let entered = probe.entered.iter().map(|(name, one)| (*name, one));
    entered.filter(|(_, one)| one.in_request > 0 && one.calls == 0)
}

fn entered<'a>(inspection: &'a Inspection, name: &str) -> Option<&'a Entered> {
    inspection.probe.as_ref().ok()?.entered.get(name)
}

fn cells(one: &Entered) -> Vec<String> {
    if one.in_request == 0 {
        return vec![format!("{} at the start", one.at_start)];
    }
    let times = if one.at_start > 0 {
        format!("{} at the start, {} a request", one.at_start, one.in_request)
    } else {
        format!("{} a request", one.in_request)
    };
    vec![times, one.calls.to_string(), thousands(one.fuel), table::microseconds(one.nanoseconds)]
}

fn bytes(size: usize) -> String {
    format!("{} B", thousands(u64::try_from(size).unwrap_or(u64::MAX)))
}

pub(super) fn object(inspection: &Inspection) -> Value {
    let parts = &inspection.parts;
    let imports: Vec<Value> = parts
        .imports
        .iter()
        .map(|import| {
            let mut unmet = inspection.missing.iter().filter_map(missing);
            let missing =
                unmet.any(|(module, name, _)| module == import.module && name == import.name);
            json!({ "module": import.module, "name": import.name, "missing": missing })
        })
        .collect();
    let callbacks: Vec<Value> = parts
        .exports
        .iter()
        .filter_map(|name| {
            let one = entered(inspection, name);
            Some(json!({
                "name": name,
                "entered": moment(name)?,
                "at_start": one.map(|one| one.at_start),
                "in_request": one.map(|one| one.in_request),
                "host_calls": one.map(|one| one.calls),
                "fuel": one.map(|one| one.fuel),
                "nanoseconds": one.map(|one| one.nanoseconds),
            }))
        })
        .collect();
    let sections: Vec<Value> =
        parts.sections.iter().map(|(name, size)| json!({ "name": name, "bytes": size })).collect();
    json!({
        "module": inspection.module.display().to_string(),
        "abi_version": parts.abi.map(|abi| abi.to_string()).or(parts.unknown_abi.clone()),
        "loads": inspection.loads(),
        "bytes": parts.size,
        "sections": sections,
        "memory": parts.memory.map(|(first, most)| json!({ "pages": first, "most": most })),
        "pages_after_start": inspection.probe.as_ref().ok().map(|probe| probe.start_pages),
        "imports": imports,
        "exports": parts.exports,
        "callbacks": callbacks,
        "not_run": inspection.probe.as_ref().err().map(|no_probe| &no_probe.reason),
    })
}
