//! What rose and what fell: the difference of rates in percentage points, each on its interval.

use super::canvas::{Align, Canvas, Ink, Scale, Type};
use super::text::{fitted, position};
use super::{Chart, Room};
use crate::report::format::{place_name, points};
use crate::report::{Interval, Movers};

const HEAD: f64 = 30.0;

/// `None` if nothing moved.
pub(in crate::report::render) fn movers(movers: &Movers, since: &str) -> Option<Chart> {
    let both = movers.best.iter().chain(&movers.worst);
    let lines: Vec<(String, Interval)> = both.map(|mover| (place_name(&mover.place), mover.rate)).collect();
    if lines.is_empty() {
        return None;
    }
    let title = format!("Change of the conversion rate against {since}, in percentage points with its 95 % interval");
    let said: Vec<_> = lines.iter().map(|(name, rate)| format!("{name}: {}", points(rate.value))).collect();
    let description = format!("{}.", said.join("; "));
    let lines = lines.as_slice();
    let chart = Chart::new(title, description, |room| {
        let row = room.pick(30.0, 44.0);
        let bottom = HEAD + row * position(lines.len());
        (bottom + 26.0, move |canvas: &Canvas<'_>| paint(canvas, room, lines, row, bottom))
    });
    Some(chart)
}

fn paint(canvas: &Canvas<'_>, room: Room, lines: &[(String, Interval)], row: f64, bottom: f64) {
    let ends = room.pick((320.0, 836.0), (12.0, 288.0));
    let low = lines.iter().map(|(_, rate)| rate.low).fold(0.0, f64::min);
    let high = lines.iter().map(|(_, rate)| rate.high).fold(0.0, f64::max);
    let scale = Scale::new((low - 0.005, high + 0.005), ends);
    canvas.text(
        "Change in percentage points",
        (room.pick(ends.0, 0.0), 9.0),
        Align::Start,
        Type::new(Ink::Text, 13.0).bold(),
    );
    for tick in scale.ticks(room.pick(8, 5)) {
        let x = scale.at(tick);
        let ink = if tick.abs() < 1e-9 { Ink::Axis } else { Ink::Grid };
        match room {
            Room::Wide => canvas.line(&[(x, HEAD - 6.0), (x, bottom)], 1.0, ink),
            // Names stand above their lines, and nothing is to be drawn through them.
            Room::Narrow => (0..lines.len()).map(|index| HEAD + row * position(index)).for_each(|top| {
                canvas.line(&[(x, top + 20.0), (x, top + 36.0)], 1.0, ink);
            }),
        }
        let label = points(tick).replace(".0 pp", "").replace(" pp", "").replace('±', "");
        canvas.text(&label, (x, bottom + 13.0), Align::Middle, Type::new(Ink::Muted, 12.0));
    }
    for (index, (name, rate)) in lines.iter().enumerate() {
        let top = HEAD + row * position(index);
        let ink = if rate.value < 0.0 { Ink::Fall } else { Ink::Rise };
        let how = Type::new(Ink::Text, 13.0);
        let y = match room {
            Room::Wide => {
                let y = top + row / 2.0;
                canvas.text(&fitted(name, ends.0 - 14.0, 13.0), (ends.0 - 12.0, y), Align::End, how);
                y
            }
            Room::Narrow => {
                canvas.text(&fitted(name, room.width(), 13.0), (0.0, top + 10.0), Align::Start, how);
                top + 28.0
            }
        };
        canvas.line(&[(scale.at(rate.low), y), (scale.at(rate.high), y)], 2.0, ink);
        canvas.dot((scale.at(rate.value), y), 4.5, ink);
        canvas.text(&points(rate.value), (room.width(), y), Align::End, how.bold());
    }
}
