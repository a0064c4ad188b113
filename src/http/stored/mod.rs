//! [`Stored`]: bytes of objects that outlive the tab, each under what its object was known by when it was read.
//!
//! A segment is a file of the browser's own, whose name tells all that is known of it: nothing else has to be kept in
//! step, and several tabs write at once. What a name promises is checked when its file is read.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::Utc;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join_all};

use super::ranges::overlap;
use crate::runtime;
pub use name::ObjectKey;
use name::Segment;

mod name;
#[cfg(target_arch = "wasm32")]
mod opfs;
#[cfg(target_arch = "wasm32")]
pub use opfs::Opfs;

/// Files at most: listing them is what a start costs, some 50 microseconds each.
const MOST_FILES: usize = 4096;

/// A file that is smaller costs more to find than to fetch again with what lies beside it.
const LEAST_BYTES: u64 = 512;

/// Where files can be kept. Nothing fails: what cannot be read is not there, what cannot be written is not kept.
pub trait Disk: Debug + Send + Sync {
    /// The names of all files; `None` when there is no such place.
    fn names(&self) -> BoxFuture<'static, Option<Vec<String>>>;
    /// A whole file.
    fn read(&self, name: &str) -> BoxFuture<'static, Option<Bytes>>;
    /// Writes a whole file, and tells whether it is there now.
    fn write(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, bool>;
    /// Removes files, as far as they are there.
    fn remove(&self, names: Vec<String>) -> BoxFuture<'static, ()>;
}

/// What was kept of an object.
#[derive(Debug)]
pub struct Recalled {
    /// What the host said of it then, in short; 0 when it said nothing.
    pub mark: u32,
    /// Bytes, by their offsets.
    pub pieces: Vec<(u64, Bytes)>,
}

/// See the module.
#[derive(Debug)]
pub struct Stored {
    disk: Arc<dyn Disk>,
    budget_bytes: u64,
    files: Arc<Mutex<Files>>,
    listed: Shared<BoxFuture<'static, ()>>,
}

#[derive(Debug, Default)]
struct Files {
    /// Is there a place, with room in it?
    is_open: bool,
    objects: HashMap<ObjectKey, Vec<Segment>>,
    /// All, the oldest first.
    by_age: BTreeSet<Segment>,
    bytes: u64,
}

impl Files {
    fn add(&mut self, segment: Segment) {
        if self.by_age.insert(segment) {
            self.objects.entry(segment.object).or_default().push(segment);
            self.bytes += segment.length;
        }
    }

    fn remove(&mut self, segment: &Segment) {
        if !self.by_age.remove(segment) {
            return;
        }
        self.bytes -= segment.length;
        if let Some(segments) = self.objects.get_mut(&segment.object) {
            segments.retain(|one| one != segment);
            if segments.is_empty() {
                self.objects.remove(&segment.object);
            }
        }
    }

    /// The segments of an object that share a byte with `ranges`.
    fn touching(&self, object: ObjectKey, ranges: &[Range<u64>]) -> Vec<Segment> {
        let segments = self.objects.get(&object).into_iter().flatten();
        let touches = |segment: &&Segment| ranges.iter().any(|range| overlap(range, &segment.range()));
        segments.filter(touches).copied().collect()
    }

    /// Forgets the oldest until `length` more bytes fit: their names.
    fn make_room(&mut self, length: u64, budget_bytes: u64) -> Vec<String> {
        let mut names = vec![];
        while self.bytes + length > budget_bytes || self.by_age.len() >= MOST_FILES {
            let Some(oldest) = self.by_age.first().copied() else {
                break;
            };
            self.remove(&oldest);
            names.push(oldest.to_string());
        }
        names
    }
}

impl Stored {
    /// What is kept on `disk`, of which `budget_bytes` may be used. Begins to list it.
    pub fn new(disk: Arc<dyn Disk>, budget_bytes: u64) -> Self {
        let files = Arc::<Mutex<Files>>::default();
        let task = runtime::spawn(list(Arc::clone(&disk), Arc::clone(&files)));
        Self {
            disk,
            budget_bytes,
            files,
            listed: task.map(drop).boxed().shared(),
        }
    }

    /// Which parts of an object are there; none before the list is.
    pub fn ranges(&self, object: ObjectKey) -> Vec<Range<u64>> {
        let files = self.files();
        let segments = files.objects.get(&object).into_iter().flatten();
        segments.map(Segment::range).collect()
    }

    /// The segments of an object that share a byte with `ranges`, as far as they are what they were, and the mark that
    /// they all have: `mark`, if one is known.
    pub async fn read(&self, object: ObjectKey, mark: Option<u32>, ranges: &[Range<u64>]) -> Option<Recalled> {
        self.listed.clone().await;
        let segments = self.files().touching(object, ranges);
        // The newest tell, where the host has not.
        let mark = mark.or_else(|| segments.iter().max().map(|segment| segment.mark))?;
        let segments = segments.into_iter().filter(|segment| segment.mark == mark);
        let reads = segments.map(|segment| async move {
            let bytes = self.disk.read(&segment.to_string()).await;
            let bytes = bytes.filter(|bytes| segment.is(bytes));
            if bytes.is_none() {
                self.files().remove(&segment);
                self.disk.remove(vec![segment.to_string()]).await;
            }
            bytes.map(|bytes| (segment.start, bytes))
        });
        let pieces: Vec<_> = join_all(reads).await.into_iter().flatten().collect();
        (!pieces.is_empty()).then_some(Recalled { mark, pieces })
    }

    /// Removes what is kept of an object.
    pub async fn remove(&self, object: ObjectKey) {
        self.listed.clone().await;
        let gone = self.files().objects.get(&object).cloned().unwrap_or_default();
        for segment in &gone {
            self.files().remove(segment);
        }
        self.disk.remove(gone.iter().map(Segment::to_string).collect()).await;
    }

    /// Keeps `bytes` of an object, which begin at `start`, unless they are there already.
    pub async fn write(&self, object: ObjectKey, mark: u32, start: u64, bytes: &Bytes) {
        self.listed.clone().await;
        let segment = Segment::of(object, mark, start, bytes, Utc::now());
        if segment.length < LEAST_BYTES || segment.length > self.budget_bytes {
            return;
        }
        let old = {
            let mut files = self.files();
            let known = files.touching(object, &[segment.range()]);
            let is_there = known
                .iter()
                .any(|one| one.mark == mark && one.start <= start && one.range().end >= segment.range().end);
            if is_there || !files.is_open {
                return;
            }
            files.make_room(segment.length, self.budget_bytes)
        };
        if !old.is_empty() {
            self.disk.remove(old).await;
        }
        let name = segment.to_string();
        if self.disk.write(&name, bytes.clone()).await {
            self.files().add(segment);
        } else {
            // The browser gives no more room: trying on would only cost time.
            self.files().is_open = false;
            self.disk.remove(vec![name]).await;
        }
    }

    /// How many bytes are there.
    pub async fn size_bytes(&self) -> u64 {
        self.listed.clone().await;
        self.files().bytes
    }

    /// Removes all.
    pub async fn clear(&self) {
        self.listed.clone().await;
        *self.files() = Files {
            is_open: true,
            ..Files::default()
        };
        // Those of other tabs, too.
        let names = self.disk.names().await.unwrap_or_default();
        self.disk.remove(names).await;
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        lock(&self.files)
    }
}

async fn list(disk: Arc<dyn Disk>, files: Arc<Mutex<Files>>) {
    let Some(names) = disk.names().await else { return };
    let (known, strange): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name.parse::<Segment>().is_ok());
    {
        let mut files = lock(&files);
        files.is_open = true;
        known
            .iter()
            .filter_map(|name| name.parse().ok())
            .for_each(|segment| files.add(segment));
    }
    // Nothing else writes here: what cannot be read is of another version.
    if !strange.is_empty() {
        disk.remove(strange).await;
    }
}

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}
