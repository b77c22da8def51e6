//! Versions of the crates in a comparison, from the `Cargo.lock` of this build.

const LOCK: &str = include_str!("../../../Cargo.lock");

/// Returns the version of a crate that the lock file names.
pub fn version_of(name: &str) -> &'static str {
    let header = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = LOCK
        .split_once(&header)
        .expect("the lock file names every dependency");
    rest.split('"').next().expect("BUG: a split has a first part")
}
