//! Writes the inputs that the fuzzer starts from: every table taken apart, and requests.
//!
//! `cargo run --release --example seeds -- corpus`

use std::path::Path;
use std::{env, fs, io};

use policy_table_fuzz::PARTS;

/// The choices of a request that is granted, and of others.
const REQUESTS: [&[u8]; 6] = [
    &[3, 0, 0, 0, 0, 0],
    &[131, 0, 1, 3, 1, 5],
    &[66, 2, 2, 1, 4, 1, 5, 1],
    &[129, 0, 2, 0, 2, 4, 3, 3],
    b"\x02\x00\x0ahost/orders\x00\x00\x0fapi_key\x08/a/../b\x10\x10",
    &[0, 3, 3, 2, 0, 2, 0, 1],
];

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "corpus".into());
    let write = |target: &str, number: usize, content: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{number}")), content)
    };
    for (number, parts) in PARTS.iter().enumerate() {
        let mut input = vec![0];
        for section in parts.sections() {
            let length = u16::try_from(section.bytes.len()).unwrap_or(u16::MAX);
            input.extend(length.to_le_bytes());
        }
        for section in parts.sections() {
            input.extend(&section.bytes);
        }
        input.extend(REQUESTS[number % REQUESTS.len()]);
        write("from_bytes", number, &input)?;
    }
    for (number, request) in REQUESTS.iter().enumerate() {
        write("requests", number, &[&[u8::try_from(number).unwrap_or(0)], *request].concat())?;
        let table = u8::try_from(number).unwrap_or(0) << 4;
        write("equivalence", number, &[&[table | 8, 0, 0, 0, 0, 0, 0, 0], *request].concat())?;
        write("sections", number, &[&[table, 0, 0, 0, 0, 0, 0, 0], *request].concat())?;
    }
    Ok(())
}
