use super::*;
use tracing::dispatcher::with_default;
use tracing::{debug, error, info, info_span, warn};

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(settings: Settings, act: impl FnOnce()) -> String {
    let paper = Paper::default();
    let stderr = Stderr::new(Box::new(paper.clone()), Progress::new(false));
    let clock = Clock::at("2026-11-23T10:00:00Z".parse().unwrap());
    with_default(&dispatch(settings, clock, stderr), act);
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn levels(settings: Settings) -> String {
    logged(Settings { journal: true, ..settings }, || {
        error!("e");
        warn!("w");
        info!("i");
        debug!("d");
        info!(target: "azure_core::http", "azure-i");
        debug!(target: "azure_core::http", "azure-d");
        info!(target: "azure_identity", "identity-i");
        debug!(target: "azure_identity", "identity-d");
        debug!(target: "hyper_util::client", "http-d");
    })
    .lines()
    .filter_map(|line| line.rsplit(' ').next())
    .collect::<Vec<_>>()
    .join(" ")
}

#[tokio::test(start_paused = true)]
async fn text_is_time_level_message_fields() {
    let text = logged(Settings::default(), || {
        info_span!("run", run_id = "0193", tenant = "gcch")
            .in_scope(|| info!(status = 201, user_id = %"0000", "invited"));
    });
    insta::assert_snapshot!(text, @r#"2026-11-23T10:00:00.000Z  INFO run{run_id="0193" tenant="gcch"}: invited status=201 user_id=0000"#);
}

#[tokio::test(start_paused = true)]
async fn the_journal_and_a_terminal_have_their_own_time() {
    let text = |settings| logged(settings, || warn!(count = 3, "read"));
    assert_eq!(text(Settings { journal: true, ..Settings::default() }), "<4>WARN read count=3\n");
    assert_eq!(text(Settings { terminal: true, ..Settings::default() }), "WARN read count=3\n");
}

#[tokio::test(start_paused = true)]
async fn json_is_one_flat_object_per_line() {
    let settings = Settings { format: LogFormat::Json, ..Settings::default() };
    let text = logged(settings, || {
        info_span!("run", run_id = "0193").in_scope(|| info!(status = 201, "in\nvited\u{202e}"));
    });
    assert!(!text.contains('\u{202e}'));
    let object: serde_json::Value = serde_json::from_str(text.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(object["message"], "in\nvited\u{202e}");
    insta::assert_snapshot!(text.replace(r"\u202e", ""), @r#"{"timestamp":"2026-11-23T10:00:00.000Z","level":"INFO","message":"in\nvited","status":201,"target":"xcsync::telemetry::tests","spans":[{"run_id":"0193","name":"run"}]}"#);
}

#[tokio::test(start_paused = true)]
async fn hostile_fields_stay_one_harmless_line() {
    let hostile = "a\u{1b}[2J\nINFO forged\r\u{202e}\u{9b}b";
    let text = logged(Settings::default(), || {
        warn!(error = %hostile, quoted = hostile, debug = ?hostile, "said {hostile}");
    });
    assert_eq!(text.lines().count(), 1);
    assert!(!text.trim_end().contains(crate::harmless::is_hostile), "{text:?}");
}

#[tokio::test(start_paused = true)]
async fn levels_follow_the_flags_and_the_reader() {
    let at = |verbose, quiet, terminal| levels(Settings { verbose, quiet, terminal, ..Settings::default() });
    assert_eq!(at(0, true, false), "e");
    assert_eq!(at(0, false, true), "e w");
    assert_eq!(at(0, false, false), "e w i identity-i");
    assert_eq!(at(1, false, true), "e w i d identity-i");
    assert_eq!(at(2, false, true), "e w i d azure-i azure-d identity-i identity-d");
    assert_eq!(at(3, false, true), "e w i d azure-i azure-d identity-i identity-d http-d");
}

#[tokio::test(start_paused = true)]
async fn two_runs_keep_their_logs_apart() {
    let mut inner = String::new();
    let outer = logged(Settings::default(), || {
        inner = logged(Settings::default(), || info!("second"));
        info!("first");
    });
    assert!(outer.contains("first") && !outer.contains("second"));
    assert!(inner.contains("second") && !inner.contains("first"));
}

#[tokio::test(start_paused = true)]
async fn the_journal_gets_the_level_of_each_line_and_no_time() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let text = logged(Settings { journal: true, verbose: 1, format, ..Settings::default() }, || {
            error!(target: "xcsync", "e");
            warn!(target: "xcsync", "w");
            info!(target: "xcsync", "i");
            debug!(target: "xcsync", "d");
        });
        let prefixes: Vec<_> = text.lines().map(|line| &line[..3]).collect();
        assert_eq!(prefixes, ["<3>", "<4>", "<6>", "<7>"], "{text}");
        assert_eq!(text.contains("2026-11-23"), format == LogFormat::Json, "{text}");
    }
}
