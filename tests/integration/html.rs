mod agrees;
mod browser;
mod content;
mod elements;
mod file;
mod large;

use tokio::sync::watch;
use xcsync::sandbox::{Person, monday};
use xcsync::world::Environment;

use crate::context::{Ended, Tenant, run_line};

/// `xcsync report` with these arguments in this process; neither the network nor the credential has a part in it.
async fn report(tenant: &Tenant, args: &[&str]) -> Ended {
    let asked = tenant.graph.traffic().len();
    let config = tenant.config();
    let line = ["xcsync", "--config", config.to_str().unwrap(), "report"];
    let line = line.iter().chain(args).map(Into::into);
    let ended = run_line(line, &Environment::default(), tenant.graph.now(), watch::channel(0).1).await;
    assert_eq!(tenant.graph.traffic().len(), asked, "the page needs nothing but the ledger");
    ended
}

/// The page of a tenant.
async fn page(tenant: &Tenant) -> String {
    let ended = report(tenant, &["--html", "-"]).await;
    assert_eq!((ended.exit, ended.stderr.as_str()), (0, ""), "{ended:?}");
    ended.stdout
}

/// The sample's page at a given time.
async fn sample() -> String {
    let line = ["xcsync", "report", "--cloud", "sandbox", "--html", "-"].map(Into::into);
    let ended = run_line(line, &Environment::default(), monday(), watch::channel(0).1).await;
    assert_eq!((ended.exit, ended.stderr.as_str()), (0, ""), "{ended:?}");
    ended.stdout
}

/// Two new people, one whom the service refuses, one who is held.
async fn mixed() -> Tenant {
    let person = |n: u32| Person::synced(n, &format!("p{n}@contoso.com"));
    let people =
        [person(1), person(2), person(3), person(5).provisioning_error("ProxyAddresses", "SMTP:p5@contoso.com")];
    let tenant = Tenant::with(people).await;
    tenant.graph.edit(|graph| graph.groups.insert("p3@contoso.com".to_owned()));
    tenant
}

/// The text of a page between two of its headings.
fn part<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!(">{heading}</h")).unwrap_or_else(|| panic!("no heading {heading}"));
    rest.split("<h3").next().unwrap()
}
