//! Reads one range of addresses.

use super::address::AddressRange;
use crate::diagnostic::{Code, Diagnostic, Lint};
use crate::source::{Reader, quote};
use crate::text::Place;

/// An address, prefix or range; host bits are cleared with a warning.
pub(super) fn parse_range(reader: &mut Reader, place: Place, text: &str) -> Option<AddressRange> {
    match AddressRange::parse(text) {
        Ok(parsed) => {
            if let Some(canonical) = parsed.canonical {
                let message =
                    format!("prefix {} has host bits set, which do not count", quote(text));
                reader.report(
                    Diagnostic::warning(Code::Lint(Lint::HostBitsSet), place, message)
                        .found(text)
                        .help(format!("write `{canonical}`, which is what it means")),
                );
            }
            Some(parsed.range)
        }
        Err(invalid) => {
            let text = &reader.show(place, text);
            let message = match text.as_str() {
                "" => "an IP entry is empty".to_owned(),
                _ => format!("{} {}", quote(text), invalid.problem()),
            };
            reader.report(
                Diagnostic::error(Code::InvalidAddress, place, message)
                    .found(text.as_str())
                    .help(invalid.help()),
            );
            None
        }
    }
}
