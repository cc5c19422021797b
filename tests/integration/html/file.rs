//! The file of the page: whole or not at all, and never in the place of something else.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{mixed, report};
use crate::context::Tenant;

fn place(tenant: &Tenant) -> PathBuf {
    tenant.folder.path().join("page.html")
}

async fn written(tenant: &Tenant, args: &[&str]) -> crate::context::Ended {
    let file = place(tenant);
    report(tenant, &[&["--html", file.to_str().unwrap()], args].concat()).await
}

#[tokio::test(start_paused = true)]
async fn a_page_is_replaced_and_nothing_is_left_beside_it() {
    let tenant = mixed().await;
    for _ in 0..2 {
        let ended = written(&tenant, &[]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (0, ""), "{ended:?}");
        assert!(ended.stderr.starts_with("the page is in "), "{ended:?}");
        tenant.report(&[]).await;
    }
    written(&tenant, &[]).await;
    assert!(fs::read_to_string(place(&tenant)).unwrap().ends_with("</html>\n"));
    assert!(fs::read_to_string(place(&tenant)).unwrap().contains("p1@contoso.com"), "the new one");
    let names = fs::read_dir(tenant.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("page")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn any_other_file_is_left_as_it_is() {
    let tenant = mixed().await;
    for text in ["a configuration", "<!DOCTYPE html><title>somebody else's</title>"] {
        fs::write(place(&tenant), text).unwrap();
        let ended = written(&tenant, &[]).await;
        assert_eq!(ended.exit, 2);
        assert!(ended.stderr.contains("is no page of xcsync's") && ended.stderr.contains("(not-a-page)"), "{ended:?}");
        assert_eq!(fs::read_to_string(place(&tenant)).unwrap(), text);
    }
    fs::write(place(&tenant), "").unwrap();
    assert_eq!(written(&tenant, &[]).await.exit, 0, "an empty file holds nothing to lose");
}

#[tokio::test(start_paused = true)]
async fn a_place_that_cannot_be_written_is_told_with_what_to_do() {
    let tenant = mixed().await;
    for place in ["missing/page.html", ""] {
        let file = tenant.folder.path().join(place);
        let ended = report(&tenant, &["--html", file.to_str().unwrap()]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (1, ""), "{ended:?}");
        assert!(
            ended.stderr.contains("can't be written") && ended.stderr.contains("hint: see that the folder"),
            "{ended:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn json_tells_where_the_page_is_or_why_there_is_none() {
    let tenant = mixed().await;
    let told = written(&tenant, &["-o", "json"]).await.json();
    assert_eq!(
        (&told["schema"], &told["exit_code"], &told["error"]),
        (&"xcsync.report/1".into(), &0.into(), &Value::Null)
    );
    assert_eq!(told["file"], place(&tenant).to_str().unwrap());
    fs::write(place(&tenant), "a configuration").unwrap();
    let told = written(&tenant, &["-o", "json"]).await.json();
    assert_eq!(
        (&told["exit_code"], &told["error"]["code"], &told["file"]),
        (&2.into(), &"not-a-page".into(), &Value::Null)
    );
    let page = report(&tenant, &["--html", "-", "-o", "json"]).await.stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "stdout is the page alone");
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_new_page_is_not_for_everybody_and_a_replaced_one_keeps_its_rights() {
    use std::os::unix::fs::PermissionsExt as _;
    let tenant = mixed().await;
    let mode = || fs::metadata(place(&tenant)).unwrap().permissions().mode() & 0o777;
    written(&tenant, &[]).await;
    assert_eq!(mode() & 0o137, 0, "nothing for others, and the group only reads: {:o}", mode());
    fs::set_permissions(place(&tenant), fs::Permissions::from_mode(0o644)).unwrap();
    written(&tenant, &[]).await;
    assert_eq!(mode(), 0o644);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_link_stays_one_and_a_device_is_written_to() {
    let tenant = mixed().await;
    let real = tenant.folder.path().join("real.html");
    fs::write(&real, "").unwrap();
    std::os::unix::fs::symlink(&real, place(&tenant)).unwrap();
    assert_eq!(written(&tenant, &[]).await.exit, 0);
    assert!(place(&tenant).is_symlink() && fs::read_to_string(&real).unwrap().ends_with("</html>\n"));
    assert_eq!(report(&tenant, &["--html", "/dev/null"]).await.exit, 0);
}
