//! Every report that a test reads has codes only that the catalogue explains.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;
use xcsync::explain::catalogue;

static KNOWN: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| catalogue().into_iter().map(|entry| entry.code.into_owned()).collect());

/// Asserts it of everything in a report.
///
/// A refusal whose code is the service's own, and new, has no hint; that of an unlisted code of Entra says where Entra
/// explains it, as `explain` does.
#[track_caller]
pub fn only_known_codes(report: &Value) {
    match report {
        Value::Array(items) => items.iter().for_each(only_known_codes),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            if let (Some(code), Some(_), Some(hint)) = (text("code"), text("message"), text("hint")) {
                let is_unlisted =
                    code.strip_prefix("AADSTS").is_some_and(|number| hint.ends_with(&format!("code={number}")));
                assert!(KNOWN.contains(code) || is_unlisted, "`xcsync explain {code}` says nothing: {report:#}");
            }
            if let Some(reason) = text("reason") {
                assert!(KNOWN.contains(reason), "`xcsync explain {reason}` says nothing: {report:#}");
            }
            fields.values().for_each(only_known_codes);
        }
        _ => {}
    }
}
