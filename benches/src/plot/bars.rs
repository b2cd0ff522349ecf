//! Bars side by side, each of one or more parts, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{COLOURS, GRID, INK};

/// A picture of what things cost beside each other.
pub struct Bars<'a> {
    /// Above it.
    pub title: &'a str,
    /// What is under the axis, with its unit.
    pub cost: &'a str,
    /// Names of the parts; empty where bars have one.
    pub parts: Vec<&'a str>,
    /// From the top to the bottom.
    pub bars: Vec<Bar>,
    /// Whether each step of the axis is ten times the one before. Then bars have one part.
    pub logarithmic: bool,
}

/// One bar.
pub struct Bar {
    /// At its left.
    pub name: String,
    /// One after the other; what is below nothing is drawn as nothing.
    pub parts: Vec<f64>,
}

const WIDTH: i32 = 980;
/// Where bars begin and end.
const SIDES: (i32, i32) = (330, 890);
const TOP: i32 = 88;
const STEP: i32 = 34;

type Drawn = Result<(), Box<dyn std::error::Error>>;

impl Bars<'_> {
    /// Writes the picture.
    ///
    /// # Errors
    /// Where there are no bars, or the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        self.draw(file).map_err(|error| anyhow!("cannot draw `{}`: {error}", file.display()))
    }

    fn draw(&self, file: &Path) -> Drawn {
        let longest = self.bars.iter().map(Bar::length).fold(0.0, f64::max);
        if longest <= 0.0 {
            return Err("there are no bars".into());
        }
        let bottom = TOP + STEP * i32::try_from(self.bars.len())?;
        let area = SVGBackend::new(file, (WIDTH.try_into()?, (bottom + 62).try_into()?));
        let area = area.into_drawing_area();
        area.fill(&WHITE)?;
        let text = |size: i32, horizontal: HPos| {
            let style = ("sans-serif", size).into_font().color(&INK);
            style.pos(Pos::new(horizontal, VPos::Center))
        };
        area.draw(&Text::new(self.title, (WIDTH / 2, 26), text(22, HPos::Center)))?;
        let place = |cost: f64| self.place(cost, longest);
        for mark in self.marks(longest) {
            let x = place(mark);
            area.draw(&PathElement::new([(x, TOP - 8), (x, bottom)], GRID))?;
            area.draw(&Text::new(number(mark), (x, bottom + 14), text(15, HPos::Center)))?;
        }
        let middle = (SIDES.0 + SIDES.1) / 2;
        area.draw(&Text::new(self.cost, (middle, bottom + 42), text(16, HPos::Center)))?;
        for ((part, colour), x) in self.parts.iter().zip(COLOURS).zip((0..).map(|at| 30 + at * 235))
        {
            area.draw(&Rectangle::new([(x, 52), (x + 14, 66)], colour.filled()))?;
            area.draw(&Text::new(*part, (x + 20, 59), text(15, HPos::Left)))?;
        }
        for (bar, y) in self.bars.iter().zip((0..).map(|at| TOP + at * STEP)) {
            let centre = y + STEP / 2 - 4;
            area.draw(&Text::new(
                bar.name.as_str(),
                (SIDES.0 - 10, centre),
                text(16, HPos::Right),
            ))?;
            let mut before = 0.0;
            for (part, colour) in bar.parts.iter().zip(COLOURS) {
                let after = before + part.max(0.0);
                let corners = [(place(before), y), (place(after), y + STEP - 9)];
                area.draw(&Rectangle::new(corners, colour.filled()))?;
                before = after;
            }
            let label = number(bar.length());
            area.draw(&Text::new(label, (place(before) + 6, centre), text(15, HPos::Left)))?;
        }
        area.present()?;
        Ok(())
    }

    /// Where a cost is on the axis.
    fn place(&self, cost: f64, longest: f64) -> i32 {
        let part = if self.logarithmic {
            let decades = longest.log10().ceil().max(1.0) - LEAST.log10();
            (cost.max(LEAST).log10() - LEAST.log10()) / decades
        } else {
            cost / longest
        };
        #[expect(clippy::cast_possible_truncation, reason = "between the sides of the picture")]
        let offset = (part * f64::from(SIDES.1 - SIDES.0)) as i32;
        SIDES.0 + offset
    }

    fn marks(&self, longest: f64) -> Vec<f64> {
        if self.logarithmic {
            let up = |mark: &f64| Some(mark * 10.0);
            let all = std::iter::successors(Some(LEAST), up);
            return all.take_while(|mark| *mark <= longest * 10.0).collect();
        }
        let rough = 10_f64.powf((longest / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * rough);
        let step = step.into_iter().find(|step| longest / step <= 8.0).unwrap_or(rough);
        std::iter::successors(Some(0.0), |mark| Some(mark + step))
            .take_while(|mark| *mark <= longest)
            .collect()
    }
}

/// Where a logarithmic axis begins.
const LEAST: f64 = 0.1;

impl Bar {
    fn length(&self) -> f64 {
        self.parts.iter().map(|part| part.max(0.0)).sum()
    }
}

fn number(value: f64) -> String {
    if value >= 100.0 {
        return crate::record::figure(format!("{value:.0}"));
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
