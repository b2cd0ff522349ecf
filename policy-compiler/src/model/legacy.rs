//! The two dates of legacy access profiles.

use super::context::Context;
use super::usage::read_usage_policy;
use super::window::read_time_node;
use super::{Name, Window};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader};
use crate::text::Place;

/// 2025-12-01T00:00:00Z.
const FROZEN_AFTER: i64 = 1_764_547_200;

/// 2026-07-01T00:00:00Z.
const ENDS: i64 = 1_782_864_000;

/// What holds for every access profile of a document, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Legacy {
    /// No access profile was created after this moment.
    pub frozen_after: i64,
    /// No access profile is valid from this moment on.
    pub ends: i64,
}

/// What a legacy access profile says beside what every key says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessProfile {
    /// When it was created, as far as that is known.
    pub created: Option<i64>,
    /// Its own `expires`, which may lie after the end of all access profiles.
    pub expires: Option<i64>,
    /// The name of its own usage policy.
    pub usage_policy: Option<Name>,
}

pub(crate) const FIELDS: [&str; 2] = ["ends", "frozen_after"];

impl Default for Legacy {
    fn default() -> Self {
        Self { frozen_after: FROZEN_AFTER, ends: ENDS }
    }
}

impl Legacy {
    /// Reads the field `legacy`.
    pub(super) fn read(reader: &mut Reader, node: Option<&Node<'_>>) -> Self {
        let mut legacy = Self::default();
        let Some(fields) = node.and_then(|node| Fields::read(reader, node, "`legacy`", &FIELDS))
        else {
            return legacy;
        };
        let mut read = |field, time: &mut i64| {
            let read = fields.get(field).and_then(|node| read_time_node(reader, node));
            *time = read.unwrap_or(*time);
        };
        read("frozen_after", &mut legacy.frozen_after);
        read("ends", &mut legacy.ends);
        legacy
    }

    /// The window of an access profile: it closes when all of them end.
    pub(super) fn cap(
        &self,
        reader: &mut Reader,
        window: Window,
        not_before: Option<Place>,
    ) -> Option<Window> {
        let capped = window.until(self.ends);
        if let (None, Some(place)) = (capped, not_before) {
            let message = "the access profile becomes valid after all access profiles have ended";
            reader.report(
                Diagnostic::error(Code::EmptyWindow, place, message)
                    .help("make it a key: move it from `access_profiles` to `keys`"),
            );
        }
        capped
    }
}

impl AccessProfile {
    /// Reads what is not read as a key.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        fields: &Fields<'_, '_>,
        expires: Option<i64>,
    ) -> Self {
        let created = fields.get("created").and_then(|node| {
            let created = read_time_node(reader, node)?;
            if created > context.legacy.frozen_after {
                let place = reader.place(node);
                let message = "the access profile was created after access profiles were frozen";
                reader.report(
                    Diagnostic::error(Code::FrozenProfile, place, message)
                        .found(node.scalar_text().unwrap_or_default())
                        .help("make it a key: move it from `access_profiles` to `keys`"),
                );
            }
            Some(created)
        });
        let usage_policy =
            fields.get("usage_policy").and_then(|node| read_usage_policy(reader, context, node));
        Self { created, expires, usage_policy }
    }
}
