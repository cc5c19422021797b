//! This program's own errors: every code that an `error` of a report can hold and that Microsoft did not give,
//! and what `status` alone says of a person.

use super::{Known, Side};

macro_rules! errors {
    ($($name:ident $code:literal $side:ident $meaning:literal $remedy:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Known = Known::new($code, Side::$side, $meaning, $remedy);
        )*

        /// All of them.
        pub const OWN: &[Known] = &[$($name,)*];
    };
}

errors! {
    CONFIG "config" Configuration "the configuration can't be used" "the message names each problem with file, line and way out; `xcsync config check` finds them all without network";
    USAGE "usage" Configuration "the call can't be carried out as it stands" "`xcsync help COMMAND` shows the options with examples";
    OWN_DOMAIN "own-domain" Configuration "a domain of `domains` is verified in the very tenant that invites" "`domains` takes the mail domains of the other side, the home tenant's";
    USER_NOT_FOUND "user-not-found" Configuration "--user or --user-file names somebody whom the tenant does not have, or has several times" "give the object id, the UPN or the mail address as this tenant has it";
    PRINCIPAL_NOT_FOUND "principal-not-found" Configuration "the tenant has no service principal with the object id of --principal" "take the object id under Enterprise applications, or that of the managed identity; it is neither the client id nor the object id under App registrations";
    OVER_LIMIT "over-limit" Configuration "the plan has more invitations than `max_invitations` allows" "look at the list with --dry-run; to allow exactly this once, run again with --max-invitations N; to send it in portions, set `wave` as well and repeat";
    OTHER_PLAN "other-plan" Configuration "the plan is another than the one of --expect-plan" "the people listed are today's plan: compare them with the plan that was reviewed, then pass --expect-plan DIGEST";
    DUPLICATE_IN_PLAN "duplicate-in-plan" Program "the plan names an account twice" "report this with the output of --dry-run -o json";
    TENANT_REFUSES "tenant-refuses" Tenant "the tenant refuses invitations in words that this version does not know, or has refused the last one that was tried" "let the tenant take invitations again: its administrators know whether applications may invite; then wait, since one is tried every 24 hours, or run `xcsync invite --resume` for this tenant to try at once";
    ASTRAY_ANSWER "astray-answer" Service "the service took an invitation, and its answer is not about the account that was meant" "look at the account in the portal before anything else is sent, and report this";
    NOT_GRAPH "not-graph" Host "something else than Microsoft Graph has answered, or its answer can't be read" "find out what stands between this machine and Graph (a proxy, a sign-in page), and that `cloud` is right";
    FAILURES_IN_A_ROW "failures-in-a-row" Several "as many people in a row as `stop_after_failures` says have failed or are unknown" "find the cause in the outcomes of the run; failing invitations are what gets a tenant blocked";
    SAME_REFUSAL "same-refusal" Several "several people were refused with the same words, which this version does not know" "find the cause in the outcomes of the run; failing invitations are what gets a tenant blocked";
    OUT_OF_TIME "out-of-time" Configuration "`max_runtime` is over, or the service wants to be left alone for longer" "the next run goes on; if it stays so, raise max_runtime, or read less at once (--since, `lookback`)";
    NOT_PROCESSED "not-processed" Service "the service does not take invitations now" "nothing to do if it passes; the next run goes on";
    INTERRUPTED "interrupted" Nobody "a signal has ended the run" "nothing; the next run goes on with whoever was not sent";
    NO_ANSWER "no-answer" Service "an invitation got no answer that can be trusted, and the directory does not show it" "it is not posted again in this run; later runs read the account before they send again";
    NOT_SEEN "not-seen" Service "the service has taken the invitation, but the directory does not show it yet" "nothing now: the next runs look again, and after 24 hours the person is tried again, for 28 days at most";
    CHANGE_NOT_SEEN "change-not-seen" Service "the service has taken a change of `setup`, and does not show it yet" "run the command again in some minutes: it plans only what is missing";
    UNREACHABLE "unreachable" Host "Graph can't be reached from here" "check the network, the firewall (`xcsync endpoints` lists the hosts) and HTTPS_PROXY/NO_PROXY; the next run tries again";
    SERVICE_FAILING "service-failing" Service "Graph answers with failures of its own (5xx), also after retries" "nothing to do if it passes; the next run goes on";
    DENIED "denied" Tenant "the credential may not read what a run needs" "grant the application permission User.Read.All with admin consent; a managed identity's token may take up to 24 hours to carry it";
    REFUSED_READ "refused-read" Service "Graph refuses to answer a question of the run" "if it stays so, report it with the request-id of the log (-v)";
    WRONG_TENANT "wrong-tenant" Configuration "the credential belongs to another tenant than the configured one" "use an identity of the configured tenant, or correct `tenant_id`; a managed identity belongs to the tenant of its subscription";
    WRONG_CLOUD "wrong-cloud" Configuration "the token is for another service, or for Graph of another cloud than the configured one" "set `cloud` to the cloud that this identity lives in, or use an identity of the configured cloud; a managed identity only gets tokens of its own cloud";
    AUTH_SETTINGS "auth-settings" Configuration "sign-in can't begin: a variable, a file or a key of [tenants.NAME.auth] is missing or not usable on this host" "the message names it, and the hint what it takes; [tenants.NAME.auth] must suit the account that runs the schedule";
    TOKEN_REFUSED "token-refused" Tenant "Entra refuses a token and gives no AADSTS code" "Entra gave no code: look at Entra admin center > Sign-in logs > Service principal sign-ins";
    AUTHORITY_UNREACHABLE "authority-unreachable" Host "the place that gives out tokens is not reached, or fails" "check the network, the firewall (`xcsync endpoints` lists the hosts) and HTTPS_PROXY/NO_PROXY; the next run tries again";
    NO_MANAGED_IDENTITY "no-managed-identity" Host "nothing on this machine gives out tokens for a managed identity" "turn on the system-assigned identity of this machine, or assign it the user-assigned one of `client_id`; where this is no Azure host, set `method = \"client-secret\"` in [tenants.NAME.auth]";
    AZURE_CLI "azure-cli" Host "the Azure CLI gives no token for this tenant" "run `az login --tenant TENANT_ID`, in a government cloud after `az cloud set --name AzureUSGovernment`; or choose another `method` in [tenants.NAME.auth]";
    FOREIGN_ANSWER "foreign-answer" Host "something else than a token service has answered the sign-in" "a proxy or a sign-in page of the network seems to have answered: let this host reach that address directly, or set HTTPS_PROXY and NO_PROXY";
    GIVEN_TOKEN "given-token" Configuration "the token of `access-token` can't be used" "put a fresh token into the variable of `token_env`, or choose another `method` in [tenants.NAME.auth]";
    LOCKED "locked" Nobody "another run holds the lock of this tenant" "wait until it has ended; the lock goes with its process, so there is nothing to delete";
    NOT_A_LEDGER "not-a-ledger" Configuration "the file of `state` is not a ledger of xcsync" "give the right file in `state`; xcsync begins a ledger of its own where there is none";
    LEDGER_DAMAGED "ledger-damaged" Host "the ledger is damaged" "put a copy back in its place; without one, move it away and look at `xcsync invite --full --dry-run`: a new ledger leaves alone whoever was created before its first window, and knows nothing of retries and holds";
    LEDGER_NEWER "ledger-newer" Host "the ledger was written by a newer version of xcsync" "run the version that wrote it, or a later one; a dry run can still read it";
    LEDGER_UNUSABLE "ledger-unusable" Host "the ledger can't be opened, read or written" "see that the disk has room, that the folder is mounted, that this account may write there, and that no other program holds the file";
    LEDGER_FOLDER_MISSING "ledger-folder-missing" Host "the folder of the ledger is not there" "create the folder for the account of the schedule, or mount what belongs there";
    LEDGER_REPLACED "ledger-replaced" Host "the ledger was moved, deleted or replaced while a run was using it" "put the right file back in the folder of `state` before the next run: it alone knows what this one has left open; and see that one schedule alone uses it";
    SECOND_LEDGER "second-ledger" Configuration "another ledger knows this tenant, and a second one would have forgotten who was invited" "name the right one in `state`, or move it to the new place; to begin anew on purpose, move the old one away";
    NOT_A_PAGE "not-a-page" Configuration "the file of `report --html` is there and is no page of xcsync" "give another name, or move the file away; only an earlier page, or an empty file, is replaced";
    PAGE_NOT_WRITTEN "page-not-written" Host "the page of `report --html` can't be written" "see that the folder is there, that this account may write in it, and that the disk has room";
    NO_SUCH_RUN "no-such-run" Configuration "no run with this id is in the ledger" "`xcsync history` lists those there are; dry runs and runs with --no-state leave none";
    NO_RECENT_RUN "no-recent-run" Host "no run of this tenant was complete within what `xcsync status --max-age` allows" "see what the last runs ended with (`xcsync history`), and that the schedule still starts them; a run is complete that has read its whole window and sent to everybody to be sent";
    GONE "gone" Nobody "the account is not in the tenant any more" "nothing, if the person has left; who is restored from the deleted users comes back by the next sweep";
    MAIL_NOT_SENT "mail-not-sent" Several "the mail about the run was not sent, or not to everybody" "the warning says why: by Graph the tenant's application needs Mail.Send for the mailbox of `from`; by SMTP see [notify.smtp]; that there was trouble is told with the next run";
    WEBHOOK_NOT_SENT "webhook-not-sent" Several "the webhook was not told of the run" "the warning says why: the address in url_file or url_env of [notify.webhook] may be outdated, since a Teams workflow goes with its owner; that there was trouble is told with the next run";
    HEARTBEAT_NOT_SENT "heartbeat-not-sent" Several "no heartbeat was sent, and whoever waits for it misses it" "the warning says why: see the address in url_file or url_env of [notify.heartbeat], and the way there";
    NO_ENTRY "no-entry" Configuration "`xcsync explain` has no entry for what was given" "paste the whole message, with its code; `xcsync explain --list` shows every entry";
}
