//! Day by day, or hour by hour: attempts as columns, and below them, on an axis of its own, the conversion rate with its
//! interval.
//!
//! What deserves attention stands above the days that it happened on.

use chrono::{Datelike, Weekday};

use super::axis;
use super::canvas::{Align, Canvas, End, Ink, Point, Scale, Type};
use super::text::{attempts, day, fitted, position, round_count, whole_percent};
use super::{Chart, Room};
use crate::report::format::{flag_name, grouped, percent, place_name};
use crate::report::model::HourPoint;
use crate::report::{Figure, Flag, Report, TrendPoint, TrendState};

/// Flags above the columns; the others are on the page all the same.
const MOST_FLAGS: usize = 4;
const LANE: f64 = 19.0;
const COLUMNS: f64 = 200.0;
const RATES: f64 = 130.0;

/// A column of the chart.
struct Moment {
    /// In a sentence: `on Fri 2 October`, `from 14:00`.
    said: String,
    /// Below the axis, on a page and on a phone.
    labels: [String; 2],
    /// Whether it is labelled where not all can be: Mondays.
    is_anchor: bool,
    is_weekend: bool,
    figure: Option<Figure>,
    state: TrendState,
}

/// `None` if there is but one point.
pub(in crate::report::render) fn trend(points: &[TrendPoint], flags: &[Flag]) -> Option<Chart> {
    let is_day = |point: &TrendPoint| point.first == point.last;
    let unit = if points.iter().all(is_day) { "day" } else { "window" };
    let moment = |point: &TrendPoint| Moment {
        said: format!("on {}", day(point.first)),
        labels: [if is_day(point) { "%a %-d %b" } else { "%-d %b" }, "%-d %b"]
            .map(|form| point.first.format(form).to_string()),
        is_anchor: is_day(point) && point.first.weekday() == Weekday::Mon,
        is_weekend: point.is_weekend,
        figure: point.figure,
        state: point.state,
    };
    let flags = flags.iter().take(MOST_FLAGS);
    chart(
        &points.iter().map(moment).collect::<Vec<_>>(),
        &flags.filter_map(|flag| Flagged::among(points, flag)).collect::<Vec<_>>(),
        unit,
    )
}

/// A day hour by hour; `None` unless the report is of one, and its windows are hours.
pub(in crate::report::render) fn day_chart(report: &Report) -> Option<Chart> {
    let moment = |point: &HourPoint| {
        let clock = point.start.format("%H:%M").to_string();
        Moment {
            said: format!("from {clock}"),
            labels: [clock.clone(), clock],
            is_anchor: false,
            is_weekend: false,
            figure: point.figure,
            state: point.state,
        }
    };
    chart(&report.day.iter().map(moment).collect::<Vec<_>>(), &[], "hour")
}

fn chart(points: &[Moment], flags: &[Flagged<'_>], unit: &str) -> Option<Chart> {
    if points.len() < 2 {
        return None;
    }
    let title = format!("Attempts per {unit} and conversion rate with its 95 % interval");
    let chart = Chart::new(title, description(points), |room| {
        let plot = Plot::new(points, flags, room);
        (plot.bottom + 28.0, move |canvas: &Canvas<'_>| plot.paint(canvas, unit))
    });
    let is_cut = Plot::new(points, flags, Room::Wide).is_cut();
    Some(Chart { is_cut, ..chart })
}

fn description(points: &[Moment]) -> String {
    // A day that is known in part is no low of anything, nor is the rate of one that may still change.
    let is_whole = |point: &&Moment| matches!(point.state, TrendState::Final | TrendState::Provisional);
    let known = || points.iter().enumerate().filter(|(_, point)| is_whole(point));
    let figures = || known().filter_map(|(at, point)| Some((at, point, point.figure?)));
    let most = figures().max_by_key(|(at, _, figure)| (figure.counts.attempts(), std::cmp::Reverse(*at)));
    let least = figures().min_by_key(|(at, _, figure)| (figure.counts.attempts(), *at));
    let settled = || figures().filter(|(_, point, figure)| point.state == TrendState::Final && figure.is_ranked);
    let rates = || settled().filter_map(|(_, point, figure)| Some((point, figure.rates?.rate)));
    let best = rates().max_by(|one, other| one.1.total_cmp(&other.1));
    let worst = rates().min_by(|one, other| one.1.total_cmp(&other.1));
    let mut said = Vec::new();
    if let (Some((_, high, most)), Some((_, low, least))) = (most, least) {
        let (most, least) = (grouped(most.counts.attempts()), grouped(least.counts.attempts()));
        said.push(format!("Most attempts {}: {most}; fewest {}: {least}.", high.said, low.said));
    }
    if let (Some((high, best)), Some((low, worst))) = (best, worst) {
        let (best, worst) = (percent(best), percent(worst));
        said.push(format!("Highest conversion {}: {best}; lowest {}: {worst}.", high.said, low.said));
    }
    said.join(" ")
}

/// A flag with the points that it covers.
struct Flagged<'r> {
    flag: &'r Flag,
    from: usize,
    to: usize,
}

impl<'r> Flagged<'r> {
    fn among(points: &[TrendPoint], flag: &'r Flag) -> Option<Self> {
        let touches = |point: &TrendPoint| point.first <= flag.last && point.last >= flag.first;
        let from = points.iter().position(touches)?;
        let to = points.iter().rposition(touches)?;
        Some(Self { flag, from, to })
    }
}

struct Plot<'r> {
    points: &'r [Moment],
    flags: &'r [Flagged<'r>],
    room: Room,
    left: f64,
    right: f64,
    top: f64,
    middle: f64,
    bottom: f64,
    attempts: Scale,
    rates: Scale,
}

impl<'r> Plot<'r> {
    fn new(points: &'r [Moment], flags: &'r [Flagged<'r>], room: Room) -> Self {
        let top = 34.0 + position(flags.len()) * LANE;
        let middle = top + COLUMNS;
        let bottom = middle + 46.0 + RATES;
        let figures = || points.iter().filter_map(|point| point.figure);
        let greatest = figures().map(|figure| attempts(figure.counts)).fold(0.0, f64::max);
        // The wide interval of a day with few attempts would flatten all others; it is cut off at the axis' ends.
        let shown = figures().filter_map(|figure| {
            let rates = figure.rates?;
            Some(if figure.is_ranked { (rates.low, rates.high) } else { (rates.rate, rates.rate) })
        });
        Self {
            points,
            flags,
            room,
            left: room.pick(52.0, 40.0),
            right: room.width() - 4.0,
            top,
            middle,
            bottom,
            attempts: axis::counts(greatest, 5, (middle, top)),
            rates: axis::rates(shown, 6, (bottom, bottom - RATES)),
        }
    }

    /// Whether an interval goes beyond the axis.
    fn is_cut(&self) -> bool {
        let rates = self.points.iter().filter_map(|point| point.figure?.rates);
        rates.flat_map(|rates| [rates.low, rates.high]).any(|rate| self.rates.beyond(rate).is_some())
    }

    fn step(&self) -> f64 {
        (self.right - self.left) / position(self.points.len())
    }

    /// The left end of a point's room.
    fn from(&self, index: usize) -> f64 {
        self.left + self.step() * position(index)
    }

    fn centre(&self, index: usize) -> f64 {
        self.from(index) + self.step() / 2.0
    }

    fn paint(&self, canvas: &Canvas<'_>, unit: &str) {
        let head = Type::new(Ink::Text, 13.0).bold();
        self.backgrounds(canvas);
        canvas.text(&format!("Attempts per {unit}"), (0.0, 9.0), Align::Start, head);
        self.axis(canvas, &self.attempts, 6, &round_count);
        self.columns(canvas);
        canvas.text("Conversion rate", (0.0, self.bottom - RATES - 18.0), Align::Start, head);
        self.axis(canvas, &self.rates, 6, &whole_percent);
        self.rates(canvas);
        self.dates(canvas);
        for (lane, flagged) in self.flags.iter().enumerate() {
            self.flag(canvas, flagged, 30.0 + position(lane) * LANE);
        }
    }

    fn backgrounds(&self, canvas: &Canvas<'_>) {
        self.background(canvas, Ink::Weekend, |point| point.is_weekend);
        self.background(canvas, Ink::Missing, |point| point.state == TrendState::Missing);
    }

    /// Neighbours share one rectangle, as a seam would show between two.
    fn background(&self, canvas: &Canvas<'_>, ink: Ink, is_of_it: impl Fn(&Moment) -> bool) {
        let of_it: Vec<usize> = (0..self.points.len()).filter(|index| is_of_it(&self.points[*index])).collect();
        for run in of_it.chunk_by(|one, next| one + 1 == *next) {
            let (from, to) = (self.from(run[0]), self.from(run[0] + run.len()));
            for (top, bottom) in [(self.top, self.middle), (self.bottom - RATES, self.bottom)] {
                canvas.rect((from, top), (to, bottom), ink);
            }
        }
    }

    fn axis(&self, canvas: &Canvas<'_>, scale: &Scale, most: usize, text: &dyn Fn(f64) -> String) {
        let how = Type::new(Ink::Muted, 12.0);
        let mut before = String::new();
        for tick in scale.ticks(most) {
            let y = scale.at(tick);
            let label = text(tick);
            let ink = if tick == 0.0 { Ink::Axis } else { Ink::Grid };
            // Counts below ten have ticks at fractions, which no number of attempts is.
            if label != before {
                canvas.line(&[(self.left, y), (self.right, y)], 1.0, ink);
                canvas.text(&label, (self.left - 8.0, y), Align::End, how);
            }
            before = label;
        }
    }

    fn columns(&self, canvas: &Canvas<'_>) {
        const WIDEST: f64 = 60.0;
        let gap = (self.step() * 0.14).max(0.5).max((self.step() - WIDEST) / 2.0);
        for (index, point) in self.points.iter().enumerate() {
            let Some(figure) = point.figure else { continue };
            let from = (self.from(index) + gap, self.attempts.at(attempts(figure.counts)));
            let to = (self.from(index + 1) - gap, self.middle);
            match point.state {
                TrendState::Final => canvas.rect(from, to, Ink::Attempts),
                TrendState::Provisional | TrendState::Partial | TrendState::Missing => {
                    canvas.rect(from, to, Ink::Provisional);
                    canvas.frame(from, to, Ink::Attempts);
                }
            }
        }
    }

    fn rates(&self, canvas: &Canvas<'_>) {
        let known = |index: usize| self.points[index].figure.and_then(|figure| figure.rates);
        let indices: Vec<usize> = (0..self.points.len()).filter(|index| known(*index).is_some()).collect();
        for run in indices.chunk_by(|one, next| one + 1 == *next) {
            let at = |value: fn(&crate::rollup::Rates) -> f64| {
                let point =
                    move |index: &usize| known(*index).map(|rates| (self.centre(*index), self.rates.at(value(&rates))));
                run.iter().filter_map(point).collect::<Vec<Point>>()
            };
            let mut around = at(|rates| rates.low);
            around.extend(at(|rates| rates.high).into_iter().rev());
            let line = at(|rates| rates.rate);
            if line.len() > 1 {
                canvas.area(&around, Ink::Band);
                canvas.line(&line, 2.0, Ink::Rate);
            }
            for (index, rates) in run.iter().filter_map(|index| Some((*index, known(*index)?))) {
                for value in [rates.low, rates.high] {
                    let down = match self.rates.beyond(value) {
                        Some(End::Low) => 1.0,
                        Some(End::High) => -1.0,
                        None => continue,
                    };
                    canvas.arrow((self.centre(index), self.rates.at(value)), (0.0, down), Ink::Rate);
                }
            }
            for (index, at) in run.iter().zip(line) {
                match self.points[*index].state {
                    TrendState::Final => canvas.dot(at, 2.6, Ink::Rate),
                    _ => canvas.ring(at, 3.0, Ink::Rate),
                }
            }
        }
    }

    /// The days that are labelled: all of them where there is room, otherwise Mondays, otherwise every so many.
    fn labelled(&self) -> Vec<usize> {
        let room = self.room.pick(72.0, 48.0);
        let all: Vec<usize> = (0..self.points.len()).collect();
        let mondays: Vec<usize> = all.iter().copied().filter(|index| self.points[*index].is_anchor).collect();
        let fits = |count: usize| position(count) * room <= self.right - self.left;
        if fits(all.len()) {
            all
        } else if mondays.len() > 1 && fits(mondays.len()) {
            mondays
        } else {
            let every = (1..=all.len()).find(|every| fits(all.len().div_ceil(*every))).unwrap_or(all.len());
            all.into_iter().step_by(every).collect()
        }
    }

    fn dates(&self, canvas: &Canvas<'_>) {
        let how = Type::new(Ink::Muted, 12.0);
        canvas.line(&[(self.left, self.bottom), (self.right, self.bottom)], 1.0, Ink::Axis);
        for index in self.labelled() {
            let [wide, narrow] = &self.points[index].labels;
            let x = self.centre(index).max(self.room.pick(36.0, 24.0));
            for y in [self.middle, self.bottom] {
                canvas.line(&[(self.centre(index), y), (self.centre(index), y + 5.0)], 1.0, Ink::Axis);
            }
            let x = x.min(self.right - self.room.pick(32.0, 20.0));
            canvas.text(self.room.pick(wide, narrow), (x, self.bottom + 17.0), Align::Middle, how);
        }
    }

    /// A bracket over its days, and its name beside it where there is more room.
    fn flag(&self, canvas: &Canvas<'_>, flagged: &Flagged<'_>, y: f64) {
        let (from, to) = (self.from(flagged.from) + 1.0, self.from(flagged.to + 1) - 1.0);
        for side in [from, to] {
            canvas.line(&[(side, y), (side, y + 5.0)], 1.5, Ink::Fall);
        }
        canvas.line(&[(from, y), (to, y)], 1.5, Ink::Fall);
        let how = Type::new(Ink::Text, 12.0);
        let text = format!("{}: {}", flag_name(flagged.flag.kind), place_name(&flagged.flag.place));
        let (before, after) = (from - self.left, self.right - to);
        if after >= before {
            canvas.text(&fitted(&text, after - 8.0, 12.0), (to + 6.0, y + 2.0), Align::Start, how);
        } else {
            canvas.text(&fitted(&text, before - 8.0, 12.0), (from - 6.0, y + 2.0), Align::End, how);
        }
    }
}
