//! The planner against small worlds: what it asks, what it concludes, and what it must never conclude.

mod bench;
mod drill;
mod ground;
mod identities;
mod late;
mod moves;
mod prefixes;
mod provisional;
mod refusals;
mod scale;
mod spot;
mod table;
mod trust;
mod world;
