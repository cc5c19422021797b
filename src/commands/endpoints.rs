//! `xcsync endpoints`: what the firewall must let through.

use std::io::{self, Write};

use comfy_table::{Table, presets};

use crate::cli::Output;
use crate::cloud::{CloudName, Reach, reached};
use crate::error::Exit;
use crate::world::World;

/// Why nothing was listed.
#[derive(Debug, thiserror::Error)]
pub enum EndpointsError {
    /// `custom` has no addresses of its own.
    #[error("error: the endpoints of a custom cloud are those of your configuration: see `xcsync config show`")]
    Custom,
    /// The sandbox needs no firewall rule.
    #[error("error: the sandbox listens on this machine only: no host or port needs to be opened")]
    Sandbox,
    /// stdout is gone.
    #[error("error: the list could not be written: {0}")]
    Write(#[from] io::Error),
}

impl EndpointsError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Custom | Self::Sandbox => Exit::Usage,
            Self::Write(error) => super::config::write_exit(error),
        }
    }
}

/// Lists the hosts and ports of one cloud, or of all.
pub fn run(cloud: Option<CloudName>, output: Output, world: &mut World) -> Result<Exit, EndpointsError> {
    let hosts = hosts(cloud)?;
    world.stdout.write_all(listed(&hosts, output).as_bytes())?;
    world.stdout.flush()?;
    Ok(Exit::Done)
}

/// The hosts of one cloud, or of all that Microsoft publishes.
fn hosts(cloud: Option<CloudName>) -> Result<Vec<Reach>, EndpointsError> {
    match cloud {
        Some(CloudName::Custom) => return Err(EndpointsError::Custom),
        Some(CloudName::Sandbox) => return Err(EndpointsError::Sandbox),
        _ => {}
    }
    let clouds = CloudName::PUBLISHED.into_iter().filter(|known| cloud.is_none_or(|wanted| wanted == *known));
    let reach = |cloud: CloudName| cloud.endpoints().map(|endpoints| reached(cloud, &endpoints));
    Ok(clouds.filter_map(reach).flatten().collect())
}

const COLUMNS: [&str; 5] = ["cloud", "host", "port", "from", "purpose"];

/// The list as text, JSON or CSV, with a line end.
fn listed(hosts: &[Reach], output: Output) -> String {
    match output {
        Output::Text => table(hosts),
        Output::Json => format!(
            "{:#}\n",
            serde_json::json!({ "schema": "xcsync.endpoints/1", "exit_code": 0, "error": null, "endpoints": hosts })
        ),
        Output::Csv => csv(hosts),
    }
}

fn cells(reach: &Reach) -> [String; 5] {
    [
        reach.cloud.to_owned(),
        reach.host.clone(),
        reach.port.to_string(),
        reach.from.to_owned(),
        reach.purpose.to_owned(),
    ]
}

fn table(hosts: &[Reach]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(COLUMNS.map(str::to_uppercase));
    for reach in hosts {
        table.add_row(cells(reach));
    }
    let table = table.to_string();
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    format!("{}\n\n{NOTES}\n", lines.join("\n"))
}

/// What stands below the table.
const NOTES: &str = "\
TCP with TLS, outbound only; a proxy must not answer with pages of its own.
Besides, managed identities ask the machine's own token service, never through a proxy.";

/// RFC 4180; all cells are this program's own words.
fn csv(hosts: &[Reach]) -> String {
    let mut lines = vec![COLUMNS.map(str::to_owned)];
    lines.extend(hosts.iter().map(cells));
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = lines.iter().try_for_each(|line| writer.write_record(line));
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cloud_lists_its_own_hosts_only() {
        let text = listed(&hosts(Some(CloudName::UsGov)).unwrap(), Output::Csv);
        let expected = "cloud,host,port,from,purpose\r\n\
            usgov,graph.microsoft.us,443,xcsync,\"Microsoft Graph: users, invitations, policies\"\r\n\
            usgov,login.microsoftonline.us,443,xcsync,\"sign-in: tokens, OpenID documents\"\r\n\
            usgov,login.microsoftonline.us,443,people,sign-in when an invitation is redeemed\r\n\
            usgov,myapps.microsoft.us,443,people,\"My Apps, where an invited person lands\"\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_a_cloud_all_are_listed() {
        let json: serde_json::Value = serde_json::from_str(&listed(&hosts(None).unwrap(), Output::Json)).unwrap();
        assert_eq!(json["endpoints"].as_array().unwrap().len(), 12);
        assert_eq!(json["schema"], "xcsync.endpoints/1");
        assert!(listed(&hosts(None).unwrap(), Output::Text).starts_with("CLOUD"));
    }

    #[test]
    fn clouds_without_published_hosts_say_where_to_look() {
        assert_eq!(hosts(Some(CloudName::Custom)).unwrap_err().exit(), Exit::Usage);
        assert!(hosts(Some(CloudName::Sandbox)).unwrap_err().to_string().contains("this machine only"));
    }
}
