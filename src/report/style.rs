//! How text looks: colours and width, both only where a person reads it on a terminal.

use crate::world::{Environment, World};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl ColorChoice {
    /// Whether to colour a stream. <https://no-color.org>
    pub fn colors(self, terminal: bool, env: &Environment) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && env.get("NO_COLOR").is_none() && env.get("TERM") != Some("dumb"),
        }
    }
}

/// The look of a text report; the default is that of a pipe: no colours, lines of any length.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether words are coloured.
    pub color: bool,
    /// The columns to stay within; `None` never wraps a line.
    pub width: Option<u16>,
}

impl Style {
    /// The look for this run's stdout.
    pub fn for_stdout(choice: ColorChoice, world: &World) -> Self {
        let terminal = world.stdout_is_terminal;
        Self { color: choice.colors(terminal, &world.env), width: terminal.then(|| columns(&world.env)) }
    }

    /// The text, in a colour where there are colours.
    pub(super) fn paint(self, color: Color, text: &str) -> String {
        match color.code().filter(|_| self.color) {
            Some(code) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            None => text.to_owned(),
        }
    }
}

/// `COLUMNS`, else what the terminal says, else the width of a punched card.
fn columns(env: &Environment) -> u16 {
    let told = env.get("COLUMNS").and_then(|columns| columns.parse().ok());
    let measured = || console::Term::stdout().size_checked().map(|(_, columns)| columns);
    told.or_else(measured).filter(|columns| *columns > 0).unwrap_or(80)
}

/// The few colours, by what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    /// Went well, or will be sent.
    Good,
    /// Somebody must look.
    Attention,
    /// Went wrong.
    Bad,
    /// Of less importance.
    Faint,
    /// Headlines.
    Strong,
    /// Nothing special.
    Plain,
}

impl Color {
    /// The parameter of the SGR sequence (ECMA-48, 8.3.117).
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Good => Some("32"),
            Self::Attention => Some("33"),
            Self::Bad => Some("31"),
            Self::Faint => Some("2"),
            Self::Strong => Some("1"),
            Self::Plain => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_beats_the_terminal_and_always_beats_no_color() {
        let env = Environment::default();
        let without = env.clone().with("NO_COLOR", "1");
        assert!(ColorChoice::Auto.colors(true, &env));
        assert!(!ColorChoice::Auto.colors(false, &env));
        assert!(!ColorChoice::Auto.colors(true, &without));
        assert!(ColorChoice::Always.colors(false, &without));
        assert!(!ColorChoice::Never.colors(true, &env));
    }
}
