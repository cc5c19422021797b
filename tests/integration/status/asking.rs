use std::time::Duration;

use xcsync::sandbox::{Action, Canned, Fault};

use super::*;
use crate::context::{Gateway, READER, new_people};
use crate::several::Pair;

#[tokio::test(start_paused = true)]
async fn it_asks_by_batches_of_20_with_the_permission_to_read_users_about_nobody_who_has_accepted() {
    let waiting = (1..=45).map(|n| person(n).state("PendingAcceptance", monday()));
    let accepted = (46..=99).map(|n| person(n).state("Accepted", monday()));
    let tenant = Tenant::with(waiting.chain(accepted)).await;
    tenant.report(&[]).await;
    let seen = tenant.graph.traffic().len();
    let tenant = tenant.permitted(READER);
    let told = json(&tenant, &[]).await;
    assert_eq!((&told["counts"]["pending"], &told["counts"]["accepted"]), (&45.into(), &54.into()));
    let traffic = tenant.graph.traffic().split_off(seen);
    let batches: Vec<_> = traffic.iter().filter(|one| one.url.ends_with("/$batch")).collect();
    assert_eq!((traffic.len(), batches.len()), (4, 3), "beside the batches only the organization is asked");
    let size =
        |one: &&xcsync::sandbox::Exchange| one.request_body.as_ref().unwrap()["requests"].as_array().unwrap().len();
    assert_eq!(batches.iter().map(size).sum::<usize>(), 45);
}

#[tokio::test(start_paused = true)]
async fn offline_it_asks_nobody_and_needs_no_credential() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    let seen = tenant.graph.traffic().len();
    let args = ["--offline", "-o", "json"];
    let ended = status_in(&Environment::default(), &tenant, &args, watch::channel(0).1).await;
    assert_eq!((ended.exit, people(&only_tenant(&ended.json())).len()), (0, 2));
    assert_eq!(tenant.graph.traffic().len(), seen);
    let online = status_in(&Environment::default(), &tenant, &[], watch::channel(0).1).await;
    assert_eq!(online.exit, 2, "without the variable of the token: {online:?}");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_has_to_be_asked_about_nobody_is_asked() {
    let tenant = Tenant::with([person(1).state("Accepted", monday())]).await;
    tenant.report(&[]).await;
    let seen = tenant.graph.traffic().len();
    let told = json(&tenant, &[]).await;
    assert_eq!((&told["counts"]["accepted"], tenant.graph.traffic().len()), (&1.into(), seen));
}

/// What a read that fails ends with: the exit code and the code of the error.
async fn failing(fault: Fault) -> (u8, String) {
    let tenant = Tenant::with(new_people(2)).await.set("limits", "max_runtime = \"10m\"");
    tenant.report(&[]).await;
    let tenant = tenant.fault(fault.always());
    let ended = status(&tenant, &["-o", "json"]).await;
    let told = only_tenant(&ended.json());
    // What is known is told all the same, by the ledger.
    assert_eq!((people(&told).len(), &told["source"]), (2, &"ledger".into()));
    assert_eq!(told["exit_code"], ended.exit);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("; what is shown is what the ledger knows"), "{message}");
    let text = status(&tenant, &[]).await;
    assert_eq!(text.exit, ended.exit);
    assert!(text.stdout.contains("p2@contoso.com") && text.stdout.contains("\nerror: "), "{}", text.stdout);
    let csv = status(&tenant, &["-o", "csv"]).await;
    assert_eq!((csv.exit, csv.stdout.lines().count()), (ended.exit, 3));
    assert!(csv.stderr.contains("error: "), "{}", csv.stderr);
    (ended.exit, told["error"]["code"].as_str().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_ends_as_elsewhere_and_what_the_ledger_knows_is_shown() {
    let denied = Canned::graph_error(403, "Authorization_RequestDenied", "Insufficient privileges.");
    for (way, action, expected) in [
        ("/$batch", Action::Answer(denied), (4, "denied")),
        ("/$batch", Action::Answer(Canned::html(200)), (4, "not-graph")),
        ("/organization", Action::Answer(Canned::html(403)), (4, "not-graph")),
        ("/$batch", Action::Answer(Canned::status(503)), (7, "service-failing")),
        ("/$batch", Action::DropBefore, (7, "unreachable")),
        ("/$batch", Action::Slow(Duration::from_secs(3600)), (7, "unreachable")),
        ("/$batch", Action::Answer(Canned::status(429).header("Retry-After", "7200")), (7, "throttled")),
    ] {
        let method = if way == "/$batch" { "POST" } else { "GET" };
        let (exit, code) = failing(Fault::on(method, way, action)).await;
        assert_eq!((exit, code.as_str()), expected, "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_waited_out() {
    let busy = Fault::on("POST", "/$batch", Action::Answer(Canned::status(429).header("Retry-After", "30"))).times(3);
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    let told = json(&tenant.fault(busy), &[]).await;
    assert_eq!((people(&told).len(), &told["source"], &told["error"]), (2, &"directory".into(), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_it_at_once_with_130() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    let asked = tenant.graph.traffic().iter().filter(|one| one.url.contains("/organization")).count();
    let tenant = tenant.fault(Fault::on("POST", "/$batch", Action::Slow(Duration::from_secs(60))).always());
    let (sender, receiver) = watch::channel(0);
    let env = tenant.environment();
    let signal = async {
        Gateway::after(&tenant.graph, "/organization", asked + 1).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        sender.send_modify(|times| *times += 1);
        tokio::time::Instant::now()
    };
    let (ended, at) = tokio::join!(status_in(&env, &tenant, &["-o", "json"], receiver), signal);
    assert!(at.elapsed() < Duration::from_secs(1));
    let report = ended.json();
    assert_eq!((ended.exit, &report["error"]["code"]), (130, &"interrupted".into()));
    assert_eq!(report["tenants"], Value::Array(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn tenants_are_shown_in_the_order_of_the_file_and_one_that_fails_hides_no_other() {
    let pair = Pair::new().await;
    pair.run(&[]).await;
    let config = pair.config();
    let shown = async |args: &[&str], second_token: &str| {
        let line = ["xcsync", "--config", config.to_str().unwrap(), "status", "-o", "json"].map(Into::into);
        let line = line.into_iter().chain(args.iter().map(Into::into));
        let env = pair.first.environment().with("SECOND_TOKEN", second_token);
        let ended = run_line(line, &env, monday(), watch::channel(0).1).await;
        let named = |tenant: &Value| {
            let pending = tenant["counts"]["pending"].as_u64().unwrap();
            (tenant["tenant"].as_str().unwrap().to_owned(), pending, tenant["exit_code"].as_u64().unwrap())
        };
        (ended.exit, ended.json()["tenants"].as_array().unwrap().iter().map(named).collect::<Vec<_>>())
    };
    let token = pair.second.token.as_str();
    let one = ("one".to_owned(), 2, 0);
    let two = |exit| ("two".to_owned(), 3, exit);
    assert_eq!(shown(&[], token).await, (0, vec![one.clone(), two(0)]));
    assert_eq!(shown(&["--tenant", "two"], token).await, (0, vec![two(0)]));
    let foreign = pair.first.token.as_str();
    assert_eq!(shown(&[], foreign).await, (4, vec![one, two(4)]));
}
