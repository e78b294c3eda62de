//! Two dimensions, such as country × channel: the darker, the more converted; every cell says its rate and of how many attempts.

use super::axis;
use super::canvas::{Align, Canvas, Ink, Type};
use super::text::{compact, fitted, position, whole_percent};
use super::{Chart, Room};
use crate::model::Counts;
use crate::report::format::{grouped, percent};
use crate::report::render::grids::{Grid, GridRow};
use crate::rollup::Rates;

const HEAD: f64 = 58.0;
const ROW: f64 = 38.0;

/// `None` without cells.
pub(in crate::report::render) fn heat_map(grid: &Grid, rows: &[&GridRow]) -> Option<Chart> {
    if rows.is_empty() || grid.columns.is_empty() {
        return None;
    }
    let cells = || rows.iter().flat_map(|row| row.cells.iter().copied());
    let steps = Steps::of(cells().filter(|counts| counts.attempts() >= grid.ranked_from).filter_map(Rates::of));
    let chart = Chart::new(format!("Conversion rate by {}", grid.what), description(grid, rows), |room| {
        let height = HEAD + ROW * position(rows.len()) + 2.0;
        (height, move |canvas: &Canvas<'_>| paint(canvas, room, grid, rows, steps))
    });
    Some(chart)
}

fn description(grid: &Grid, rows: &[&GridRow]) -> String {
    let cells = rows.iter().flat_map(|row| {
        let ranked = row.cells.iter().zip(&grid.columns).filter(|(counts, _)| counts.attempts() >= grid.ranked_from);
        ranked
            .filter_map(move |(counts, column)| Some((&row.name, column, Rates::of(*counts)?.rate, counts.attempts())))
    });
    let cells: Vec<_> = cells.collect();
    let best = cells.iter().max_by(|one, other| one.2.total_cmp(&other.2));
    let worst = cells.iter().min_by(|one, other| one.2.total_cmp(&other.2));
    let of = |(name, column, rate, attempts): &(&String, &String, f64, i64)| {
        format!("{name}{}{column}, {} of {} attempts", grid.joint, percent(*rate), grouped(*attempts))
    };
    match (best, worst) {
        (Some(best), Some(worst)) => {
            format!("Highest: {}; lowest: {}.", of(best), of(worst))
        }
        _ => "No cell has enough attempts to be judged by its rate.".to_owned(),
    }
}

/// Seven steps between the lowest and the highest value that may be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Steps {
    low: f64,
    high: f64,
}

impl Steps {
    /// Ends in whole twentieths, at least a fifth apart, so that noise does not look like news.
    pub(super) fn of(rates: impl Iterator<Item = Rates>) -> Self {
        let ends = rates.fold((1.0_f64, 0.0_f64), |(low, high), rates| (low.min(rates.rate), high.max(rates.rate)));
        let (low, high) = if ends.0 > ends.1 { (0.0, 1.0) } else { ends };
        let mut low = (low * 20.0).floor() / 20.0;
        let mut high = (high * 20.0).ceil() / 20.0;
        while high - low < 0.199 {
            low = (low - 0.05).max(0.0);
            high = (high + 0.05).min(1.0);
        }
        Self { low, high }
    }

    /// From zero to the first round number that is not less than the greatest.
    pub(super) fn counts(greatest: f64) -> Self {
        Self { low: 0.0, high: axis::round_above(greatest, 5) }
    }

    /// The colours of a value: of the cell, and of the text on it.
    pub(super) fn inks(self, value: f64) -> (Ink, Ink) {
        let count = Ink::STEPS.len();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
        let step = ((value - self.low) / (self.high - self.low) * position(count)).max(0.0) as usize;
        Ink::STEPS[step.min(count - 1)]
    }

    /// The steps as little squares between their ends, from the right; `end` writes an end.
    pub(super) fn legend(self, canvas: &Canvas<'_>, right: f64, y: f64, end: fn(f64) -> String) {
        let how = Type::new(Ink::Muted, 12.0);
        let size = 15.0;
        // As wide as a wide font writes it.
        let high = end(self.high);
        let label = 6.0 + 8.2 * position(high.chars().count());
        let left = right - label - size * position(Ink::STEPS.len());
        canvas.text(&end(self.low), (left - 5.0, y), Align::End, how);
        for (step, (ink, _)) in Ink::STEPS.into_iter().enumerate() {
            let x = left + size * position(step);
            canvas.rect((x, y - 6.0), (x + size - 1.0, y + 6.0), ink);
        }
        canvas.text(&high, (right, y), Align::End, how);
    }
}

fn paint(canvas: &Canvas<'_>, room: Room, grid: &Grid, rows: &[&GridRow], steps: Steps) {
    let left = room.pick(196.0, 104.0);
    let size = room.pick(13.0, 12.0);
    let step = ((room.width() - left) / position(grid.columns.len())).min(room.pick(180.0, 90.0));
    canvas.text("Conversion rate", (0.0, 9.0), Align::Start, Type::new(Ink::Text, 13.0).bold());
    steps.legend(canvas, room.width(), 9.0, whole_percent);
    for (column, name) in grid.columns.iter().enumerate() {
        let x = left + step * (position(column) + 0.5);
        let how = Type::new(Ink::Muted, room.pick(13.0, 11.0));
        canvas.text(&fitted(name, step - 4.0, how.size), (x, HEAD - 13.0), Align::Middle, how);
    }
    for (index, row) in rows.iter().enumerate() {
        let name = row.short.as_ref().unwrap_or(&row.name);
        let top = HEAD + ROW * position(index);
        let y = top + ROW / 2.0;
        let (x, align) = room.pick((left - 10.0, Align::End), (0.0, Align::Start));
        canvas.text(&fitted(name, left - 6.0, size), (x, y), align, Type::new(Ink::Text, size));
        for (column, counts) in row.cells.iter().enumerate() {
            let from = (left + step * position(column), top);
            cell(canvas, room, from, (from.0 + step - 2.0, top + ROW - 2.0), *counts, grid.ranked_from, steps);
        }
    }
}

fn cell(
    canvas: &Canvas<'_>,
    room: Room,
    from: (f64, f64),
    to: (f64, f64),
    counts: Counts,
    ranked_from: i64,
    steps: Steps,
) {
    let middle = f64::midpoint(from.0, to.0);
    let Some(rates) = Rates::of(counts) else {
        canvas.text("–", (middle, f64::midpoint(from.1, to.1)), Align::Middle, Type::new(Ink::Muted, 12.0));
        return;
    };
    let is_ranked = counts.attempts() >= ranked_from;
    let (size, of) = (room.pick(13.0, 12.0), room.pick("of ", ""));
    let (rate, ink) = if is_ranked {
        let (fill, ink) = steps.inks(rates.rate);
        canvas.rect(from, to, fill);
        (room.pick(percent(rates.rate), whole_percent(rates.rate)), ink)
    } else {
        canvas.frame(from, to, Ink::Grid);
        (room.pick(percent(rates.rate), whole_percent(rates.rate)), Ink::Muted)
    };
    let text = Type { ink, size, is_bold: is_ranked };
    canvas.text(&rate, (middle, from.1 + 12.0), Align::Middle, text);
    let count = room.pick(grouped(counts.attempts()), compact(counts.attempts()));
    canvas.text(&format!("{of}{count}"), (middle, from.1 + 26.0), Align::Middle, Type::new(ink, 11.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::chart::canvas;

    /// "100 %" was cut at the edge of a phone's drawing.
    #[test]
    fn a_legend_ends_within_its_drawing() {
        let steps = Steps { low: 0.0, high: 1.0 };
        for room in [Room::Wide, Room::Narrow] {
            let drawn = canvas::draw((room.width(), 20.0), |canvas| {
                steps.legend(canvas, room.width(), 9.0, whole_percent);
            });
            let (before, _) = drawn.split_once(">100 %</text>").unwrap();
            let (_, tag) = before.rsplit_once("<text").unwrap();
            let number = |tag: &str, name: &str| -> f64 {
                tag.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0.parse().unwrap()
            };
            let x = number(tag, "x");
            assert!(tag.contains("text-anchor=\"end\"") && x / 10.0 <= room.width(), "{tag}");
            // Five letters of a wide font beside the last square.
            let (_, square) = drawn.rsplit_once("<rect").unwrap();
            assert!(number(square, "x") + number(square, "width") + 5.0 * 120.0 * 0.68 <= x, "{square}");
        }
    }
}
