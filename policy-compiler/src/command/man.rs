//! `portcullis man`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{Arguments, Outcome, output};
use crate::escape::shown;
use crate::files::replace_file;

/// Writes a page for `man` about every command
///
/// Without FOLDER the page of `portcullis` itself goes to stdout, and to `man -l -` from there.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis man | man -l -\n  portcullis man ~/.local/share/man/man1 && man portcullis-key-new"
)]
pub(super) struct ManArguments {
    /// Where the pages go, one a command; it is made if it is not there
    folder: Option<PathBuf>,
}

pub(super) fn run(arguments: &ManArguments) -> Outcome {
    let mut command = Arguments::command();
    // The names of the verbs within their verbs: `portcullis-key-new`.
    command.build();
    let pages = match pages(command) {
        Ok(pages) => pages,
        Err(error) => return output::refuse(format!("cannot make the pages: {error}")),
    };
    match (&arguments.folder, pages.first()) {
        (Some(folder), _) => match write(folder, &pages) {
            Ok(()) => Outcome::Success,
            Err(error) => output::refuse(format!("cannot write to `{}`: {error}", shown(folder))),
        },
        (None, Some(page)) => output::text(&page.text),
        (None, None) => output::refuse("there is no page"),
    }
}

struct Page {
    file: String,
    text: String,
}

/// The page of a command, then those of its verbs.
fn pages(command: Command) -> io::Result<Vec<Page>> {
    let verbs: Vec<Command> = command.get_subcommands().cloned().collect();
    let mut all = vec![page(command)?];
    for verb in verbs {
        all.extend(pages(verb)?);
    }
    Ok(all)
}

/// One page; what `--help` says below the options are its examples.
fn page(command: Command) -> io::Result<Page> {
    let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_verbs = command.has_subcommands();
    let man = Man::new(command)
        .source(format!("{} {}", super::NAME, env!("CARGO_PKG_VERSION")))
        .manual("Portcullis");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_verbs {
        man.render_subcommands_section(&mut text)?;
    }
    let mut last = Roff::new();
    if let Some(examples) = below.strip_prefix("Example:\n").or(below.strip_prefix("Examples:\n")) {
        last.control("SH", ["EXAMPLES"]);
        last.control("nf", []);
        examples.lines().for_each(|line| {
            last.text([roman(line)]);
        });
        last.control("fi", []);
    }
    last.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in STATUSES {
        last.control("TP", []);
        last.text([bold(status)]);
        last.text([roman(meaning)]);
    }
    last.to_writer(&mut text)?;
    Ok(Page { file: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() })
}

fn write(folder: &Path, pages: &[Page]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|page| replace_file(&folder.join(&page.file), page.text.as_bytes()))
}

const STATUSES: [(&str, &str); 3] = [
    ("0", "It did what it was asked for, and what it checked holds."),
    ("1", "What it checked does not hold."),
    ("2", "It could not do what it was asked for: a file is missing, an argument makes no sense."),
];
