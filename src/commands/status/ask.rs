//! Asking the directory about whomever the ledger knows.

use std::collections::HashMap;

use tokio::time::timeout_at;

use super::Looking;
use crate::auth::{self, AuthError, Host, HttpClients};
use crate::directory::ObjectId;
use crate::error::Exit;
use crate::explain::own;
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::reads::Directory;
use crate::report::ErrorEntry;
use crate::selection::Scope;
use crate::status::Answers;

/// Why it could not be asked.
pub(super) struct Failure {
    /// How the call ends for it.
    pub(super) exit: Exit,
    /// What is said of it.
    pub(super) entry: ErrorEntry,
}

/// People between two moves of the progress line: some batches of 20, of which four are under way at once.
const CHUNK: usize = 400;

/// What is shown instead, whatever has failed. Half of an answer is no picture of one moment.
const SHOWN: &str = "what is shown is what the ledger knows";

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Self {
            exit: error.exit(),
            entry: ErrorEntry {
                code: error.reported_code(),
                message: format!("{error}; {SHOWN}"),
                hint: Some(error.remedy()),
                quotes_service: error.quotes_service(),
            },
        }
    }
}

impl Looking<'_> {
    /// Asks about people by id, in batches; for as long as a run may take at most.
    pub(super) async fn ask(&self, ids: &[ObjectId], scope: &Scope) -> Result<Answers, Failure> {
        let client = self.client().map_err(GraphError::Auth)?;
        let Ok(answers) = timeout_at(client.deadline(), self.read(&client, ids, scope)).await else {
            let message = format!("max_runtime is over before everybody was asked about; {SHOWN}");
            return Err(Failure { exit: Exit::Stopped, entry: ErrorEntry::own(own::OUT_OF_TIME, message) });
        };
        Ok(answers?)
    }

    fn client(&self) -> Result<Client, AuthError> {
        let clients = HttpClients::for_tenant(self.tenant)?;
        let tokens = auth::access_tokens(self.tenant, &clients, Host::of(self.world))?;
        let client = Client::new(self.tenant, clients.graph, tokens, &self.tenant.limits);
        Ok(client.recorded(self.options.recorder.clone()))
    }

    async fn read(&self, client: &Client, ids: &[ObjectId], scope: &Scope) -> Result<Answers, GraphError> {
        let attributes = scope.attributes();
        let directory = Directory::new(client, &attributes);
        // The server's time, and the proof that it is this tenant, as in a run.
        let now = directory.organization().await?.now;
        let count = |people: usize| people.try_into().unwrap_or(u64::MAX);
        let mut people = HashMap::new();
        for chunk in ids.chunks(CHUNK) {
            self.progress.asking(count(people.len()), count(ids.len()));
            people.extend(chunk.iter().copied().zip(directory.people(chunk).await?));
        }
        Ok(Answers { now, people })
    }
}
