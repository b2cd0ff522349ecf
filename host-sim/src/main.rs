//! The command `host-sim`.

fn main() -> std::process::ExitCode {
    host_sim::command::main()
}
