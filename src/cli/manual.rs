//! `xcsync completions` and `xcsync man`: what is generated from the types of the command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man as Renderer;
use clap_mangen::roff::{Roff, roman};

use super::Cli;
use crate::cloud::CloudName;
use crate::config::AuthMethod;

/// `xcsync completions`.
#[derive(Clone, Copy, Debug, Args)]
pub struct Completions {
    /// For which shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  source <(xcsync completions bash)                                  for this session of bash
  xcsync completions bash > /etc/bash_completion.d/xcsync            for every session
  xcsync completions zsh > /usr/local/share/zsh/site-functions/_xcsync
  xcsync completions fish > ~/.config/fish/completions/xcsync.fish
  xcsync completions powershell | Out-String | Invoke-Expression     in $PROFILE";

/// `xcsync man`.
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// The command, in its words; without it the program's own page.
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub command: Vec<String>,
    /// Write the pages of all commands into this folder, over pages that are there.
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  xcsync man | man -l -                          the program's own page
  xcsync man setup tenant | man -l -             a command's
  xcsync man --dir /usr/local/share/man/man1     all of them, for `man xcsync-setup-tenant`";

/// The completions of a shell, as a script.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut completed(), "xcsync", &mut script);
    script
}

/// The command line, with the names that clap can't know because functions of our own read them.
fn completed() -> Command {
    let clouds = CloudName::all().map(CloudName::name);
    // A certificate has a file, which no flag names.
    let methods = AuthMethod::all().filter(|method| *method != AuthMethod::ClientCertificate).map(AuthMethod::name);
    Cli::command()
        .mut_arg("cloud", |arg| arg.value_parser(PossibleValuesParser::new(clouds)))
        .mut_arg("auth", |arg| arg.value_parser(PossibleValuesParser::new(methods)))
}

/// A man page.
pub struct Page {
    /// The command's words, without the program's name.
    pub command: Vec<String>,
    /// What its file is called in a folder `man1`.
    pub file_name: String,
    /// In the language of `man(7)`.
    pub text: Vec<u8>,
}

/// The pages of the program and of all commands.
pub fn pages() -> Vec<Page> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    add(&program, &[], &mut pages);
    pages
}

fn add(command: &Command, words: &[String], pages: &mut Vec<Page>) {
    let page = Renderer::new(command.clone());
    pages.push(Page { command: words.to_vec(), file_name: page.get_filename(), text: rendered(&page, command) });
    for below in command.get_subcommands() {
        let words = [words, &[below.get_name().to_owned()]].concat();
        add(below, &words, pages);
    }
}

/// The page as the library would render it, but for two things: the library leaves an empty date out, so that the
/// version would stand in its place, and makes one paragraph of what stands below the options.
fn rendered(page: &Renderer, command: &Command) -> Vec<u8> {
    let name = command.get_display_name().unwrap_or("xcsync");
    let mut text = format!(".TH {name} 1 \"\" \"xcsync {}\" xcsync\n", env!("CARGO_PKG_VERSION")).into_bytes();
    let parts = [Renderer::render_name_section, Renderer::render_synopsis_section];
    let parts = parts.into_iter().chain([Renderer::render_description_section, Renderer::render_options_section]);
    // Writing to memory cannot fail.
    let _ = parts.into_iter().try_for_each(|part| part(page, &mut text));
    if command.has_subcommands() {
        let _ = page.render_subcommands_section(&mut text);
    }
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let _ = sections(&notes).to_writer(&mut text);
    text
}

/// The text below the options: its prose, then its lists of examples and codes line by line.
fn sections(notes: &str) -> Roff {
    let mut roff = Roff::new();
    let (lists, prose): (Vec<&str>, Vec<_>) = notes.split("\n\n").filter(|part| !part.is_empty()).partition(is_list);
    for (at, paragraph) in prose.into_iter().enumerate() {
        if at == 0 {
            roff.control("SH", ["NOTES"])
        } else {
            roff.control("PP", [])
        };
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
    for list in lists {
        let (heading, lines) = list.split_once(":\n").unwrap_or_default();
        roff.control("SH", [heading.to_uppercase().as_str()]).control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("fi", []);
    }
    roff
}

/// Whether a paragraph is a heading and indented lines.
fn is_list(paragraph: &&str) -> bool {
    paragraph.split_once(":\n").is_some_and(|(heading, lines)| !heading.contains('\n') && lines.starts_with("  "))
}
