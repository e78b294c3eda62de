//! No circle of files: what a file imports never leads back to it.
//!
//! An arrow runs from a file to the one that defines what it names, through re-exports; a re-export itself is none.
//! Where two files need each other, what both share belongs in a file of its own below them.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use imports::{Names, Source, absolute, module, sources};

/// What each file takes from which other one.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The files by the module that each is.
struct House(BTreeMap<Names, (String, Source)>);

impl House {
    fn new(sources: BTreeMap<String, Source>) -> Self {
        Self(sources.into_iter().map(|(file, source)| (module(&file), (file, source))).collect())
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (module, (file, source)) in &self.0 {
            assert!(!source.aliases.contains_key("*"), "{file}: a glob does not say what it brings in or hands on");
            let taken = arrows.entry(file.clone()).or_default();
            for path in &source.paths {
                if let Some(home) = self.home(module, path).filter(|home| home != file) {
                    taken.entry(home).or_default().insert(path.last().unwrap().clone());
                }
            }
        }
        arrows
    }

    /// The file that defines what a path in a module names; `None` for a module, and for what is not ours.
    fn home(&self, at: &[String], path: &[String]) -> Option<String> {
        let is_known = self.0[at].1.aliases.contains_key(&path[0]) || self.0.contains_key(&below(at, &path[0]));
        let (mut here, mut rest) = match absolute(at, path) {
            Some(absolute) => (Vec::new(), VecDeque::from(absolute)),
            None if is_known => (at.to_vec(), VecDeque::from(path.to_vec())),
            None => return None,
        };
        while let Some(name) = rest.pop_front() {
            let (file, source) = &self.0[&here];
            let inner = below(&here, &name);
            if self.0.contains_key(&inner) {
                here = inner;
            } else if let Some(target) = source.aliases.get(&name).filter(|target| target[0] != name) {
                let longer: Names = target.iter().chain(&rest).cloned().collect();
                return self.home(&here, &longer);
            } else {
                return Some(file.clone());
            }
        }
        None
    }
}

fn below(module: &[String], name: &str) -> Names {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// The shortest circle, arrow by arrow; empty if there is none.
fn circle(sources: BTreeMap<String, Source>) -> Vec<String> {
    let arrows = House::new(sources).arrows();
    let ways_back = arrows.keys().filter_map(|start| way_back(&arrows, start));
    let files = ways_back.min_by_key(Vec::len).unwrap_or_default();
    let names = |from, to| arrows[from][to].iter().cloned().collect::<Vec<_>>().join(", ");
    files.windows(2).map(|pair| format!("{} -> {}: {}", pair[0], pair[1], names(&pair[0], &pair[1]))).collect()
}

/// The shortest way from a file back to it.
fn way_back(arrows: &Arrows, start: &String) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![start.clone()]]);
    while let Some(way) = ways.pop_front() {
        for next in arrows.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            let longer = [way.as_slice(), std::slice::from_ref(next)].concat();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

#[test]
fn what_a_file_imports_never_leads_back_to_it() {
    let circle = circle(sources());
    assert!(circle.is_empty(), "a circle of files:\n{}", circle.join("\n"));
}

/// One file of a house whose other files are always the same: `a/mod.rs` hands on what `a/deep.rs` defines, which
/// needs `b.rs`.
#[test]
fn a_circle_is_seen_however_it_is_written() {
    let back = ["a/deep.rs -> b.rs: B", "b.rs -> a/deep.rs: A"];
    let table: [(&str, &[&str]); 14] = [
        ("use crate::a::A;", &back),
        ("use super::a::{self, A};", &back),
        ("use crate::{a::{A as Other}, c::C};", &back),
        ("fn f() -> crate::a::A { todo!() }", &back),
        ("use crate::a; fn f(a: a::A) {}", &back),
        ("fn f() { assert!(matches!(g(), crate::a::A { .. })); }", &back),
        ("mod inner { use super::super::a::A; }", &back),
        ("pub use crate::a::A; fn f(a: A) {}", &back),
        ("pub use crate::a::A;", &[]),
        ("#[cfg(test)] mod tests { use crate::a::A; }", &[]),
        ("#[cfg(test)] use crate::a::A; struct B;", &[]),
        ("/// [`A`](crate::a::A)\nstruct B; // crate::a::A", &[]),
        ("const TEXT: &str = \"crate::a::A\";", &[]),
        ("use std::a::A; mod inner { use super::B; }", &[]),
    ];
    for (text, expected) in table {
        let house = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a/mod.rs", "mod deep; pub use deep::A;"),
            ("a/deep.rs", "use crate::b::B; pub struct A(B);"),
            ("c.rs", "pub struct C;"),
            ("b.rs", text),
        ];
        let sources = house.map(|(file, text)| (file.to_owned(), Source::read(text)));
        assert_eq!(circle(sources.into()), expected, "{text}");
    }
}
