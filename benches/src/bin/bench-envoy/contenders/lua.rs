//! A script: a table from keys in clear text to offices, then the office's networks.
//!
//! Lua in Envoy has no SHA-256, so keys stand in the configuration as they are.

use std::fmt::Write as _;

use portcullis_benches::reference::key;
use serde_json::{Value, json};

use crate::policy::networks;

/// Keys that one function of the script adds: a function holds at most 65,536 constants.
const PART: usize = 10_000;

pub(super) fn filter(keys: usize) -> Value {
    json!({
        "name": "lua",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": { "inline_string": script(keys) },
        },
    })
}

fn script(keys: usize) -> String {
    let mut text = String::from("local keys = {}\nlocal offices = {}\n");
    let offices = keys.min(1_000);
    for number in 0..offices {
        let _ = write!(text, "offices[{number}] = {{");
        for (address, length) in networks(number) {
            let first = u32::from(address);
            let _ = write!(text, "{{{first},{}}},", first | (u32::MAX >> length));
        }
        text.push_str("}\n");
    }
    for from in (0..keys).step_by(PART) {
        text.push_str("(function()\n");
        for number in from..keys.min(from + PART) {
            let _ = writeln!(text, "keys[\"{}\"] = {}", key(number), number % 1_000);
        }
        text.push_str("end)();\n");
    }
    text.push_str(CHECK);
    text
}

const CHECK: &str = r#"
function envoy_on_request(handle)
  local key = handle:headers():get("x-api-key")
  local office = key and keys[key]
  if not office then
    handle:respond({[":status"] = "401"}, "")
    return
  end
  local a, b, c, d = string.match(handle:streamInfo():downstreamDirectRemoteAddress(), "^(%d+)%.(%d+)%.(%d+)%.(%d+)")
  local address = ((a * 256 + b) * 256 + c) * 256 + d
  for _, network in ipairs(offices[office]) do
    if network[1] <= address and address <= network[2] then return end
  end
  handle:respond({[":status"] = "403"}, "")
end
"#;
