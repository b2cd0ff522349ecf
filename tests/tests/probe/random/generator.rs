//! Random scenarios: what a seed makes.
//!
//! A scenario is one of a few courses that a stream can take (it passes, it waits for something and goes on, it ends),
//! with random calls in every callback on the way. What ends the process of Envoy 1.40, and what is left to chance there
//! (which of two answers comes first), is avoided by the way courses are made; host-sim/README.md names the former.

use super::course::{Course, End, WAKERS, Waker};
use super::dice::Dice;
use super::sketch::Sketch;
use super::words::{self, Freedom};
use crate::scenario::Traffic;

/// A callback, and the map and the buffer that are open in it.
type Step = (&'static str, Option<u32>, Option<u32>);

const REQUEST: &[Step] = &[
    ("proxy_on_request_headers", Some(0), None),
    ("proxy_on_request_body", None, Some(0)),
    ("proxy_on_request_trailers", Some(1), None),
];
const RESPONSE: &[Step] = &[
    ("proxy_on_response_headers", Some(2), None),
    ("proxy_on_response_body", None, Some(1)),
    ("proxy_on_response_trailers", Some(3), None),
];
const CONNECTION: &[Step] = &[
    ("proxy_on_new_connection", None, None),
    ("proxy_on_downstream_data", None, Some(2)),
    ("proxy_on_upstream_data", None, Some(3)),
    ("proxy_on_downstream_connection_close", None, None),
    ("proxy_on_upstream_connection_close", None, None),
];
const FAREWELL: &[Step] =
    &[("proxy_on_log", None, None), ("proxy_on_done", None, None), ("proxy_on_delete", None, None)];

/// The scenario of a seed.
pub(super) fn sketch(seed: u64) -> Sketch {
    let mut dice = Dice::new(seed);
    let traffic = match dice.below(20) {
        0..=11 => Traffic::Http,
        12..=16 => Traffic::Get,
        _ => Traffic::Tcp,
    };
    let mut generator = Generator { sketch: Sketch::new(traffic), dice };
    if traffic == Traffic::Tcp {
        generator.connection();
    } else {
        generator.exchange();
    }
    generator.sketch
}

struct Generator {
    sketch: Sketch,
    dice: Dice,
}

impl Generator {
    fn exchange(&mut self) {
        let request = self.course(REQUEST);
        let response = if request.is_simple() { self.course(RESPONSE) } else { Course::Passes };
        let freedom = if request.stays_here() { Freedom::Anything } else { Freedom::Sendable };
        for (steps, freedom) in
            [(REQUEST, freedom), (RESPONSE, Freedom::Anything), (FAREWELL, Freedom::Anything)]
        {
            for step in steps {
                self.calls(*step, freedom, 60);
            }
        }
        self.take(REQUEST, &request, 0);
        self.take(RESPONSE, &response, 1);
    }

    fn connection(&mut self) {
        for step in CONNECTION.iter().chain(FAREWELL) {
            self.calls(*step, Freedom::Anything, 60);
        }
        if self.dice.below(6) == 0 {
            let callback =
                self.dice.one_of(&["proxy_on_downstream_data", "proxy_on_upstream_data"]);
            let kind = self.dice.one_of(&["0", "1", "2"]);
            self.insert(callback, format!("proxy_close_stream {kind}"));
        }
    }

    /// Random calls in a callback, so many times out of a hundred.
    fn calls(&mut self, (callback, map, buffer): Step, freedom: Freedom, percent: usize) {
        if !self.dice.chance(percent) {
            return;
        }
        let mut lines = Vec::new();
        for _ in 0..=self.dice.below(7) {
            lines.push(words::call(&mut self.dice, map, buffer, freedom));
        }
        // What is added at the end comes back with the end or before it, as it happens.
        if callback == "proxy_on_downstream_data" {
            lines.retain(|line| !line.starts_with("proxy_set_buffer_bytes 2"));
        }
        if self.dice.chance(60) {
            lines.extend(words::glimpse(&mut self.dice, map, buffer));
        }
        self.sketch.calls.insert(callback, lines);
    }

    fn course(&mut self, steps: &[Step]) -> Course {
        let step = self.dice.below(if self.sketch.traffic == Traffic::Get && steps == REQUEST {
            1
        } else {
            3
        });
        let (callback, ..) = steps[step];
        match self.dice.below(12) {
            0..=3 => Course::Passes,
            4 => Course::Ends { callback, by: End::Reply },
            5 if step == 0 || steps == REQUEST => Course::Ends { callback, by: End::Close },
            6 => Course::Returns {
                callback,
                number: 1 + i32::try_from(self.dice.below(4)).unwrap_or_default(),
            },
            _ => self.waiting(steps),
        }
    }

    /// The body is left out: how much of it there is by then is left to chance.
    fn waiting(&mut self, steps: &[Step]) -> Course {
        let is_get = self.sketch.traffic == Traffic::Get && steps == REQUEST;
        let (callback, ..) = steps[if is_get || self.dice.chance(70) { 0 } else { 2 }];
        let mut wakers = WAKERS.to_vec();
        let mut chain = Vec::new();
        for _ in 0..=usize::from(self.dice.chance(25)) {
            chain.push(wakers.remove(self.dice.below(wakers.len())));
        }
        // What came by a callback of its own would begin itself again, for ever; one kind of gRPC call has the callbacks of
        // the other.
        let kind = |waker: &Waker| waker.callback.replace("_receive", "_close");
        if let [first, second] = chain.as_slice()
            && kind(first) == kind(second)
        {
            chain.pop();
        }
        let by = match self.dice.below(10) {
            0..=5 => End::Continue,
            6..=7 => End::Reply,
            8 => End::Close,
            _ => End::Nothing,
        };
        Course::Waits { callback, chain, by }
    }

    /// Puts a course into the callbacks that it goes through.
    fn take(&mut self, steps: &[Step], course: &Course, direction: u32) {
        match course {
            Course::Passes => {}
            Course::Ends { callback, by } => {
                let line = self.end(*by, direction);
                self.insert(callback, line);
            }
            Course::Returns { callback, number } => self.returns(callback, *number),
            Course::Waits { callback, chain, by } => {
                self.returns(callback, 1);
                let mut from = *callback;
                for waker in chain {
                    self.insert(from, waker.begins.to_owned());
                    self.calls((waker.callback, None, None), Freedom::Sendable, 80);
                    self.begin(waker);
                    from = waker.callback;
                }
                let line = self.end(*by, direction);
                if *by != End::Nothing {
                    let lines = self.sketch.calls.entry(from).or_default();
                    lines.push("proxy_set_effective_context 2".to_owned());
                    lines.push(line);
                    if self.dice.chance(50) {
                        let (_, map, buffer) = steps[0];
                        let glimpse = words::glimpse(&mut self.dice, map, buffer);
                        self.sketch.calls.entry(from).or_default().extend(glimpse);
                    }
                }
            }
        }
    }

    /// What a waker has to do first when it comes, and perhaps a look at the stream that waits.
    fn begin(&mut self, waker: &Waker) {
        let lines = self.sketch.calls.entry(waker.callback).or_default();
        if self.dice.chance(60) {
            lines.insert(0, "proxy_set_effective_context 2".to_owned());
        }
        if waker.callback == "proxy_on_tick" {
            lines.insert(0, "proxy_set_tick_period_milliseconds 0".to_owned());
        }
    }

    fn end(&mut self, by: End, direction: u32) -> String {
        match by {
            End::Continue => format!("proxy_continue_stream {direction}"),
            End::Reply => words::reply(&mut self.dice),
            End::Close => format!("proxy_close_stream {direction}"),
            End::Nothing => String::new(),
        }
    }

    /// Somewhere among the calls of a callback.
    fn insert(&mut self, callback: &'static str, line: String) {
        let lines = self.sketch.calls.entry(callback).or_default();
        lines.insert(self.dice.below(lines.len() + 1), line);
    }

    fn returns(&mut self, callback: &'static str, number: i32) {
        self.sketch.returns.insert(callback, number);
    }
}
