//! Where the configuration and the ledger lie. The working folder is never looked at: a scheduler's is anybody's guess.

use std::path::{Component, Path, PathBuf};

use super::State;
use crate::world::Environment;

/// The families of systems with different folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    /// Linux and the like: <https://specifications.freedesktop.org/basedir-spec/latest/>.
    Unix,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Platform {
    /// That of this build.
    pub(super) fn current() -> Self {
        match std::env::consts::OS {
            "windows" => Self::Windows,
            "macos" => Self::MacOs,
            _ => Self::Unix,
        }
    }

    /// Whether a file lies in a folder, by their names; on Windows their case says nothing.
    fn lies_in(self, file: &Path, folder: &Path) -> bool {
        let same = |(part, other): (Component<'_>, Component<'_>)| match self {
            Self::Windows => part.as_os_str().eq_ignore_ascii_case(other.as_os_str()),
            Self::Unix | Self::MacOs => part == other,
        };
        let parts = folder.components().count();
        file.components().count() >= parts && file.components().zip(folder.components()).all(same)
    }
}

/// Whose configuration it is, which decides where the ledger lies by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A person's.
    User,
    /// The machine's.
    System,
}

/// The folders of one machine and account.
pub(super) struct Folders<'a> {
    platform: Platform,
    env: &'a Environment,
}

impl<'a> Folders<'a> {
    pub(super) fn new(platform: Platform, env: &'a Environment) -> Self {
        Self { platform, env }
    }

    /// Where a configuration is looked for, first the user's, then the system's.
    pub(super) fn candidates(&self) -> Vec<PathBuf> {
        let folders = self.user_config().into_iter().chain([self.system_config()]);
        folders.map(|folder| folder.join("config.toml")).collect()
    }

    /// Whose a configuration at this path is.
    pub(super) fn origin(&self, file: &Path) -> Origin {
        let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        if self.platform.lies_in(&whole, &self.system_config()) { Origin::System } else { Origin::User }
    }

    /// The ledger's default place. An account without a home is a service's: it gets the system's.
    pub(super) fn ledger(&self, origin: Origin) -> PathBuf {
        let user = match origin {
            Origin::User => self.user_state(),
            Origin::System => None,
        };
        user.unwrap_or_else(|| self.system_state()).join("xcsync.db")
    }

    /// The ledger's place: the one that was named, else the default one.
    pub(super) fn state(&self, named: Option<PathBuf>, origin: Origin) -> State {
        let is_default = named.is_none();
        let path = named.unwrap_or_else(|| self.ledger(origin));
        let mut elsewhere = vec![self.ledger(Origin::User), self.ledger(Origin::System)];
        elsewhere.dedup();
        elsewhere.retain(|other| *other != path);
        State { path, is_default, elsewhere }
    }

    fn user_config(&self) -> Option<PathBuf> {
        let folder = match self.platform {
            Platform::Windows => self.folder("APPDATA"),
            Platform::MacOs => self.application_support(),
            Platform::Unix => self.folder("XDG_CONFIG_HOME").or_else(|| Some(self.folder("HOME")?.join(".config"))),
        };
        Some(folder?.join("xcsync"))
    }

    fn user_state(&self) -> Option<PathBuf> {
        let folder = match self.platform {
            Platform::Windows => self.folder("LOCALAPPDATA"),
            Platform::MacOs => self.application_support(),
            Platform::Unix => self.folder("XDG_STATE_HOME").or_else(|| Some(self.folder("HOME")?.join(".local/state"))),
        };
        Some(folder?.join("xcsync"))
    }

    fn system_config(&self) -> PathBuf {
        match self.platform {
            Platform::Windows => self.program_data(),
            Platform::Unix | Platform::MacOs => PathBuf::from("/etc/xcsync"),
        }
    }

    fn system_state(&self) -> PathBuf {
        match self.platform {
            Platform::Windows => self.program_data(),
            Platform::Unix | Platform::MacOs => PathBuf::from("/var/lib/xcsync"),
        }
    }

    fn program_data(&self) -> PathBuf {
        self.folder("ProgramData").unwrap_or_else(|| PathBuf::from(r"C:\ProgramData")).join("xcsync")
    }

    fn application_support(&self) -> Option<PathBuf> {
        Some(self.folder("HOME")?.join("Library/Application Support"))
    }

    /// A folder named by a variable; the base directory specification tells to ignore relative ones.
    fn folder(&self, variable: &str) -> Option<PathBuf> {
        let text = self.env.get(variable)?;
        let drive = self.platform == Platform::Windows && text.chars().nth(1) == Some(':');
        (text.starts_with('/') || drive || Path::new(text).is_absolute()).then(|| PathBuf::from(text))
    }
}

/// Where `config init` writes without being told: the user's folder, or the system's for an account without a home.
pub fn new_file(env: &Environment) -> PathBuf {
    let mut candidates = Folders::new(Platform::current(), env).candidates();
    candidates.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> Environment {
        variables.iter().fold(Environment::default(), |env, (name, value)| env.with(name, value))
    }

    fn candidates(platform: Platform, variables: &[(&str, &str)]) -> Vec<String> {
        let env = env(variables);
        let candidates = Folders::new(platform, &env).candidates();
        candidates.iter().map(|path| path.to_string_lossy().replace('\\', "/")).collect()
    }

    #[test]
    fn the_users_file_is_looked_for_before_the_systems() {
        let home = [("HOME", "/home/ann")];
        assert_eq!(
            candidates(Platform::Unix, &home),
            ["/home/ann/.config/xcsync/config.toml", "/etc/xcsync/config.toml"]
        );
        let mac = "/home/ann/Library/Application Support/xcsync/config.toml";
        assert_eq!(candidates(Platform::MacOs, &home), [mac, "/etc/xcsync/config.toml"]);
        let windows = [("APPDATA", r"C:\Users\ann\AppData\Roaming"), ("ProgramData", r"D:\Data")];
        let expected = ["C:/Users/ann/AppData/Roaming/xcsync/config.toml", "D:/Data/xcsync/config.toml"];
        assert_eq!(candidates(Platform::Windows, &windows), expected);
    }

    #[test]
    fn a_missing_home_leaves_the_systems_file() {
        assert_eq!(candidates(Platform::Unix, &[]), ["/etc/xcsync/config.toml"]);
        assert_eq!(candidates(Platform::Windows, &[]), ["C:/ProgramData/xcsync/config.toml"]);
    }

    #[test]
    fn relative_base_folders_are_ignored() {
        let variables = [("XDG_CONFIG_HOME", "here"), ("HOME", "/home/ann")];
        assert_eq!(candidates(Platform::Unix, &variables)[0], "/home/ann/.config/xcsync/config.toml");
    }

    #[test]
    fn the_ledger_lies_where_the_configuration_belongs() {
        let env = env(&[("HOME", "/home/ann"), ("XDG_STATE_HOME", "/state")]);
        let unix = Folders::new(Platform::Unix, &env);
        assert_eq!(unix.origin(Path::new("/etc/xcsync/config.toml")), Origin::System);
        assert_eq!(unix.origin(Path::new("/etc/xcsync2/config.toml")), Origin::User);
        assert_eq!(unix.ledger(Origin::System), PathBuf::from("/var/lib/xcsync/xcsync.db"));
        assert_eq!(unix.ledger(Origin::User), PathBuf::from("/state/xcsync/xcsync.db"));
        let mac = Folders::new(Platform::MacOs, &env).ledger(Origin::User);
        assert_eq!(mac, PathBuf::from("/home/ann/Library/Application Support/xcsync/xcsync.db"));
    }

    #[test]
    fn on_windows_a_folder_in_another_case_is_the_same_folder() {
        let lies =
            |platform: Platform, file: &str| platform.lies_in(Path::new(file), Path::new("C:/ProgramData/xcsync"));
        assert!(lies(Platform::Windows, "c:/programdata/XCSync/config.toml"));
        assert!(!lies(Platform::Windows, "c:/programdata/xcsync2/config.toml"));
        assert!(!lies(Platform::Windows, "c:/programdata"));
        assert!(lies(Platform::Unix, "C:/ProgramData/xcsync/config.toml"));
        assert!(!lies(Platform::Unix, "C:/programdata/xcsync/config.toml"));
    }

    #[test]
    fn an_account_without_a_home_keeps_its_ledger_with_the_system() {
        let env = Environment::default();
        let unix = Folders::new(Platform::Unix, &env);
        assert_eq!(unix.ledger(Origin::User), PathBuf::from("/var/lib/xcsync/xcsync.db"));
    }
}
