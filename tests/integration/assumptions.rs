/// What a second invitation, a throttled and an odd answer look like.
mod answering;
/// What a look into the home tenant shows.
mod at_home;
/// Who may invite, and what the service refuses.
mod refusing;
/// What reads show, and when.
mod seeing;

use xcsync::sandbox::{Person, Switches};

use crate::context::Tenant;

/// The same tenant under both values of a switch; the assumed one first.
async fn under_both(people: impl Fn() -> Vec<Person>, other: fn(&mut Switches)) -> [Tenant; 2] {
    let changed = Tenant::with(people()).await;
    changed.graph.edit(|tenant| other(&mut tenant.switches));
    [Tenant::with(people()).await, changed]
}
