//! `[tenants.NAME.limits]`.

use crate::config::Limits;
use crate::config::findings::Findings;
use crate::config::section::Section;

/// What is not given stays at its default.
pub(super) fn settings(section: &Section<'_>, findings: &mut Findings<'_>) -> Limits {
    section.check_keys(findings);
    let default = Limits::default();
    Limits {
        max_invitations: section.whole("max_invitations", 1, findings).unwrap_or(default.max_invitations),
        wave: section.whole("wave", 1, findings),
        rate_per_second: section.number("rate_per_second", 0.01..=60.0, findings).unwrap_or(default.rate_per_second),
        stop_after_failures: section.whole("stop_after_failures", 1, findings).unwrap_or(default.stop_after_failures),
        max_runtime: section.duration("max_runtime", findings).unwrap_or(default.max_runtime),
    }
}
