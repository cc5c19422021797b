/// Every refusal that the catalogue knows, and those that it does not.
mod catalogue;
/// People who fail one after the other.
mod failures;
/// A run that is asked to end.
mod interrupted;
/// `max_runtime`, and a service that wants to be left alone for longer.
mod time;
/// What was waiting when a run was told to stop, and what is still in doubt.
mod waiting;
