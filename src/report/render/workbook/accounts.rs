//! The report over accounts as one workbook: a line per account, per finding, per day, and what they add up to.

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::lists::{FLAG, flag_cells};
use super::properties;
use super::sheet::{Cell, Column, FIGURE, counts, figure, table};
use super::summary::write_lines;
use crate::model::Currency;
use crate::report::accounts::said::{against, basis, covered, found, looks, name_of, peers, without_attacks};
use crate::report::accounts::{AccountLine, AccountsReport};
use crate::report::format::{capitalised, channel_name, country_name, period_title};
use crate::report::priced::money;
use crate::report::{Cost, Countries, Figure, Note};

/// The workbook's bytes.
///
/// # Errors
/// If the library refuses; no job has accounts enough for that.
pub fn workbook(report: &AccountsReport) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} · {}", period_title(&report.period), report.job);
    let mut book = Workbook::new();
    book.set_properties(&properties(&title, report.as_of));
    write_lines(book.add_worksheet(), &title, lines(report))?;
    accounts(book.add_worksheet(), report)?;
    channels_of_accounts(book.add_worksheet(), report)?;
    attention(book.add_worksheet(), report)?;
    daily(book.add_worksheet(), report)?;
    let channel = |line: &crate::report::model::ChannelLine| {
        named([Cell::text(channel_name(line.channel)), Cell::text(line.channel.name())], &line.figure)
    };
    let heads = [("Channel", 14.0), ("API name", 12.0)];
    table(book.add_worksheet(), "channels", &columns(&heads), report.channels.iter().map(channel))?;
    let countries = report
        .countries
        .iter()
        .flat_map(Countries::all)
        .map(|(country, of)| named([Cell::text(country_name(country)), Cell::text(country.code())], of));
    table(book.add_worksheet(), "countries", &columns(&[("Country", 30.0), ("Code", 8.0)]), countries)?;
    costs(book.add_worksheet(), report)?;
    costs_of_accounts(book.add_worksheet(), report)?;
    if !report.unreported.is_empty() {
        unreported(book.add_worksheet(), report)?;
    }
    book.save_to_buffer()
}

fn columns(heads: &[Column]) -> Vec<Column> {
    heads.iter().copied().chain(FIGURE).collect()
}

fn named(names: impl IntoIterator<Item = Cell>, numbers: &Figure) -> Vec<Cell> {
    names.into_iter().chain(figure(numbers)).collect()
}

fn count(number: usize) -> Cell {
    Cell::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn lines(report: &AccountsReport) -> Vec<(&'static str, Cell)> {
    let figure = &report.totals.figure;
    let change = figure.change;
    let mut lines = vec![
        ("Job", Cell::text(&report.job)),
        ("Description", Cell::text(&report.description)),
        ("First date", Cell::Date(report.period.first)),
        ("Last date", Cell::Date(report.period.last)),
        ("Time zone", Cell::text(report.timezone.to_string())),
        ("Accounts", count(report.accounts.len())),
        ("Accounts without numbers", count(report.unreported.len())),
        ("Coverage", Cell::text(capitalised(&covered(report)))),
        ("Attempts", Cell::Count(figure.counts.attempts())),
        ("Converted", Cell::Count(figure.counts.converted())),
        ("Conversion rate", Cell::maybe(figure.rates.map(|rates| rates.rate), Cell::Rate)),
        ("Conversion rate, low end of 95 % interval", Cell::maybe(figure.rates.map(|rates| rates.low), Cell::Rate)),
        ("Conversion rate, high end of 95 % interval", Cell::maybe(figure.rates.map(|rates| rates.high), Cell::Rate)),
    ];
    if let (Some(change), Some(compared)) = (change, report.compared) {
        lines.extend([
            ("Compared with", Cell::text(compared.to_string())),
            ("Accounts that are compared", count(report.totals.compared)),
            ("Change of attempts", Cell::maybe(change.attempts, Cell::Change)),
            ("Conversion rate before", Cell::maybe(change.rate_before, Cell::Rate)),
            ("Change of the conversion rate", Cell::maybe(change.rate.map(|rate| rate.value), Cell::Points)),
            ("How it is compared", Cell::text(basis(report).unwrap_or_default())),
        ]);
    }
    lines.extend([
        ("Attacks", Cell::text(without_attacks(report).unwrap_or_default())),
        ("What deserves attention", Cell::text(capitalised(&found(&report.attention)))),
        ("How sure that is", Cell::text(against(report))),
        ("Outliers", count(report.outliers().len())),
        ("How outliers are found", Cell::text(peers(report))),
        ("Attempts without a price", Cell::maybe(report.costs.as_ref(), |costs| Cell::Count(costs.unpriced))),
        ("Asked of", Cell::text(&report.source)),
        ("Report as of", Cell::text(report.as_of.to_string())),
    ]);
    lines.extend(looks(report).iter().map(|look| ("How was looked", Cell::text(capitalised(look)))));
    let (first, others): (Vec<Note>, Vec<Note>) = report.notes.iter().partition(|note| **note == Note::Simulated);
    for note in first {
        lines.insert(0, ("Note", Cell::text(note.text())));
    }
    lines.extend(others.into_iter().map(|note| ("Note", Cell::text(note.text()))));
    lines
}

/// Every account, most attempts first.
fn accounts(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let rank: [Column; 3] = [("Rank", 7.0), ("Account", 30.0), ("SID", 38.0)];
    let more: [Column; 16] = [
        ("Attempts held against the others", 13.0),
        ("Rate of these", 9.0),
        ("Rate of the others at the same mix", 13.0),
        ("Difference from the others, points", 13.0),
        ("Probability by chance", 13.0),
        ("Outlier", 9.0),
        ("Surely moved, among all accounts (q)", 13.0),
        ("Days", 8.0),
        ("Days covered", 9.0),
        ("Days that may still change", 10.0),
        ("Things that deserve attention", 11.0),
        ("Currency", 10.0),
        ("Cost", 14.0),
        ("Cost of unconverted ones", 14.0),
        ("Other costs", 30.0),
        ("Damage", 60.0),
    ];
    let heads: Vec<Column> = rank.into_iter().chain(FIGURE).chain(more).collect();
    // A column of money is of one currency, or its sum would be of none.
    let currencies = report.costs.iter().flat_map(|costs| &costs.currencies);
    let currency = currencies.max_by_key(|(_, cost)| cost.counts.attempts()).map(|(currency, _)| *currency);
    let rows = report.accounts.iter().enumerate().map(|(at, line)| {
        let names = [count(at + 1), Cell::text(&line.name), Cell::text(line.account.to_string())];
        let mut cells = named(names, &line.figure);
        cells.extend(beside(line, currency));
        cells
    });
    table(sheet, "accounts", &heads, rows)?;
    // Whose line it is stays in sight, not only its rank.
    sheet.set_freeze_panes(1, 2)?;
    Ok(())
}

fn beside(line: &AccountLine, currency: Option<Currency>) -> Vec<Cell> {
    let yes = |is: bool| Cell::text(if is { "yes" } else { "no" });
    let (of_currency, others): (Vec<_>, Vec<_>) = line.costs.iter().partition(|(own, _)| Some(*own) == currency);
    let cost = of_currency.first();
    let others = others.iter().map(|(currency, cost)| money(*currency, cost.attempts));
    vec![
        Cell::maybe(line.peers, |peers| Cell::Real(peers.attempts)),
        Cell::maybe(line.peers, |peers| Cell::Rate(peers.rate)),
        Cell::maybe(line.peers, |peers| Cell::Rate(peers.expected)),
        Cell::maybe(line.peers, |peers| Cell::Points(peers.difference())),
        Cell::maybe(line.peers, |peers| Cell::Probability(peers.p_value)),
        Cell::maybe(line.peers, |peers| yes(peers.is_outlier)),
        Cell::maybe(line.moved.as_ref(), |mover| Cell::Probability(mover.q_value)),
        count(line.days),
        count(line.covered),
        count(line.provisional),
        count(line.flags),
        Cell::maybe(cost, |(currency, _)| Cell::text(currency.to_string())),
        Cell::maybe(cost, |(_, cost)| Cell::Money(cost.attempts)),
        Cell::maybe(cost, |(_, cost)| Cell::Money(cost.unconverted)),
        Cell::text(others.collect::<Vec<_>>().join(", ")),
        Cell::text(line.damage.join("\n")),
    ]
}

/// Each account by channel, for pivot tables; only a head where channels are not split.
fn channels_of_accounts(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let heads: [Column; 6] =
        [("Account", 30.0), ("SID", 38.0), ("Channel", 14.0), ("Attempts", 12.0), ("Converted", 12.0), ("Rate", 9.0)];
    let rows = report.accounts.iter().flat_map(|line| {
        let channels = report.channels.iter().map(|line| line.channel).zip(&line.channels);
        channels.filter(|(_, of)| of.attempts() > 0).map(|(channel, of)| {
            let mut cells = vec![Cell::text(&line.name), Cell::text(line.account.to_string())];
            cells.push(Cell::text(channel_name(channel)));
            cells.extend(counts(*of));
            cells
        })
    });
    table(sheet, "accounts by channel", &heads, rows)
}

/// Every finding, gravest first.
fn attention(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let heads: Vec<Column> =
        [("Account", 30.0), ("Share of false ones up to it (q)", 13.0)].into_iter().chain(FLAG).collect();
    let rows = report.attention.flags.iter().map(|found| {
        let mut cells = vec![Cell::text(name_of(report, found)), Cell::maybe(found.q_value, Cell::Probability)];
        cells.extend(flag_cells(&found.flag));
        cells
    });
    table(sheet, "attention", &heads, rows)
}

/// Every day, with how many accounts hold it.
fn daily(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let heads: [Column; 8] = [
        ("First date", 12.0),
        ("Last date", 12.0),
        ("Weekday", 10.0),
        ("Attempts", 12.0),
        ("Converted", 12.0),
        ("Rate", 9.0),
        ("Accounts that hold it", 10.0),
        ("State", 14.0),
    ];
    let rows = report.trend.iter().map(|day| {
        let point = &day.point;
        let mut cells = vec![Cell::Date(point.first), Cell::Date(point.last), Cell::weekday(point.first, point.last)];
        cells.extend(point.figure.map_or(vec![Cell::Empty; 3], |figure| counts(figure.counts)));
        cells.extend([count(day.accounts), Cell::text(point.state.word())]);
        cells
    });
    table(sheet, "daily", &heads, rows)
}

const COST: [Column; 6] = [
    ("Currency", 10.0),
    ("Attempts", 12.0),
    ("Converted", 12.0),
    ("Rate", 9.0),
    ("Cost", 14.0),
    ("Cost of unconverted ones", 14.0),
];

fn cost_cells((currency, cost): &(Currency, Cost)) -> Vec<Cell> {
    let mut cells = vec![Cell::text(currency.to_string())];
    cells.extend(counts(cost.counts));
    cells.extend([Cell::Money(cost.attempts), Cell::Money(cost.unconverted)]);
    cells
}

/// What attempts cost, by currency; only a head where nobody gives prices.
fn costs(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let currencies = report.costs.iter().flat_map(|costs| &costs.currencies);
    table(sheet, "costs", &COST, currencies.map(cost_cells))
}

/// The same of each account, for pivot tables.
fn costs_of_accounts(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let heads: Vec<Column> = [("Account", 30.0), ("SID", 38.0)].into_iter().chain(COST).collect();
    let rows = report.accounts.iter().flat_map(|line| {
        line.costs.iter().map(|of| {
            let names = [Cell::text(&line.name), Cell::text(line.account.to_string())];
            names.into_iter().chain(cost_cells(of)).collect()
        })
    });
    table(sheet, "costs by account", &heads, rows)
}

fn unreported(sheet: &mut Worksheet, report: &AccountsReport) -> Result<(), XlsxError> {
    let heads: [Column; 3] = [("Account", 30.0), ("SID", 38.0), ("Why it has no numbers", 100.0)];
    let rows = report
        .unreported
        .iter()
        .map(|it| vec![Cell::text(&it.name), Cell::text(it.account.to_string()), Cell::text(&it.reason)]);
    table(sheet, "without numbers", &heads, rows)
}
