//! No files of the program import each other in a circle.
//!
//! An import is a path that begins with `crate`, `super` or `self`, or with a name that such a path brought in, and
//! that ends in another file. A name that a module only re-exports (`pub use`) counts as an import of the file that
//! defines it. Tests do not count.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A path in the program, such as `["engine", "network"]`; the library itself is empty.
type Module = Vec<String>;

/// The imports in one file.
#[derive(Default)]
struct Content {
    /// The paths of its `use` declarations, with the name that each brings in and whether it is re-exported.
    uses: Vec<(Vec<String>, String, bool)>,
    /// Other paths of at least two names.
    paths: Vec<Vec<String>>,
}

impl Content {
    fn take_tree(&mut self, tree: &syn::UseTree, before: &[String], is_public: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.take_tree(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                self.uses.push((before.to_vec(), name, is_public));
            }
            syn::UseTree::Name(name) => self.uses.push((with(&name.ident), name.ident.to_string(), is_public)),
            syn::UseTree::Rename(rename) => {
                self.uses.push((with(&rename.ident), rename.rename.to_string(), is_public));
            }
            syn::UseTree::Glob(_) => self.uses.push((before.to_vec(), "*".to_owned(), is_public)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.take_tree(tree, before, is_public)),
        }
    }
}

/// Whether an item is compiled for tests only.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::NameValue(_) => false,
    })
}

impl<'ast> Visit<'ast> for Content {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            let is_public = !matches!(item.vis, syn::Visibility::Inherited);
            self.take_tree(&item.tree, &[], is_public);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    // `pub(in crate::app)` limits visibility and imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

/// The files of the program by module, with their imports.
struct Program {
    files: BTreeMap<Module, (PathBuf, Content)>,
    /// The names that modules re-export, with the modules that define them.
    reexports: HashMap<(Module, String), Module>,
}

impl Program {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with("tests") {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                    let within = path.strip_prefix(&root).unwrap().with_extension("");
                    let mut module: Module = within.iter().map(|part| part.to_string_lossy().into_owned()).collect();
                    if module.last().is_some_and(|name| name == "mod") || module == ["lib"] {
                        module.pop();
                    }
                    if module == ["main"] {
                        continue;
                    }
                    let mut content = Content::default();
                    content.visit_file(&syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap());
                    files.insert(module, (path.strip_prefix(&root).unwrap().to_path_buf(), content));
                }
            }
        }
        let mut program = Self { files, reexports: HashMap::new() };
        for (module, (_, content)) in &program.files {
            for (path, name, _) in content.uses.iter().filter(|(_, _, is_public)| *is_public) {
                if let Some(full) = program.absolute(module, path, &HashMap::new()) {
                    program.reexports.insert((module.clone(), name.clone()), full);
                }
            }
        }
        program
    }

    /// A path as seen from the library's root; `None` if it leads out of the library.
    fn absolute(&self, at: &Module, path: &[String], brought_in: &HashMap<String, Module>) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let mut full = match first.as_str() {
            "crate" => Module::new(),
            "self" => at.clone(),
            "super" => at[..at.len().checked_sub(1)?].to_vec(),
            name => match brought_in.get(name) {
                Some(full) => full.clone(),
                // A module below this one.
                None if self.files.contains_key(&[at.as_slice(), &[name.to_owned()]].concat()) => {
                    [at.as_slice(), &[name.to_owned()]].concat()
                }
                None => return None,
            },
        };
        for name in rest {
            if name == "super" {
                full.pop();
            } else if name != "self" {
                full.push(name.clone());
            }
        }
        Some(full)
    }

    /// The file that a path leads to, following re-exports.
    fn file_of(&self, path: &[String]) -> Option<Module> {
        let mut path = path.to_vec();
        // The limit ends the search if modules re-export each other in a circle.
        'reexport: for _ in 0..10 {
            for length in (0..path.len()).rev() {
                if !self.files.contains_key(&path[..length]) {
                    continue;
                }
                let name = path[length].clone();
                if let Some(from) = self.reexports.get(&(path[..length].to_vec(), name)) {
                    path = [from.as_slice(), &path[length + 1..]].concat();
                    continue 'reexport;
                }
            }
            break;
        }
        (0..=path.len()).rev().map(|length| path[..length].to_vec()).find(|module| self.files.contains_key(module))
    }

    /// The modules that each file imports.
    fn imports(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let imports = self.files.iter().map(|(module, (_, content))| {
            let mut brought_in = HashMap::new();
            let mut from = BTreeSet::new();
            for (path, name, is_public) in &content.uses {
                let Some(full) = self.absolute(module, path, &HashMap::new()) else { continue };
                // A file does not use what it only re-exports.
                if !is_public {
                    from.extend(self.file_of(&full));
                }
                brought_in.insert(name.clone(), full);
            }
            for path in &content.paths {
                from.extend(self.absolute(module, path, &brought_in).and_then(|full| self.file_of(&full)));
            }
            from.remove(module);
            (module, from)
        });
        imports.collect()
    }

    /// The groups of files that import each other, directly or through others.
    fn circles(&self) -> Vec<Vec<String>> {
        let imports = self.imports();
        let reach = |from: &Module| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(module) = next.pop() {
                for to in &imports[&module] {
                    if seen.insert(to.clone()) {
                        next.push(to.clone());
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&Module, BTreeSet<Module>> =
            imports.keys().map(|module| (*module, reach(module))).collect();
        let mut groups = BTreeSet::new();
        for (module, reaches) in &reached {
            let group: Vec<String> = reaches
                .iter()
                .filter(|other| reached[other].contains(*module))
                .map(|other| self.files[other].0.display().to_string())
                .collect();
            if group.len() > 1 {
                groups.insert(group);
            }
        }
        groups.into_iter().collect()
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let program = Program::read();
    // Guards against an empty graph, which has no circles either.
    assert!(program.imports().values().map(BTreeSet::len).sum::<usize>() > 500);
    let circles = program.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}
