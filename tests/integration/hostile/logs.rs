//! What must not stand in a log: tokens and secrets ever, names and addresses unless they are asked for.

use serde_json::json;
use xcsync::sandbox::{self, Action, Canned, Fault, Person, Refusal};

use crate::context::{Ended, Tenant, new_people, run_with};

/// Somebody whose every attribute can be recognized.
fn canary() -> Person {
    Person::synced(1, "canarymail@contoso.com")
        .display_name("Canaryname")
        .user_principal_name("canaryupn@fabrikam.us")
        .on_premises_upn("canarymail@contoso.com")
        .department("Canarydepartment")
}

/// Runs that go well and badly in every stage that speaks.
async fn stories() -> Vec<Tenant> {
    let named = Canned::graph_error(400, "Request_BadRequest", "canarymail@contoso.com (Canaryname) is refused");
    let mut tenants = vec![Tenant::with([canary()]).await];
    for fault in [
        Fault::on("GET", "/v1.0/organization", Action::Answer(named.clone())).always(),
        Fault::on("GET", "$top=999", Action::Answer(named.clone())).always(),
        Fault::on("GET", "assignedPlans", Action::Answer(named.clone())).always(),
        Fault::on("POST", "/v1.0/invitations", Action::Answer(named.clone())).always(),
        Fault::on("POST", "/v1.0/invitations", Action::FailAfter(named.clone())).always(),
        Fault::on("POST", "/v1.0/invitations", Action::DropAfter),
        Fault::on("GET", "externalUserState", Action::Answer(named.clone())).skip(1).always(),
        Fault::on("GET", "select=id,externalUserState", Action::Answer(named.clone())).always(),
        Fault::on("GET", "$top=999", Action::Answer(Canned { status: 503, ..named })).times(2),
    ] {
        let tenant = Tenant::with([canary()]).await;
        tenant.graph.edit(|tenant| tenant.faults.push(fault));
        tenants.push(tenant);
    }
    tenants
}

#[track_caller]
fn assert_silent(tenant: &Tenant, ended: &Ended) {
    let log = ended.stderr.to_lowercase();
    assert!(log.contains("run"), "there is a log");
    // The beginning of the claims is as telling as the whole.
    let secret = &tenant.token.split('.').nth(1).unwrap()[..32];
    for word in ["canary", "ticket", "bearer", &secret.to_lowercase()] {
        assert!(!log.contains(word), "{word} in {log}");
    }
    assert!(!ended.stdout.contains(secret) && !ended.stdout.contains("ticket"));
}

#[tokio::test(start_paused = true)]
async fn no_name_address_token_or_ticket_stands_in_any_log() {
    for format in ["text", "json"] {
        for tenant in stories().await {
            let ended = tenant.run(&["-vvv", "--log-format", format, "-o", "json"]).await;
            assert_silent(&tenant, &ended);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn people_asked_for_by_name_do_not_stand_in_the_log() {
    for name in ["canarymail@contoso.com", "CANARYUPN@fabrikam.us", "canarynobody"] {
        let tenant = Tenant::with([canary()]).await;
        let ended = tenant.run(&["-vvv", "--user", name]).await;
        assert_silent(&tenant, &ended);
    }
}

#[tokio::test(start_paused = true)]
async fn names_and_addresses_stand_in_the_log_where_they_are_asked_for() {
    for format in ["text", "json"] {
        let tenant = Tenant::with([canary()]).await;
        let ended = tenant.run(&["--log-addresses", "--log-format", format]).await;
        assert!(ended.stderr.contains("canarymail@contoso.com"), "{}", ended.stderr);
        assert!(ended.stderr.contains("Canaryname"), "{}", ended.stderr);
        assert!(!ended.stderr.contains(&tenant.token));
    }
}

#[tokio::test(start_paused = true)]
async fn names_in_the_log_are_harmless_too() {
    let tenant = Tenant::with([canary().display_name("a\u{1b}[2J\r\nERROR forged \u{202e}")]).await;
    for format in ["text", "json"] {
        super::people::assert_harmless(&tenant.run(&["-vvv", "--log-addresses", "--log-format", format]).await);
    }
}

/// Runs with a secret or a managed identity, all of whose answers may be logged by the library beneath.
async fn signed_in(auth: &str, failing: bool) -> (Tenant, Ended) {
    let application = sandbox::Application { secret: "canary-secret".to_owned(), ..sandbox::Application::default() };
    let auth = auth.replace("ID", &application.client_id.to_string());
    let mut emulated = sandbox::Tenant { application, ..sandbox::Tenant::default() };
    emulated.people.extend([canary()]);
    let tenant = Tenant::of(emulated).await.set("auth", &auth);
    let env = tenant
        .environment()
        .with("S", if failing { "canary-wrong" } else { "canary-secret" })
        .with("AZURE_POD_IDENTITY_AUTHORITY_HOST", &tenant.graph.root());
    if failing {
        let refusal = "{\"error\":\"invalid_request\",\"error_description\":\"canary-refusal\"}".to_owned();
        let failure = sandbox::IdentityFailure::Answer(400, refusal);
        tenant.graph.edit(|emulated| emulated.identity.failure = Some(failure).filter(|_| auth.contains("managed")));
    }
    let interrupts = tokio::sync::watch::channel(0).1;
    let ended = run_with(&tenant.config(), &["-vvv", "-o", "json"], &env, tenant.graph.now(), interrupts).await;
    (tenant, ended)
}

#[tokio::test(start_paused = true)]
async fn no_secret_stands_in_the_log_of_signing_in() {
    let secret = "method = \"client-secret\"\nclient_id = \"ID\"\nclient_secret_env = \"S\"";
    for auth in [secret, "method = \"managed-identity\""] {
        for failing in [false, true] {
            let (tenant, ended) = signed_in(auth, failing).await;
            assert_eq!(ended.exit, if failing { 4 } else { 0 }, "{ended:?}");
            assert_silent(&tenant, &ended);
            for word in ["eyJ", "canary-"] {
                assert!(!ended.stderr.contains(word) && !ended.stdout.contains(word), "{word} in {ended:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_graph_sends_back_does_not_leave_the_run() {
    let tenant = Tenant::with([canary()]).await;
    let echo = format!("the token {} is bad", tenant.token);
    let body = json!({ "error": { "code": "InvalidAuthenticationToken", "message": echo } });
    let answer = Action::Answer(Canned::status(401).body(&body.to_string()));
    tenant.graph.edit(|t| t.faults.push(Fault::on("GET", "$top=999", answer).always()));
    for form in ["json", "text"] {
        let ended = tenant.run(&["-vvv", "-o", form]).await;
        assert_eq!(ended.exit, 4);
        assert_silent(&tenant, &ended);
    }
}

#[tokio::test(start_paused = true)]
async fn the_services_words_do_not_reach_the_log_beside_csv() {
    let tenant = Tenant::with(new_people(3)).await;
    tenant.graph.edit(|graph| {
        for address in (1..=3).map(|n| format!("p{n}@contoso.com")) {
            let message = format!("Something odd about {address}");
            graph.refusals.insert(address, Refusal { status: 400, code: "BadRequest".to_owned(), message });
        }
    });
    let ended = tenant.run(&["-o", "csv"]).await;
    assert!(ended.exit == 7 && ended.stderr.contains("same-refusal") && ended.stderr.contains("hint: "), "{ended:?}");
    assert!(!ended.stderr.contains("@contoso.com") && !ended.stderr.contains("odd"), "{}", ended.stderr);
    assert!(ended.stdout.contains("Something odd about p1@contoso.com"), "{}", ended.stdout);
}

#[tokio::test(start_paused = true)]
async fn nor_do_they_where_the_service_gives_up_or_will_not_tell_whose_token_it_is() {
    let named = |status| Canned::graph_error(status, "Odd", "Something odd about p1@contoso.com");
    let read = Fault::on("GET", "$top=999", Action::Answer(named(408))).always();
    let proof = Fault::on("GET", "/v1.0/organization", Action::Answer(named(403))).always();
    let failing = Fault::on("GET", "/v1.0/organization", Action::Answer(named(500))).always();
    for (fault, opaque) in [(read, false), (proof, true), (failing, true)] {
        let mut tenant = Tenant::with(new_people(3)).await.fault(fault);
        if opaque {
            tenant.token = tenant.graph.opaque_token(json!({}));
        }
        let ended = tenant.run(&["-o", "csv"]).await;
        assert!(ended.exit != 0 && ended.stderr.contains("hint: "), "{ended:?}");
        assert!(!ended.stderr.contains("@contoso.com") && !ended.stderr.contains("odd"), "{}", ended.stderr);
    }
}
