use super::*;

fn schedule() -> Schedule {
    Schedule {
        program: "/usr/bin/xcsync".to_owned(),
        config: "/etc/xcsync/config.toml".to_owned(),
        options: Vec::new(),
        every: every(360),
        user: None,
        minute: 17,
    }
}

fn every(minutes: u64) -> Every {
    Every::of(std::time::Duration::from_secs(minutes * 60)).unwrap()
}

const ALL: [Scheduler; 4] = [Scheduler::Systemd, Scheduler::Cron, Scheduler::Windows, Scheduler::Kubernetes];

/// What is printed, in one piece.
fn printed(scheduler: Scheduler, schedule: &Schedule) -> Result<String, String> {
    let files = scheduler.files(schedule).map_err(|unfit| unfit.to_string())?;
    Ok(files.into_iter().map(|file| file.text).collect())
}

/// The only line that begins so, without its beginning.
fn line(text: &str, begin: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.trim_start().strip_prefix(begin));
    let line = lines.next().unwrap_or_else(|| panic!("{begin} is not in {text}"));
    assert_eq!(lines.next(), None, "{begin}");
    line.to_owned()
}

fn with_config(path: &str) -> Schedule {
    Schedule { config: path.to_owned(), ..schedule() }
}

#[test]
fn every_file_ends_with_one_line_feed() {
    for scheduler in ALL {
        let text = printed(scheduler, &schedule()).unwrap();
        assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains('\r'), "{text}");
    }
}

#[test]
fn line_breaks_and_what_nobody_sees_are_refused_everywhere() {
    for hostile in ["/etc/a\nUser=root", "/etc/a\rb", "/etc/\u{1b}[2J", "/etc/\u{202e}a", "/etc/\u{2028}a", ""] {
        for scheduler in ALL {
            let told = printed(scheduler, &with_config(hostile)).unwrap_err();
            assert!(told.contains("line breaks") && !told.contains('\n'), "{told}");
            let named = Schedule { user: Some(hostile.to_owned()), ..schedule() };
            assert!(printed(scheduler, &named).is_err(), "{hostile:?}");
        }
    }
}

#[test]
fn systemd_takes_no_path_for_a_variable_or_a_specifier() {
    let options = vec!["--tenant=a b".to_owned()];
    let hostile =
        Schedule { program: "/opt/100% \"x\"/xcsync".to_owned(), options, ..with_config(r"/etc/$HOME/%h \'.toml") };
    let exec = line(&printed(Scheduler::Systemd, &hostile).unwrap(), "ExecStart=");
    let expected = r#""/opt/100%% \"x\"/xcsync" invite --config "/etc/$$HOME/%%h \\'.toml" "--tenant=a b""#;
    assert_eq!(exec, expected);
}

#[test]
fn what_the_unit_hides_is_not_put_into_it() {
    for folder in ["home/ann", "root", "tmp"] {
        let path = &format!("/{folder}/config.toml");
        assert!(printed(Scheduler::Systemd, &with_config(path)).unwrap_err().contains("sees none of /home"), "{path}");
        assert!(printed(Scheduler::Cron, &with_config(path)).is_ok());
    }
    assert!(printed(Scheduler::Systemd, &with_config("/homeland/config.toml")).is_ok());
}

#[test]
fn cron_takes_no_percent_sign_for_the_end() {
    let text = printed(Scheduler::Cron, &with_config("/etc/it's 100%/$x.toml")).unwrap();
    let expected =
        r"17 0,6,12,18 * * * xcsync /usr/bin/xcsync invite --config '/etc/it'\''s 100\%/$x.toml' -q >/dev/null";
    assert_eq!(text.lines().last(), Some(expected));
}

#[test]
fn cron_is_not_told_what_it_would_cut_or_read_in_two_ways() {
    let told = |path: &str| printed(Scheduler::Cron, &with_config(path)).unwrap_err();
    assert!(told(r"/etc/a\%b").contains("backslash"));
    assert!(told(&format!("/etc/{}", "x".repeat(1000))).contains("998 bytes"));
}

#[test]
fn task_scheduler_gets_ascii_and_whole_arguments() {
    let hostile = Schedule { user: Some(r"CONTOSO\ann&bob".to_owned()), ..with_config(r"C:\Zoë & <Co>\config.toml") };
    let text = printed(Scheduler::Windows, &hostile).unwrap();
    assert!(text.is_ascii());
    assert_eq!(
        line(&text, "<Arguments>"),
        "invite --config &#34;C:\\Zo&#xeb; &#38; &#60;Co&#62;\\config.toml&#34;</Arguments>"
    );
    assert_eq!(line(&text, "<UserId>"), r"CONTOSO\ann&#38;bob</UserId>");
    assert_eq!(line(&text, "<LogonType>"), "Password</LogonType>");
}

#[test]
fn task_scheduler_is_not_told_what_it_would_replace() {
    for path in [r"C:\%USERNAME%\c.toml", r"C:\$(Arg0)\c.toml", "C:\\a\" --full\\c.toml"] {
        assert!(printed(Scheduler::Windows, &with_config(path)).is_err(), "{path}");
    }
}

#[test]
fn kubernetes_takes_no_argument_for_a_variable() {
    let hostile = Schedule { options: vec![r#"--tenant=$(HOME) "a" : # \"#.to_owned()], ..schedule() };
    let text = printed(Scheduler::Kubernetes, &hostile).unwrap();
    assert_eq!(line(&text, r#"- "--tenant"#), r#"=$$(HOME) \"a\" : # \\""#);
}

#[test]
fn kubernetes_mounts_the_folder_of_the_configuration() {
    let text = printed(Scheduler::Kubernetes, &with_config("/config/gcch.toml")).unwrap();
    assert!(text.contains("mountPath: \"/config\"\n") && text.contains("--from-file=gcch.toml\n"), "{text}");
    for path in ["/config.toml", "/tmp/config.toml", "/var/lib/config.toml", "/var/lib/xcsync/c.toml", "/etc/a b.toml"]
    {
        assert!(printed(Scheduler::Kubernetes, &with_config(path)).is_err(), "{path}");
    }
}

#[test]
fn accounts_are_those_that_the_scheduler_can_have() {
    let named = |scheduler, user: &str| printed(scheduler, &Schedule { user: Some(user.to_owned()), ..schedule() });
    for user in ["ann bob", "%u", "-root", "a:b", "$USER", "a;b", "Zoë"] {
        assert!(named(Scheduler::Systemd, user).is_err() && named(Scheduler::Cron, user).is_err(), "{user}");
    }
    assert_eq!(line(&named(Scheduler::Systemd, "svc-xcsync@contoso.com").unwrap(), "User="), "svc-xcsync@contoso.com");
    for user in ["xcsync", "0", "-1", "4294967295"] {
        assert!(named(Scheduler::Kubernetes, user).unwrap_err().contains("such as 65532"), "{user}");
    }
    for user in ["SYSTEM", r"NT AUTHORITY\System", "s-1-5-18"] {
        assert!(named(Scheduler::Windows, user).unwrap_err().contains("may do everything"), "{user}");
    }
    let service = named(Scheduler::Windows, r"NT AUTHORITY\NETWORK SERVICE").unwrap();
    assert!(line(&service, "<UserId>") == "S-1-5-20</UserId>" && !service.contains("LogonType"), "{service}");
}

#[test]
fn what_cannot_be_repeated_exactly_is_refused_with_what_can() {
    let at = |scheduler, minutes| printed(scheduler, &Schedule { every: every(minutes), ..schedule() });
    for (minutes, able) in [
        (1, [true; 4]),
        (60, [true; 4]),
        (90, [true, false, true, false]),
        (7 * 60, [false, false, true, false]),
        (24 * 60, [true; 4]),
        (48 * 60, [false, false, true, false]),
        (7 * 24 * 60, [true; 4]),
    ] {
        assert_eq!(ALL.map(|scheduler| at(scheduler, minutes).is_ok()), able, "{minutes}");
    }
    let told = at(Scheduler::Cron, 90).unwrap_err();
    assert!(told.starts_with("cron can't repeat a run exactly every 90m: it takes what divides an hour"), "{told}");
}

#[test]
fn a_time_between_runs_is_written_as_each_scheduler_reads_it() {
    let at = |scheduler, minutes, begin: &str| {
        line(&printed(scheduler, &Schedule { every: every(minutes), ..schedule() }).unwrap(), begin)
    };
    for (minutes, calendar, interval) in [
        (15, "*-*-* *:02,17,32,47:00", "PT15M"),
        (60, "*-*-* *:17:00", "PT1H"),
        (24 * 60, "*-*-* 03:17:00", "P1D"),
        (7 * 24 * 60, "Mon *-*-* 03:17:00", "P7D"),
    ] {
        assert_eq!(at(Scheduler::Systemd, minutes, "OnCalendar="), calendar);
        assert_eq!(at(Scheduler::Windows, minutes, "<Interval>"), format!("{interval}</Interval>"));
    }
    let weekly = at(Scheduler::Kubernetes, 7 * 24 * 60, "schedule: ");
    assert_eq!(weekly, "\"17 3 * * 1\"");
}
