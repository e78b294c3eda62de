//! How windows are cut into segments: whole windows that follow each other, about twenty pages each.

use crate::model::{PAGE_SIZE, Reuse, Segment};
use crate::planner::layout::Layout;

/// Attempts of a segment, unless one window alone has more.
const PIECE: i64 = 20 * PAGE_SIZE as i64;

/// Segments of these windows, ascending, each with its attempts. A window without any needs no page.
pub(super) fn cut(layout: &Layout, windows: &[(usize, i64)]) -> Vec<Segment> {
    let mut pieces: Vec<(usize, usize, i64)> = Vec::new();
    for &(window, attempts) in windows {
        match pieces.last_mut() {
            Some((_, end, sum)) if *end == window && *sum + attempts <= PIECE => {
                (*end, *sum) = (window + 1, *sum + attempts);
            }
            _ => pieces.push((window, window + 1, attempts)),
        }
    }
    let segment = |(from, to, attempts)| Some(Segment { range: layout.hull(from..to)?, attempts, reuse: Reuse::Never });
    pieces.into_iter().filter_map(segment).collect()
}
