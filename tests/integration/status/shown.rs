use super::*;
use crate::context::new_people;

#[tokio::test(start_paused = true)]
async fn csv_has_a_row_for_each_person() {
    let tenant = Tenant::with(new_people(2)).await;
    tenant.report(&[]).await;
    let csv = status(&tenant, &["-o", "csv"]).await.stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header[..9],
        ["tenant", "user_id", "display_name", "address", "state", "reason", "since", "invitations", "next_attempt"]
    );
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0][3], &rows[0][4], &rows[0][7]), (2, "p1@contoso.com", "pending", "1"));
}

#[tokio::test(start_paused = true)]
async fn text_is_one_screen_however_many_wait() {
    let tenant = lasting(new_people(60)).await;
    tenant.report(&[]).await;
    at(&tenant, 50);
    let text = status(&tenant, &[]).await.stdout;
    assert!(text.lines().count() < 32, "{text}");
    assert!(text.contains("\ncounts: gave_up 0, held 0, failed 0, pending 60, not_invited 0, accepted 0\n"), "{text}");
    assert!(text.contains("\nand 40 more; -v lists them, -o csv too\n"), "{text}");
    assert!(text.contains("  pending (60): invited, has not accepted yet; nothing now"), "{text}");
    assert_eq!(text.matches("\npending  2 d ").count(), 20, "{text}");
    let all = status(&tenant, &["-v"]).await.stdout;
    assert_eq!(all.matches("\npending  2 d ").count(), 60, "{all}");
}

#[tokio::test(start_paused = true)]
async fn people_who_share_a_cause_share_its_remedy() {
    let tenant = Tenant::with(new_people(4)).await;
    tenant.graph.edit(|graph| graph.groups.extend(["p2@contoso.com".to_owned(), "p3@contoso.com".to_owned()]));
    tenant.report(&[]).await;
    let text = status(&tenant, &[]).await.stdout;
    for line in [
        "  refused (2): the service refused this person; correct mail",
        "    last error: group-address: Group email address is not supported\n",
        "    hint: the address belongs to a group",
    ] {
        assert_eq!(text.matches(line).count(), 1, "{line}\n{text}");
    }
    assert!(
        text.contains("\nruns:   the last one ended 2026-03-02T08:00:") && text.contains("with code 3; "),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn names_come_out_harmless_and_never_in_a_log() {
    let name = "=1+1\u{1b}[31m\u{202e}\nPat";
    let tenant = Tenant::with([person(1).display_name(name)]).await;
    tenant.report(&[]).await;
    for args in [&[][..], &["--offline"]] {
        let Ended { stdout: text, stderr: log, .. } = status(&tenant, &[args, &["-vv"]].concat()).await;
        assert!(!log.contains("Pat") && !log.contains("p1@"), "names are for reports: {log}");
        let csv = status(&tenant, &[args, &["-o", "csv"]].concat()).await.stdout;
        for out in [&text, &csv] {
            assert!(out.contains("Pat") && !out.contains(['\u{1b}', '\u{202e}']), "{out:?}");
        }
        assert!(csv.contains("'=1+1"), "{csv}");
        assert_eq!(json(&tenant, args).await["people"][0]["display_name"], name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_call_says_what_is_wrong_and_shows_nothing() {
    let tenant = Tenant::with(new_people(1)).await;
    for args in [&["--tenant", "nobody"][..], &["--cloud", "usgov"], &["everyone"], &["--offline", "--limit", "3"]] {
        let ended = status(&tenant, args).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ended.stderr.starts_with("error: "), "{ended:?}");
    }
}
