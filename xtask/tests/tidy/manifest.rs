//! Takes the text of a `Cargo.toml`; gives the names of its dependencies. Knows no more of TOML than that.

/// One line of a dependency table.
#[derive(Debug, PartialEq)]
pub(crate) struct Dependency<'a> {
    pub(crate) name: &'a str,
    /// Declared in the workspace's manifest, as all are to be.
    pub(crate) of_workspace: bool,
}

/// The dependencies in the tables whose head ends in `table`, those of single targets included.
pub(crate) fn dependencies<'a>(manifest: &'a str, table: &str) -> Vec<Dependency<'a>> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = head == table || head.ends_with(&format!(".{table}"));
        } else if let Some((left, right)) = line.split_once('=').filter(|_| inside && !line.starts_with('#')) {
            let (name, key) = left.trim().split_once('.').unwrap_or((left.trim(), ""));
            found.push(Dependency { name, of_workspace: key == "workspace" || right.contains("workspace = true") });
        }
    }
    found
}

#[test]
fn reads_each_table() {
    let manifest = "[dependencies]\n# why\nterms.workspace = true\nodd = \"1\"\n\n[dev-dependencies]\n\
                    insta = { workspace = true, features = [\"json\"] }\n[target.'cfg(unix)'.dependencies]\nnix.workspace = true\n";
    let dependency = |name, of_workspace| Dependency { name, of_workspace };
    assert_eq!(
        dependencies(manifest, "dependencies"),
        [dependency("terms", true), dependency("odd", false), dependency("nix", true)]
    );
    assert_eq!(dependencies(manifest, "dev-dependencies"), [dependency("insta", true)]);
}
