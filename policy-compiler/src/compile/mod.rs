//! From the model to the table.
//!
//! The writer sorts, interns and shares everything itself, so the order in which the model
//! is handed over does not matter: the same policy gives the same bytes.

mod made;
mod rules;
mod settings;
mod summary;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_table::write::{
    self, ClientHandle, CollectionHandle, Grant, TableWriter, Unproved, WriteError,
};

pub(crate) use made::{Made, make};
pub use policy_table::write::Names;
pub use summary::{FILTER_BYTES, SMALL_HOST_BYTES, Summary};

use crate::diagnostic::Report;
use crate::load::{LoadOptions, folder_of, unreadable};
use crate::model::{CollectionIndex, Endpoint, HostPattern, Methods, Policy, Segment};
use crate::progress::Step;
use crate::text::read_text;
use crate::threads;
use rules::Rules;

/// A policy and its table.
#[derive(Debug)]
pub struct Compiled {
    /// The table, proved by reading it back.
    pub table: Vec<u8>,
    /// What the table holds and what it costs.
    pub summary: Summary,
    /// The policy it was made from.
    pub policy: Policy,
    /// What the author of the policy should look at.
    pub warnings: Report,
}

/// How a policy is compiled.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// How it is read.
    pub load: LoadOptions,
    /// Whether its table has the names of clients and keys.
    pub names: Names,
}

/// Compiles a policy file.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn compile_file(path: &Path, options: &CompileOptions) -> Result<Compiled, Report> {
    options.load.watcher.begin(Step::Read);
    let text = read_text(path).map_err(|error| unreadable(path, &error))?;
    compile_text(path, text, folder_of(path), options)
}

/// Compiles a policy text; `name` is what messages call it, and the files that it names are
/// relative to `base`.
///
/// # Errors
/// Everything that is wrong with the document and its files, in one report.
pub fn compile_text(
    name: impl Into<PathBuf>,
    text: String,
    base: &Path,
    options: &CompileOptions,
) -> Result<Compiled, Report> {
    let made = make(name, text, base, options)?;
    match made.prove() {
        Ok(summary) => {
            let Made { table, policy, warnings } = made;
            Ok(Compiled { table: table.into_bytes(), summary, policy, warnings })
        }
        Err(error) => Err(made.refused(&error)),
    }
}

/// The table of a policy.
///
/// # Errors
/// When the policy has more of something than a table can hold.
pub fn write_table(policy: &Policy, names: Names) -> Result<Vec<u8>, WriteError> {
    let table = write(policy, names)?;
    table.prove(|_| ())?;
    Ok(table.into_bytes())
}

fn write(policy: &Policy, names: Names) -> Result<Unproved, WriteError> {
    let mut writer = TableWriter::new(settings::settings(&policy.gateway));
    writer.names(names);
    let mut rules = Rules::default();
    // Lives as long as the others: rules are told apart by where they are.
    let gateway_rule = Arc::new(policy.gateway.rule.clone());
    let handle = rules.handle(&mut writer, &gateway_rule)?;
    writer.gateway_rule(handle);
    let collections = write_collections(&mut writer, policy);
    for client in &policy.clients {
        let handle = write::Client {
            name: client.name.as_str(),
            active: client.active,
            rule: rules.handle(&mut writer, &client.rule)?,
            grant: grant(&mut writer, &collections, &client.grant),
        };
        let handle = writer.client(handle);
        write_keys(&mut writer, &mut rules, &collections, handle, client)?;
    }
    writer.assemble(&threads::All)
}

fn write_collections<'a>(
    writer: &mut TableWriter<'a>,
    policy: &'a Policy,
) -> Vec<CollectionHandle> {
    let mut handles = Vec::with_capacity(policy.collections.len());
    for collection in &policy.collections {
        let handle = writer.collection(write::Collection {
            name: collection.name.as_str(),
            version: collection.version.as_ref().map_or("", |version| version.as_str()),
            active: collection.active,
            public: collection.public,
        });
        handles.push(handle);
        let hosts: Vec<_> = collection.hosts.iter().map(host).collect();
        for endpoint in &collection.endpoints {
            writer.endpoint(write_endpoint(handle, hosts.clone(), endpoint));
        }
    }
    handles
}

fn write_endpoint<'a>(
    collection: CollectionHandle,
    hosts: Vec<write::HostPattern<'a>>,
    endpoint: &'a Endpoint,
) -> write::Endpoint<'a> {
    write::Endpoint {
        collection,
        hosts,
        path: endpoint.path.segments().iter().map(segment).collect(),
        rest: endpoint.path.rest(),
        methods: match &endpoint.methods {
            Methods::All => None,
            Methods::Only(methods) => Some(methods.iter().map(|method| method.as_str()).collect()),
        },
        active: endpoint.active,
        name: Cow::Owned(endpoint.name()),
    }
}

fn write_keys<'a>(
    writer: &mut TableWriter<'a>,
    rules: &mut Rules,
    collections: &[CollectionHandle],
    handle: ClientHandle,
    client: &'a crate::model::Client,
) -> Result<(), WriteError> {
    for key in &client.keys {
        let key = write::Key {
            name: Cow::Borrowed(key.name.as_str()),
            digest: *key.digest.as_bytes(),
            client: handle,
            active: key.active,
            rule: rules.handle(writer, &key.rule)?,
            grant: key.grant.as_ref().map(|narrowed| grant(writer, collections, narrowed)),
            not_before: key.window.not_before(),
            expires: key.window.expires(),
        };
        writer.key(key);
    }
    Ok(())
}

fn grant(
    writer: &mut TableWriter<'_>,
    handles: &[CollectionHandle],
    granted: &[CollectionIndex],
) -> Grant {
    let granted: Vec<CollectionHandle> =
        granted.iter().filter_map(|index| handles.get(index.position()).copied()).collect();
    writer.grant(&granted)
}

fn host(pattern: &HostPattern) -> write::HostPattern<'_> {
    match pattern {
        HostPattern::Exact(name) => write::HostPattern::Exact(Cow::Borrowed(name.as_str())),
        HostPattern::Wildcard(name) => write::HostPattern::Wildcard(Cow::Borrowed(name.as_str())),
        HostPattern::Any => write::HostPattern::Any,
    }
}

fn segment(segment: &Segment) -> write::Segment<'_> {
    match segment {
        Segment::Literal(bytes) => write::Segment::Literal(Cow::Borrowed(bytes)),
        Segment::Parameter => write::Segment::Parameter,
    }
}
