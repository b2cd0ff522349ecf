//! The filter's configuration in a file that Envoy watches (extension config discovery): requests
//! on connections that are open get the new table, too, and no connection is closed for it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use portcullis_benches::envoy::{Places, bytes_value, discovered, listener, resource, wasm};
use serde_json::{Value, json};

use crate::policy::table;

/// The filter's name, which Envoy's statistics have, too.
const NAME: &str = "portcullis";

pub(crate) struct Updates {
    filter: PathBuf,
    /// Watched by Envoy.
    file: PathBuf,
    version: u64,
}

impl Updates {
    /// In a folder of its own within this one.
    pub(crate) fn new(places: &Places, folder: &Path) -> Result<Self> {
        let watched = folder.join("watched");
        std::fs::create_dir(&watched)?;
        // Envoy reads it again with each table: one that is built meanwhile is another filter.
        let filter = folder.join("filter.wasm");
        std::fs::copy(&places.filter, &filter).context("cannot copy the filter")?;
        Ok(Self { filter, file: watched.join("filter.json"), version: 0 })
    }

    /// Writes Envoy's bootstrap and the first version; when it began.
    pub(crate) fn write_first(&mut self, folder: &Path) -> Result<Instant> {
        let start = Instant::now();
        let filter = self.filter(0)?;
        let watched = json!({
            "path": self.file,
            "watched_directory": { "path": self.file.parent() },
        });
        let in_its_place = discovered(&filter, &watched);
        self.put(&resource(filter, 0))?;
        let bootstrap = json!({
            "node": { "id": "soak", "cluster": "soak" },
            "admin": { "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } } },
            "static_resources": { "listeners": [listener(vec![in_its_place])] },
        });
        std::fs::write(folder.join("envoy.json"), serde_json::to_vec(&bootstrap)?)?;
        Ok(start)
    }

    /// The next version, ready to be put in place by [`put`](Self::put).
    pub(crate) fn next(&mut self) -> Result<Value> {
        self.version += 1;
        Ok(resource(self.filter(self.version)?, self.version))
    }

    /// Puts it in place, by renaming, so that Envoy never reads half a file.
    pub(crate) fn put(&self, resource: &Value) -> Result<()> {
        let new = self.file.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(resource)?)?;
        std::fs::rename(&new, &self.file).context("cannot replace the watched file")
    }

    /// With the table of a version.
    fn filter(&self, version: u64) -> Result<Value> {
        Ok(wasm(NAME, &self.filter, &bytes_value(&table(version)?)))
    }
}

/// How many versions Envoy has taken, and how many it has refused.
pub(crate) fn taken(statistics: &str) -> (u64, u64) {
    let of = |name: &str| {
        let line = statistics
            .lines()
            .find_map(|line| line.strip_suffix('\r').unwrap_or(line).split_once(name));
        line.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
    };
    (of(".config_reload: "), of(".config_fail: ") + of(".update_rejected: "))
}

/// Where [`taken`] finds it in Envoy's administration interface.
pub(crate) const STATISTICS: &str = "/stats?filter=extension_config_discovery";
