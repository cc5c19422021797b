/// The digest, computed once more from the words of the specification.
mod digest;
/// Limits and waves.
mod limits;
/// Every reason, and which of two comes first.
mod reasons;
