//! What each source file of `src` imports, read from its tokens: the paths of its `use` declarations and those in its
//! code, macros included.
//!
//! Every item under `#[cfg(test)]` is left out, with the files that it declares. What a method call or a glob brings
//! along is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The names of a path: `["crate", "model", "Cell"]`.
pub type Names = Vec<String>;

/// What one file says about others.
#[derive(Default)]
pub struct Source {
    /// Names that `use` brings into the file, each with its path.
    pub aliases: BTreeMap<String, Names>,
    /// Every path that it names, but for those that it only hands on.
    pub paths: BTreeSet<Names>,
    /// Modules below it that are for tests alone.
    test_modules: Vec<String>,
}

/// The sources below `src` by their path in it, such as `fetch/http.rs`.
pub fn sources() -> BTreeMap<String, Source> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, Source>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(inside, Source::read(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 30, "the walk found only {} files", found.len());
    let below = |(file, source): (&String, &Source)| -> Vec<Names> {
        source.test_modules.iter().map(|name| [module(file), vec![name.clone()]].concat()).collect()
    };
    let tests: Vec<Names> = found.iter().flat_map(below).collect();
    found.retain(|file, _| !tests.iter().any(|test| module(file).starts_with(test)));
    found
}

/// The module that a file is: `["fetch", "http"]`.
pub fn module(file: &str) -> Names {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| !["lib", "mod"].contains(part)).map(str::to_owned).collect()
}

/// A path from the crate's root, as a module means it; `None` if it does not say where it begins.
pub fn absolute(module: &[String], path: &[String]) -> Option<Names> {
    let (first, rest) = path.split_first()?;
    let mut names = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len().checked_sub(1)?].to_vec(),
        _ => return None,
    };
    let up = rest.iter().take_while(|name| *name == "super").count();
    names.truncate(names.len().checked_sub(up)?);
    names.extend_from_slice(&rest[up..]);
    Some(names)
}

impl Source {
    pub fn read(text: &str) -> Self {
        let mut source = Self::default();
        source.take_in(text.parse().unwrap());
        source
    }

    fn take_in(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_test_attribute(&tokens[at..]) {
                let item = &tokens[at + 2..];
                let length = item.iter().position(ends_item).map_or(item.len(), |end| end + 1);
                let names = item[..length].windows(2).filter(|pair| is_module(pair)).map(|pair| pair[1].to_string());
                self.test_modules.extend(names);
                at += 2 + length;
                continue;
            }
            match &tokens[at] {
                TokenTree::Ident(word) if *word == "use" && !is_sign(tokens.get(at + 1), "<") => {
                    let is_public = at > 0 && is_visibility(&tokens[at - 1]);
                    at = self.take_use(&tokens, at + 1, &[], is_public);
                    continue;
                }
                TokenTree::Ident(_) => {
                    let (path, after) = path(&tokens, at);
                    self.paths.insert(path);
                    at = after;
                    continue;
                }
                TokenTree::Group(group) if is_module(&tokens[at.saturating_sub(2)..at]) => {
                    self.take_inline(group.stream());
                }
                TokenTree::Group(group) => self.take_in(group.stream()),
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads a module that stands in the file: what is above it is the file.
    fn take_inline(&mut self, tokens: TokenStream) {
        let mut inline = Self::default();
        inline.take_in(tokens);
        for mut path in inline.paths.into_iter().chain(inline.aliases.into_values()) {
            if path[0] == "super" {
                "self".clone_into(&mut path[0]);
            }
            self.paths.insert(path);
        }
    }

    /// Reads the trees of a `use` from a place on, and says where they end.
    fn take_use(&mut self, tokens: &[TokenTree], mut at: usize, before: &[String], is_public: bool) -> usize {
        let mut names = before.to_vec();
        let mut alias = None;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(word) if *word == "as" => {
                    at += 1;
                    alias = Some(tokens[at].to_string());
                }
                TokenTree::Ident(word) => names.push(word.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    let mut inside = 0;
                    while inside < inner.len() {
                        inside = self.take_use(&inner, inside, &names, is_public) + 1;
                    }
                    names.clear();
                }
                token if is_sign(Some(token), "*") => names.push("*".to_owned()),
                token if is_sign(Some(token), ",;") => break,
                _ => {}
            }
            at += 1;
        }
        // `use a::{self}` means `a`.
        if names.len() > 1 && names.last().is_some_and(|name| name == "self") {
            names.pop();
        }
        if let Some(name) = alias.or(names.last().cloned()) {
            self.aliases.insert(name, names.clone());
            if !is_public {
                self.paths.insert(names);
            }
        }
        at
    }
}

fn is_sign(token: Option<&TokenTree>, signs: &str) -> bool {
    matches!(token, Some(TokenTree::Punct(sign)) if signs.contains(sign.as_char()))
}

/// The path that begins at a name, and where it ends.
fn path(tokens: &[TokenTree], mut at: usize) -> (Names, usize) {
    let mut names = vec![tokens[at].to_string()];
    at += 1;
    while let [one, two, TokenTree::Ident(name), ..] = &tokens[at..]
        && is_sign(Some(one), ":")
        && is_sign(Some(two), ":")
    {
        names.push(name.to_string());
        at += 3;
    }
    (names, at)
}

/// Whether `#[cfg(test)]` begins here.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [sign, TokenTree::Group(group), ..]
        if is_sign(Some(sign), "#") && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Whether `pub`, or the `(super)` of `pub(super)`, stands here: what follows is handed on, not taken.
fn is_visibility(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => *word == "pub",
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    }
}

/// Whether this is `mod` and a name.
fn is_module(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(word), TokenTree::Ident(_)] if *word == "mod")
}

/// Whether an item, or a field, ends with this token.
fn ends_item(token: &TokenTree) -> bool {
    is_sign(Some(token), ",;") || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
