//! "Routes".

use super::{Broken, Sections, below, holds, range};

pub fn check(sections: &Sections<'_>, methods: usize) -> Result<(), Broken> {
    check_endpoints(sections, methods)?;
    let text = |start: u32, length: u32| -> Result<&[u8], Broken> {
        let (start, length) = (u64::from(start), u64::from(length));
        let text = sections.bytes("text");
        holds(start + length <= text.len() as u64, "a range of `text`")?;
        holds(length <= 255, "host names and literals have at most 255 bytes")?;
        Ok(&text[start as usize..(start + length) as usize])
    };
    let mut hosts = Vec::new();
    for host in sections.words("hosts") {
        let (kind, hash, name) = (host[0], host[1], text(host[2], host[3])?);
        holds(hash == hash_of(name), "hosts: the hash of the name")?;
        holds(kind <= 2, "hosts: kind 0, 1 or 2")?;
        holds(!name.iter().any(u8::is_ascii_uppercase), "hosts: names in lower case")?;
        holds((kind == 2) == name.is_empty(), "hosts: `any` has no name, the others have one")?;
        holds(kind == 2 || is_host(name), "hosts: the name of a host")?;
        holds(kind != 1 || !is_address(name), "hosts: no wildcard is above an address")?;
        hosts.push((kind, hash, name));
    }
    holds(hosts.windows(2).all(|pair| pair[0] < pair[1]), "hosts rise by kind, hash and name")?;

    // Nodes: literal, child, binding at the end, binding with a rest.
    let nodes = sections.words("nodes");
    let count = nodes.len().checked_sub(1).ok_or("nodes: one record more for the ends")?;
    let literals = sections.words("literals");
    let bindings = sections.count("bindings");
    let (first, last) = (&nodes[0], &nodes[count]);
    holds(first[0] == 0 && first[2] == 0, "nodes: sums begin with 0")?;
    holds(first[1] as usize == hosts.len(), "nodes: children begin after the roots")?;
    holds(last[0] as usize == literals.len(), "nodes: literals end with the section")?;
    holds(last[1] as usize == count, "nodes: children end with the nodes")?;
    holds(last[2] as usize == bindings, "nodes: bindings end with the section")?;
    holds(last[3] as usize == bindings, "nodes: bindings end with the section")?;
    // How deep each node is, once it is known whose child it is.
    let mut depths: Vec<Option<usize>> = vec![None; count];
    for root in 0..hosts.len() {
        *depths.get_mut(root).ok_or("nodes: a root for each host")? = Some(0);
    }
    for node in 0..count {
        let (here, next) = (&nodes[node], &nodes[node + 1]);
        let own = range(here[0], next[0], literals.len(), "literals of a node")?;
        let children = range(here[1], next[1], count, "children of a node")?;
        range(here[2], here[3], bindings, "bindings at the end")?;
        range(here[3], next[2], bindings, "bindings with a rest")?;
        let parameters = children.len().checked_sub(own.len());
        holds(matches!(parameters, Some(0 | 1)), "a child for each literal, one for a parameter")?;
        let depth = depths[node].ok_or("nodes: parents stand before children")?;
        for child in children {
            holds(depths[child].is_none(), "nodes: a node has one parent")?;
            holds(depth < 64, "no tree is deeper than 64 segments")?;
            depths[child] = Some(depth + 1);
        }
        let mut read = Vec::new();
        for literal in &literals[own] {
            let (hash, segment) = (literal[0], text(literal[1], literal[2])?);
            holds(hash == hash_of(segment), "literals: the hash of the segment")?;
            read.push((hash, segment));
        }
        holds(read.windows(2).all(|pair| pair[0] < pair[1]), "literals rise by hash and bytes")?;
    }
    Ok(())
}

/// "The hash of a text", with numbers wide enough that nothing is lost before the modulo.
pub fn hash_of(text: &[u8]) -> u32 {
    let number = |bytes: &[u8]| {
        bytes.iter().rev().fold(0_u128, |number, byte| number * 256 + u128::from(*byte))
    };
    let mut hash = 0_u128;
    for word in text.chunks(8).map(number).chain([text.len() as u128]) {
        let rotated = hash * 32 % (1 << 64) + hash / (1 << 59);
        hash = (rotated ^ word) * 0x517c_c1b7_2722_0a95 % (1 << 64);
    }
    u32::try_from(hash / (1 << 32)).unwrap()
}

fn check_endpoints(sections: &Sections<'_>, methods: usize) -> Result<(), Broken> {
    let collections = sections.words("collections");
    for flags in &collections {
        holds(flags[0] & !0b11 == 0, "collections: known flags")?;
    }
    let endpoints = sections.words("endpoints");
    for endpoint in &endpoints {
        let set = endpoint[1];
        holds(below(endpoint[0], collections.len()), "endpoints: a collection that exists")?;
        holds(set != 0, "endpoints: a set of methods is not empty")?;
        let named = (0..32).filter(|bit| set >> bit & 1 == 1).all(|bit| bit < methods);
        holds(set == u32::MAX || named, "endpoints: all 32 bits or only named methods")?;
        holds(endpoint[2] & !1 == 0, "endpoints: known flags")?;
    }
    for binding in sections.words("bindings") {
        holds(below(binding[0], endpoints.len()), "bindings: an endpoint that exists")?;
    }
    Ok(())
}

fn is_host(name: &[u8]) -> bool {
    let is_of_names = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let last = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_number = last.iter().all(u8::is_ascii_digit)
        || last.strip_prefix(b"0x").is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    is_address(name) || name.iter().all(is_of_names) && !last.is_empty() && !is_number
}

/// An address in its one form.
fn is_address(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).into_owned();
    let v6 = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let v6 = v6.and_then(|name| name.parse::<std::net::Ipv6Addr>().ok());
    let is_v4 = name.parse::<std::net::Ipv4Addr>().is_ok();
    is_v4 || v6.is_some_and(|address| format!("[{address}]") == name)
}
