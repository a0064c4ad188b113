//! Replay against a model: whatever is added and removed, in whatever order a commit or a checkpoint has it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::*;
use crate::table::delta::action::Add;
use crate::table::delta::batch::FileBatchBuilder;
use crate::table::delta::log::LogFile;

/// Numbers that look random, the same in every run (Numerical Recipes' linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for end in (1..items.len()).rev() {
            let other = self.roll(end + 1);
            items.swap(end, other);
        }
        items
    }
}

/// What a commit does to a file, by its name and the offset of its deletion vector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Add(String, Option<i32>),
    Remove(String, Option<i32>),
}

impl Act {
    fn json(&self) -> String {
        let (kind, path, vector) = match self {
            Self::Add(path, vector) => ("add", path, vector),
            Self::Remove(path, vector) => ("remove", path, vector),
        };
        let vector = vector.map_or(String::new(), |offset| {
            format!(
                r#","deletionVector":{{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}}K{{vb[*k^","offset":{offset},"sizeInBytes":9,"cardinality":1}}"#
            )
        });
        format!(r#"{{"{kind}":{{"path":"{path}","partitionValues":{{}},"size":1,"dataChange":true{vector}}}}}"#)
    }
}

/// Live files by name, each with its deletion vector.
type Model = BTreeMap<String, Option<i32>>;

/// Commits that add, remove and add again, give vectors and take them away; never the same file twice in one.
fn history(dice: &mut Dice) -> Vec<Vec<Act>> {
    let mut model = Model::new();
    let mut commits = vec![];
    for _ in 0..=dice.roll(8) {
        let (mut acts, mut touched) = (vec![], BTreeSet::new());
        for _ in 0..=dice.roll(6) {
            let name = format!("f{}", dice.roll(9));
            if !touched.insert(name.clone()) {
                continue;
            }
            let vector = (dice.roll(2) == 0).then(|| i32::try_from(dice.roll(50)).unwrap());
            match model.get(&name).copied() {
                None => {
                    acts.push(Act::Add(name.clone(), vector));
                    model.insert(name, vector);
                }
                Some(before) if dice.roll(3) == 0 || before == vector => {
                    acts.push(Act::Remove(name.clone(), before));
                    model.remove(&name);
                }
                Some(before) => {
                    acts.extend([Act::Remove(name.clone(), before), Act::Add(name.clone(), vector)]);
                    model.insert(name, vector);
                }
            }
        }
        commits.push(acts);
    }
    commits
}

fn applied(commits: &[Vec<Act>]) -> Model {
    let mut model = Model::new();
    for acts in commits {
        // What is removed was there before; what is added is there afterwards.
        for act in acts {
            if let Act::Remove(name, _) = act {
                model.remove(name);
            }
        }
        model.extend(acts.iter().filter_map(|act| match act {
            Act::Add(name, vector) => Some((name.clone(), *vector)),
            Act::Remove(..) => None,
        }));
    }
    model
}

const FIRST: [&str; 2] = [
    r#"{"protocol":{"minReaderVersion":3,"readerFeatures":["deletionVectors"]}}"#,
    r#"{"metaData":{"schemaString":""}}"#,
];

fn commit(version: u64, lines: &[String]) -> Commit {
    let location = Location::parse(&format!("http://lake.test/t/_delta_log/{version:020}.json")).unwrap();
    Commit {
        version,
        file: LogFile {
            location,
            bytes: Bytes::from(lines.join("\n")),
            modified_millis: None,
        },
    }
}

fn commits(from: u64, acts: &[Vec<Act>], dice: &mut Dice) -> Vec<Commit> {
    let numbered = (from..).zip(acts);
    let all = numbered.map(|(version, acts)| {
        let first = FIRST.iter().filter(|_| version == 0).map(|line| (*line).to_owned());
        let lines = first.chain(acts.iter().map(Act::json)).collect();
        commit(version, &dice.shuffled(lines))
    });
    all.collect()
}

/// The state of `model` as a checkpoint whose files come in any order and in any batches.
fn checkpoint(version: u64, model: &Model, dice: &mut Dice) -> Checkpoint {
    let mut files = vec![];
    let adds: Vec<String> = model
        .iter()
        .map(|(name, vector)| Act::Add(name.clone(), *vector).json())
        .collect();
    for part in dice.shuffled(adds).chunks(1 + dice.roll(4)) {
        let mut batch = FileBatchBuilder::default();
        for line in part {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let add = line["add"].to_string();
            let add: Add<'_> = serde_json::from_str(&add).unwrap();
            batch.push(&add.path, &add).unwrap();
        }
        files.push(batch.finish().unwrap());
    }
    let table = commit(0, &FIRST.map(ToOwned::to_owned)).parse().unwrap().table;
    Checkpoint {
        version,
        table,
        files,
        removed: None,
    }
}

fn live(state: &State) -> Vec<(String, Option<i32>)> {
    let mut found = vec![];
    for batch in &state.files {
        let vectors = batch.deletion_vectors().unwrap();
        for file in 0..batch.len() {
            let vector = vectors.get(file).unwrap().and_then(|vector| vector.offset);
            found.push((batch.path().value(file).to_owned(), vector));
        }
    }
    found.sort();
    found
}

#[test]
fn any_order_of_actions_and_any_checkpoint_give_one_answer() {
    let root = Location::parse("http://lake.test/t").unwrap();
    let mut dice = Dice(7);
    let mut seen = 0;
    for _ in 0..300 {
        let acts = history(&mut dice);
        let expected: Vec<_> = applied(&acts).into_iter().collect();
        seen += expected.len();
        let whole = replay(&root, None, commits(0, &acts, &mut dice)).unwrap();
        assert_eq!(live(&whole), expected, "{acts:?}");
        for version in 0..acts.len() {
            let before = checkpoint(version as u64, &applied(&acts[..=version]), &mut dice);
            let after = commits(version as u64 + 1, &acts[version + 1..], &mut dice);
            let from_there = replay(&root, Some(before), after).unwrap();
            assert_eq!(live(&from_there), expected, "from {version}: {acts:?}");
        }
    }
    assert!(seen > 500);
}
