//! Lines over a size, both axes logarithmic, as SVG.

use std::ops::Range;
use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::coord::combinators::LogCoord;
use plotters::prelude::*;

use crate::record::figure;

pub mod bars;
pub mod over_time;

/// A picture of how costs grow.
pub struct Plot<'a> {
    /// Above it.
    pub title: &'a str,
    /// What is under the horizontal axis.
    pub size: &'a str,
    /// What is beside the vertical axis, with its unit.
    pub cost: &'a str,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether each line has its name at its end, where all of them end; else there is a legend.
    pub named_at_end: bool,
}

/// One line of a plot.
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Sizes and costs, sizes rising.
    pub points: Vec<(f64, f64)>,
    /// Drawn with dashes: something to compare with.
    pub dashed: bool,
}

/// What lines are drawn in.
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>;

/// Colours that people with any kind of colour vision tell apart (Okabe and Ito, 2008;
/// their yellow is darker here).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(150, 140, 20),
];
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);

impl Plot<'_> {
    /// Writes the picture.
    ///
    /// # Errors
    /// Where there are no points, or the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        self.draw(file).map_err(|error| anyhow!("cannot draw `{}`: {error}", file.display()))
    }

    fn draw(&self, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let sizes = bounds(points().map(|point| point.0), 1.25).ok_or("there are no points")?;
        let costs = bounds(points().map(|point| point.1), 1.6).ok_or("there are no points")?;
        let margin = if self.named_at_end { NAMES } else { 40 };
        let area = SVGBackend::new(file, (840 + margin, 520)).into_drawing_area();
        area.fill(&WHITE)?;
        let label = ("sans-serif", 16).into_font().color(&INK);
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 22).into_font().color(&INK))
            .margin(16)
            .margin_right(margin)
            .x_label_area_size(52)
            .y_label_area_size(76)
            .build_cartesian_2d(sizes.log_scale(), costs.log_scale())?;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .x_desc(self.size)
            .y_desc(self.cost)
            .x_label_formatter(&|size| grouped(*size))
            .y_label_formatter(&|cost| grouped(*cost))
            .label_style(label.clone())
            .axis_desc_style(label.clone())
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            line.draw(*colour, &mut chart)?;
        }
        if self.named_at_end {
            let ends = self.lines.iter().map(|line| line.points.last().copied());
            let ends = ends.map(|end| end.map(|end| chart.backend_coord(&end)));
            self.name_ends(&area, ends.collect())?;
        } else {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperLeft)
                .margin(12)
                .legend_area_size(30)
                .background_style(WHITE)
                .border_style(GRID)
                .label_font(label)
                .draw()?;
        }
        area.present()?;
        Ok(())
    }

    /// Writes each name beside the end of its line, or below the one above where they are too near.
    fn name_ends(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
        ends: Vec<Option<(i32, i32)>>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let mut names: Vec<_> = self.lines.iter().zip(COLOURS.iter().cycle()).zip(ends).collect();
        names.sort_by_key(|(_, end)| end.map(|(_, y)| y));
        let mut lowest = i32::MIN;
        for ((line, colour), end) in names {
            let Some((x, y)) = end else { continue };
            let y = (y - NAME_HEIGHT / 2).max(lowest);
            let style = ("sans-serif", 16).into_font().color(colour);
            area.draw(&Text::new(line.name.as_str(), (x + 12, y), style))?;
            lowest = y + NAME_HEIGHT;
        }
        Ok(())
    }
}

impl Line {
    fn draw(
        &self,
        colour: RGBColor,
        chart: &mut Chart<'_, '_>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let style = colour.stroke_width(2);
        let points = self.points.iter().copied();
        let drawn = if self.dashed {
            chart.draw_series(DashedLineSeries::new(points.clone(), 6, 5, style))?
        } else {
            chart.draw_series(LineSeries::new(points.clone(), style))?
        };
        let dashed = self.dashed;
        drawn.label(&self.name).legend(move |(x, y)| {
            let end = if dashed { x + 8 } else { x + 22 };
            PathElement::new([(x, y), (end, y)], style)
        });
        if !self.dashed {
            chart.draw_series(points.map(|point| Circle::new(point, 4, colour.filled())))?;
        }
        Ok(())
    }
}

/// Pixels for the names of lines at their ends.
const NAMES: u32 = 280;
/// Pixels from one name to the next.
const NAME_HEIGHT: i32 = 19;

/// From the least to the largest, with room by a factor on both sides.
fn bounds(values: impl Iterator<Item = f64>, room: f64) -> Option<Range<f64>> {
    let (least, largest) = values
        .filter(|value| *value > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(least, largest), value| {
            (least.min(value), largest.max(value))
        });
    (least <= largest).then(|| least / room..largest * room)
}

/// A number with its digits in groups of three; a small one with what comes after the point.
fn grouped(number: f64) -> String {
    if number < 1.0 {
        return format!("{number}");
    }
    figure(format!("{number:.0}"))
}
