//! What a person types and sees, by command.

mod diagnose;
mod inject;
mod inspect;
mod link;
mod list;
mod list_usage;
mod login;
mod pod;
mod rotate;
mod secret;
mod sources;
mod verify;
mod verify_running;
