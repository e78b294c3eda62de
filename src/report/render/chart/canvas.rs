//! Drawing in CSS pixels with plotters, whose SVG backend knows only fixed colours and whole pixels.
//!
//! Everything is drawn ten times as large, so that whole numbers are tenths of a pixel, and in colours that stand for
//! an [`Ink`]; what comes out refers to the page's custom properties instead, so that one drawing follows the light,
//! the dark and the printed scheme. Texts are escaped by the backend, so none of them can look like such a colour.

use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Circle, DrawingArea, FontStyle, IntoDrawingArea, IntoFont, PathElement, Polygon, RGBColor, Rectangle, SVGBackend,
    ShapeStyle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Tenths of a pixel.
const UNIT: f64 = 10.0;

macro_rules! inks {
    ($($(#[$doc:meta])* $name:ident = $property:literal,)*) => {
        /// What a colour means; `style.css` says which it is in which scheme.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::report::render) enum Ink {
            $($(#[$doc])* $name,)*
        }

        impl Ink {
            pub(in crate::report::render) const ALL: &[Self] = &[$(Self::$name),*];

            /// The value of a `fill` or `stroke`.
            pub(in crate::report::render) const fn css(self) -> &'static str {
                match self {
                    $(Self::$name => $property,)*
                }
            }
        }
    };
}

inks! {
    /// Names and numbers.
    Text = "var(--ink)",
    /// Axes' numbers, notes.
    Muted = "var(--muted)",
    /// Lines that numbers are read off.
    Grid = "var(--grid)",
    /// The zero line.
    Axis = "var(--axis)",
    /// Saturdays and Sundays.
    Weekend = "var(--weekend)",
    /// Columns of attempts.
    Attempts = "var(--attempts)",
    /// Attempts that may still change.
    Provisional = "url(#provisional)",
    /// Days without data.
    Missing = "url(#missing)",
    /// The line, or dot, of a conversion rate.
    Rate = "var(--rate)",
    /// The interval of a rate, as an area.
    Band = "var(--band)",
    /// The page behind a ring.
    Page = "var(--page)",
    /// What rose.
    Rise = "var(--rise)",
    /// What fell, and what deserves attention.
    Fall = "var(--fall)",
    /// Steps of a scale, from low to high, and the text on each.
    Step0 = "var(--step-0)",
    Step1 = "var(--step-1)",
    Step2 = "var(--step-2)",
    Step3 = "var(--step-3)",
    Step4 = "var(--step-4)",
    Step5 = "var(--step-5)",
    Step6 = "var(--step-6)",
    On0 = "var(--on-0)",
    On1 = "var(--on-1)",
    On2 = "var(--on-2)",
    On3 = "var(--on-3)",
    On4 = "var(--on-4)",
    On5 = "var(--on-5)",
    On6 = "var(--on-6)",
}

impl Ink {
    /// The steps of a scale with the text on each.
    pub(super) const STEPS: [(Self, Self); 7] = [
        (Self::Step0, Self::On0),
        (Self::Step1, Self::On1),
        (Self::Step2, Self::On2),
        (Self::Step3, Self::On3),
        (Self::Step4, Self::On4),
        (Self::Step5, Self::On5),
        (Self::Step6, Self::On6),
    ];

    /// The colour that stands for it until the drawing is finished.
    const fn mark(self) -> RGBColor {
        RGBColor(0xFE, 0x00, self as u8)
    }

    fn filled(self) -> ShapeStyle {
        ShapeStyle { color: self.mark().into(), filled: true, stroke_width: 0 }
    }

    fn line(self, width: f64) -> ShapeStyle {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few pixels")]
        let stroke_width = (width * UNIT).round() as u32;
        ShapeStyle { color: self.mark().into(), filled: false, stroke_width }
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    /// Its colour.
    pub ink: Ink,
    /// Its size in pixels.
    pub size: f64,
    /// Its weight.
    pub is_bold: bool,
}

impl Type {
    pub(super) const fn new(ink: Ink, size: f64) -> Self {
        Self { ink, size, is_bold: false }
    }

    pub(super) const fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }
}

/// A point in pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// A sheet to draw on. All lengths are CSS pixels.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws an image of a size, and gives the elements that go inside `<svg viewBox>`; see [`view_box`].
pub(super) fn draw((width, height): (f64, f64), paint: impl FnOnce(&Canvas<'_>)) -> String {
    let mut text = String::new();
    {
        let size = (tenths(width).unsigned_abs(), tenths(height).unsigned_abs());
        let canvas = Canvas { area: SVGBackend::with_string(&mut text, size).into_drawing_area() };
        paint(&canvas);
        written(canvas.area.present());
    }
    finish(&text)
}

/// The `viewBox` of an image of a size.
pub(super) fn view_box((width, height): (f64, f64)) -> String {
    format!("0 0 {} {}", tenths(width), tenths(height))
}

/// Takes the outer element off, and what every element says alike; puts the inks in.
fn finish(svg: &str) -> String {
    let inside = svg.split_once(">\n").map_or("", |(_, inside)| inside);
    let mut text = inside.trim_end().trim_end_matches("</svg>").to_owned();
    for (long, short) in [
        (" opacity=\"1\"", ""),
        (" stroke=\"none\"", ""),
        (" stroke-width=\"0\"", ""),
        (" font-family=\"sans-serif\"", ""),
        (" \"/>", "\"/>"),
        ("\n</text>", "</text>"),
    ] {
        text = text.replace(long, short);
    }
    for ink in Ink::ALL {
        let RGBColor(red, green, blue) = ink.mark();
        text = text.replace(&format!("=\"#{red:02X}{green:02X}{blue:02X}\""), &format!("=\"{}\"", ink.css()));
    }
    text.replace(">\n", ">")
}

#[expect(clippy::cast_possible_truncation, reason = "a drawing is a few thousand pixels large")]
fn tenths(pixels: f64) -> i32 {
    (pixels * UNIT).round() as i32
}

fn point((x, y): Point) -> (i32, i32) {
    (tenths(x), tenths(y))
}

impl Canvas<'_> {
    /// A filled rectangle between two corners.
    pub(super) fn rect(&self, from: Point, to: Point, ink: Ink) {
        written(self.area.draw(&Rectangle::new([point(from), point(to)], ink.filled())));
    }

    /// The outline of a rectangle, a pixel wide.
    pub(super) fn frame(&self, (left, top): Point, (right, bottom): Point, ink: Ink) {
        self.line(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], 1.0, ink);
    }

    /// A line through points.
    pub(super) fn line(&self, through: &[Point], width: f64, ink: Ink) {
        let points: Vec<_> = through.iter().copied().map(point).collect();
        written(self.area.draw(&PathElement::new(points, ink.line(width))));
    }

    /// A filled area within points.
    pub(super) fn area(&self, within: &[Point], ink: Ink) {
        let points: Vec<_> = within.iter().copied().map(point).collect();
        written(self.area.draw(&Polygon::new(points, ink.filled())));
    }

    /// A filled circle.
    pub(super) fn dot(&self, at: Point, radius: f64, ink: Ink) {
        written(self.area.draw(&Circle::new(point(at), tenths(radius), ink.filled())));
    }

    /// A circle that the page shows through.
    pub(super) fn ring(&self, at: Point, radius: f64, ink: Ink) {
        self.dot(at, radius, Ink::Page);
        written(self.area.draw(&Circle::new(point(at), tenths(radius), ink.line(1.5))));
    }

    /// A triangle whose tip is at a point: what it stands for goes on in its direction.
    pub(super) fn arrow(&self, tip: Point, (right, down): (f64, f64), ink: Ink) {
        const SIZE: f64 = 9.0;
        let corner = |side: f64| {
            (tip.0 - SIZE * right + side * SIZE * 0.6 * down, tip.1 - SIZE * down + side * SIZE * 0.6 * right)
        };
        self.area(&[tip, corner(1.0), corner(-1.0)], ink);
    }

    /// A text in one line, centred on the point's height.
    pub(super) fn text(&self, text: &str, at: Point, align: Align, how: Type) {
        let h_pos = match align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        // The backend divides by this to get from a font's height to its size.
        let font = ("sans-serif", how.size * UNIT * 1.24).into_font();
        let font = if how.is_bold { font.style(FontStyle::Bold) } else { font };
        let colour = how.ink.mark();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(h_pos, VPos::Center));
        written(self.area.draw(&Text::new(text, point(at), style)));
    }
}

/// Holds of every element: only a backend that writes to a file can fail.
fn written<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("writing to a string cannot fail")
}

/// A linear scale from values to pixels, with round values to label.
#[derive(Clone)]
pub(super) struct Scale {
    values: RangedCoordf64,
    pixels: (f64, f64),
    ends: (f64, f64),
    step: Option<f64>,
}

/// An end of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Low,
    High,
}

impl Scale {
    /// Values from the first end to the second, which differ, at pixels.
    pub(super) fn new(ends: (f64, f64), pixels: (f64, f64)) -> Self {
        Self { values: (ends.0..ends.1).into(), pixels, ends, step: None }
    }

    /// The same with a label at each step, both ends included.
    pub(super) fn stepped(ends: (f64, f64), step: f64, pixels: (f64, f64)) -> Self {
        Self { step: Some(step), ..Self::new(ends, pixels) }
    }

    /// The end beyond which a value lies, which `at` doesn't tell from the end itself.
    pub(super) fn beyond(&self, value: f64) -> Option<End> {
        const TINY: f64 = 1e-9;
        match value {
            value if value < self.ends.0 - TINY => Some(End::Low),
            value if value > self.ends.1 + TINY => Some(End::High),
            _ => None,
        }
    }

    /// The pixel of a value; values beyond an end stay at it.
    pub(super) fn at(&self, value: f64) -> f64 {
        let inside = value.clamp(self.ends.0, self.ends.1);
        f64::from(self.values.map(&inside, (tenths(self.pixels.0), tenths(self.pixels.1)))) / UNIT
    }

    /// At most so many round values between the ends.
    pub(super) fn ticks(&self, most: usize) -> Vec<f64> {
        let Some(step) = self.step else { return self.values.key_points(most) };
        let (low, high) = self.ends;
        (0..=1000).map(|index| low + f64::from(index) * step).take_while(|tick| *tick < high + step / 2.0).collect()
    }
}
