//! Lines over time, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::{COLOURS, GRID, INK, Line};

/// A picture of what something does over minutes.
pub struct OverTime<'a> {
    /// Above it.
    pub title: &'a str,
    /// What is beside the vertical axis, with its unit.
    pub amount: &'a str,
    /// The lines, over minutes.
    pub lines: Vec<Line>,
}

impl OverTime<'_> {
    /// Writes the picture; the vertical axis begins at nothing.
    ///
    /// # Errors
    /// Where there are no points, or the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        self.draw(file).map_err(|error| anyhow!("cannot draw `{}`: {error}", file.display()))
    }

    fn draw(&self, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let last = points().map(|point| point.0).fold(0.0, f64::max);
        let most = points().map(|point| point.1).fold(0.0, f64::max);
        if last <= 0.0 || most <= 0.0 {
            return Err("there are no points".into());
        }
        let area = SVGBackend::new(file, (880, 420)).into_drawing_area();
        area.fill(&WHITE)?;
        let label = ("sans-serif", 16).into_font().color(&INK);
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 22).into_font().color(&INK))
            .margin(16)
            .margin_right(40)
            .x_label_area_size(52)
            .y_label_area_size(76)
            .build_cartesian_2d(0.0..last, 0.0..most * 1.35)?;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .x_desc("minutes")
            .y_desc(self.amount)
            .x_label_formatter(&|at| {
                if last < 10.0 { format!("{at:.1}") } else { format!("{at:.0}") }
            })
            .y_label_formatter(&|at| format!("{at:.0}"))
            .label_style(label.clone())
            .axis_desc_style(label.clone())
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), style))?
                .label(&line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .margin(12)
            .legend_area_size(30)
            .background_style(WHITE)
            .border_style(GRID)
            .label_font(label)
            .draw()?;
        area.present()?;
        Ok(())
    }
}
