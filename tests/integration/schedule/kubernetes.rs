//! The manifest: what a validator with the schemas of Kubernetes says, and the properties that a policy would ask for.

use std::process::Command;

use super::{asked, printed};

#[tokio::test]
async fn the_manifest_is_one_of_kubernetes() {
    for arguments in [
        &[][..],
        &["--every", "15m", "--user", "1000", "--config", "/config/gcch.toml"],
        &["--tenant", "\"a\": [b] # $(HOME) \\ '&*!|>%@`"],
    ] {
        let text = printed(&[&["kubernetes"], arguments].concat()).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xcsync.yaml");
        std::fs::write(&path, text).unwrap();
        // From PyPI; it brings the schemas along.
        let Some(output) = asked(Command::new("kubernetes-validate").arg("--strict").arg(&path)) else { return };
        let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.contains("cronjob/xcsync"), "{told}");
    }
}

#[tokio::test]
async fn it_asks_for_what_a_restricted_namespace_demands_and_no_more() {
    let text = printed(&["kubernetes", "--every", "1h"]).await;
    for part in [
        "concurrencyPolicy: Forbid",
        "startingDeadlineSeconds: 3600",
        "runAsNonRoot: true",
        "runAsUser: 65532",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [ALL]",
        "type: RuntimeDefault",
        "automountServiceAccountToken: false",
        "restartPolicy: Never",
        "backoffLimit: 0",
        "memory: 1Gi",
        "claimName: xcsync",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
