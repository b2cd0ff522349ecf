//! The percentiles as a picture.

use std::error::Error;
use std::time::Duration;

use plotters::prelude::*;

use super::contestant::{Contestant, Measured};

const SIZE: (u32, u32) = (900, 520);
/// Up to 99.99 %: so many tenfold steps towards 100 %.
const STEPS: f64 = 4.0;
/// The shortest time that is drawn, in microseconds: a logarithmic axis that begins at 0, where no request
/// enters the module, would have no end.
const LEAST: f64 = 0.001;
/// Points of a curve.
const POINTS: u32 = 200;

/// Time over percentile, one curve a module. Towards the right each step leaves a tenth of the
/// requests: 90 %, 99 %, 99.9 %.
///
/// # Errors
/// When it cannot be drawn.
pub(super) fn percentiles(contestants: &[Contestant]) -> Result<String, Box<dyn Error>> {
    let curves: Vec<(&str, Vec<(f64, f64)>)> =
        contestants.iter().map(|one| (one.name.as_str(), curve(&one.all))).collect();
    let values = || curves.iter().flat_map(|(_, points)| points).map(|(_, time)| *time);
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(0.0, f64::max);
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Time of a request in the module", ("sans-serif", 22))
        .margin(16)
        .margin_right(44)
        .x_label_area_size(46)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..STEPS, (least * 0.8..most * 1.2).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("share of requests that took no longer")
        .y_desc("microseconds, logarithmic")
        .x_labels(5)
        .x_label_formatter(&|step| share(*step))
        .y_label_formatter(&|time| short(*time))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 16))
        .light_line_style(WHITE)
        .draw()?;
    for (index, (name, points)) in curves.into_iter().enumerate() {
        let color = if index == 0 { RGBColor(31, 90, 180) } else { RGBColor(200, 80, 30) };
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .legend_area_size(30)
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(190, 190, 190))
        .label_font(("sans-serif", 15))
        .draw()?;
    area.present()?;
    drop(chart);
    drop(area);
    Ok(svg)
}

fn curve(measured: &Measured) -> Vec<(f64, f64)> {
    (0..=POINTS)
        .map(|point| {
            let step = STEPS * f64::from(point) / f64::from(POINTS);
            let percent = 100.0 * (1.0 - 10_f64.powf(-step));
            let nanoseconds = measured.times.percentile(percent);
            (step, (Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6).max(LEAST))
        })
        .collect()
}

fn share(step: f64) -> String {
    let percent = 100.0 * (1.0 - 10_f64.powf(-step));
    format!("{percent:.2}").trim_end_matches('0').trim_end_matches('.').to_owned() + " %"
}

fn short(time: f64) -> String {
    if time < 10.0 { format!("{time:.1}") } else { format!("{time:.0}") }
}
