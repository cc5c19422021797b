//! A hundred thousand people and years of runs: the page stays small, and says what it leaves out.

use rusqlite::{Connection, params};

use super::{mixed, page, part};

const PEOPLE: u32 = 100_000;

/// Everybody's standing in turn: pending, accepted, failed with a code of their own, held.
fn crowd(ledger: &Connection) {
    let names = "INSERT INTO people (tenant, user_id, display_name, address, seen, gone, invited_at, invitations, reminders, open, reason, since) \
        VALUES (1, ?1, ?2, ?3, ?4, 0, ?5, 1, 0, ?6, ?7, ?8)";
    let mut people = ledger.prepare(names).unwrap();
    let attempt = "INSERT INTO attempts (run, user_id, display_name, address, decision, intended_at, result, error) VALUES (?1, ?2, '', '', 'invite', ?3, ?4, ?5)";
    let mut attempts = ledger.prepare(attempt).unwrap();
    for n in 0..PEOPLE {
        let mut id = [0xee_u8; 16];
        id[12..].copy_from_slice(&n.to_be_bytes());
        let at = 1_577_836_800_000_i64 + i64::from(n) * 1_900_000;
        let (seen, open, reason) =
            [(1, None, "pending"), (2, None, "accepted"), (0, Some("refused"), "refused"), (0, None, "upn-differs")]
                [n as usize % 4];
        // The directory has no longer ones.
        let name = format!("{n} {}", "x".repeat(250));
        let invited = (seen > 0).then_some(at);
        people
            .execute(params![id, name, format!("{n}@contoso.com"), seen, invited, open, reason, at + 90_000_000])
            .unwrap();
        let error = open.map(|_| format!(r#"{{"code":"c{}","message":"m","hint":null,"quotes_service":true}}"#, n / 8));
        let result = if seen > 0 { "invited" } else { "failed" };
        attempts.execute(params![1 + n % 3000, id, at, result, error]).unwrap();
    }
}

fn years_of_runs(ledger: &Connection) {
    let sql = "INSERT INTO runs (run_id, tenant, tenant_name, cloud, pid, started_at, finished_at, exit_code) VALUES (?1, 1, 'x', 'custom', 1, ?2, ?2, 0)";
    let mut runs = ledger.prepare(sql).unwrap();
    for n in 0..3000_u32 {
        let id = uuid::Uuid::from_u128(u128::from(n) + 1).to_string();
        runs.execute(params![id, 1_577_836_800_000_i64 + i64::from(n) * 60_000_000]).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_large_tenant_is_small_and_says_how_many_more_there_are() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    let mut ledger = Connection::open(tenant.ledger()).unwrap();
    let transaction = ledger.transaction().unwrap();
    years_of_runs(&transaction);
    crowd(&transaction);
    transaction.commit().unwrap();
    let page = page(&tenant).await;
    assert!(page.len() < 200_000, "{} bytes", page.len());
    for count in ["<dd>25002</dd>", "<dd>25000</dd>", "<dd class=\"warn\">50002</dd>"] {
        assert!(page.contains(count), "{count}");
    }
    let attention = part(&page, "What needs attention");
    for more in [
        "and 24977 more: <code>xcsync status</code>",
        "and 24995 more: <code>xcsync status</code>",
        "and 12493 more causes with 2",
    ] {
        assert!(attention.contains(more), "{more}");
    }
    let (_, waiting) = attention.split_once("Waiting longest").unwrap();
    let (_, first) = waiting.split_once("<bdi class=\"name\">").unwrap();
    assert!(first.starts_with("0 xxx"), "who was invited first waits longest: {}", &first[..40]);
    let chart = part(&page, "Invitations and acceptances over time");
    assert!(chart.contains("50002 invited and 25000 of them accepted"), "{chart}");
    assert!(chart.matches("<rect").count() <= 52);
    assert!(part(&page, "Runs").contains("The newest 30 of 3001."));
}
