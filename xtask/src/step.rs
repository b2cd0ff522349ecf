//! One step of a task: a command, its progress, and what is left of its output.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

/// Runs a command quietly, with progress on standard error; its output is shown when it fails.
pub(crate) fn quiet(title: &str, command: &mut Command) -> Result<()> {
    let progress = Progress::start(title);
    let (status, output) = collect(command, &progress)?;
    if status.success() {
        progress.done();
        return Ok(());
    }
    progress.failed();
    eprint!("{}", String::from_utf8_lossy(&output));
    bail!("{title}: `{}` failed", words(command))
}

/// Runs a command with its output in full view.
pub(crate) fn loud(title: &str, command: &mut Command) -> Result<()> {
    println!("\n=== {title}: {}", words(command));
    let start = Instant::now();
    let status =
        command.status().with_context(|| format!("{title}: cannot start `{}`", words(command)))?;
    if !status.success() {
        bail!("{title}: `{}` failed ({status})", words(command));
    }
    println!("=== {title}: done in {}", seconds(start.elapsed()));
    Ok(())
}

/// A duration as a person reads it.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// How a command ended, and all that it wrote: one text for the person who must find the cause.
fn collect(command: &mut Command, progress: &Progress) -> Result<(ExitStatus, Vec<u8>)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", words(command)))?;
    let text = Arc::new(Mutex::new(Vec::new()));
    let readers = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    std::thread::scope(|scope| {
        for stream in readers.into_iter().flatten() {
            scope.spawn(|| follow(stream, &text, progress));
        }
    });
    let status = child.wait()?;
    let text = text.lock().map(|text| text.clone()).unwrap_or_default();
    Ok((status, text))
}

fn follow(stream: Box<dyn Read + Send>, text: &Mutex<Vec<u8>>, progress: &Progress) {
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        progress.say(String::from_utf8_lossy(&line).trim());
        if let Ok(mut text) = text.lock() {
            text.extend_from_slice(&line);
            text.push(b'\n');
        }
    }
}

/// A spinner on a terminal; elsewhere a line at the start, at the end, and every ten seconds between.
struct Progress {
    title: String,
    start: Instant,
    spinner: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

impl Progress {
    fn start(title: &str) -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}")
            {
                spinner.set_style(style);
            }
            spinner.set_prefix(title.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        if spinner.is_none() {
            eprintln!("- {title}");
        }
        Self {
            title: title.to_owned(),
            start: Instant::now(),
            spinner,
            last_line: Mutex::new(Instant::now()),
        }
    }

    fn say(&self, line: &str) {
        if let Some(spinner) = &self.spinner {
            return spinner.set_message(line.to_owned());
        }
        let Ok(mut last) = self.last_line.lock() else {
            return;
        };
        if last.elapsed() > Duration::from_secs(10) {
            *last = Instant::now();
            eprintln!("  {}: {line}", seconds(self.start.elapsed()));
        }
    }

    fn done(&self) {
        self.end("✓");
    }

    fn failed(&self) {
        self.end("✗");
    }

    fn end(&self, mark: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
            eprintln!("{mark} {} ({})", self.title, seconds(self.start.elapsed()));
        } else if self.start.elapsed() > Duration::from_secs(1) {
            eprintln!("  {mark} {}", seconds(self.start.elapsed()));
        }
    }
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut words = vec![name.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
