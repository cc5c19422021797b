//! A real browser opens a page whose ledger is full of hostile texts: nothing runs, nothing is asked of anybody, nothing
//! scrolls sideways. Screenshots lie in `target/tmp/html` afterwards, for people to look at.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use serde_json::Value;

use super::{mixed, page, sample};
use crate::context::new_people;

/// What each is called on Debian, Ubuntu, Fedora, and with Google's packages.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser that is there, or a word on why the test is skipped.
struct Browser {
    program: &'static str,
    profile: tempfile::TempDir,
    /// Whatever it asks of the one host that the hostile texts name comes here. What a browser asks of its maker, on its own
    /// account, is no page's doing.
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Browser {
    fn installed() -> Option<Self> {
        let is_there =
            |program: &&str| Command::new(program).arg("--version").output().is_ok_and(|it| it.status.success());
        let Some(program) = BROWSERS.into_iter().find(|program| is_there(program)) else {
            println!("skipped: no browser is installed ({}); Debian has it as `chromium`", BROWSERS.join(", "));
            return None;
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, asked) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let count = asked.clone();
        std::thread::spawn(move || {
            listener.incoming().for_each(|_| {
                count.fetch_add(1, Ordering::SeqCst);
            });
        });
        Some(Self { program, profile: tempfile::tempdir().unwrap(), port, asked })
    }

    fn run(&self, args: &[&str], page: &Path) -> String {
        let to_here = format!("--host-resolver-rules=MAP outside.example 127.0.0.1:{}, MAP * ~NOTFOUND", self.port);
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let quiet = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
            "--disable-features=OptimizationHints,MediaRouter",
            "--allow-file-access-from-files",
        ];
        let output =
            Command::new(self.program).args(quiet).args([&to_here, &profile]).args(args).arg(page).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// How often it asked anybody for anything since the last time.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }

    /// What a page in a frame of this width turns into, told by a script of the frame's owner.
    fn look(&self, page: &Path, width: u32) -> Value {
        let frame = page.with_extension(format!("{width}.html"));
        let name = page.file_name().unwrap().to_str().unwrap();
        fs::write(&frame, LOOK.replace("WIDTH", &width.to_string()).replace("PAGE", name)).unwrap();
        let dom = self.run(&["--virtual-time-budget=5000", "--dump-dom"], &frame);
        let told = dom
            .split_once("<pre>")
            .and_then(|(_, rest)| rest.split_once("</pre>"))
            .unwrap_or_else(|| panic!("{dom}"))
            .0;
        serde_json::from_str(&told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).unwrap()
    }
}

/// The frame's page can't run this: it is its owner that looks into it.
const LOOK: &str = include_str!("look.html");

/// Texts that become script, requests or another layout wherever something forgets to escape.
fn hostile() -> Vec<String> {
    let texts = [
        "<script>window.pwned=1;document.title='pwned'</script>",
        "\"><img src=x onerror=\"window.pwned=1;document.title='pwned'\">",
        "'><svg onload=window.pwned=1>",
        "<img src=http://outside.example/a.png><link rel=stylesheet href=http://outside.example/a.css>",
        "</style><script src=http://outside.example/a.js></script>",
        "</title></td></table></main><iframe src=http://outside.example/></iframe>",
        "]]><!--",
        "{{ version }}{% include \"page.html\" %}",
        "&lt;b&gt;&#60;script&#62;window.pwned=1&#60;/script&#62;",
        "javascript:window.pwned=1",
        "\u{202e}drowssap\u{2066}\u{200b}",
        "a\u{0}b\u{1b}[2J\nc",
        "`<b onmouseover=window.pwned=1>`",
        "مريم العربية",
    ];
    texts.into_iter().map(str::to_owned).chain(["X".repeat(10_000), "<b>".repeat(3_000)]).collect()
}

/// Writes each into every column that has other people's words, also those of services and of a configuration's past.
fn poison(ledger: &Path) {
    let ledger = Connection::open(ledger).unwrap();
    let texts = serde_json::to_string(&hostile()).unwrap();
    let pick = "(SELECT value FROM json_each(?1) WHERE key = (SELECT count(*) FROM people AS other WHERE other.user_id < people.user_id) % 16)";
    ledger.execute(&format!("UPDATE people SET display_name = {pick}, address = {pick}"), [&texts]).unwrap();
    let error = "json_object('code', (SELECT display_name FROM people WHERE people.user_id = attempts.user_id), 'message', ?1, 'hint', ?1, 'quotes_service', json('true'))";
    let all = hostile().join(" ");
    ledger.execute(&format!("UPDATE attempts SET error = {error}"), [&all]).unwrap();
    ledger.execute("UPDATE people SET seen = 0, open = 'refused', reason = NULL WHERE address IN (SELECT value FROM json_each(?1) WHERE key % 2)", [&texts]).unwrap();
    let error = "json_object('code', ?1, 'message', ?1, 'hint', ?1, 'quotes_service', json('true'))";
    ledger
        .execute(
            &format!("UPDATE runs SET tenant_name = ?1, warnings = json_array(?1), error = {error}, exit_code = 4"),
            [&hostile()[1]],
        )
        .unwrap();
    let brake =
        "UPDATE tenants SET refused_at = 1700000000000, refused_blocked = 1, refused_code = ?1, refused_message = ?2";
    ledger.execute(brake, [&hostile()[0], &all]).unwrap();
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("html");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn harmless(told: &Value, width: u32) {
    assert!(told["title"].as_str().unwrap().starts_with("xcsync: where everybody stands"), "{told}");
    assert_eq!(told["ran"], "undefinedundefined", "a script has run");
    let known = "a bdi body caption code dd desc details div dl dt figcaption figure footer h1 h2 h3 h4 h5 head header html li line \
        main meta p rect section small span strong style summary svg table tbody td text th thead title tr ul nav";
    for element in told["elements"].as_array().unwrap() {
        assert!(known.split_whitespace().any(|one| element == one), "{element}");
    }
    assert_eq!((&told["handlers"], &told["outside"]), (&0.into(), &0.into()), "{told}");
    assert_eq!((&told["sideways"], &told["boxes"]), (&0.into(), &0.into()), "{width} pixels: {told}");
    assert_eq!(told["last"], "footer", "the page's own structure");
}

#[tokio::test(start_paused = true)]
async fn hostile_texts_run_nothing_and_ask_nobody_in_a_real_browser() {
    let Some(browser) = Browser::installed() else { return };
    let mut people = new_people(24);
    let names = hostile();
    for (person, name) in people.iter_mut().zip(names.iter().cycle()) {
        *person = person.clone().display_name(name);
    }
    let tenant = crate::context::Tenant::with(people).await;
    tenant.report(&[]).await;
    let from_the_directory = page(&tenant).await;
    poison(&tenant.ledger());
    let poisoned = page(&tenant).await;
    assert!(poisoned.contains("1 run with code 4, &"), "the error's code is read: {poisoned}");
    assert!(poisoned.contains("The brake is on") && poisoned.len() < 500_000, "{}", poisoned.len());
    for (name, page) in [("directory", from_the_directory), ("poisoned", poisoned)] {
        let file = folder().join(format!("{name}.html"));
        fs::write(&file, page).unwrap();
        for width in [360, 1280] {
            harmless(&browser.look(&file, width), width);
        }
        // By itself, too, where nobody looks into it.
        let dom = browser.run(&["--virtual-time-budget=5000", "--dump-dom"], &file);
        assert!(dom.contains("<title>xcsync: where everybody stands") && !dom.contains("<script"), "{name}");
        assert_eq!(browser.asked(), 0, "{name} asked somebody for something");
    }
}

#[test]
fn the_same_texts_do_run_and_ask_where_they_are_not_escaped() {
    let Some(browser) = Browser::installed() else { return };
    let file = folder().join("raw.html");
    fs::write(
        &file,
        format!("<!DOCTYPE html><meta charset=utf-8><title>raw</title><body>{}</body>", hostile()[..5].join("\n")),
    )
    .unwrap();
    let told = browser.look(&file, 360);
    assert_ne!(told["ran"], "undefinedundefined", "the test would see a script: {told}");
    assert_ne!(told["handlers"], 0, "{told}");
    assert_ne!(browser.asked(), 0, "and a request");
}

#[tokio::test(start_paused = true)]
async fn the_page_fits_a_phone_a_screen_and_paper() {
    let Some(browser) = Browser::installed() else { return };
    let tenant = mixed().await;
    tenant.report(&[]).await;
    let pages = [("sample", sample().await), ("first-run", page(&tenant).await)];
    for (name, page) in pages {
        let file = folder().join(format!("{name}.html"));
        fs::write(&file, page).unwrap();
        for width in [320, 360, 768, 1280] {
            let told = browser.look(&file, width);
            harmless(&told, width);
            assert!(told["charts"].as_u64().unwrap() >= 1, "{width}: {told}");
        }
        pictures(&browser, &file, name);
    }
}

/// Narrow and wide, light and dark, and on paper.
fn pictures(browser: &Browser, file: &Path, name: &str) {
    let frame = file.with_extension("360.html");
    let light = "--blink-settings=preferredColorScheme=1";
    let dark = "--blink-settings=preferredColorScheme=0";
    for (form, size, scheme, page) in [
        ("wide-light", "1280,3800", light, file),
        ("wide-dark", "1280,3800", dark, file),
        ("narrow-light", "500,900", light, frame.as_path()),
        ("narrow-dark", "500,900", dark, frame.as_path()),
    ] {
        let picture = folder().join(format!("{name}-{form}.png"));
        let to = format!("--screenshot={}", picture.display());
        browser.run(&[&to, &format!("--window-size={size}"), scheme], page);
        assert!(fs::metadata(&picture).unwrap().len() > 5_000, "{form}");
    }
    let paper = folder().join(format!("{name}.pdf"));
    browser.run(&[&format!("--print-to-pdf={}", paper.display()), "--no-pdf-header-footer"], file);
    assert!(fs::read(&paper).unwrap().starts_with(b"%PDF"));
}
