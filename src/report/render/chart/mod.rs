//! The report's charts as inline SVG, each for a wide page and for a phone.
//!
//! A chart says in its title what is shown and in which unit, and in its description what a person sees in it; the page
//! puts a table with every number under it. Colours are the page's custom properties (`canvas`).

mod axis;
mod canvas;
mod grid;
mod heat;
mod movers;
mod ranking;
mod text;
mod trend;

pub(super) use canvas::Ink;
pub(super) use grid::{WEEKDAYS, attempts_by_hour, rate_by_hour};
pub(super) use heat::heat_map;
pub(super) use movers::movers;
pub(super) use ranking::{RankedLine, ranking};
pub(super) use trend::{day_chart, trend};

/// How many listed lines a chart draws, whatever the tables below hold: more would be longer than a wall is high.
pub(super) const MOST_LINES: usize = 40;

/// An image in both widths.
pub(super) struct Chart {
    /// What is shown, and in which unit.
    pub title: String,
    /// What is to be seen in it.
    pub description: String,
    /// Whether an arrow stands for what goes beyond an axis.
    pub is_cut: bool,
    /// How high the wide drawing is, in pixels.
    height: f64,
    /// For a page of at least 640 pixels.
    pub wide: Drawing,
    /// For a phone.
    pub narrow: Drawing,
}

/// One image.
pub(super) struct Drawing {
    /// The `viewBox`.
    pub view_box: String,
    /// The elements of the image.
    pub elements: String,
}

/// How much room there is: texts keep their size, so that a phone's image is another drawing, not a smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Wide,
    Narrow,
}

impl Room {
    /// In pixels.
    const fn width(self) -> f64 {
        match self {
            Self::Wide => 920.0,
            Self::Narrow => 358.0,
        }
    }

    /// One value for a wide page, another one for a phone.
    fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

impl Chart {
    /// Whether it would have to be shrunk beyond what can be read to leave room for anything else on a sheet of paper.
    pub(super) fn is_tall(&self) -> bool {
        const MOST: f64 = 830.0;
        self.height > MOST
    }

    /// Draws both images; the function is given the room and tells the height before it draws.
    fn new<P: Fn(&canvas::Canvas<'_>)>(title: String, description: String, paint: impl Fn(Room) -> (f64, P)) -> Self {
        let drawing = |room: Room| {
            let (height, paint) = paint(room);
            let size = (room.width(), height);
            (height, Drawing { view_box: canvas::view_box(size), elements: canvas::draw(size, paint) })
        };
        let ((height, wide), (_, narrow)) = (drawing(Room::Wide), drawing(Room::Narrow));
        Self { title, description, is_cut: false, height, wide, narrow }
    }
}
