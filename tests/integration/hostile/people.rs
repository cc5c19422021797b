//! What people wrote into their names and addresses: it harms neither terminal, table, log nor run.

use serde_json::Value;
use xcsync::sandbox::Person;

use crate::context::{Ended, Tenant};

/// Names that repaint, reorder, forge, calculate, or go on for ever.
fn names() -> Vec<String> {
    let short = [
        "a\u{1b}[2J\u{1b}]0;owned\u{7}",
        "b\u{9b}31m\u{90}q\u{9c}",
        "c\u{202e}gpj.exe\u{2066}\u{200f}",
        "d\r\nforged,row\r\n\"",
        "e\u{0}\u{1}\u{7f}\u{85}",
        "\u{2028}f\u{2029}\u{feff}\u{e0041}",
        "=cmd|'/c calc'!A0",
        " \t+1+1",
        "\u{a0}-1",
        "@SUM(A1)",
        "\u{3000}＝1",
        "\"\",\"\"\"\n",
        "{{7*7}}%s%n${x}",
        "<script>alert(1)</script>",
        "ERROR forged event user_id=1",
    ];
    short.into_iter().map(str::to_owned).chain(["x".repeat(5 << 20), "\u{1b}".repeat(1 << 18)]).collect()
}

/// Hostile people, and one honest one at the end.
async fn crowd() -> Tenant {
    let hostile = names().into_iter().zip(1..).map(|(name, n)| {
        let person = Person::synced(n, &format!("p{n}@contoso.com")).display_name(&name);
        // One 10 MB is as good as three.
        let short: String = name.chars().take(400).collect();
        person.user_principal_name(&format!("{short}@fabrikam.us")).on_premises_upn(&short).department(&short)
    });
    let honest = Person::synced(1_000, "honest@contoso.com");
    Tenant::with(hostile.chain([honest])).await.set("limits", "rate_per_second = 10")
}

/// What a reader must never get raw.
fn is_raw(c: char) -> bool {
    c.is_control() && !['\n', '\r'].contains(&c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Nothing that a terminal or a log reader would obey, and nothing out of measure.
#[track_caller]
pub(super) fn assert_harmless(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        let raw = text.find(is_raw).map(|at| text[..at].chars().rev().take(60).collect::<String>());
        assert_eq!(raw, None, "something raw after this, read backwards");
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(text.lines().all(|line| line.chars().count() < 5_000));
    }
    assert!(!ended.stderr.contains('\r'));
}

#[tokio::test(start_paused = true)]
async fn hostile_names_harm_neither_text_nor_log_nor_run() {
    let tenant = crowd().await;
    let ended = tenant.run(&["-vvv"]).await;
    assert_eq!((ended.exit, tenant.mailed().len()), (0, names().len() + 1), "{}", ended.stderr);
    assert_harmless(&ended);
    assert!(!ended.stdout.contains('\r'));
    assert!(!ended.stdout.lines().any(|line| line.starts_with("forged")));
}

#[tokio::test(start_paused = true)]
async fn hostile_names_come_back_from_json_as_they_are() {
    let tenant = crowd().await;
    let ended = tenant.run(&["-vvv", "-o", "json", "--log-format", "json"]).await;
    assert_harmless(&ended);
    assert!(ended.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{}", ended.stderr);
    let run = ended.run();
    let told: Vec<_> =
        run["decisions"].as_array().unwrap().iter().map(|d| d["display_name"].as_str().unwrap()).collect();
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &(names().len() + 1).into()));
    for name in names().iter().filter(|name| name.len() < 512) {
        assert!(told.contains(&name.as_str()), "{name:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn hostile_names_keep_the_rows_and_cells_of_csv() {
    let tenant = crowd().await;
    let ended = tenant.run(&["-vvv", "-o", "csv"]).await;
    assert_harmless(&ended);
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(ended.stdout.as_bytes());
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), names().len() + 2);
    assert_eq!(ended.stdout.matches("\r\n").count(), rows.len(), "a row is one line");
    for cell in rows.iter().flat_map(|row| row.iter()) {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell:?}");
    }
    assert!(rows.iter().all(|row| row.len() == 14));
}

/// Addresses that no invitation goes to.
fn addresses() -> Vec<String> {
    let short = [
        "a\u{1b}[2J@contoso.com",
        "b\r\nBcc: x@contoso.com",
        "b\r\n.x@contoso.com",
        "c\u{0}@contoso.com",
        "d\u{202e}moc@contoso.com",
        "=1+1@contoso.com",
        "@contoso.com",
        "f@contoso.com\u{0}",
        "g@contoso.com\u{1b}[31m",
        "h@evil.example@contoso.com",
        "i@evil.example\u{0}@contoso.com",
        "ｊ@contoso.com",
        "k@ｃontoso.com",
        "\"l m\"@contoso.com",
        "n@contoso.com.",
        "n n@contoso.com",
        "<o@contoso.com>",
        "p@contoso.com,q@contoso.com",
        "r%0d%0a@contoso.com",
        "..@contoso.com",
    ];
    let long = [format!("{}@contoso.com", "x".repeat(5 << 20)), format!("y@{}.contoso.com", "y".repeat(5 << 20))];
    short.into_iter().map(str::to_owned).chain(long).collect()
}

/// People with hostile addresses, and one honest one at the end.
async fn mailed() -> Tenant {
    let person = |(address, n): (String, u32)| Person::synced(n, &address);
    let honest = Person::synced(1_000, "honest@contoso.com");
    Tenant::with(addresses().into_iter().zip(1..).map(person).chain([honest])).await
}

#[tokio::test(start_paused = true)]
async fn hostile_addresses_get_no_mail_and_the_others_do() {
    let tenant = mailed().await;
    let ended = tenant.run(&["-vvv"]).await;
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    // One dot at the end is dropped, as the domain rule says.
    assert_eq!(tenant.mailed(), ["n@contoso.com", "honest@contoso.com"]);
    assert_harmless(&ended);
}

#[tokio::test(start_paused = true)]
async fn hostile_addresses_are_shown_harmless_in_every_form() {
    for form in ["json", "csv", "text"] {
        let tenant = mailed().await;
        let ended = tenant.run(&["--dry-run", "-vvv", "--log-format", "json", "-o", form]).await;
        assert_eq!(ended.exit, 0, "{}", ended.stderr);
        assert_harmless(&ended);
    }
}

#[tokio::test(start_paused = true)]
async fn hostile_values_are_told_harmless_in_the_trace_of_one_person() {
    for form in ["json", "csv", "text"] {
        let tenant = crowd().await;
        let ids: Vec<_> = (1..).take(names().len()).map(|n| Person::synced(n, "").id.to_string()).collect();
        let args: Vec<_> = ids.iter().flat_map(|id| ["--user", id]).chain(["--dry-run", "-o", form]).collect();
        let ended = tenant.run(&args).await;
        assert_eq!(ended.exit, 0, "{}", ended.stderr);
        assert_harmless(&ended);
    }
}

#[tokio::test(start_paused = true)]
async fn hostile_user_types_are_not_the_plans_undoing() {
    let odd = ["Member\nGuest", "Member\tx", "\u{1b}[2J", "", "Admin"];
    let people =
        odd.into_iter().zip(1..).map(|(kind, n)| Person::synced(n, &format!("p{n}@contoso.com")).user_type(kind));
    let tenant = Tenant::with(people.chain([Person::synced(99, "honest@contoso.com")])).await;
    let tenant = tenant.set("limits", "stop_after_failures = 50");
    let ended = tenant.run(&["-vvv"]).await;
    assert!(tenant.mailed().contains(&"honest@contoso.com".to_owned()), "{ended:?}");
    assert_harmless(&ended);
}
