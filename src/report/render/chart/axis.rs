//! Which part of a scale is worth showing.
//!
//! An axis ends at values that it names. What lies beyond is never drawn at its end as if it were there: an arrow says
//! that it goes on.

use super::canvas::Scale;

/// From whole steps to whole steps: round values, not more of them than there is room for.
const STEPS: [f64; 5] = [0.05, 0.1, 0.2, 0.25, 0.5];
/// Never less than ten points, so that noise stays small.
const LEAST: f64 = 0.1;
const TINY: f64 = 1e-9;

/// An axis for the rates that a chart has to show, with at most so many values named, three or more.
pub(super) fn rates(shown: impl Iterator<Item = (f64, f64)>, most: usize, pixels: (f64, f64)) -> Scale {
    let (low, high) = shown.fold((f64::MAX, f64::MIN), |(low, high), (from, to)| (low.min(from), high.max(to)));
    let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
    let around = |step: f64| {
        let mut low = (low / step + TINY).floor() * step;
        let mut high = (high / step - TINY).ceil() * step;
        while high - low < LEAST - TINY {
            low = (low - step).max(0.0);
            high = (high + step).min(1.0);
        }
        (low.max(0.0), high.min(1.0))
    };
    let fits = |step: f64| {
        let (low, high) = around(step);
        ((high - low) / step + TINY).floor() < super::text::position(most)
    };
    let step = STEPS.into_iter().find(|step| fits(*step)).unwrap_or(0.5);
    Scale::stepped(around(step), step, pixels)
}

/// From zero to the first round value that is not less than the greatest of the counts, with at most so many ticks.
pub(super) fn counts(greatest: f64, most: usize, pixels: (f64, f64)) -> Scale {
    Scale::new((0.0, round_above(greatest, most)), pixels)
}

/// The first round value that is not less than the greatest of some counts.
pub(super) fn round_above(greatest: f64, most: usize) -> f64 {
    let greatest = greatest.max(1.0);
    let ticks = Scale::new((0.0, greatest), (0.0, 100.0)).ticks(most);
    let step = match ticks.as_slice() {
        [first, second, ..] => second - first,
        _ => greatest,
    };
    (greatest / step - TINY).ceil() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_axis_ends_at_values_that_it_names_and_holds_what_it_shows() {
        for (shown, most, ends) in [
            ((0.752, 0.798), 6, (0.7, 0.85)),
            ((0.583, 0.808), 7, (0.55, 0.85)),
            ((0.583, 0.808), 5, (0.5, 0.9)),
            ((0.7, 0.8), 3, (0.7, 0.8)),
            ((0.0, 1.0), 3, (0.0, 1.0)),
            ((0.0, 0.004), 6, (0.0, 0.1)),
            ((0.999, 1.0), 5, (0.9, 1.0)),
        ] {
            let scale = rates([shown].into_iter(), most, (0.0, 100.0));
            let ticks = scale.ticks(most);
            assert!(ticks.len() <= most.max(3), "{shown:?}: {ticks:?}");
            let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
            assert!((first - ends.0).abs() < 1e-6 && (last - ends.1).abs() < 1e-6, "{shown:?}: {ticks:?}");
            assert_eq!([shown.0, shown.1].map(|rate| scale.beyond(rate)), [None, None]);
        }
    }
}
