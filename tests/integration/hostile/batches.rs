//! Batches of reads: an answer is about whom was asked, and whole.

use serde_json::{Value, json};
use xcsync::sandbox::{Action, Fault};

use crate::context::Tenant;

use super::{ann, assert_refused};

/// A tenant whose first batch that asks for `path` is answered otherwise.
async fn changed(path: &str, change: fn(&mut Value)) -> Tenant {
    let tenant = Tenant::with([ann()]).await;
    let fault = Fault { body_contains: path.to_owned(), ..Fault::on("POST", "$batch", Action::Edit(change)) };
    tenant.graph.edit(|tenant| tenant.faults.push(fault));
    tenant
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_somebody_else_is_not_graphs() {
    let other = |answer: &mut Value| {
        answer["responses"][0]["body"]["id"] = json!("99999999-0000-4000-8000-000000000000");
    };
    let tenant = changed("assignedPlans", other).await;
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
}

#[tokio::test(start_paused = true)]
async fn a_role_on_a_later_page_counts() {
    let empty_page = |answer: &mut Value| {
        let body = &mut answer["responses"][0]["body"];
        body["value"] = json!([]);
        body["@odata.nextLink"] = json!("https://elsewhere.example/v1.0/roleManagement/directory/roleAssignments");
    };
    let tenant = changed("roleAssignments", empty_page).await;
    // The link leads elsewhere, so the run ends: what matters is that an empty first page was not the last word.
    assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
}
