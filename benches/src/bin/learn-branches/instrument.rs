//! A module that tells its host at each branch which way it goes.
//!
//! It does so by a call of a foreign function, with eight bytes: the number of the branch in the module, and whether its
//! condition holds. It is silent until the first request, and while the host has it allocate memory, when hosts allow no
//! calls.

use std::convert::Infallible;

use anyhow::{Context, Result, anyhow};
use portcullis_branches::is_branch;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, Function, Instruction, MemArg, MemoryType, Module, ValType,
};
use wasmparser::{FunctionBody, Operator, Parser, Payload, TypeRef};

/// The foreign function's name: one letter, which is written where it is needed.
pub(crate) const NAME: &str = "b";
const LETTER: i32 = b'b' as i32;

/// What the page that the module gets for this holds, by the byte where it begins: the two words of a call, the name, where
/// the host would write an answer, and the two switches.
const NUMBER: u64 = 0;
const HOLDS: u64 = 4;
const NAME_AT: i32 = 8;
const ANSWER: [i32; 2] = [12, 16];
const STARTED: u64 = 32;
const ALLOCATING: u64 = 36;

struct Instrument {
    /// What is called, and where calls begin and end.
    foreign: u32,
    request: u32,
    allocate: u32,
    imports: u32,
    /// Parameters of each function with a body.
    parameters: Vec<u32>,
    /// The page that no other code knows.
    page: i32,
    next_function: usize,
    next_branch: i32,
}

/// The module with a call before each branch.
///
/// # Errors
/// Where it is no filter for a proxy-wasm host that has foreign functions.
pub(crate) fn instrumented(module: &[u8]) -> Result<Vec<u8>> {
    let mut instrument = Instrument::of(module)?;
    let mut made = Module::new();
    let parsed = instrument.parse_core_module(&mut made, Parser::new(0), module);
    parsed.map_err(|error| anyhow!("the module cannot be written again: {error:?}"))?;
    Ok(made.finish())
}

impl Instrument {
    fn of(module: &[u8]) -> Result<Self> {
        let (mut imports, mut foreign, mut request, mut allocate) = (0, None, None, None);
        let (mut types, mut parameters) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for function in section.into_iter_err_on_gc_types() {
                        types.push(u32::try_from(function?.params().len())?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if import.name == "proxy_call_foreign_function" {
                            foreign = Some(imports);
                        }
                        imports += u32::from(matches!(import.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    for own in section {
                        let own = types.get(usize::try_from(own?)?).copied();
                        parameters.push(own.context("a function has no type")?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        match export.name {
                            "proxy_on_request_headers" => request = Some(export.index),
                            "proxy_on_memory_allocate" => allocate = Some(export.index),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(Self {
            foreign: foreign.context("it imports no `proxy_call_foreign_function`")?,
            request: request.context("it exports no `proxy_on_request_headers`")?,
            allocate: allocate.context("it exports no `proxy_on_memory_allocate`")?,
            imports,
            parameters,
            page: 0,
            next_function: 0,
            next_branch: 0,
        })
    }

    /// Writes a word of the page.
    fn set(&self, offset: u64, value: i32) -> [Instruction<'static>; 3] {
        [
            Instruction::I32Const(self.page),
            Instruction::I32Const(value),
            Instruction::I32Store(word(offset)),
        ]
    }

    /// Tells which way the branch goes whose condition is on the stack, and leaves it there.
    fn tell(&mut self, condition: u32) -> Vec<Instruction<'static>> {
        let page = self.page;
        let number = self.next_branch;
        self.next_branch = self.next_branch.saturating_add(1);
        let [answer, answer_size] = ANSWER.map(|offset| page.saturating_add(offset));
        let name = page.saturating_add(NAME_AT);
        let mut told = vec![
            Instruction::LocalSet(condition),
            Instruction::I32Const(page),
            Instruction::I32Load(word(STARTED)),
            Instruction::I32Const(page),
            Instruction::I32Load(word(ALLOCATING)),
            Instruction::I32Eqz,
            Instruction::I32And,
            Instruction::If(BlockType::Empty),
        ];
        told.extend(self.set(NUMBER, number));
        told.extend([
            Instruction::I32Const(page),
            Instruction::LocalGet(condition),
            Instruction::I32Eqz,
            Instruction::I32Eqz,
            Instruction::I32Store(word(HOLDS)),
            Instruction::I32Const(name),
            Instruction::I32Const(LETTER),
            Instruction::I32Store8(MemArg { offset: 0, align: 0, memory_index: 0 }),
            Instruction::I32Const(name),
            Instruction::I32Const(1),
            Instruction::I32Const(page),
            Instruction::I32Const(8),
            Instruction::I32Const(answer),
            Instruction::I32Const(answer_size),
            Instruction::Call(self.foreign),
            Instruction::Drop,
            Instruction::End,
            Instruction::LocalGet(condition),
        ]);
        told
    }
}

fn word(offset: u64) -> MemArg {
    MemArg { offset, align: 2, memory_index: 0 }
}

impl Reencode for Instrument {
    type Error = Infallible;

    /// One page more, behind all that the module knows of.
    fn memory_type(
        &mut self,
        mut memory: wasmparser::MemoryType,
    ) -> Result<MemoryType, Error<Infallible>> {
        self.page = i32::try_from(memory.initial << 16).unwrap_or(i32::MAX);
        memory.initial = memory.initial.saturating_add(1);
        Ok(utils::memory_type(self, memory))
    }

    /// What is said of the code as it was is not so any more.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Infallible>> {
        let (mut locals, mut condition) = (Vec::new(), 0_u32);
        condition += self.parameters.get(self.next_function).copied().unwrap_or_default();
        for local in body.get_locals_reader()? {
            let (count, kind) = local?;
            condition = condition.saturating_add(count);
            locals.push((count, self.val_type(kind)?));
        }
        locals.push((1, ValType::I32));
        let mut made = Function::new(locals);
        let mut add = |instructions: &[Instruction<'_>]| {
            for instruction in instructions {
                made.instruction(instruction);
            }
        };
        let own = usize::try_from(self.imports).unwrap_or_default() + self.next_function;
        if u32::try_from(own) == Ok(self.request) {
            add(&self.set(STARTED, 1));
        }
        if u32::try_from(own) == Ok(self.allocate) {
            add(&self.set(ALLOCATING, 1));
        }
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if is_branch(&operator) {
                add(&self.tell(condition));
            }
            let calls_host = matches!(operator, Operator::Call { function_index } if function_index < self.imports);
            add(&[self.instruction(operator)?]);
            // Memory is asked for only while the host has control.
            if calls_host {
                add(&self.set(ALLOCATING, 0));
            }
        }
        code.function(&made);
        self.next_function += 1;
        Ok(())
    }
}
