//! A chart on the page, in both widths, with the key to its signs.

use maud::{Markup, PreEscaped, html as template};

use crate::report::render::chart::{Chart, Ink};

/// A sign of a chart and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A filled area.
    Area(Ink),
    /// A framed area.
    Framed(Ink, Ink),
    /// A dot on its interval.
    Whisker(Ink),
    /// A ring on its interval.
    Ring(Ink),
    /// An upright stroke.
    Stroke(Ink),
    /// An arrow at the end of an axis.
    Arrow(Ink),
}

/// `id` is unique on the page; `key` says what the signs mean, where that is not written in the chart.
pub(super) fn figure(id: &str, chart: &Chart, key: &[(Sign, &str)]) -> Markup {
    template! {
        figure.tall[chart.is_tall()] {
            @if !key.is_empty() {
                figcaption { @for (sign, text) in key { span { (mark(*sign)) (text) } } }
            }
            @for (class, drawing) in [("wide", &chart.wide), ("narrow", &chart.narrow)] {
                svg class={ "chart " (class) } role="img" viewBox=(drawing.view_box)
                    preserveAspectRatio="xMinYMin"
                    aria-labelledby={ (id) "-" (class) "-title " (id) "-" (class) "-desc" } {
                    title id={ (id) "-" (class) "-title" } { (chart.title) }
                    desc id={ (id) "-" (class) "-desc" } {
                        @if !chart.description.is_empty() { (chart.description) " " }
                        "The table below the chart holds every value."
                    }
                    (PreEscaped(&drawing.elements))
                }
            }
        }
    }
}

fn mark(sign: Sign) -> Markup {
    template! {
        svg.key viewBox="0 0 16 14" aria-hidden="true" {
            @match sign {
                Sign::Area(ink) => { rect x="1" y="1" width="14" height="12" fill=(small(ink)) {} }
                Sign::Framed(ink, frame) => {
                    rect x="1.5" y="1.5" width="13" height="11" fill=(small(ink)) stroke=(frame.css()) {}
                }
                Sign::Whisker(ink) => {
                    path d="M0 7H16" stroke=(ink.css()) stroke-width="2" {}
                    circle cx="8" cy="7" r="4" fill=(ink.css()) {}
                }
                Sign::Ring(ink) => {
                    path d="M0 7H16" stroke=(ink.css()) stroke-width="2" {}
                    circle cx="8" cy="7" r="3.5" fill=(Ink::Page.css()) stroke=(ink.css()) stroke-width="1.5" {}
                }
                Sign::Arrow(ink) => { path d="M3 7L11 2V12Z" fill=(ink.css()) {} }
                Sign::Stroke(ink) => { path d="M8 0V14" stroke=(ink.css()) stroke-width="2" {} }
            }
        }
    }
}

/// A key is drawn in pixels, so its hatchings are a tenth of a drawing's.
const fn small(ink: Ink) -> &'static str {
    match ink {
        Ink::Provisional => "url(#provisional-key)",
        Ink::Missing => "url(#missing-key)",
        ink => ink.css(),
    }
}

/// The hatchings that drawings refer to: tenths of a pixel as in the drawings, but for those of the key.
pub(super) fn patterns() -> Markup {
    let hatching = |id: &str, ink: Ink, step: u32, width: u32| {
        template! {
            pattern id=(id) width=(step) height=(step) patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect width=(step) height=(step) fill=(Ink::Page.css()) {}
                rect width=(width) height=(step) fill=(ink.css()) {}
            }
        }
    };
    template! {
        svg.patterns aria-hidden="true" focusable="false" {
            defs {
                (hatching("provisional", Ink::Attempts, 60, 20))
                (hatching("missing", Ink::Grid, 60, 20))
                (hatching("provisional-key", Ink::Attempts, 6, 2))
                (hatching("missing-key", Ink::Grid, 6, 2))
            }
        }
    }
}
