//! Hour × weekday: when attempts come, and when they convert. A phone shows the days side by side.
//!
//! Attempts are those of a mean hour, so that a weekday that occurs five times is as dark as one that occurs four. An
//! hour that is not in the dataset is hatched, never zero.

use super::canvas::{Align, Canvas, Ink, Type};
use super::heat::Steps;
use super::text::{compact, position, round_count, whole_percent};
use super::{Chart, Room};
use crate::report::format::{about, percent};
use crate::report::{HourCell, HourGrid};
use crate::rollup::Rates;

pub(in crate::report::render) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HEAD: f64 = 44.0;

/// How a cell is drawn: its ground, the ink on it, and its text.
struct Look {
    fill: Option<Ink>,
    ink: Ink,
    text: String,
}

/// The attempts of each hour.
pub(in crate::report::render) fn attempts_by_hour(grid: &HourGrid) -> Chart {
    let means = || there(grid).filter_map(|(day, hour, cell)| Some((day, hour, cell.mean()?)));
    let busiest = means().max_by(|one, other| one.2.total_cmp(&other.2));
    let steps = Steps::counts(busiest.map_or(1.0, |(_, _, mean)| mean));
    let look = move |cell: HourCell| {
        let mean = cell.mean().unwrap_or_default();
        let (fill, ink) = steps.inks(mean);
        #[expect(clippy::cast_possible_truncation, reason = "a number of attempts")]
        let text = compact(mean.round() as i64);
        Look { fill: Some(fill), ink, text }
    };
    let description = busiest.map_or_else(String::new, |(day, hour, mean)| {
        format!("Most attempts on {} from {hour:02}:00: {} in a mean hour.", WEEKDAYS[day], about(mean))
    });
    let heads = ("Attempts per hour, by hour and weekday", "Attempts per hour");
    chart(heads, description, grid, look, (steps, round_count))
}

/// The conversion rate of each hour.
pub(in crate::report::render) fn rate_by_hour(grid: &HourGrid) -> Chart {
    let ranked_from = grid.ranked_from;
    let ranked = move |cell: &HourCell| cell.counts.attempts() >= ranked_from;
    let rates = || {
        let ranked = there(grid).filter(move |(_, _, cell)| ranked(cell));
        ranked.filter_map(|(day, hour, cell)| Some((day, hour, Rates::of(cell.counts)?)))
    };
    let steps = Steps::of(rates().map(|(_, _, rates)| rates));
    let look = move |cell: HourCell| {
        let rates = Rates::of(cell.counts);
        // Without the sign of per cent, which the title holds.
        let text = rates.map_or("–".to_owned(), |rates| whole_percent(rates.rate).trim_end_matches(" %").to_owned());
        let inks = rates.filter(|_| ranked(&cell)).map(|rates| steps.inks(rates.rate));
        Look { fill: inks.map(|(fill, _)| fill), ink: inks.map_or(Ink::Muted, |(_, ink)| ink), text }
    };
    let of = |(day, hour, rates): (usize, usize, Rates)| {
        format!("{} from {hour:02}:00, {}", WEEKDAYS[day], percent(rates.rate))
    };
    let best = rates().max_by(|one, other| one.2.rate.total_cmp(&other.2.rate));
    let worst = rates().min_by(|one, other| one.2.rate.total_cmp(&other.2.rate));
    let description = match (best, worst) {
        (Some(best), Some(worst)) => format!("Highest on {}; lowest on {}.", of(best), of(worst)),
        _ => "No hour has enough attempts to be judged by its rate.".to_owned(),
    };
    let heads = ("Conversion rate by hour and weekday, in per cent", "Conversion rate, %");
    chart(heads, description, grid, look, (steps, whole_percent))
}

fn cells(grid: &HourGrid) -> impl Iterator<Item = (usize, usize, HourCell)> {
    let days = grid.cells.iter().enumerate();
    days.flat_map(|(day, hours)| hours.iter().enumerate().map(move |(hour, cell)| (day, hour, *cell)))
}

/// The cells that the dataset holds.
fn there(grid: &HourGrid) -> impl Iterator<Item = (usize, usize, HourCell)> {
    cells(grid).filter(|(_, _, cell)| cell.times > 0)
}

/// `heads` are for a page and for a phone; the steps come with how their ends are written.
fn chart(
    heads: (&str, &str),
    description: String,
    grid: &HourGrid,
    look: impl Fn(HourCell) -> Look + Copy,
    (steps, end): (Steps, fn(f64) -> String),
) -> Chart {
    Chart::new(heads.0.to_owned(), description, |room| {
        let left = 40.0;
        let (columns, rows) = room.pick((24, 7), (7, 24));
        let step = (room.width() - left) / position(columns);
        let row = room.pick(30.0, 24.0);
        let paint = move |canvas: &Canvas<'_>| {
            let muted = Type::new(Ink::Muted, 12.0);
            canvas.text(room.pick(heads.0, heads.1), (0.0, 9.0), Align::Start, Type::new(Ink::Text, 13.0).bold());
            steps.legend(canvas, room.width(), 9.0, end);
            for (day, name) in WEEKDAYS.iter().enumerate() {
                let at = match room {
                    Room::Wide => (0.0, HEAD + row * (position(day) + 0.5)),
                    Room::Narrow => (left + step * (position(day) + 0.5), HEAD - 12.0),
                };
                canvas.text(name, at, room.pick(Align::Start, Align::Middle), muted);
            }
            for hour in 0..24 {
                let at = match room {
                    Room::Wide => (left + step * (position(hour) + 0.5), HEAD - 12.0),
                    Room::Narrow => (0.0, HEAD + row * (position(hour) + 0.5)),
                };
                let label = room.pick(format!("{hour}"), format!("{hour:02}:00"));
                canvas.text(&label, at, room.pick(Align::Middle, Align::Start), muted);
            }
            for (day, hour, cell) in cells(grid) {
                let (column, line) = room.pick((hour, day), (day, hour));
                let from = (left + step * position(column), HEAD + row * position(line));
                let to = (from.0 + step - 1.5, from.1 + row - 1.5);
                if cell.times == 0 {
                    canvas.rect(from, to, Ink::Missing);
                    continue;
                }
                let Look { fill, ink, text } = look(cell);
                if let Some(fill) = fill {
                    canvas.rect(from, to, fill);
                }
                let at = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
                canvas.text(&text, at, Align::Middle, Type::new(ink, 11.5));
            }
        };
        (HEAD + row * position(rows), paint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Counts;

    /// Mondays at 0: five of 123 attempts; Tuesdays at 0: four of 123; at 1: one without attempts. No other is there.
    fn grid() -> HourGrid {
        let mut grid = HourGrid { cells: [[HourCell::default(); 24]; 7], ranked_from: 30 };
        let cell = |times, attempts, converted| HourCell { counts: Counts::new(attempts, converted).unwrap(), times };
        grid.cells[0][0] = cell(5, 615, 492);
        grid.cells[1][0] = cell(4, 492, 246);
        grid.cells[1][1] = cell(1, 0, 0);
        grid
    }

    #[test]
    fn an_hour_that_is_not_there_is_no_zero_and_five_mondays_are_no_more_than_four_tuesdays() {
        let grid = grid();
        let chart = attempts_by_hour(&grid);
        for drawing in [&chart.wide, &chart.narrow] {
            let count = |what: &str| drawing.elements.matches(what).count();
            assert_eq!(count("fill=\"url(#missing)\""), 7 * 24 - 3);
            assert_eq!((count(">123</text>"), count(">615</text>"), count(">492</text>")), (2, 0, 0));
        }
        assert_eq!(chart.description, "Most attempts on Tue from 00:00: 123 in a mean hour.");
        let rates = rate_by_hour(&grid);
        assert_eq!(rates.wide.elements.matches("fill=\"url(#missing)\"").count(), 7 * 24 - 3);
        assert!(rates.wide.elements.contains(">80</text>") && rates.wide.elements.contains(">50</text>"));
    }
}
