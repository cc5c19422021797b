//! Two tenants of one configuration that are each other's home.

use serde_json::Value;
use xcsync::config::{self, Flags, Loaded};
use xcsync::sandbox::{Action, Canned, Fault, Person, Tenant as Emulated, people::HOME_TENANT_ID};
use xcsync::world::Environment;

use crate::context::{Ended, Tenant, run_with};

/// Of each side one account that is at home there, and one copy of the other side's.
struct Both {
    government: Tenant,
    commercial: Tenant,
}

fn at_home(n: u32, mail: &str) -> Person {
    Person::synced(n, mail).user_principal_name(mail)
}

impl Both {
    async fn new() -> Self {
        let other = Emulated {
            id: HOME_TENANT_ID,
            verified_domains: vec!["contoso.com".to_owned()],
            people: [
                at_home(11, "ann@contoso.com"),
                at_home(12, "bob@fabrikam.us").user_principal_name("bob_x@contoso.com"),
            ]
            .into_iter()
            .collect(),
            ..Emulated::default()
        };
        let own =
            [at_home(1, "bob@fabrikam.us"), at_home(2, "ann@contoso.com").user_principal_name("ann_x@fabrikam.us")];
        let auth = "method = \"access-token\"\ntoken_env = \"SECOND_TOKEN\"";
        Self {
            government: Tenant::with(own).await.set("invite", "home = \"two\""),
            commercial: Tenant::of(other)
                .await
                .set("auth", auth)
                .set("invite", "home = \"one\"\ndomains = [\"fabrikam.us\"]"),
        }
    }

    fn text(&self) -> String {
        self.government.state() + &self.government.tables("one") + &self.commercial.tables("two")
    }

    async fn run(&self, text: &str) -> Ended {
        let path = self.government.folder.path().join("both.toml");
        std::fs::write(&path, text).unwrap();
        let env = self.government.environment().with("SECOND_TOKEN", &self.commercial.token);
        run_with(&path, &["-o", "json"], &env, self.government.graph.now(), tokio::sync::watch::channel(0).1).await
    }

    /// Whether each was asked about the other's people.
    fn looked_up(&self) -> [bool; 2] {
        [&self.government, &self.commercial].map(|tenant| {
            let bodies = tenant.graph.traffic().into_iter().filter_map(|exchange| exchange.request_body);
            bodies.map(|body| body.to_string()).any(|body| body.contains("userPrincipalName%20in%20"))
        })
    }
}

fn exits(ended: &Ended) -> Vec<Value> {
    ended.json()["runs"].as_array().unwrap().iter().map(|run| run["exit_code"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_is_asked_about_the_others_people_and_each_invites_its_own() {
    let both = Both::new().await;
    let ended = both.run(&both.text()).await;
    assert_eq!((ended.exit, exits(&ended)), (0, vec![0.into(), 0.into()]), "{ended:?}");
    assert_eq!(both.looked_up(), [true, true]);
    assert_eq!(
        (both.government.mailed(), both.commercial.mailed()),
        (vec!["ann@contoso.com".into()], vec!["bob@fabrikam.us".into()])
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_up_of_one_leaves_the_other_alone() {
    let both = Both::new().await;
    let refused = Canned::graph_error(403, "Authorization_RequestDenied", "Insufficient privileges.");
    let fault = Fault::on("GET", "userPrincipalName in", Action::Answer(refused)).always();
    both.commercial.graph.edit(|graph| graph.faults.push(fault));
    let ended = both.run(&both.text()).await;
    let message = ended.json()["runs"][0]["error"]["message"].to_string();
    assert!(message.contains("the home tenant two"), "{message}");
    assert_eq!((ended.exit, exits(&ended)), (4, vec![4.into(), 0.into()]), "{ended:?}");
    assert_eq!((both.government.mailed().len(), both.commercial.mailed().len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_only_signs_in_by_local_facts_is_not_asked_as_a_home() {
    let both = Both::new().await;
    let (with, auth) = (both.text(), "[tenants.two.auth]\nmethod = \"access-token\"\ntoken_env = \"SECOND_TOKEN\"\n");
    assert!(with.contains(auth));
    for (text, asked) in [(with.clone(), true), (with.replace(auth, ""), false)] {
        let path = both.government.folder.path().join("both.toml");
        std::fs::write(&path, text).unwrap();
        let flags = Flags { config: Some(path), ..Flags::default() };
        let Ok(Loaded::Configured(found)) = config::load(&flags, &Environment::default()) else { panic!("not read") };
        assert_eq!(found.asked_home(&found.selected[0]).is_some(), asked);
        assert!(found.selected[1].auth.is_some(), "for its own runs it signs in all the same");
    }
}
