//! Embeds what `npm run build` made in `web/dist`. Without it the crate still builds, and says what is missing.

use std::path::Path;

fn main() {
    let built = "../../web/dist";
    println!("cargo::rerun-if-changed={built}");
    let folder = if Path::new(built).join("index.html").exists() { built } else { "unbuilt" };
    memory_serve::load_directory(folder);
}
