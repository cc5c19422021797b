//! Each command wires stages and decides nothing.
