//! Lines with their attempts as bars, and their conversion rate as a dot on its interval.

use super::axis;
use super::canvas::{Align, Canvas, Ink, Scale, Type};
use super::text::{attempts, compact, fitted, position, whole_percent};
use super::{Chart, Room};
use crate::report::Figure;
use crate::report::format::{grouped, percent};

/// A line of the chart.
pub(in crate::report::render) struct RankedLine {
    /// Its name.
    pub name: String,
    /// Its numbers.
    pub figure: Figure,
    /// Whether it is what is left of a long list, which is no part of the ranking.
    pub is_rest: bool,
}

const HEAD: f64 = 30.0;
const FOOT: f64 = 26.0;

/// `what` names the lines: `channel`, `country`. `None` if there is nothing to compare.
pub(in crate::report::render) fn ranking(what: &str, lines: &[RankedLine]) -> Option<Chart> {
    let greatest = lines.iter().map(|line| attempts(line.figure.counts)).fold(0.0, f64::max);
    if lines.len() < 2 || greatest == 0.0 {
        return None;
    }
    let title = format!("Attempts and conversion rate with its 95 % interval, by {what}");
    let chart = Chart::new(title, description(lines), |room| {
        let plot = Plot::new(lines, greatest, room);
        (plot.bottom() + FOOT, move |canvas: &Canvas<'_>| plot.paint(canvas))
    });
    Some(chart)
}

fn description(lines: &[RankedLine]) -> String {
    let of = |line: &RankedLine| {
        let rate = line.figure.rates.map_or("no rate".to_owned(), |rates| format!("{} converted", percent(rates.rate)));
        format!("{}: {} attempts, {rate}", line.name, grouped(line.figure.counts.attempts()))
    };
    let first: Vec<_> = lines.iter().take(5).map(of).collect();
    format!("{}.", first.join("; "))
}

struct Plot<'r> {
    lines: &'r [RankedLine],
    room: Room,
    row: f64,
    bars: Scale,
    rates: Scale,
    /// The pixels of the bars and of the rates.
    ends: [(f64, f64); 2],
}

impl<'r> Plot<'r> {
    fn new(lines: &'r [RankedLine], greatest: f64, room: Room) -> Self {
        let bars = room.pick((196.0, 480.0), (0.0, 150.0));
        let rates = room.pick((570.0, 850.0), (178.0, 304.0));
        let ranked = lines.iter().filter(|line| line.figure.is_ranked);
        let shown = ranked.filter_map(|line| line.figure.rates).map(|rates| (rates.low, rates.high));
        Self {
            lines,
            room,
            row: room.pick(28.0, 44.0),
            bars: Scale::new((0.0, greatest), bars),
            rates: axis::rates(shown, rates),
            ends: [bars, rates],
        }
    }

    fn bottom(&self) -> f64 {
        HEAD + self.row * position(self.lines.len())
    }

    fn paint(&self, canvas: &Canvas<'_>) {
        let [(bars, _), (from, _)] = self.ends;
        let head = Type::new(Ink::Text, 13.0).bold();
        canvas.text("Attempts", (bars, 9.0), Align::Start, head);
        canvas.text("Conversion rate", (from, 9.0), Align::Start, head);
        let how = Type::new(Ink::Muted, 12.0);
        for tick in self.rates.ticks(self.room.pick(6, 3)) {
            let x = self.rates.at(tick);
            canvas.line(&[(x, HEAD - 6.0), (x, self.bottom())], 1.0, Ink::Grid);
            canvas.text(&whole_percent(tick), (x, self.bottom() + 13.0), Align::Middle, how);
        }
        canvas.line(&[(bars, HEAD - 6.0), (bars, self.bottom())], 1.0, Ink::Axis);
        for (index, line) in self.lines.iter().enumerate() {
            self.line(canvas, line, HEAD + self.row * position(index));
        }
    }

    fn line(&self, canvas: &Canvas<'_>, line: &RankedLine, top: f64) {
        let [(bars, _), _] = self.ends;
        let ink = if line.is_rest { Ink::Muted } else { Ink::Text };
        let name = Type::new(ink, 13.0);
        let x = self.bars.at(attempts(line.figure.counts)).max(bars + 1.0);
        let colour = if line.is_rest { Ink::Provisional } else { Ink::Attempts };
        let count = line.figure.counts.attempts();
        let y = match self.room {
            Room::Wide => {
                let y = top + self.row / 2.0;
                canvas.text(&fitted(&line.name, bars - 12.0, 13.0), (bars - 10.0, y), Align::End, name);
                canvas.rect((bars, y - 9.0), (x, y + 9.0), colour);
                canvas.text(&grouped(count), (x + 6.0, y), Align::Start, Type::new(ink, 12.0));
                y
            }
            Room::Narrow => {
                canvas.text(&fitted(&line.name, 124.0, 13.0), (bars, top + 10.0), Align::Start, name);
                canvas.text(&compact(count), (166.0, top + 10.0), Align::End, Type::new(ink, 12.0));
                canvas.rect((bars, top + 21.0), (x, top + 35.0), colour);
                top + 28.0
            }
        };
        self.rate(canvas, &line.figure, y);
    }

    fn rate(&self, canvas: &Canvas<'_>, figure: &Figure, y: f64) {
        let Some(rates) = figure.rates else { return };
        // A rate of a few attempts is somewhere on its interval; nothing is to be read off its dot.
        let (whisker, ink) = if figure.is_ranked { (Ink::Rate, Ink::Text) } else { (Ink::Muted, Ink::Muted) };
        let at = (self.rates.at(rates.rate), y);
        canvas.line(&[(self.rates.at(rates.low), y), (self.rates.at(rates.high), y)], 2.0, whisker);
        let before = figure.change.filter(|change| figure.is_ranked && change.rate.is_some());
        if let Some(before) = before.and_then(|change| change.rate_before) {
            canvas.line(&[(self.rates.at(before), y - 7.0), (self.rates.at(before), y + 7.0)], 2.0, Ink::Muted);
        }
        if figure.is_ranked {
            canvas.dot(at, 4.5, Ink::Rate);
        } else {
            canvas.ring(at, 3.5, Ink::Muted);
        }
        let how = Type { ink, size: 13.0, is_bold: figure.is_ranked };
        canvas.text(&percent(rates.rate), (self.room.width(), y), Align::End, how);
    }
}
