//! Which part of a scale is worth showing.

use super::canvas::Scale;

/// The rates that a chart has to show, widened to round values; never less than ten points, so that noise stays small.
pub(super) fn rates(shown: impl Iterator<Item = (f64, f64)>, pixels: (f64, f64)) -> Scale {
    const STEP: f64 = 0.05;
    let (low, high) = shown.fold((f64::MAX, f64::MIN), |(low, high), (from, to)| (low.min(from), high.max(to)));
    if low > high {
        return Scale::new((0.0, 1.0), pixels);
    }
    let mut low = ((low / STEP).floor() * STEP).max(0.0);
    let mut high = ((high / STEP).ceil() * STEP).min(1.0);
    while high - low < 0.0999 {
        low = (low - STEP).max(0.0);
        high = (high + STEP).min(1.0);
    }
    Scale::new((low, high), pixels)
}

/// From zero to the first round value that is not less than the greatest of the counts, with at most so many ticks.
pub(super) fn counts(greatest: f64, most: usize, pixels: (f64, f64)) -> Scale {
    let greatest = greatest.max(1.0);
    let ticks = Scale::new((0.0, greatest), pixels).ticks(most);
    let step = match ticks.as_slice() {
        [first, second, ..] => second - first,
        _ => greatest,
    };
    Scale::new((0.0, (greatest / step).ceil() * step), pixels)
}
