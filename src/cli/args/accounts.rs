//! The arguments that choose among a job's accounts.

use clap::Args;

use crate::accounts::Shard;

/// Of commands about one account.
#[derive(Debug, Clone, Default, Args)]
pub struct AccountArgs {
    /// Of a job with several accounts this one, by its name or SID; `run` takes several
    #[arg(long = "account", value_name = "NAME|SID")]
    pub accounts: Vec<String>,
}

/// Of commands about many.
#[derive(Debug, Clone, Default, Args)]
pub struct ShardArgs {
    /// Of a job with several accounts the I-th of N shares, such as 2/8, for runs without a common state; an account stays
    /// in its share
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}
