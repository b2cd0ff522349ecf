//! Code and data that crowd others out of the caches.

use std::fmt::Write as _;
use std::hint::black_box;

use anyhow::{Result, anyhow};
use fastrand::Rng;
use wasmtime::{Engine, Instance, Module, Store, TypedFunc};

/// Other code, and as much other data.
pub(crate) struct Crowd {
    store: Store<()>,
    run: TypedFunc<i32, i32>,
    last: i32,
    data: Vec<u8>,
}

/// Bytes that a cache fetches at once.
const LINE: usize = 64;
/// Machine code of a function, about.
const FUNCTION_BYTES: usize = 200;
/// Steps of a function that make it so long.
const STEPS: usize = 12;

impl Crowd {
    /// So much code and so much data.
    pub(crate) fn new(kib: usize) -> Result<Self> {
        let bytes = kib << 10;
        let fail = |error: wasmtime::Error| anyhow!("{error:#}");
        let engine = Engine::default();
        let text = functions(bytes / FUNCTION_BYTES)?;
        let module = Module::new(&engine, wat::parse_str(text)?).map_err(fail)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).map_err(fail)?;
        let run = instance.get_typed_func(&mut store, "run").map_err(fail)?;
        Ok(Self { store, run, last: 1, data: vec![0; bytes] })
    }

    /// Runs through all of it.
    pub(crate) fn pass(&mut self) -> Result<()> {
        let run = self.run.call(&mut self.store, self.last);
        self.last = run.map_err(|error| anyhow!("{error:#}"))?;
        for line in self.data.chunks_mut(LINE) {
            if let Some(byte) = line.first_mut() {
                *byte = byte.wrapping_add(1);
            }
        }
        black_box(&self.data);
        Ok(())
    }
}

/// A module whose `run` calls functions one after the other, each another straight piece of code
/// with a branch that nobody can foresee.
fn functions(count: usize) -> Result<String> {
    let mut random = Rng::with_seed(1);
    let mut text = String::from("(module\n");
    for number in 0..count {
        write!(text, "(func $f{number} (param i32) (result i32) local.get 0")?;
        for _ in 0..STEPS {
            let (add, xor, turn) = (random.i32(..), random.i32(..), random.u8(1..32));
            write!(
                text,
                " i32.const {add} i32.add i32.const {xor} i32.xor i32.const {turn} i32.rotl"
            )?;
        }
        text.push_str(
            " local.tee 0 i32.const 4 i32.and \
             if (result i32) local.get 0 i32.const 3 i32.mul else local.get 0 end)\n",
        );
    }
    text.push_str("(func (export \"run\") (param i32) (result i32) local.get 0");
    for number in 0..count {
        write!(text, " call $f{number}")?;
    }
    text.push_str("))");
    Ok(text)
}
