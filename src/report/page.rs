//! A page of text: lines that wrap on a terminal and never in a pipe.

use std::io::{self, Write};

use super::style::{Color, Style};
use crate::harmless::harmless_line;

/// Where text goes, and how it looks.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    pub(super) style: Style,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self { out, style }
    }

    /// A line as it is: the caller has made it harmless.
    pub(super) fn raw(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// The same, with its first word coloured.
    pub(super) fn first_word(&mut self, color: Color, line: &str) -> io::Result<()> {
        let (first, rest) = line.split_at(line.find(' ').unwrap_or(line.len()));
        self.raw(&format!("{}{rest}", self.style.paint(color, first)))
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Prose, `indent` columns from the left; what wraps goes two columns further in.
    pub(super) fn prose(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for (row, line) in self.wrapped(indent, text).into_iter().enumerate() {
            let left = indent + if row == 0 { 0 } else { 2 };
            writeln!(self.out, "{:left$}{line}", "")?;
        }
        Ok(())
    }

    /// `label: text`, with the label coloured.
    pub(super) fn labelled(&mut self, color: Color, label: &str, text: &str) -> io::Result<()> {
        let mut lines = self.wrapped(0, &format!("{label}: {text}")).into_iter();
        let first = lines.next().unwrap_or_default();
        let rest = first.strip_prefix(label).unwrap_or_default();
        writeln!(self.out, "{}{rest}", self.style.paint(color, label))?;
        lines.try_for_each(|line| writeln!(self.out, "  {line}"))
    }

    /// Two words in columns of their own, the first one coloured, the second one as wide as it says, and a text behind
    /// them. Says where the text begins.
    pub(super) fn entry(
        &mut self,
        color: Color,
        first: &str,
        (second, width): (&str, usize),
        text: &str,
    ) -> io::Result<usize> {
        let indent = 9 + width;
        let mut lines = self.wrapped(indent, text).into_iter();
        let (gap, line) = (9_usize.saturating_sub(first.len()), lines.next().unwrap_or_default());
        writeln!(self.out, "{}{:gap$}{second:<width$}{line}", self.style.paint(color, first), "")?;
        lines.try_for_each(|line| writeln!(self.out, "{:1$}{line}", "", indent + 2))?;
        Ok(indent)
    }

    /// The text cut at blanks so that each line stays within the width; a word that is too long stays whole.
    fn wrapped(&self, indent: usize, text: &str) -> Vec<String> {
        let text = harmless_line(text);
        let Some(width) = self.style.width else {
            return vec![text.into_owned()];
        };
        // Below 20 columns each word would be a line; a terminal may as well wrap them itself.
        let room = usize::from(width).saturating_sub(indent + 2).max(20);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if console::measure_text_width(line) + 1 + console::measure_text_width(word) <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(width: Option<u16>, text: &str) -> String {
        let mut out = Vec::new();
        let style = Style { color: false, width };
        Page::new(&mut out, style).prose(2, text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_pipe_gets_one_line_of_any_length() {
        let text = "word ".repeat(100);
        assert_eq!(prose(None, &text), format!("  {text}\n"));
    }

    #[test]
    fn a_terminal_gets_lines_that_fit() {
        let text = prose(Some(40), &"word ".repeat(30));
        assert!(text.lines().count() > 3);
        assert!(text.lines().all(|line| line.len() <= 40));
        assert!(text.lines().skip(1).all(|line| line.starts_with("    w")));
    }
}
