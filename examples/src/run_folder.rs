//! The folder of one run.
//!
//! | file | content |
//! |---|---|
//! | `run.json` | experiment, revision, seed: what makes the folder a run folder |
//! | `config.toml` or `config.json` | the resolved configuration |
//! | `<search>.csv` | numbers per generation, written by the search |
//! | `results.json` | results |
//! | `arrays.npz` | arrays, for numpy |
//! | `figures/` | every figure as SVG and PNG |
//! | `report.html` | all of it, to look at |
//!
//! Every file is written whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::atomic::{write_atomic, write_bytes};
use crate::canvas::{Figure, SavedFigure};
use crate::error::{Error, Result};
use crate::finite::require_finite;
use crate::npz::Arrays;
use crate::report::Report;

/// What identifies a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name of the experiment.
    pub experiment: String,
    /// Revision of the program, see [`revision`].
    pub revision: String,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// The form of the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigFormat {
    /// `config.toml`.
    Toml,
    /// `config.json`.
    Json,
}

/// An open run folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    run: Run,
}

impl RunFolder {
    /// Creates `base/name` for a new run and writes `run.json`.
    ///
    /// # Errors
    /// [`Error::FolderInUse`] when the folder exists and is not empty, [`Error::Io`] with the path.
    pub fn create(base: &Path, name: &str, run: Run) -> Result<Self> {
        let path = base.join(name);
        if path.exists() {
            let mut entries = fs::read_dir(&path).map_err(Error::io("list", &path))?;
            if entries.next().is_some() {
                return Err(Error::FolderInUse { found: describe(&path), path });
            }
        }
        let figures = path.join("figures");
        fs::create_dir_all(&figures).map_err(Error::io("create", &figures))?;
        write_json(&path.join("run.json"), &run)?;
        Ok(Self { path, run })
    }

    /// Starts a run in the folder `out`, or without it in `runs/STEM`, with a number if that is taken, and writes the
    /// configuration as TOML. A folder without a configuration is no run, so if that fails nothing is left behind.
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`write_config`](Self::write_config); [`Error::Io`] for a path without a last part.
    pub fn start<T: Serialize>(out: Option<&Path>, stem: &str, run: Run, config: &T) -> Result<Self> {
        let folder = Self::place(out, stem, run)?;
        if let Err(error) = folder.write_config(config, ConfigFormat::Toml) {
            fs::remove_dir_all(&folder.path).map_err(Error::io("remove", &folder.path))?;
            return Err(error);
        }
        Ok(folder)
    }

    /// Opens the folder of an earlier run of `experiment` and reads its configuration, to go on.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`read_config`](Self::read_config); [`Error::OtherExperiment`].
    pub fn resume<T: DeserializeOwned>(path: &Path, experiment: &str) -> Result<(Self, T)> {
        let folder = Self::open(path)?;
        if folder.run.experiment != experiment {
            let (found, expected) = (folder.run.experiment, experiment.to_owned());
            return Err(Error::OtherExperiment { path: folder.path, found, expected });
        }
        let config = folder.read_config()?;
        Ok((folder, config))
    }

    /// The folder of [`start`](Self::start), without a configuration.
    fn place(out: Option<&Path>, stem: &str, run: Run) -> Result<Self> {
        let Some(path) = out else {
            let base = Path::new("runs");
            let free = (1..).map(|k| if k == 1 { stem.to_owned() } else { format!("{stem}-{k}") });
            let name = free.into_iter().find(|name| !base.join(name).exists()).unwrap_or_else(|| stem.to_owned());
            return Self::create(base, &name, run);
        };
        let no_name = || {
            std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                "the path ends without a name, expected a folder name",
            )
        };
        let name = path.file_name().ok_or_else(no_name).map_err(Error::io("create", path))?;
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::create(parent, &name.to_string_lossy(), run)
    }

    /// Opens the folder of an earlier run, to resume or to report it.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Decode`] when it holds no readable `run.json`.
    pub fn open(path: &Path) -> Result<Self> {
        let run = read_json(&path.join("run.json"))?;
        let figures = path.join("figures");
        fs::create_dir_all(&figures).map_err(Error::io("create", &figures))?;
        Ok(Self { path: path.to_owned(), run })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What identifies the run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Path of a file in the folder, for files of the experiment's own such as a checkpoint.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file of the experiment's own.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_bytes(&self.file(name), bytes)
    }

    /// Writes the resolved configuration.
    ///
    /// # Errors
    /// [`Error::NotFinite`]; [`Error::Encode`] when the format has no form for it (TOML knows no null and no
    /// integer above `i64::MAX`); [`Error::Io`].
    pub fn write_config<T: Serialize>(&self, config: &T, format: ConfigFormat) -> Result<()> {
        match format {
            ConfigFormat::Json => write_json(&self.file("config.json"), config),
            ConfigFormat::Toml => {
                let path = self.file("config.toml");
                require_finite("config.toml", config)?;
                let text = toml::to_string_pretty(config).map_err(Error::encode("TOML", &path))?;
                write_bytes(&path, text.as_bytes())
            }
        }
    }

    /// Reads the configuration back, whichever form it has.
    ///
    /// # Errors
    /// See [`read_config`].
    pub fn read_config<T: DeserializeOwned>(&self) -> Result<T> {
        read_config(&self.config_path())
    }

    /// The text of the configuration as it stands in the folder, or nothing when none was written.
    ///
    /// # Errors
    /// [`Error::Io`] when the file exists and cannot be read.
    pub fn config_text(&self) -> Result<String> {
        let path = self.config_path();
        if path.exists() { fs::read_to_string(&path).map_err(Error::io("read", &path)) } else { Ok(String::new()) }
    }

    fn config_path(&self) -> PathBuf {
        let toml = self.file("config.toml");
        if toml.exists() { toml } else { self.file("config.json") }
    }

    /// Writes `results.json`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the path of the number, [`Error::Encode`], [`Error::Io`].
    pub fn write_results<T: Serialize>(&self, results: &T) -> Result<()> {
        write_json(&self.file("results.json"), results)
    }

    /// Reads `results.json`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Decode`] with the path.
    pub fn read_results<T: DeserializeOwned>(&self) -> Result<T> {
        read_json(&self.file("results.json"))
    }

    /// Writes `arrays.npz`.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn write_arrays(&self, arrays: &Arrays) -> Result<()> {
        arrays.save(&self.file("arrays.npz"))
    }

    /// Draws a figure to `figures/NAME.svg` and `figures/NAME.png`.
    ///
    /// # Errors
    /// [`Error::Draw`] or [`Error::Io`].
    pub fn save_figure(&self, figure: &dyn Figure, name: &str) -> Result<SavedFigure> {
        crate::canvas::save(figure, &self.path.join("figures"), name)
    }

    /// Writes `report.html`; experiment, revision, seed and configuration are added to it.
    ///
    /// # Errors
    /// [`Error::Io`] with the path of the report, of a figure or of the configuration.
    pub fn write_report(&self, report: &Report) -> Result<PathBuf> {
        let path = self.file("report.html");
        let html = report.html(&self.run, &self.config_text()?)?;
        write_bytes(&path, html.as_bytes())?;
        Ok(path)
    }
}

/// What stands in a folder that is not empty.
fn describe(path: &Path) -> String {
    match read_json::<Run>(&path.join("run.json")) {
        Ok(run) => format!("a run of {} (seed {}, revision {})", run.experiment, run.seed, run.revision),
        Err(_) => "other files".into(),
    }
}

/// Writes a value as JSON, whole or not at all, and refuses numbers that are not finite.
///
/// # Errors
/// [`Error::NotFinite`] with the path of the number, [`Error::Encode`], [`Error::Io`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    require_finite(&name, value)?;
    write_atomic(path, |file| {
        let text = serde_json::to_string_pretty(value).map_err(Error::encode("JSON", path))?;
        writeln!(file, "{text}").map_err(Error::io("write", path))
    })
}

/// Reads a JSON file.
///
/// # Errors
/// [`Error::Io`] or [`Error::Decode`] with the path.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    serde_json::from_str(&text).map_err(Error::decode("JSON", path))
}

/// Reads a configuration: TOML when the name ends in `.toml`, JSON otherwise.
///
/// # Errors
/// [`Error::Io`] or [`Error::Decode`] with the path.
pub fn read_config<T: DeserializeOwned>(path: &Path) -> Result<T> {
    if path.extension().is_some_and(|extension| extension == "toml") {
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        toml::from_str(&text).map_err(Error::decode("TOML", path))
    } else {
        read_json(path)
    }
}

/// Revision of the git checkout around `folder`: twelve digits of the commit, with `-dirty` when files differ from
/// it, or `unknown` where there is no git, no checkout or no commit.
pub fn revision(folder: &Path) -> String {
    let git = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "--verify", "HEAD"]) else {
        return "unknown".into();
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if !changes.is_empty() => format!("{commit}-dirty"),
        _ => commit,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn run() -> Run {
        Run { experiment: "mouse".into(), revision: "abc".into(), seed: u64::MAX }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Config {
        rate_hz: f64,
        name: Option<String>,
    }

    #[test]
    fn opens_what_it_created() {
        let base = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(base.path(), "one", run()).unwrap();
        let config = Config { rate_hz: 0.1, name: None };
        for format in [ConfigFormat::Json, ConfigFormat::Toml] {
            folder.write_config(&config, format).unwrap();
            let again = RunFolder::open(folder.path()).unwrap();
            assert_eq!(again.run(), &run());
            assert_eq!(again.read_config::<Config>().unwrap(), config);
        }
        assert!(folder.config_text().unwrap().contains("rate_hz = 0.1"));
    }

    #[test]
    fn a_used_folder_is_refused_in_one_line() {
        let base = tempfile::tempdir().unwrap();
        RunFolder::create(base.path(), "one", run()).unwrap();
        let message = RunFolder::create(base.path(), "one", run()).unwrap_err().to_string();
        assert!(message.contains("a run of mouse (seed 18446744073709551615, revision abc)"), "{message}");
        assert!(!message.contains('\n'));
        fs::create_dir(base.path().join("two")).unwrap();
        fs::write(base.path().join("two").join("thesis.txt"), "x").unwrap();
        let message = RunFolder::create(base.path(), "two", run()).unwrap_err().to_string();
        assert!(message.contains("other files"), "{message}");
    }

    #[test]
    fn an_empty_folder_is_taken() {
        let base = tempfile::tempdir().unwrap();
        fs::create_dir(base.path().join("one")).unwrap();
        RunFolder::create(base.path(), "one", run()).unwrap();
    }

    #[test]
    fn nan_is_refused_and_the_old_results_stay() {
        let base = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(base.path(), "one", run()).unwrap();
        folder.write_results(&Config { rate_hz: 1.0, name: None }).unwrap();
        let message = folder.write_results(&Config { rate_hz: f64::NAN, name: None }).unwrap_err().to_string();
        assert_eq!(message, "results.json: rate_hz is NaN; only finite numbers are written");
        assert_eq!(folder.read_results::<Config>().unwrap().rate_hz, 1.0);
        let message = folder.write_config(&[f64::INFINITY], ConfigFormat::Toml).unwrap_err().to_string();
        assert!(message.contains("[0] is inf"), "{message}");
        assert!(!folder.file("config.toml").exists());
    }

    #[test]
    fn broken_files_are_named_in_one_line() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("config.toml");
        fs::write(&path, "rate_hz = \n x").unwrap();
        let message = read_config::<Config>(&path).unwrap_err().to_string();
        assert!(message.contains("config.toml as TOML") && !message.contains('\n'), "{message}");
        let message = RunFolder::open(base.path()).unwrap_err().to_string();
        assert!(message.contains("run.json"), "{message}");
    }

    #[test]
    fn a_whole_run_stands_in_its_folder() {
        let base = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(base.path(), "one", run()).unwrap();
        folder.write_config(&Config { rate_hz: 0.1, name: None }, ConfigFormat::Toml).unwrap();
        folder.write_arrays(&Arrays::new()).unwrap();
        folder.write("checkpoint.json", b"{}").unwrap();
        let sheet = crate::figures::ContactSheet { title: "Stimuli".into(), images: vec![], columns: 1 };
        let figure = folder.save_figure(&sheet, "stimuli").unwrap();
        let mut report = Report::new("A run", "");
        report.figure(figure, "No stimuli.");
        let page = fs::read_to_string(folder.write_report(&report).unwrap()).unwrap();
        assert!(page.contains("rate_hz = 0.1") && page.contains("<figcaption>No stimuli.") && page.contains("<svg"));
        let mut names: Vec<String> = Vec::new();
        for place in [folder.path().to_owned(), folder.file("figures")] {
            names.extend(fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()));
        }
        names.sort();
        let expected = [
            "arrays.npz",
            "checkpoint.json",
            "config.toml",
            "figures",
            "report.html",
            "run.json",
            "stimuli.png",
            "stimuli.svg",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn outside_a_checkout_the_revision_is_unknown() {
        let base = tempfile::tempdir().unwrap();
        assert_eq!(revision(base.path()), "unknown");
    }
}
