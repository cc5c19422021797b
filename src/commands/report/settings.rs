//! The settings in force as rows: what decides about people, and nothing about secrets.

use serde_json::Value;

use crate::cloud::CloudName;
use crate::commands::config::tenant_table;
use crate::config::Tenant;

/// A list is shown up to here: `exclude` may have thousands of names.
const VALUES: usize = 12;

/// Key and value of each setting, with the keys of the file.
///
/// Of `[auth]` there is the method alone: where secrets lie is nothing for a page that is passed around.
pub(super) fn of(tenant: &Tenant) -> Vec<(String, String)> {
    let table = tenant_table(tenant);
    let mut rows = Vec::new();
    for (key, value) in table.as_object().into_iter().flatten() {
        match key.as_str() {
            "auth" => add(&mut rows, "auth.method", &value["method"]),
            "endpoints" if tenant.cloud != CloudName::Custom => {}
            _ => add(&mut rows, key, value),
        }
    }
    rows
}

fn add(rows: &mut Vec<(String, String)>, key: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Object(table) => table.iter().for_each(|(inner, value)| add(rows, &format!("{key}.{inner}"), value)),
        value => rows.push((key.to_owned(), text(value))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => {
            let shown: Vec<_> = values.iter().take(VALUES).map(text).collect();
            let more = values.len() - shown.len();
            shown.join(", ") + &(if more > 0 { format!(" and {more} more") } else { String::new() })
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_long_list_is_cut_and_an_empty_one_said_so() {
        let names: Vec<_> = (0..1000).map(|n| format!("p{n}")).collect();
        let shown = text(&json!(names));
        assert!(shown.starts_with("p0, p1, ") && shown.ends_with("p11 and 988 more"), "{shown}");
        assert_eq!(
            (text(&json!([])), text(&json!(true)), text(&json!("x"))),
            ("none".into(), "true".into(), "x".into())
        );
    }
}
