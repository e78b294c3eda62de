//! `[report]`: its defaults, and the values that only together make sense.

use std::time::Duration;

use super::matrix::distinct;
use crate::job::field::{Field, List, Span, Whole};
use crate::job::mistakes::Findings;
use crate::job::prices::{PriceList, Prices, WrongRow};
use crate::job::raw::{RawAttention, RawPrice, RawPrices, RawReport};
use crate::job::report::{AttentionSettings, ReportSettings, Share};
use crate::job::values::{CurrencyText, PriceText, Rows};

const DAY: u64 = 86_400;

/// The settings, defaults in place of what is left out.
pub(super) fn check_report(raw: RawReport, findings: &mut Findings) -> ReportSettings {
    let default = ReportSettings::default();
    let formats = raw.formats.value().map(|List(formats)| distinct(formats, findings));
    ReportSettings {
        formats: formats.unwrap_or(default.formats),
        period: raw.period.or(default.period),
        top_countries: raw.top_countries.value().map_or(default.top_countries, |Whole(count)| count as usize),
        ranked_from: whole(raw.ranked_from, default.ranked_from),
        prices: check_prices(raw.prices, findings),
        attention: check_attention(raw.attention.value().unwrap_or_default(), findings),
    }
}

/// The prices; what is wrong with one is noted at its key.
fn check_prices(raw: Field<RawPrices>, findings: &mut Findings) -> Option<Prices> {
    let span = raw.span()?;
    let RawPrices { file, list } = raw.value()?;
    match (file, list) {
        (Field::Absent, Field::Absent) => {
            let remedy = "add file = \"prices.csv\", or [[report.prices.list]] with price and currency";
            findings.add(span, "`[report.prices]` has no prices", remedy);
            None
        }
        (file, Field::Absent) => {
            let place = file.span()?;
            let path = file.value()?;
            if path.is_empty() || path.contains('\0') {
                findings.add(place, "`file` is no path", "write the name of a CSV file, such as \"prices.csv\"");
            }
            Some(Prices::File(path.into()))
        }
        (Field::Absent, list) => {
            let Rows(rows) = list.value()?;
            let mut known = PriceList::default();
            for (span, row) in rows {
                check_price(row, &span, &mut known, findings);
            }
            Some(Prices::Known(known))
        }
        (file, _) => {
            findings.add(file.span()?, "`file` beside `list`", "keep one of the two");
            None
        }
    }
}

fn check_price(row: RawPrice, span: &Span, known: &mut PriceList, findings: &mut Findings) {
    let RawPrice { country, channel, price, currency } = row;
    for (key, is_absent) in [("price", matches!(price, Field::Absent)), ("currency", matches!(currency, Field::Absent))]
    {
        if is_absent {
            let remedy = "write price = \"0.0538\" and currency = \"USD\"";
            findings.add(span.clone(), format!("a price without `{key}`"), remedy);
        }
    }
    let is_wrong = |field: &Field<String>| matches!(field, Field::Wrong(_));
    if is_wrong(&country) || is_wrong(&channel) {
        return;
    }
    let spans = [country.span(), channel.span(), price.span(), currency.span()];
    let any = || "*".to_owned();
    let (country, channel) = (country.or(any()), channel.or(any()));
    let (Some(PriceText(price)), Some(CurrencyText(currency))) = (price.value(), currency.value()) else { return };
    if let Err(WrongRow { column, what, remedy }) = known.add([&country, &channel, &price, &currency]) {
        let place = column.and_then(|column| spans[column].clone()).unwrap_or_else(|| span.clone());
        findings.add(place, what, remedy);
    }
}

fn check_attention(raw: RawAttention, findings: &mut Findings) -> AttentionSettings {
    let default = AttentionSettings::default();
    if let Field::Read(span, history) = &raw.history
        && (!is_days(*history) || *history > AttentionSettings::LONGEST_HISTORY)
    {
        let remedy = "write 1 to 366 days, such as \"56d\" or \"8w\"";
        findings.add(span.clone(), "`history` is no number of days", remedy);
    }
    if let Field::Read(span, below) = &raw.failed_below
        && (*below > AttentionSettings::MOST_FAILED || *below == Share::percent(0))
    {
        findings.add(span.clone(), "`failed_below` is out of range", "write more than \"0%\" and at most \"60%\"");
    }
    if let Field::Read(span, below) = &raw.silent_below
        && (*below > AttentionSettings::MOST_SILENT || *below == Share::percent(0))
    {
        findings.add(span.clone(), "`silent_below` is out of range", "write more than \"0%\" and at most \"40%\"");
    }
    AttentionSettings {
        history: raw.history.or(default.history),
        false_discovery: raw.false_discovery.or(default.false_discovery),
        drop: raw.drop.or(default.drop),
        drop_attempts: whole(raw.drop_attempts, default.drop_attempts),
        spike_factor: whole(raw.spike_factor, default.spike_factor),
        spike_attempts: whole(raw.spike_attempts, default.spike_attempts),
        spike_rate: raw.spike_rate.or(default.spike_rate),
        failed_below: raw.failed_below.or(default.failed_below),
        silent_below: raw.silent_below.or(default.silent_below),
        silent_attempts: whole(raw.silent_attempts, default.silent_attempts),
        new_country_attempts: whole(raw.new_country_attempts, default.new_country_attempts),
    }
}

fn whole<const MIN: u32, const MAX: u32>(field: Field<Whole<MIN, MAX>>, default: u32) -> u32 {
    field.value().map_or(default, |Whole(number)| number)
}

fn is_days(length: Duration) -> bool {
    length.as_secs() >= DAY && length.as_secs().is_multiple_of(DAY) && length.subsec_nanos() == 0
}
