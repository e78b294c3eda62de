//! How a window that a job asks for stands in the dataset, for those who only look.

use super::stored::{Stored, covers};
use super::window::overlapping;
use crate::model::{MatrixShape, Window};

/// How a window stands in the dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Its rows are there, and final.
    Final,
    /// Rows of it are there, and may still change.
    Provisional,
    /// It was published once, and no file holds its rows any more.
    Lost,
    /// It is not there, or with other values than are asked for.
    Nothing,
}

impl Stored {
    /// How a window with a matrix stands. One that still grows counts as there if a shorter part of it is.
    #[must_use]
    pub fn holding(&self, window: Window, shape: &MatrixShape) -> Holding {
        let mut stored = overlapping(&self.windows, window).map(|(_, stored)| stored).peekable();
        if stored.peek().is_none() {
            let was_there = self.lost_windows().any(|(lost, _)| lost.overlaps(window));
            return if was_there { Holding::Lost } else { Holding::Nothing };
        }
        let mut is_final = false;
        for stored in stored {
            if !covers(&stored.shape, shape) {
                return Holding::Nothing;
            }
            if !stored.is_final {
                return Holding::Provisional;
            }
            is_final |= stored.window.contains(window);
        }
        if is_final { Holding::Final } else { Holding::Nothing }
    }
}
