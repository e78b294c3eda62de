//! What was seen as one JSON object.

use serde::Serialize;

use super::ask::Found;
use super::sections::{Seen, Table};
use crate::cli::exit::CommandError;
use crate::investigate::Told;
use crate::model::Counts;

#[derive(Serialize)]
struct Record<'a> {
    job: &'a str,
    base_url: &'a str,
    country: Option<String>,
    channel: Option<&'static str>,
    from: String,
    to: String,
    /// `list` or `prefixes`; null: nothing was looked into.
    method: Option<&'static str>,
    requests: u64,
    pages: Option<u64>,
    whole: Option<Numbers>,
    /// The weeks before, the latest first.
    weeks: Vec<Numbers>,
    usual_conversion_rate: Option<f64>,
    block: Option<BlockRecord>,
    /// What the slice holds beside the block.
    rest: Option<Numbers>,
    /// Whether more requests might find a smaller block, or one at all.
    is_cut_short: bool,
    tables: Vec<TableRecord>,
    costs: Vec<CostRecord>,
    notes: &'a [String],
}

#[derive(Serialize, Clone, Copy)]
struct Numbers {
    attempts: i64,
    converted: i64,
    unconverted: i64,
}

#[derive(Serialize)]
struct BlockRecord {
    prefix: String,
    #[serde(flatten)]
    counts: Numbers,
}

#[derive(Serialize)]
struct TableRecord {
    title: String,
    groups: Vec<GroupRecord>,
}

#[derive(Serialize)]
struct GroupRecord {
    name: String,
    #[serde(flatten)]
    counts: Numbers,
}

#[derive(Serialize)]
struct CostRecord {
    currency: String,
    /// Decimal texts: exact.
    all: String,
    unconverted: String,
    priced_attempts: i64,
}

impl From<Counts> for Numbers {
    fn from(counts: Counts) -> Self {
        let (attempts, converted, unconverted) = (counts.attempts(), counts.converted(), counts.unconverted());
        Self { attempts, converted, unconverted }
    }
}

/// The object, with a line feed.
pub(super) fn render(seen: &Seen<'_>) -> Result<String, CommandError> {
    let look = seen.look;
    let (block, told) = seen.block();
    let (method, pages) = match &look.found {
        Found::Nothing => (None, None),
        Found::Listed { pages, .. } => (Some("list"), Some(*pages)),
        Found::ByPrefix(_) => (Some("prefixes"), None),
    };
    let costs = match &look.found {
        Found::Listed { tally, .. } => tally
            .costs
            .iter()
            .map(|(currency, cost)| CostRecord {
                currency: currency.to_string(),
                all: cost.all.to_string(),
                unconverted: cost.unconverted.to_string(),
                priced_attempts: cost.priced,
            })
            .collect(),
        _ => Vec::new(),
    };
    let group = |(name, counts): &(String, Counts)| GroupRecord { name: name.clone(), counts: Numbers::from(*counts) };
    let table = |table: Table| TableRecord { groups: table.rows.iter().map(group).collect(), title: table.title };
    let record = Record {
        job: seen.order.job.name.as_str(),
        base_url: &seen.order.origin,
        country: look.slice.country.map(|country| country.code().to_owned()),
        channel: look.slice.channel.map(crate::model::Channel::name),
        from: look.slice.range.start().to_string(),
        to: look.slice.range.end().to_string(),
        method,
        requests: seen.requests,
        pages,
        whole: look.whole.map(Numbers::from),
        weeks: look.weeks.iter().copied().map(Numbers::from).collect(),
        usual_conversion_rate: (!look.weeks.is_empty()).then(|| look.usual().conversion()),
        block: block.map(|block| BlockRecord { prefix: block.prefix.to_string(), counts: Numbers::from(block.counts) }),
        rest: block.and_then(|block| block.counts.within(seen.looked_at(look.whole?))).map(Numbers::from),
        is_cut_short: told == Told::OutOfQuestions,
        tables: seen.tables().into_iter().map(table).collect(),
        costs,
        notes: &seen.notes,
    };
    let text = serde_json::to_string_pretty(&record).map_err(CommandError::failed)?;
    Ok(text + "\n")
}
