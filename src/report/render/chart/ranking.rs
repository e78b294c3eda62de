//! Lines with their attempts as bars, and their conversion rate as a dot on its interval.

use super::axis;
use super::canvas::{Align, Canvas, End, Ink, Scale, Type};
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
    let is_cut = [Room::Wide, Room::Narrow].iter().any(|room| Plot::new(lines, greatest, *room).is_cut());
    Some(Chart { is_cut, ..chart })
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
        // The wide interval of a few attempts would flatten all others; where it leaves the axis an arrow says so.
        let ranked = || lines.iter().filter(|line| line.figure.is_ranked);
        let shown = ranked().filter_map(|line| line.figure.rates).map(|rates| (rates.low, rates.high));
        let before = ranked().filter_map(|line| before(&line.figure)).map(|rate| (rate, rate));
        Self {
            lines,
            room,
            row: room.pick(28.0, 44.0),
            bars: Scale::new((0.0, greatest), bars),
            rates: axis::rates(shown.chain(before), room.pick(7, 5), rates),
            ends: [bars, rates],
        }
    }

    /// Whether an interval, or a rate, goes beyond the axis.
    fn is_cut(&self) -> bool {
        let rates = self.lines.iter().filter_map(|line| line.figure.rates);
        rates.flat_map(|rates| [rates.low, rates.high]).any(|rate| self.rates.beyond(rate).is_some())
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
        let ticks = self.rates.ticks(7);
        // A phone has no room for five labels; both ends keep theirs.
        let every = if self.room == Room::Narrow && ticks.len() > 4 { 2 } else { 1 };
        for (index, tick) in ticks.into_iter().enumerate() {
            let x = self.rates.at(tick);
            canvas.line(&[(x, HEAD - 6.0), (x, self.bottom())], 1.0, Ink::Grid);
            if index % every == 0 {
                canvas.text(&whole_percent(tick), (x, self.bottom() + 13.0), Align::Middle, how);
            }
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
        let colour = if line.is_rest { Ink::Axis } else { Ink::Attempts };
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
        for value in [rates.low, rates.high] {
            match self.rates.beyond(value) {
                Some(End::Low) => canvas.arrow((self.rates.at(value), y), (-1.0, 0.0), whisker),
                Some(End::High) => canvas.arrow((self.rates.at(value), y), (1.0, 0.0), whisker),
                None => {}
            }
        }
        canvas.line(&[(self.rates.at(rates.low), y), (self.rates.at(rates.high), y)], 2.0, whisker);
        if let Some(before) = before(figure) {
            canvas.line(&[(self.rates.at(before), y - 7.0), (self.rates.at(before), y + 7.0)], 2.0, Ink::Muted);
        }
        if self.rates.beyond(rates.rate).is_some() {
            // The arrow is all that can be drawn; the number beside it says how far.
        } else if figure.is_ranked {
            canvas.dot(at, 4.5, Ink::Rate);
        } else {
            canvas.ring(at, 3.5, Ink::Muted);
        }
        let how = Type { ink, size: 13.0, is_bold: figure.is_ranked };
        canvas.text(&percent(rates.rate), (self.room.width(), y), Align::End, how);
    }
}

/// The rate of the compared period, where it may be compared.
fn before(figure: &Figure) -> Option<f64> {
    figure.change.filter(|change| figure.is_ranked && change.rate.is_some())?.rate_before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Counts;
    use crate::rollup::Rates;

    fn line(attempts: i64, converted: i64) -> RankedLine {
        let counts = Counts::new(attempts, converted).unwrap();
        let is_ranked = attempts >= 100;
        let figure = Figure { counts, rates: Rates::of(counts), share: 0.5, is_ranked, change: None, cleared: None };
        RankedLine { name: format!("{attempts}"), figure, is_rest: false }
    }

    /// A rate of 60 % that stood at the 70 % end of the axis looked like 70 %.
    #[test]
    fn what_lies_beyond_the_axis_is_an_arrow_and_no_dot() {
        let marks = |lines: &[RankedLine]| {
            let chart = ranking("channel", lines).unwrap();
            let count = |what: &str| chart.wide.elements.matches(what).count();
            (chart.is_cut, count("<circle"), count("<polygon"))
        };
        // Two rates that are ranked: each its dot. A third one of ten attempts lies beyond, as does one end of its interval.
        assert_eq!(marks(&[line(10_000, 8_000), line(9_000, 7_000)]), (false, 2, 0));
        assert_eq!(marks(&[line(10_000, 8_000), line(9_000, 7_000), line(10, 6)]), (true, 2, 1));
        // Of a rate within the axis only the interval goes on.
        assert_eq!(marks(&[line(10_000, 8_000), line(9_000, 7_000), line(10, 8)]), (true, 4, 2));
    }
}
