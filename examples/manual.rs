//! Writes what is generated from the command line: the page of all commands, and a man page
//! for each.
//!   usage: cargo run --example manual -- commands >docs/commands.md
//!          cargo run --example manual -- man FOLDER

use std::io::{Error, Write};

use kubectl_regcred::testing::{command, reference};

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["commands"] => std::io::stdout().write_all(reference().as_bytes()),
        ["man", folder] => clap_mangen::generate_to(command(), folder),
        _ => Err(Error::other("usage: manual commands | man FOLDER")),
    }
}
