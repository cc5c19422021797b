/// What a lost answer is settled by: reading, never a second post.
mod ambiguity;
/// The first invitation, and what opens the way for the others.
mod first;
/// The pace, and how many are under way at once.
mod pace;
/// What the service asks for: to be left alone for a while.
mod throttling;
/// A token that is rejected in the middle.
mod tokens;
