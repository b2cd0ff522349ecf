//! The command `host-sim`.

/// Writes a line to standard error. When nobody reads that, nothing is to be done about it.
macro_rules! say {
    ($($message:tt)*) => {{
        use std::io::Write as _;
        let message = crate::shown::printable(&format!($($message)*));
        let _ = writeln!(std::io::stderr(), "{message}");
    }};
}

mod bench;
mod inspect;
mod metrics;
mod progress;
mod render;
mod run;
mod schema;
mod serve;
mod table;
mod torment;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::Utf8Error;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::builder::HostBuilder;
use crate::cases::{self, Case};
use crate::host::Host;
use crate::log::LogLine;
use crate::module::Module;
use crate::profile::Profile;
use crate::settings::FailurePolicy;
use crate::shown;

/// Runs the command with the arguments of the process: 0 when all went well, 1 when what was
/// checked does not hold, 2 when it was not used rightly.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing is left to be done when standard error is gone.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Torment(arguments) => torment::torment(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Schema(arguments) => schema::schema(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            say!("error: {failure}");
            failure.code()
        }
    }
}

/// Runs proxy-wasm modules outside a proxy: to test them, to measure them, to torment them, to serve
/// them
#[derive(Parser)]
#[command(name = "host-sim", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Serve(serve::Arguments),
    Bench(bench::Arguments),
    Torment(torment::Arguments),
    Inspect(inspect::Arguments),
    Schema(schema::Arguments),
}

/// What the verbs want to know of a plugin.
#[derive(Clone, Args)]
struct PluginArguments {
    /// The module, in the binary format
    #[arg(value_name = "MODULE.wasm")]
    module: PathBuf,
    /// The plugin's configuration: the bytes of this file, as they are
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The VM's configuration: the bytes of this file, as they are
    #[arg(long, value_name = "FILE")]
    vm_config: Option<PathBuf>,
    /// The plugin's name, which Envoy's configuration calls `name`
    #[arg(long, value_name = "NAME", default_value = "")]
    plugin_name: String,
    /// Which plugin of the module
    #[arg(long, value_name = "ID", default_value = "")]
    root_id: String,
    /// The VM's id
    #[arg(long, value_name = "ID", default_value = "")]
    vm_id: String,
    /// An environment variable of the module, which sees no others; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// A pause in a headers callback holds the headers alone, and the body is shown nevertheless:
    /// Envoy's setting of this name
    #[arg(long)]
    allow_on_headers_stop_iteration: bool,
    /// The proxy whose behaviour is simulated
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// What happens to requests after a trap
    #[arg(long, value_enum, default_value_t)]
    failure_policy: FailurePolicy,
    /// The most memory the module may have, in MiB; unless given, what the profile has
    #[arg(long, value_name = "MIB")]
    memory_limit: Option<u16>,
    /// The longest that one callback may run, such as `100ms`; 10 seconds unless given
    #[arg(long, value_name = "TIME", value_parser = length_of_time)]
    deadline: Option<Duration>,
}

impl PluginArguments {
    /// Compiles and starts the module.
    fn start(&self, set_up: impl FnOnce(HostBuilder) -> HostBuilder) -> Result<Host, Failure> {
        set_up(self.builder()?).start().map_err(|error| self.does_not_hold(&error))
    }

    /// Compiles the module, and sets up a host for it.
    fn builder(&self) -> Result<HostBuilder, Failure> {
        let module = self.load()?;
        let builder = Host::builder(&module)
            .profile(self.profile)
            .configuration(optional(self.config.as_deref())?)
            .vm_configuration(optional(self.vm_config.as_deref())?)
            .plugin_name(self.plugin_name.as_str())
            .root_id(self.root_id.as_str())
            .vm_id(self.vm_id.as_str())
            .allow_on_headers_stop_iteration(self.allow_on_headers_stop_iteration)
            .failure_policy(self.failure_policy)
            .timed(true);
        let builder = self.env.iter().fold(builder, |builder, (name, value)| {
            builder.environment(name.as_str(), value.as_str())
        });
        let builder = match self.memory_limit {
            Some(limit) => builder.memory_limit(usize::from(limit) << 20),
            None => builder,
        };
        Ok(match self.deadline {
            Some(deadline) => builder.deadline(deadline),
            None => builder,
        })
    }

    fn load(&self) -> Result<Module, Failure> {
        Module::from_bytes(read(&self.module)?).map_err(|error| self.does_not_hold(&error))
    }

    fn does_not_hold(&self, error: &impl fmt::Display) -> Failure {
        Failure::DoesNotHold(format!("{}: {error}", self.module.display()))
    }
}

/// Why a verb did not do its work.
enum Failure {
    /// What it checked does not hold: the module does not run.
    DoesNotHold(String),
    /// It was not used rightly: a file that is not there, or not what it should be.
    Misuse(String),
}

impl Failure {
    fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::DoesNotHold(_) => 1,
            Self::Misuse(_) => 2,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotHold(message) | Self::Misuse(message) => formatter.write_str(message),
        }
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').unwrap_or_default();
    match name {
        "" => Err("expected a name and a value, such as `REGION=eu`".to_owned()),
        name => Ok((name.to_owned(), value.to_owned())),
    }
}

fn length_of_time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "expected a length of time, such as `100ms` or `2s`".to_owned())
}

/// Writes what a module logged to standard error.
fn say_logs(lines: &[LogLine]) {
    lines.iter().for_each(|line| say!("module: {line}"));
}

/// Writes text for people to standard output.
fn print_text(text: &str) -> Result<(), Failure> {
    print(&shown::printable(text))
}

/// Writes to standard output. Whoever reads it may stop early, as `head` does.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Misuse(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn read_cases(path: &Path) -> Result<Vec<Case>, Failure> {
    let in_file =
        |message: &dyn fmt::Display| Failure::Misuse(format!("{}:{message}", path.display()));
    let text = read(path)?;
    let text = str::from_utf8(&text).map_err(|error| in_file(&not_text(&text, error)))?;
    let cases = cases::parse(text).map_err(|error| in_file(&error))?;
    if cases.is_empty() {
        return Err(in_file(&" there are no cases in it"));
    }
    Ok(cases)
}

/// Where a text ends that others should be able to read.
fn not_text(bytes: &[u8], error: Utf8Error) -> String {
    let (good, bad) = bytes.split_at_checked(error.valid_up_to()).unwrap_or_default();
    let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
    let found = bad.get(..1).unwrap_or_default().escape_ascii();
    format!(
        "{line}: expected text in UTF-8, found the byte `{found}`; write bytes as `{{ hex: … }}`"
    )
}

fn optional(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    path.map_or_else(|| Ok(Vec::new()), read)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::Misuse(format!("cannot read `{}`: {error}", path.display())))
}
