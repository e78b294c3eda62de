//! What the ledger keeps of the list of single attempts, and when it stands for questions.
//!
//! A run reads the list in segments. Of each, what its attempts add up to is kept, whole or not at all, by quarter of an
//! hour, service, country, channel and the job's prefix. Other runs see nothing of it until Summary confirmed it, window
//! by window: then a confirmed window answers questions of jobs that split as the one did which confirmed it, and every
//! stretch of confirmed windows is a tally for any other split.
//!
//! # Privacy
//! Kept are counts and sums of prices, with the dimensions named above and the job's own prefixes; nothing that a row
//! of a published table could not say. No phone number, address, text or identifier of an attempt, a verification or a
//! person is handed to this module, and no column would take one.
//!
//! # What is refused
//! What no window confirmed, what was not settled when it was read, what runs read or confirmed that met an ignored
//! filter, what is split by other prefixes, and ranges that would cut a slot in two.

pub(super) mod in_memory;
pub(super) mod look;
pub(super) mod margins;
pub(super) mod stock;
pub(super) mod table;
