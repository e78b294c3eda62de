//! Reports of made-up rows, and the proof that the report is quiet when nothing happens and speaks when something does.

mod accounts;
mod attacks;
mod blocks;
mod bounds;
mod calm;
mod costs;
mod hours;
mod listed;
mod looks;
mod numbers;
mod outages;
mod planted;
pub mod sample;
mod service_costs;
mod services;
mod shapes;
pub mod worlds;
