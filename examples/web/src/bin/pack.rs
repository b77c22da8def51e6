//! Writes the emoji as one file, which the page loads: `cargo run -p pixmap-cache-web --bin pack -- FILE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("pack: {sentence}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn write() -> Result<(), String> {
    let path = std::env::args_os().nth(1).ok_or("give the file to write.")?;
    let pack = kit::pictures::emoji::EmojiSet::shuffled(1).pack();
    std::fs::write(path, pack).map_err(|error| format!("the file cannot be written: {error}."))
}

#[cfg(target_arch = "wasm32")]
fn write() -> Result<(), String> {
    Err("a browser has no files.".into())
}
