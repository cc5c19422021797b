//! A way to the emulator that can be closed: then no connection to it ever stands.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use xcsync::sandbox::Sandbox;

use super::Tenant;

/// A port that leads to the emulator, as long as it is open.
pub struct Gateway {
    address: SocketAddr,
    target: String,
    open: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Puts itself in front of a tenant, whose runs then go through it.
    pub async fn before(tenant: Tenant) -> (Self, Tenant) {
        let target = tenant.graph.root().replace("http://", "");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Some(tokio::spawn(accept(listener, target.clone())));
        let root = format!("http://{address}");
        let tenant = behind(tenant, &root);
        (Self { address, target, open }, tenant)
    }

    /// Closes the port and every connection through it.
    pub fn close(&mut self) {
        self.open.take().into_iter().for_each(|task| task.abort());
    }

    /// Opens the same port again.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.open = Some(tokio::spawn(accept(listener, self.target.clone())));
    }

    /// Waits until so many invitations have reached the emulator.
    pub async fn after_posts(graph: &Sandbox, posts: usize) {
        Self::after(graph, "/invitations", posts).await;
    }

    /// Waits, in simulated time, until so many requests with this in their address have reached the emulator.
    pub async fn after(graph: &Sandbox, url: &str, requests: usize) {
        while graph.traffic().iter().filter(|exchange| exchange.url.contains(url)).count() < requests {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

fn behind(tenant: Tenant, root: &str) -> Tenant {
    tenant.graph.set_public_root(root);
    let mut tenant = tenant.set(
        "endpoints",
        &format!("graph = {root:?}\nauthority = {root:?}\nredirect = \"https://myapps.microsoft.us\""),
    );
    tenant.token = tenant.graph.token(super::INVITER);
    tenant
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.close();
    }
}

async fn accept(listener: TcpListener, target: String) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let target = target.clone();
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(target).await {
                // An end that goes away is what this is for.
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
