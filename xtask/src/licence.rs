//! Takes the licences of everything we are built from; gives those that our own Apache-2.0 cannot stand on.
//! Never trusts a missing licence, and never reads the licence texts themselves.

use std::fs;

use crate::run::{Failure, cargo, output};
use crate::web;

/// Licences that ask for no more than credit and their own text: what the program is built from.
/// The exception to Apache-2.0 takes a duty away and adds none (ar_archive_writer, under Typst's stack).
const PERMISSIVE: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Also in the web app as served: fonts, free to embed.
const FONTS: &str = "OFL-1.1";

/// Also for web packages that build or test the app and are no part of it: MPL-2.0 keeps changes to its own files open
/// (lightningcss, axe-core), Python-2.0 asks for credit (argparse).
const BUILD_ONLY: [&str; 2] = ["MPL-2.0", "Python-2.0"];

/// Checks the crates and the web packages; says how many there were.
pub(crate) fn gate() -> Result<String, Failure> {
    let format = ["--prefix", "none", "--format", "{p}\t{l}"];
    let tree = output(cargo(&["tree", "--workspace", "--locked", "--target", "all"]).args(format))?;
    let tree = String::from_utf8_lossy(&tree);
    let crates = crates(&tree);
    let lock = fs::read_to_string(web::folder().join("package-lock.json"))
        .map_err(|error| Failure::new(format!("cannot read `web/package-lock.json`: {error}")))?;
    let packages = packages(&lock);
    let refused_crates = crates
        .iter()
        .filter(|(_, licence)| !allowed(licence, &|id| PERMISSIVE.contains(&id)))
        .map(|(name, licence)| format!("  {name}: `{licence}`"));
    let refused_packages = packages
        .iter()
        .filter(|package| !allowed(package.licence, &|id| package.may_be(id)))
        .map(|package| format!("  {}: `{}`", package.name, package.licence));
    let refused: Vec<String> = refused_crates.chain(refused_packages).collect();
    if refused.is_empty() {
        return Ok(format!("{} crates, {} web packages", crates.len(), packages.len()));
    }
    Err(Failure::new(format!(
        "not on the lists of xtask/src/licence.rs; take another package, or add the licence with its reason:\n{}",
        refused.join("\n")
    )))
}

/// One package of an npm lock file.
#[derive(Debug, PartialEq)]
struct Package<'a> {
    name: &'a str,
    licence: &'a str,
    /// Builds or tests the app, and is no part of it.
    for_building: bool,
}

impl Package<'_> {
    fn may_be(&self, licence: &str) -> bool {
        PERMISSIVE.contains(&licence) || licence == FONTS || (self.for_building && BUILD_ONLY.contains(&licence))
    }
}

/// Name and licence of each line of `cargo tree --prefix none --format "{p}\t{l}"`, once each.
fn crates(tree: &str) -> Vec<(&str, &str)> {
    let mut rows: Vec<_> = tree
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (name, licence) = line.split_once('\t').unwrap_or((line, ""));
            (name, licence.trim_end_matches("(*)").trim_end())
        })
        .collect();
    rows.sort_unstable();
    rows.dedup_by_key(|row| row.0);
    rows
}

/// The packages of an npm lock file, in the layout that npm writes.
fn packages(lock: &str) -> Vec<Package<'_>> {
    let mut rows: Vec<Package<'_>> = Vec::new();
    for line in lock.lines() {
        if let Some(name) = line.strip_prefix("    \"node_modules/").and_then(|rest| rest.strip_suffix("\": {")) {
            rows.push(Package { name, licence: "", for_building: false });
        } else if let Some(package) = rows.last_mut() {
            package.for_building |= line == "      \"dev\": true,";
            if let Some(licence) = line.strip_prefix("      \"license\": \"") {
                package.licence = licence.trim_end_matches(['"', ',']);
            }
        }
    }
    rows
}

/// Whether an SPDX expression can be met with licences that `known` accepts: any of an OR, all of an AND.
fn allowed(expression: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let expression = expression.trim();
    if let Some((left, right)) = split_outside_brackets(expression, &[" OR ", "/"]) {
        return allowed(left, known) || allowed(right, known);
    }
    if let Some((left, right)) = split_outside_brackets(expression, &[" AND "]) {
        return allowed(left, known) && allowed(right, known);
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => allowed(inner, known),
        None => known(expression),
    }
}

fn split_outside_brackets<'a>(expression: &'a str, words: &[&str]) -> Option<(&'a str, &'a str)> {
    let mut depth = 0;
    for (at, letter) in expression.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        let rest = &expression[at..];
        if let Some(word) = words.iter().find(|word| depth == 0 && rest.starts_with(**word)) {
            return Some((&expression[..at], &rest[word.len()..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        assert_eq!(
            allowed(expression, &|id| ["MIT", "Apache-2.0", "Unicode-3.0"].contains(&id)),
            expected,
            "{expression}"
        );
    }

    #[test]
    fn expressions() {
        check("MIT", true);
        check("MIT/GPL-3.0", true);
        check("GPL-3.0-only OR MIT", true);
        check("GPL-3.0-only", false);
        check("(MIT OR GPL-2.0) AND Unicode-3.0", true);
        check("(MIT OR Apache-2.0) AND GPL-2.0", false);
        check("MIT AND (GPL-2.0 OR LGPL-3.0)", false);
        check("", false);
    }

    #[test]
    fn a_crate_without_licence_is_kept() {
        let rows = crates("terms v0.1.0 (/x)\tApache-2.0\nodd v1.0.0\t\nodd v1.0.0\t (*)\n\n");
        assert_eq!(rows, [("odd v1.0.0", ""), ("terms v0.1.0 (/x)", "Apache-2.0")]);
    }

    #[test]
    fn a_package_without_licence_is_kept_and_what_ships_is_held_to_more() {
        let lock = "    \"node_modules/a\": {\n      \"dev\": true,\n      \"license\": \"MPL-2.0\",\n    },\n    \
                    \"node_modules/b\": {\n      \"version\": \"1\"\n    }\n";
        let rows = packages(lock);
        let tool = Package { name: "a", licence: "MPL-2.0", for_building: true };
        assert_eq!(rows, [tool, Package { name: "b", licence: "", for_building: false }]);
        assert!(rows[0].may_be("MPL-2.0") && !rows[1].may_be("MPL-2.0"));
    }
}
