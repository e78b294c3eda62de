//! Hour × weekday: when attempts come, and when they convert. A phone shows the days side by side.

use super::canvas::{Align, Canvas, Ink, Type};
use super::heat::Steps;
use super::text::{compact, length, position, whole_percent};
use super::{Chart, Room};
use crate::model::Counts;
use crate::report::HourGrid;
use crate::report::format::{grouped, percent};
use crate::rollup::Rates;

pub(in crate::report::render) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HEAD: f64 = 44.0;

/// The attempts of each hour.
pub(in crate::report::render) fn attempts_by_hour(grid: &HourGrid) -> Chart {
    let greatest = cells(grid).map(|(_, _, counts)| counts.attempts()).max().unwrap_or(0).max(1);
    let inks = move |counts: Counts| {
        let part = length(counts.attempts()) / length(greatest);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
        let step = (part * position(Ink::STEPS.len())) as usize;
        Some(Ink::STEPS[step.min(Ink::STEPS.len() - 1)])
    };
    let busiest = cells(grid).max_by_key(|(_, _, counts)| counts.attempts());
    let description = busiest.map_or_else(String::new, |(day, hour, counts)| {
        format!("Most attempts on {} from {hour:02}:00: {}.", WEEKDAYS[day], grouped(counts.attempts()))
    });
    chart("Attempts by hour and weekday", description, grid, inks, |counts| compact(counts.attempts()), None)
}

/// The conversion rate of each hour.
pub(in crate::report::render) fn rate_by_hour(grid: &HourGrid) -> Chart {
    let ranked_from = grid.ranked_from;
    let ranked = move |counts: &Counts| counts.attempts() >= ranked_from;
    let steps = Steps::of(cells(grid).map(|(_, _, counts)| counts).filter(ranked).filter_map(Rates::of));
    let inks = move |counts: Counts| Rates::of(counts).filter(|_| ranked(&counts)).map(|rates| steps.inks(rates.rate));
    let rates = cells(grid).filter(|(_, _, counts)| ranked(counts));
    let rates: Vec<_> = rates.filter_map(|(day, hour, counts)| Some((day, hour, Rates::of(counts)?.rate))).collect();
    let of =
        |(day, hour, rate): &(usize, usize, f64)| format!("{} from {hour:02}:00, {}", WEEKDAYS[*day], percent(*rate));
    let best = rates.iter().max_by(|one, other| one.2.total_cmp(&other.2));
    let worst = rates.iter().min_by(|one, other| one.2.total_cmp(&other.2));
    let description = match (best, worst) {
        (Some(best), Some(worst)) => {
            format!("Highest on {}; lowest on {}.", of(best), of(worst))
        }
        _ => "No hour has enough attempts to be judged by its rate.".to_owned(),
    };
    // Without the sign of per cent, which the title holds.
    let text = |counts: Counts| {
        Rates::of(counts).map_or("–".to_owned(), |rates| whole_percent(rates.rate).trim_end_matches(" %").to_owned())
    };
    chart("Conversion rate by hour and weekday, in per cent", description, grid, inks, text, Some(steps))
}

fn cells(grid: &HourGrid) -> impl Iterator<Item = (usize, usize, Counts)> {
    let days = grid.cells.iter().enumerate();
    days.flat_map(|(day, hours)| hours.iter().enumerate().map(move |(hour, counts)| (day, hour, *counts)))
}

fn chart(
    title: &str,
    description: String,
    grid: &HourGrid,
    inks: impl Fn(Counts) -> Option<(Ink, Ink)> + Copy,
    text: impl Fn(Counts) -> String + Copy,
    steps: Option<Steps>,
) -> Chart {
    Chart::new(title.to_owned(), description, |room| {
        let left = 40.0;
        let (columns, rows) = room.pick((24, 7), (7, 24));
        let step = (room.width() - left) / position(columns);
        let row = room.pick(30.0, 24.0);
        let paint = move |canvas: &Canvas<'_>| {
            let muted = Type::new(Ink::Muted, 12.0);
            let head = room.pick(title, title.split(" by ").next().unwrap_or(title));
            canvas.text(head, (0.0, 9.0), Align::Start, Type::new(Ink::Text, 13.0).bold());
            if let Some(steps) = steps {
                steps.legend(canvas, room.width(), 9.0);
            }
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
            for (day, hour, counts) in cells(grid) {
                let (column, line) = room.pick((hour, day), (day, hour));
                let from = (left + step * position(column), HEAD + row * position(line));
                let to = (from.0 + step - 1.5, from.1 + row - 1.5);
                let colours = inks(counts);
                if let Some((fill, _)) = colours {
                    canvas.rect(from, to, fill);
                }
                let how = Type::new(colours.map_or(Ink::Muted, |(_, ink)| ink), 11.5);
                let at = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
                canvas.text(&text(counts), at, Align::Middle, how);
            }
        };
        (HEAD + row * position(rows), paint)
    })
}
