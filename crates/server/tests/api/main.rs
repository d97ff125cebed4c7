//! The API as its callers see it: every route, every refusal, on virtual time and without a socket; and on a
//! socket in real time for what only a connection can show.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod adoption;
mod attacks;
mod audit;
mod board;
mod bots;
mod browser;
mod callback;
mod document;
mod driven;
mod events;
mod faults;
mod faulty;
mod fuzz;
mod gate;
mod health;
mod history;
mod idempotency;
mod inputs;
mod lifecycle;
mod limits;
mod nodes;
mod restaurants;
mod roles;
mod routes;
mod schema;
mod service;
mod settings;
mod sign_in;
mod tls;
mod transport;
mod vectors;
