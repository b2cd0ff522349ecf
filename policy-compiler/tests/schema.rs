//! The schema takes what `check` takes, and refuses what `check` refuses for its form.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use jsonschema::Validator;
use policy_compiler::diagnostic::{Code, Severity};
use policy_compiler::lint::Lint;
use policy_compiler::model::Name;
use policy_compiler::schema::policy_schema;
use policy_compiler::{load_file, load_text};
use serde_json::{Value, json};

const FOLDER: &str = "tests/documents";
const SAMPLE: &str = "tests/documents/every-field.yaml";
const IN_EDITOR: &str = "../examples/acme/policy.schema.json";

/// Errors about one value alone, whatever the rest of the document says.
const FORM: [Code; 18] = [
    Code::AmbiguousPath,
    Code::ClearTextKey,
    Code::EmptyList,
    Code::InvalidAddress,
    Code::InvalidDigest,
    Code::InvalidDuration,
    Code::InvalidHeader,
    Code::InvalidHost,
    Code::InvalidMethod,
    Code::InvalidName,
    Code::InvalidNumber,
    Code::InvalidPath,
    Code::InvalidTime,
    Code::InvalidValue,
    Code::MissingField,
    Code::UnknownField,
    Code::Unsupported,
    Code::WrongType,
];

#[test]
fn it_is_a_schema_and_what_the_command_writes() {
    let schema = policy_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    if let Err(error) = jsonschema::meta::validate(&schema) {
        panic!("{error}");
    }
    let ran = Command::cargo_bin("portcullis").unwrap().arg("schema").output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty());
    assert_eq!(serde_json::from_slice::<Value>(&ran.stdout).unwrap(), schema);
    let committed = fs::read(IN_EDITOR).unwrap();
    assert!(committed == ran.stdout, "write {IN_EDITOR} again: `portcullis schema > {IN_EDITOR}`");
}

#[test]
fn examples_and_defaults_are_what_they_show() {
    let schema = policy_schema();
    let mut shown = 0;
    examples(&schema, &schema["$defs"], &mut shown);
    assert!(shown > 40, "{shown}");
}

#[test]
fn documents_that_compile_are_taken() {
    let (validator, mut taken) = (validator(), 0);
    for path in documents() {
        if load_file(&path, &Default::default()).is_ok() {
            let document = as_json(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|| panic!("{}", path.display()));
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
            taken += 1;
        }
    }
    assert!(taken > 4, "{taken}");
}

#[test]
fn documents_with_mistakes_of_form_are_refused() {
    let (validator, mut refused) = (validator(), 0);
    for path in documents() {
        let Err(report) = load_file(&path, &Default::default()) else { continue };
        let of_form = report.diagnostics().iter().any(|one| {
            let here = report.locate(one.place.unwrap()).0 == path.to_str().unwrap();
            here && one.severity == Severity::Error && FORM.contains(&one.code)
        });
        let Some(document) = as_json(&fs::read_to_string(&path).unwrap()).filter(|_| of_form)
        else {
            continue;
        };
        assert!(!validator.is_valid(&document), "{}", path.display());
        refused += 1;
    }
    assert!(refused > 8, "{refused}");
}

#[test]
fn the_sample_has_every_field() {
    let (schema, sample) = (policy_schema(), sample());
    let (mut known, mut used) = (BTreeSet::new(), BTreeSet::new());
    visit(&schema, &mut |value| {
        known.extend(
            value
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone()),
        );
    });
    visit(&sample, &mut |value| {
        used.extend(value.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    });
    assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn an_unknown_field_is_refused_wherever_it_stands() {
    let (validator, sample) = (validator(), sample());
    let mut tried = 0;
    for pointer in pointers(&sample) {
        let mut changed = sample.clone();
        let Some(Value::Object(fields)) = changed.pointer_mut(&pointer) else { continue };
        fields.insert("surprise".to_owned(), true.into());
        assert!(!validator.is_valid(&changed), "the schema takes it in `{pointer}`");
        assert!(!errors(&changed).is_empty(), "the compiler takes it in `{pointer}`");
        tried += 1;
    }
    assert!(tried > 35, "{tried}");
}

/// Each value in turn becomes something else: both must say the same about its form.
#[test]
fn a_value_of_another_form_is_refused_by_both_or_by_none() {
    let (validator, sample) = (validator(), sample());
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(7),
        json!(1.5),
        json!(""),
        json!("a b"),
        json!("é"),
        json!("key"),
        json!("get"),
        json!("/a/**"),
        json!("cookie"),
        json!("2026-01-01"),
        json!("1m"),
        json!("203.0.113.1, ::1"),
        json!("*.example.org"),
        json!("deny"),
        json!([]),
        json!(["::1"]),
        json!({}),
        json!({ "list": "office" }),
        json!({ "from": "connection" }),
        json!({ "header": "x-other" }),
    ];
    let (mut taken, mut refused, mut disagreed) = (0, 0, Vec::new());
    for pointer in pointers(&sample).into_iter().filter(|pointer| !pointer.is_empty()) {
        for other in &others {
            let mut changed = sample.clone();
            *changed.pointer_mut(&pointer).unwrap() = other.clone();
            let errors = errors(&changed);
            let by_form = errors.iter().any(|code| is_form(*code, other));
            let valid = validator.is_valid(&changed);
            if valid == by_form {
                disagreed.push(format!("{pointer} = {other}: {valid} {errors:?}"));
            }
            if valid { taken += 1 } else { refused += 1 }
        }
    }
    assert!(disagreed.is_empty(), "{disagreed:#?}");
    assert!(taken > 300 && refused > 1000, "{taken} taken, {refused} refused");
}

/// Whether an error is about this value alone, whatever the rest of the document says.
fn is_form(code: Code, value: &Value) -> bool {
    let name = value.as_str().and_then(Name::new).is_some();
    match code {
        // What cannot be a name refers to nothing, whatever there is.
        Code::UnknownReference => value.is_string() && !name,
        Code::Lint(Lint::ZeroHops) => true,
        Code::ReservedHeader => value == "cookie",
        // A collection of the sample, which a list of them then names twice.
        Code::DuplicateName => value == 7,
        _ => FORM.contains(&code),
    }
}

fn validator() -> Validator {
    jsonschema::validator_for(&policy_schema()).unwrap()
}

fn sample() -> Value {
    as_json(&fs::read_to_string(SAMPLE).unwrap()).unwrap()
}

/// The codes of the errors of a document; JSON is YAML.
fn errors(document: &Value) -> Vec<Code> {
    match load_text("changed.yaml", document.to_string(), Path::new(FOLDER), &Default::default()) {
        Ok(_) => Vec::new(),
        Err(report) => {
            let errors = report.diagnostics().iter().filter(|one| one.severity == Severity::Error);
            errors.map(|one| one.code).collect()
        }
    }
}

/// A document as an editor's language server sees it.
fn as_json(text: &str) -> Option<Value> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).ok()
}

fn documents() -> Vec<PathBuf> {
    let mut documents = Vec::new();
    let mut folders = vec![PathBuf::from(FOLDER), PathBuf::from("../examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The aliases of this one stand for more than is worth the time.
            let slow = path.ends_with("many-aliases.yaml");
            if !slow && path.extension().is_some_and(|kind| kind == "yaml") {
                documents.push(path);
            }
        }
    }
    documents
}

fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| visit(value, see)),
        Value::Object(fields) => fields.values().for_each(|value| visit(value, see)),
        _ => {}
    }
}

/// The JSON pointer of every value.
fn pointers(value: &Value) -> Vec<String> {
    let below = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        pointers(value).into_iter().map(move |rest| format!("/{name}{rest}")).collect::<Vec<_>>()
    };
    let inner: Vec<String> = match value {
        Value::Array(values) => values
            .iter()
            .enumerate()
            .flat_map(|(at, value)| below(&at.to_string(), value))
            .collect(),
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| below(name, value)).collect()
        }
        _ => Vec::new(),
    };
    std::iter::once(String::new()).chain(inner).collect()
}

/// Holds every example and default against the schema that shows it.
fn examples(schema: &Value, definitions: &Value, shown: &mut usize) {
    match schema {
        Value::Object(fields) => {
            let shows = fields.get("examples").and_then(Value::as_array).into_iter().flatten();
            for value in shows.chain(fields.get("default")) {
                let mut around = schema.clone();
                around["$defs"] = definitions.clone();
                let validator = jsonschema::validator_for(&around).unwrap();
                assert!(validator.is_valid(value), "{value} is shown in {schema}");
                *shown += 1;
            }
            fields.values().for_each(|inner| examples(inner, definitions, shown));
        }
        Value::Array(values) => {
            values.iter().for_each(|inner| examples(inner, definitions, shown));
        }
        _ => {}
    }
}
