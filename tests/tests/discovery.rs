//! A filter that Envoy takes from a watched file (extension config discovery), as `portcullis emit envoy --watch`
//! and `portcullis emit envoy-filter` write both.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use std::cell::RefCell;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;

use policy_compiler::emit::envoy::{Fields, Filter, Options, Settings, bootstrap, resource};
use policy_table::settings::ClientAddress;
use portcullis_tests::engine::Instance;
use portcullis_tests::http::{Connection, Message};
use portcullis_tests::upstream::Upstream;
use portcullis_tests::waiting::wait;
use portcullis_tests::{places, samples};

/// By a listener that is replaced, a key that is revoked would be good on open connections until they are drained.
#[test]
fn a_table_in_a_watched_file_decides_at_once_on_open_connections() {
    let ways: [Replace; 2] = [rename, swap_links];
    for (settings, replace) in
        [Settings::Bytes, Settings::Json(Fields::default())].into_iter().zip(ways)
    {
        let filter = Filter { module: places::filter().unwrap(), settings };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portcullis.yaml");
        let first = samples::compile(samples::PLAIN).unwrap();
        replace(&file, &resource(&first, &filter));

        let upstream = Upstream::start().unwrap();
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = Options {
            filter: filter.clone(),
            watched: Some(file.clone()),
            listen: loopback,
            upstream: upstream.address().into(),
            admin: Some(loopback),
            proxy_protocol: false,
            client_address: ClientAddress::Connection,
        };
        let configuration = serde_saphyr::from_str(&bootstrap(&first, &options)).unwrap();
        let envoy = Instance::start(&configuration).unwrap();
        let address = *envoy.listeners().unwrap().values().next().unwrap();
        let connection = RefCell::new(Connection::open(address).unwrap());
        let status = |key: &str| {
            let message = Message::get("api.example.com", "/orders").header("x-api-key", key);
            connection.borrow_mut().send(&message).unwrap().status
        };
        assert_eq!((status("first-key"), status("second-key")), (200, 401));

        let mut broken = first.clone();
        *broken.get_mut(first.len() / 2).unwrap() ^= 1;
        replace(&file, &resource(&broken, &filter));
        wait("the broken table to be refused", || envoy.log().contains("SHA-256 of the content"));
        assert_eq!((status("first-key"), status("second-key")), (200, 401));

        let other = samples::changed(samples::PLAIN, "first-key", "second-key").unwrap();
        replace(&file, &resource(&samples::compile(&other).unwrap(), &filter));
        wait("the new table", || status("second-key") == 200);
        assert_eq!(status("first-key"), 401, "on the connection that was open before");
    }
}

/// Puts a text in the place of a file.
type Replace = fn(&Path, &str);

/// As the written file says.
fn rename(file: &Path, text: &str) {
    let next = file.with_extension("next");
    std::fs::write(&next, text).unwrap();
    std::fs::rename(&next, file).unwrap();
}

/// As Kubernetes updates a volume of a config map: the file is a link through a folder `..data`, which is a link itself
/// and is replaced by renaming.
fn swap_links(file: &Path, text: &str) {
    let folder = file.parent().unwrap();
    let version = tempfile::tempdir_in(folder).unwrap().keep();
    std::fs::write(version.join("portcullis.yaml"), text).unwrap();
    let next = folder.join("..data_next");
    symlink(version.file_name().unwrap(), &next).unwrap();
    std::fs::rename(&next, folder.join("..data")).unwrap();
    if !file.is_symlink() {
        symlink("..data/portcullis.yaml", file).unwrap();
    }
}
