//! The paths that are told against all paths of a few segments.

use std::collections::BTreeSet;
use std::path::Path;

use policy_table::PlainRequest;
use policy_table::walk::{Routed, route};
use proptest::prelude::*;

use super::super::classes::Classes;
use super::*;
use crate::compile_text;

/// A collection, and whether the old and the new policy have it.
type Drawn = (String, [bool; 2]);

fn collection() -> impl Strategy<Value = Drawn> {
    let hosts = prop::sample::select(vec![
        "",
        "",
        "hosts: [ a.example ], ",
        "hosts: [ b.example, a.example ], ",
        "hosts: [ \"*.example\" ], ",
        "hosts: [ \"*.example\", \"*.d.example\", a.d.example ], ",
    ]);
    let methods = prop::sample::select(vec![
        "",
        "methods: [ GET ], ",
        "methods: [ POST ], ",
        "methods: [ POST, GET ], ",
    ]);
    let segment = prop::sample::select(vec!["/a", "/b", "/{x}", "/{x}"]);
    let end = prop::sample::select(vec!["", "", "/", "/**"]);
    let path = (prop::collection::vec(segment, 0..=3), end).prop_map(|(segments, end)| {
        let path = format!("{}{end}", segments.concat());
        if path.is_empty() { "/".to_owned() } else { path }
    });
    let endpoint =
        (methods, path).prop_map(|(methods, path)| format!("{{ {methods}path: \"{path}\" }}"));
    let endpoints = prop::collection::vec(endpoint, 1..=3);
    let collection = (hosts, endpoints).prop_map(|(hosts, endpoints)| {
        format!("{{ {hosts}endpoints: [ {} ] }}", endpoints.join(", "))
    });
    let kept = prop::sample::select(vec![[true, true], [true, true], [true, false], [false, true]]);
    (collection, kept)
}

/// Everything that the drawn collections of one policy say; nothing where they cannot stand together.
fn compiled(drawn: &[Drawn], which: usize) -> Option<Vec<u8>> {
    let kept = drawn.iter().enumerate().filter(|(_, (_, kept))| kept[which]);
    let lines: Vec<String> =
        kept.map(|(at, (collection, _))| format!("  c{at}: {collection}\n")).collect();
    let text = match lines.is_empty() {
        true => "version: 1\n".to_owned(),
        false => format!("version: 1\ncollections:\n{}", lines.concat()),
    };
    compile_text("policy.yaml", text, Path::new(""), &Default::default())
        .ok()
        .map(|compiled| compiled.table)
}

/// Where both tables lead a request.
type Led = ([Routed; 2], String);

/// What all requests of up to four segments get.
fn all(tables: [&Table<'_>; 2], methods: &[String]) -> BTreeSet<Led> {
    let mut paths = vec![String::new()];
    let mut longer = paths.clone();
    for _ in 0..4 {
        longer = longer
            .iter()
            .flat_map(|path| ["a", "b", "none"].map(|segment| format!("{path}/{segment}")))
            .collect();
        paths.extend(longer.iter().cloned());
    }
    let paths: Vec<String> =
        paths.iter().flat_map(|path| [path.clone(), format!("{path}/")]).skip(1).collect();
    // That of a request that is about no resource.
    let paths: Vec<String> = paths.into_iter().chain(["*".to_owned()]).collect();
    let mut found = BTreeSet::new();
    for host in ["a.example", "b.example", "none.example", "a.d.example", "none.d.example", "none"]
    {
        for path in &paths {
            for method in methods {
                let request = PlainRequest {
                    method: method.as_bytes(),
                    host: host.as_bytes(),
                    path: path.as_bytes(),
                    headers: &[],
                    address: None,
                    now: 0,
                };
                let routes = tables.map(|table| route(table, &request).unwrap());
                found.insert((routes, method.clone()));
            }
        }
    }
    found
}

/// Where the pattern that decides is the same in both tables, nothing is told of those behind it that it crosses.
#[test]
fn a_path_is_told_only_where_it_may_matter() {
    let endpoints = |paths: &dyn Fn(usize) -> String| {
        let endpoint = |at| format!("{{ methods: [ GET ], path: \"{}\" }}", paths(at));
        let endpoints: Vec<String> = (0..40).map(endpoint).collect();
        format!("{{ endpoints: [ {} ] }}", endpoints.join(", "))
    };
    let kept = (endpoints(&|at| format!("/a{at}/{{x}}")), [true, true]);
    for other in [[false, true], [true, false]] {
        let crossing = (endpoints(&|at| format!("/{{y}}/b{at}")), other);
        let drawn = [kept.clone(), crossing];
        let tables = [compiled(&drawn, 0).unwrap(), compiled(&drawn, 1).unwrap()];
        let [old, new] = [&tables[0], &tables[1]].map(|bytes| Table::from_bytes(bytes).unwrap());
        let mut told = 0;
        Paths::new([&old, &new]).on("h", &mut |_: &str| told += 1);
        assert!((80..100).contains(&told), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn wherever_two_tables_lead_any_request_a_path_is_told_for_it(
        drawn in prop::collection::vec(collection(), 1..=4),
    ) {
        let (Some(old), Some(new)) = (compiled(&drawn, 0), compiled(&drawn, 1)) else {
            return Ok(());
        };
        let [old, new] = [&old, &new].map(|bytes| Table::from_bytes(bytes).unwrap());
        let tables = [&old, &new];
        let Classes { classes, methods } = Classes::of(tables);
        let names: Vec<String> = methods.iter().map(|method| method.name.clone()).collect();
        let told: BTreeSet<Led> = classes
            .iter()
            .flat_map(|class| {
                let positions = (0..names.len()).filter(|at| class.methods.contains(*at));
                let routes = class.routes.map(|destination| destination.routed);
                positions.map(move |at| (routes, at))
            })
            .map(|(routes, at)| (routes, names[at].clone()))
            .collect();
        prop_assert_eq!(told, all(tables, &names), "{:?}", drawn);
    }
}
