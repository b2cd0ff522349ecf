//! What stands in the file.

use wasmparser::{BinaryReaderError, ExternalKind, Parser, Payload};

use crate::abi::AbiVersion;
use crate::module::MARKER;

/// A module, as far as it can be read without running it.
pub(super) struct Parts {
    /// The ABI version that the module is built for: what the first marker says that is known.
    pub(super) abi: Option<AbiVersion>,
    /// What the first marker says where none is known.
    pub(super) unknown_abi: Option<String>,
    /// Bytes of the whole file.
    pub(super) size: usize,
    /// Name and bytes of every section, in order. Custom sections go by their own names.
    pub(super) sections: Vec<(String, usize)>,
    pub(super) imports: Vec<Import>,
    /// Functions that are exported, in order.
    pub(super) exports: Vec<String>,
    /// Pages that memory has at first, and at most where that is said.
    pub(super) memory: Option<(u64, Option<u64>)>,
}

pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
}

impl Parts {
    /// # Errors
    /// When the bytes are no WebAssembly module.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut parts = Self {
            abi: None,
            unknown_abi: None,
            size: bytes.len(),
            sections: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            memory: None,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                let name = match &payload {
                    Payload::CustomSection(section) => format!("custom `{}`", section.name()),
                    _ => name_of(id).to_owned(),
                };
                parts.sections.push((name, range.len()));
            }
            match payload {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let (module, name) = (import.module.to_owned(), import.name.to_owned());
                        parts.imports.push(Import { module, name });
                    }
                }
                Payload::ExportSection(section) => parts.take_exports(section)?,
                Payload::MemorySection(section) => {
                    let first = section.into_iter().next().transpose()?;
                    parts.memory = first.map(|memory| (memory.initial, memory.maximum));
                }
                _ => {}
            }
        }
        Ok(parts)
    }

    fn take_exports(
        &mut self,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), BinaryReaderError> {
        for export in section {
            let export = export?;
            if export.kind != ExternalKind::Func {
                continue;
            }
            match export.name.strip_prefix(MARKER) {
                Some(version) => match AbiVersion::from_marker(version) {
                    Some(version) => self.abi = self.abi.or(Some(version)),
                    None => {
                        self.unknown_abi.get_or_insert_with(|| version.replace('_', "."));
                    }
                },
                None => self.exports.push(export.name.to_owned()),
            }
        }
        Ok(())
    }
}

/// Names of the sections, by number (WebAssembly 2.0, 5.5.2).
fn name_of(id: u8) -> &'static str {
    match id {
        1 => "types",
        2 => "imports",
        3 => "functions",
        4 => "tables",
        5 => "memory",
        6 => "globals",
        7 => "exports",
        8 => "start",
        9 => "elements",
        10 => "code",
        11 => "data",
        12 => "data count",
        _ => "other",
    }
}
