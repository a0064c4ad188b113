use futures::{FutureExt, StreamExt};

use super::batches::TAKEN_PART;
use super::*;
use crate::protocol::Piece;

/// Hands that only note what they are told.
#[derive(Debug, Default)]
struct Noted(Mutex<Vec<(usize, Order)>>, Mutex<usize>);

impl Noted {
    fn orders(&self) -> Vec<(usize, Order)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn hired(&self) -> usize {
        std::mem::take(&mut self.1.lock().unwrap())
    }
}

impl Hands for Noted {
    fn hire(&self, count: usize) {
        *self.1.lock().unwrap() += count;
    }

    fn send(&self, hand: usize, order: &Order, _buffers: Vec<Bytes>) {
        self.0.lock().unwrap().push((hand, order.clone()));
    }
}

fn crew(count: usize) -> (Crew, Arc<Noted>) {
    let noted = Arc::<Noted>::default();
    let worth = Worth {
        scan_bytes: 100,
        row_group_bytes: 10,
    };
    (Crew::new(Arc::clone(&noted) as _, count, worth), noted)
}

fn piece() -> Piece {
    Piece {
        batch_rows: 1,
        starts: vec![],
        runs: vec![],
        sieve: None,
        fragment: None,
        builds: vec![],
    }
}

fn done(task: Ticket) -> Answered {
    let passed = vec![];
    Answered::Done { task, passed }
}

fn begin(crew: &Crew) -> Batches {
    crew.place().unwrap().decode(piece(), vec![])
}

fn rows(task: Ticket, batches: usize) -> (Answered, Vec<Bytes>) {
    let batches = vec![Bytes::from_static(b"12345"); batches];
    (Answered::Rows { task, millis: 4.0 }, batches)
}

#[test]
fn hands_are_hired_once_and_only_for_what_is_worth_them() {
    let (crew, noted) = crew(2);
    assert!(!crew.is_worth(99));
    assert_eq!(noted.hired(), 0);
    assert!(crew.is_worth(100));
    assert!(crew.is_worth(1000));
    assert_eq!(noted.hired(), 2);
    assert!(crew.place().is_none(), "none is up yet");
}

#[test]
fn places_go_to_the_hand_that_has_most_left_and_come_back() {
    let (crew, noted) = crew(2);
    crew.up(0);
    crew.up(1);
    let held: Vec<_> = (0..4).map(|_| begin(&crew)).collect();
    let hands: Vec<_> = noted.orders().iter().map(|(hand, _)| *hand).collect();
    assert_eq!(hands, [0, 1, 0, 1]);
    assert!(crew.place().is_none());
    drop(held);
    assert_eq!(noted.orders().len(), 4, "each is told that nobody waits for it");
    assert!(crew.place().is_some());
}

#[test]
fn rows_are_acknowledged_as_they_are_taken_and_end() {
    let (crew, noted) = crew(1);
    crew.up(0);
    let mut batches = begin(&crew);
    let task = batches.task;
    noted.orders();
    let (answered, _) = rows(task, 2);
    // Two are the part of what may be on its way that is worth a message.
    let bytes = crew.window_bytes() / TAKEN_PART;
    let large = Bytes::from(vec![0; usize::try_from(bytes / 2).unwrap()]);
    crew.hear(answered, vec![large.clone(), large]);
    crew.hear(done(task), vec![]);
    assert!(noted.orders().is_empty(), "nothing was taken yet");
    let first = batches.next().now_or_never().unwrap().unwrap().unwrap();
    assert!(matches!(first, Decoded::Rows { millis, .. } if (millis - 2.0).abs() < f64::EPSILON));
    assert!(noted.orders().is_empty(), "too little was taken");
    batches.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(noted.orders(), [(0, Order::Taken { task, bytes })]);
    assert!(batches.next().now_or_never().unwrap().is_none());
    noted.orders();
    drop(batches);
    assert!(noted.orders().is_empty(), "it had ended");
}

#[test]
fn a_hand_that_dies_fails_what_it_was_doing_and_nothing_else() {
    let (crew, noted) = crew(2);
    crew.up(0);
    crew.up(1);
    let (mut lost, mut kept) = (begin(&crew), begin(&crew));
    crew.died(0, "a trap");
    let error = lost.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::Crashed);
    assert!(error.detail.contains("a trap"), "{}", error.detail);
    assert!(lost.next().now_or_never().unwrap().is_none());
    let (answered, buffers) = rows(kept.task, 1);
    crew.hear(answered, buffers);
    kept.next().now_or_never().unwrap().unwrap().unwrap();
    drop(lost);
    crew.place().expect("a place at the other");
    assert_eq!(noted.hired(), 0);
}

#[test]
fn others_take_the_place_of_hands_that_died_until_too_many_did() {
    let (crew, noted) = crew(1);
    for hand in 0..DEATHS {
        assert!(crew.is_worth(100));
        assert_eq!(noted.hired(), 1);
        crew.up(hand);
        crew.died(hand, "a trap");
        assert!(crew.place().is_none());
    }
    assert!(crew.is_worth(100));
    assert_eq!(noted.hired(), 0);
}

#[test]
fn hands_with_nothing_to_do_are_let_go() {
    let (crew, noted) = crew(1);
    assert!(crew.is_worth(100));
    crew.up(0);
    let batches = begin(&crew);
    assert!(!crew.dismiss());
    drop(batches);
    assert!(crew.dismiss());
    assert!(crew.place().is_none());
    noted.hired();
    assert!(crew.is_worth(100));
    assert_eq!(noted.hired(), 1);
}

#[test]
fn a_place_at_a_hand_that_died_meanwhile_fails_at_once() {
    let (crew, _noted) = crew(1);
    crew.up(0);
    let place = crew.place().unwrap();
    crew.died(0, "a trap");
    let mut batches = place.decode(piece(), vec![]);
    let error = batches.next().now_or_never().unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::Crashed);
}

#[test]
fn what_nobody_waits_for_is_passed_over() {
    let (crew, _noted) = crew(1);
    crew.up(0);
    let batches = begin(&crew);
    let task = batches.task;
    drop(batches);
    let (answered, buffers) = rows(task, 1);
    crew.hear(answered, buffers);
    crew.hear(done(task), vec![]);
    let error = Error::new(Kind::Damaged, "row group", "late");
    crew.hear(Answered::Failed { task, error }, vec![]);
}

#[test]
fn what_orders_have_in_common_is_told_to_each_hand_once() {
    let (crew, noted) = crew(2);
    assert!(crew.is_worth(100));
    crew.up(0);
    crew.up(1);
    let common = crew.common(Bytes::from_static(b"rows"));
    let build = common.build();
    let with = || Piece {
        builds: vec![build],
        ..piece()
    };
    let _batches: Vec<_> = (0..4).map(|_| crew.place().unwrap().decode(with(), vec![])).collect();
    let told = |hand| move |order: &(usize, Order)| *order == (hand, Order::Build { build });
    let orders = noted.orders();
    for hand in [0, 1] {
        let of_hand: Vec<_> = orders.iter().filter(|(told, _)| *told == hand).collect();
        assert!(told(hand)(of_hand[0]), "{of_hand:?}");
        assert_eq!(of_hand.iter().filter(|order| told(hand)(order)).count(), 1);
        assert_eq!(of_hand.len(), 3);
    }
    // One that died has forgotten it.
    crew.died(1, "");
    drop(common);
    assert_eq!(noted.orders(), [(0, Order::Forget { build })]);
}
