//! The task of Windows: the structure that Microsoft's schema asks for, and that it is XML at all.
//!
//! The schema itself is not here: what it says of these elements is written down below.
//! <https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema>

use std::process::Command;

use super::{asked, printed};

/// The elements that may stand below each, in the order of the schema where that has one (`xs:sequence`).
const CHILDREN: [(&str, &[&str]); 9] = [
    ("Task", &["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]),
    ("RegistrationInfo", &["URI", "Description"]),
    ("Triggers", &["TimeTrigger"]),
    ("TimeTrigger", &["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay"]),
    ("Repetition", &["Interval", "Duration", "StopAtDurationEnd"]),
    ("Principals", &["Principal"]),
    ("Principal", &["UserId", "LogonType", "RunLevel"]),
    ("Actions", &["Exec"]),
    ("Exec", &["Command", "Arguments", "WorkingDirectory"]),
];

const SETTINGS: [&str; 10] = [
    "MultipleInstancesPolicy",
    "StartWhenAvailable",
    "ExecutionTimeLimit",
    "AllowHardTerminate",
    "DisallowStartIfOnBatteries",
    "StopIfGoingOnBatteries",
    "RunOnlyIfNetworkAvailable",
    "AllowStartOnDemand",
    "Enabled",
    "UseUnifiedSchedulingEngine",
];

/// Each element with the one that it stands in, in the order of the text.
fn elements(text: &str) -> Vec<(String, String)> {
    let (mut open, mut found) = (vec![String::new()], Vec::new());
    let without_comments = text.split("<!--").map(|part| part.rsplit("-->").next().unwrap()).collect::<String>();
    for tag in without_comments.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else if !tag.starts_with('?') {
            let name = tag.split(' ').next().unwrap().to_owned();
            found.push((open.last().unwrap().clone(), name.clone()));
            open.push(name);
        }
    }
    assert_eq!(open.len(), 1, "{text}");
    found
}

#[tokio::test]
async fn it_has_the_structure_of_microsofts_schema() {
    for arguments in [&[][..], &["--user", r"CONTOSO\xcsync$"], &["--every", "90m", "--tenant", "<a> & \u{e9}"]] {
        let text = printed(&[&["task-scheduler"], arguments].concat()).await;
        let found = elements(&text);
        assert_eq!(found[0], (String::new(), "Task".to_owned()));
        for (parent, allowed) in
            CHILDREN.iter().map(|(parent, allowed)| (*parent, *allowed)).chain([("Settings", &SETTINGS[..])])
        {
            let children: Vec<_> = found.iter().filter(|(of, _)| of == parent).map(|(_, name)| name.as_str()).collect();
            let places = children
                .iter()
                .map(|name| allowed.iter().position(|one| one == name).unwrap_or_else(|| panic!("{name}")));
            assert!(!children.is_empty() && places.is_sorted_by(|one, next| one < next), "{parent}: {children:?}");
        }
        let Some(output) = well_formed(&text) else { continue };
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Whether a parser takes it, comments too.
fn well_formed(text: &str) -> Option<std::process::Output> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xcsync.xml");
    std::fs::write(&path, text).unwrap();
    asked(Command::new("xmllint").arg("--noout").arg(&path))
}

#[tokio::test]
async fn one_run_at_a_time_made_up_for_with_the_least_rights_and_an_end() {
    let text = printed(&["task-scheduler", "--every", "6h"]).await;
    for part in [
        "<MultipleInstancesPolicy>IgnoreNew</",
        "<StartWhenAvailable>true</",
        "<RunLevel>LeastPrivilege</",
        "<UserId>S-1-5-19</",
        "<RandomDelay>PT600S</",
        "<ExecutionTimeLimit>PT6H</",
        "<Interval>PT6H</",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
