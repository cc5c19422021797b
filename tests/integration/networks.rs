//! Sign-in and the way to the network: methods, clouds, TLS, proxies, silence, and what is never shown.
//!
//! Most tests run the real binary, for libraries read proxies and trust stores from the environment of a process; where a
//! run would wait for real seconds, it is a run in this process with simulated time.

mod aadsts;
mod applications;
#[cfg(unix)]
mod arc;
#[cfg(unix)]
mod azure_cli;
mod clouds;
mod front;
mod identity;
mod inspected;
mod proxied;
mod proxies;
mod proxy;
mod refused;
mod secrets;
mod sign_in;
mod silent;
mod tls;

use xcsync::sandbox;
use xcsync::world::Clock;

use crate::context::{Ended, Tenant, new_people};

/// What a run needs to reach the emulator some way.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// A tenant with one new person that lives in real time, as the real binary does.
async fn tenant() -> Tenant {
    let mut tenant = sandbox::Tenant { now: Clock::local().now(), ..sandbox::Tenant::default() };
    tenant.people.extend(new_people(1));
    Tenant::of(tenant).await
}

/// Ends a child without holding up the servers of the test.
async fn ended(mut command: assert_cmd::Command) -> Ended {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let exit = output.status.code().and_then(|code| u8::try_from(code).ok());
    Ended { exit: exit.expect("no signal"), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Tenant {
    /// A JSON dry run of the real binary over all people, with these variables beside its token.
    async fn dry(&self, variables: Variables<'_>) -> Ended {
        self.child(&["--dry-run", "--full", "-o", "json"], variables).await
    }

    /// Any run of the real binary.
    async fn child(&self, args: &[&str], variables: Variables<'_>) -> Ended {
        let mut command = self.binary(args);
        command.envs(variables.iter().copied());
        ended(command).await
    }

    /// How often each sign-in endpoint was asked: Entra, App Service, IMDS.
    fn asked(&self) -> [u32; 3] {
        let asked = self.graph.asked();
        [asked.token, asked.app_service, asked.imds]
    }

    /// The application's id, as configurations name it.
    fn client_id(&self) -> String {
        self.graph.edit(|tenant| tenant.application.client_id.to_string())
    }
}

impl Ended {
    /// The code, the message and the hint of the only run's error.
    fn error(&self) -> [String; 3] {
        let error = &self.run()["error"];
        ["code", "message", "hint"].map(|name| error[name].as_str().unwrap_or_default().to_owned())
    }
}

/// Asserts that a text says all of these.
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in: {text}");
    }
}
