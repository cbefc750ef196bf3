//! One look for all figures: colours, sizes and fonts.
//!
//! The colours are those of Okabe and Ito, which stay apart for readers with any common colour vision deficiency
//! (<https://jfly.uni-koeln.de/color/>).

use std::sync::OnceLock;

use plotters::style::{FontStyle, RGBAColor, register_font};

use crate::error::{Error, Result};

/// A colour with its opacity.
pub type Colour = RGBAColor;

const fn rgb(red: u8, green: u8, blue: u8) -> Colour {
    RGBAColor(red, green, blue, 1.0)
}

/// Text and frames.
pub const INK: Colour = rgb(0x22, 0x26, 0x2b);
/// Secondary text and axes.
pub const SOFT: Colour = rgb(0x5a, 0x62, 0x6b);
/// Grid lines.
pub const GRID: Colour = rgb(0xe4, 0xe7, 0xea);
/// Baselines such as random rules.
pub const PALE: Colour = rgb(0xa9, 0xb0, 0xb8);
/// Paper.
pub const PAPER: Colour = rgb(0xff, 0xff, 0xff);
/// Okabe-Ito blue.
pub const BLUE: Colour = rgb(0x00, 0x72, 0xb2);
/// Okabe-Ito orange.
pub const ORANGE: Colour = rgb(0xe6, 0x9f, 0x00);
/// Okabe-Ito bluish green.
pub const GREEN: Colour = rgb(0x00, 0x9e, 0x73);
/// Okabe-Ito vermillion.
pub const VERMILLION: Colour = rgb(0xd5, 0x5e, 0x00);
/// Okabe-Ito sky blue.
pub const SKY: Colour = rgb(0x56, 0xb4, 0xe9);
/// Okabe-Ito reddish purple.
pub const PURPLE: Colour = rgb(0xcc, 0x79, 0xa7);
/// Okabe-Ito yellow; for areas only, it is too light for lines.
pub const YELLOW: Colour = rgb(0xf0, 0xe4, 0x42);

/// Colours of series in order of use.
pub const SERIES: [Colour; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];

/// Size of a figure's title, in pixels.
pub const TITLE: f64 = 22.0;
/// Size of axis titles and of the titles of panels.
pub const LABEL: f64 = 17.0;
/// Size of tick labels, legends and notes.
pub const SMALL: f64 = 15.0;

/// The colour at another opacity.
pub fn faded(colour: Colour, opacity: f64) -> Colour {
    RGBAColor(colour.0, colour.1, colour.2, opacity)
}

/// The colour of series number `index`.
pub fn series(index: usize) -> Colour {
    SERIES[index % SERIES.len()]
}

/// Family of all text: a generic name, so that an SVG takes the reader's own font.
pub(crate) const FAMILY: &str = "sans-serif";

/// Registers the embedded fonts, so that figures have text on a machine without any font. Calls after the first do
/// nothing.
///
/// # Errors
/// [`Error::Draw`] when the embedded font is not readable.
pub fn install_fonts() -> Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT).is_ok()
            && register_font("monospace", FontStyle::Normal, epaint_default_fonts::HACK_REGULAR).is_ok()
    });
    if *done { Ok(()) } else { Err(Error::Draw { reason: "the embedded font is not readable".into() }) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use plotters::style::FontFamily;

    #[test]
    fn the_embedded_font_measures_text() {
        install_fonts().unwrap();
        for family in [FontFamily::SansSerif, FontFamily::Monospace] {
            let font = plotters::style::FontDesc::new(family, 20.0, FontStyle::Normal);
            let (narrow, _) = font.box_size("il").unwrap();
            let (wide, height) = font.box_size("ilWM").unwrap();
            assert!(wide > narrow && narrow > 0 && height > 10);
        }
    }

    #[test]
    fn the_font_knows_the_signs_in_use() {
        // A sign that the font lacks is drawn as its "missing" glyph, which is as wide as that of U+FFFF.
        install_fonts().unwrap();
        let font = plotters::style::FontDesc::new(FontFamily::SansSerif, 1000.0, FontStyle::Normal);
        let missing = font.box_size("\u{ffff}").unwrap();
        for sign in ["Δ", "−", "·", "±", "–", "≤", "×", "µ", "²"] {
            assert_ne!(font.box_size(sign).unwrap(), missing, "{sign}");
        }
    }
}
