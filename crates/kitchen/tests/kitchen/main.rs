//! The rules of the kitchen, told as stories in the words of the domain, and as properties of any story.

mod board;
mod bots;
mod cooking;
mod corrupt;
mod forged;
mod ledger;
mod loading;
mod outside;
mod pairs;
mod placing;
mod policies;
mod properties;
mod pull;
mod restaurant;
mod settings;
mod story;
mod undoing;
