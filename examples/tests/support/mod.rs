//! Examples as a user meets them: runs the built program, which `cargo test` builds beside the tests; without it the
//! tests say so and pass.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program, beside this test in the target folder.
fn program(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().unwrap();
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let found = own.ancestors().map(|folder| folder.join("examples").join(&name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: examples/{name} is not built; `cargo test -p evoplast-examples` builds it");
    }
    found
}

/// A folder to run in, and the program.
pub struct Place {
    program: PathBuf,
    /// The folder.
    pub folder: tempfile::TempDir,
}

impl Place {
    /// A new folder, and the example of this name if it is built.
    pub fn new(name: &str) -> Option<Self> {
        Some(Self { program: program(name)?, folder: tempfile::tempdir().unwrap() })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments.split_whitespace()).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program, which must succeed; returns what it printed.
    pub fn succeed(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs the program, which must refuse in one line with all `parts`, and change no file.
    pub fn refuse(&self, arguments: &str, parts: &[&str]) {
        let before = files(self.folder.path());
        let output = self.run(arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments}: success");
        assert!(output.status.code().is_some_and(|code| code != 101), "{arguments}: a panic or signal: {message}");
        assert_eq!(message.lines().count(), 1, "{arguments}: not one line: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments}: no {part:?} in: {message}");
        }
        let after = files(self.folder.path());
        let names: Vec<&PathBuf> = after.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
        assert!(names.is_empty() && before.len() == after.len(), "{arguments}: files changed: {names:?}");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}

/// All files and folders below `folder`; folders have no content.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
            all.insert(path, None);
        } else {
            let bytes = fs::read(&path).unwrap();
            all.insert(path, Some(bytes));
        }
    }
    all
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    for (path, content) in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        match content {
            Some(bytes) => fs::write(target, bytes).unwrap(),
            None => fs::create_dir_all(target).unwrap(),
        }
    }
}
