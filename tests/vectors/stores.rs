//! Under which names docker's helpers keep a server in the stores behind them.

use std::fs;

use kubectl_regcred::testing::Environment;
use kubectl_regcred::testing::Timeout;
use kubectl_regcred::testing::store::keychain::Place;
use kubectl_regcred::testing::store::pass::Pass;
use kubectl_regcred::testing::store::{Query, Store};
use serde_json::{Value, json};

use crate::docker::rows;
use crate::text;

#[test]
fn the_attributes_of_the_keychain_are_those_of_docker() {
    let rows = rows("keychain-attributes");
    assert_eq!(rows.len(), 16);
    for row in rows {
        let place = Place::of_server(text(&row, "query"));
        let found = place.map(|place| {
            let port = place.port.map(|port| port.to_string()).unwrap_or_default();
            let protocol = if place.is_http { "http" } else { "htps" };
            json!({"server": place.host, "port": port, "path": place.path, "protocol": protocol})
        });
        let expected = Some(row["expect"].clone()).filter(|expect| expect["error"] == Value::Null);
        assert_eq!(found, expected, "{row}");
    }
}

#[test]
fn the_folders_of_pass_are_those_of_docker() {
    let rows = rows("pass-path");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let store = tempfile::tempdir().unwrap();
        let folder = store.path().join(text(&row["expect"], "directory"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("janedoe.gpg"), "").unwrap();
        let environment = Environment::from_iter([("PASSWORD_STORE_DIR", store.path())]);
        let pass = Pass::new(&environment, Timeout::ALONE);
        for server in [None, Some(text(&row, "query"))] {
            let items = pass.list(Query::Docker(server)).unwrap();
            let found: Vec<_> =
                items.iter().map(|item| (item.server.as_str(), item.username.as_str())).collect();
            assert_eq!(found, [(text(&row, "query"), "janedoe")]);
        }
    }
}
