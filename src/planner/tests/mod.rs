//! The planner against small worlds: what it asks, what it concludes, and what it must never conclude.

mod bench;
mod bounds;
mod clock;
mod drill;
mod growth;
mod identities;
mod late_evidence;
mod list;
mod list_rules;
mod pages;
mod prefixes;
mod provisional;
mod refusals;
mod retention;
mod scale;
mod spot_check;
mod table;
mod trust;
mod world;
