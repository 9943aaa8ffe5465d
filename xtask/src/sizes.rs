//! Prints how long the source files are. Sizes are a smell, not a law, so nothing fails here.

use std::path::Path;

use anyhow::Result;

use crate::paths;

/// A file longer than this deserves a hard look (house style: 90 % of the files are shorter).
const LONG: usize = 400;

/// Prints the twenty longest Rust files with the median and the 90th percentile of all.
pub fn report() -> Result<()> {
    let mut sizes: Vec<(usize, String)> = Vec::new();
    for file in paths::tracked()? {
        if Path::new(&file).extension().is_some_and(|extension| extension == "rs")
            && let Some(text) = paths::text(&file)?
        {
            sizes.push((text.lines().count(), file));
        }
    }
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    println!("\nlines  file");
    for (lines, file) in sizes.iter().take(20) {
        println!("{lines:>5}  {file}{}", if *lines > LONG { "  (long)" } else { "" });
    }
    let at = |share: usize| sizes.get(sizes.len() * (100 - share) / 100).map_or(0, |entry| entry.0);
    println!("{} files: median {} lines, 90 % up to {}", sizes.len(), at(50), at(90));
    Ok(())
}
