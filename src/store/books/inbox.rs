//! The inbox of the books: what waits to be written, what of it becomes one transaction, and when the writer is woken.
//!
//! Whoever waits for an answer wakes the writer. A step for which nobody waits wakes it from its sleep alone: when it has just
//! written it looks again by itself before long, so that such a step shares the transaction of the next who waits, and costs no
//! waking. Never loses a message, and never changes their order.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Answer, BooksError, Step};

/// Steps of one transaction. More would make everybody wait for the last.
const BATCH_STEPS_MAX: usize = 512;
/// How long a step for which nobody waits waits for others, to share their transaction; about.
const TOLD_WAIT: Duration = Duration::from_millis(20);

/// Who waits for a step.
pub(super) type Waiting = oneshot::Sender<Result<Answer, BooksError>>;
/// Who waits for a head.
type WaitingForHead = oneshot::Sender<Result<(u64, String), BooksError>>;

/// What is put into the inbox.
#[derive(Debug)]
pub(super) enum Message {
    /// A step, and who waits for it.
    Step(Step, Option<Waiting>),
    /// Somebody waits for a head over everything before this.
    Head(WaitingForHead),
    /// The last one.
    End,
}

/// What was gathered for one transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// Who waits for each of them.
    pub waiting: Vec<Option<Waiting>>,
    /// Who waits for a head over them.
    pub heads: Vec<WaitingForHead>,
    /// Whether nothing follows.
    pub last: bool,
}

/// What has not been taken yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    held: Mutex<Held>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    messages: VecDeque<Message>,
    /// So many of them are waited for.
    urgent: usize,
    writer: Wakefulness,
}

/// How awake the writer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Wakefulness {
    /// It writes, or is about to look.
    #[default]
    Awake,
    /// It looks soon, or when somebody waits.
    Dozing,
    /// It looks when anything comes.
    Asleep,
    /// It has gone.
    Gone,
}

impl Message {
    fn is_urgent(&self) -> bool {
        !matches!(self, Self::Step(_, None))
    }
}

impl Batch {
    fn add(&mut self, message: Message) {
        match message {
            Message::Step(step, waiting) => {
                self.steps.push(step);
                self.waiting.push(waiting);
            }
            Message::Head(waiting) => self.heads.push(waiting),
            Message::End => self.last = true,
        }
    }

    /// A head covers what was said before it, and not what is said behind: a batch ends there.
    fn is_full(&self) -> bool {
        self.last || !self.heads.is_empty() || self.steps.len() >= BATCH_STEPS_MAX
    }
}

impl Inbox {
    /// Puts a message in. One that comes when the writer has gone is dropped, and with it whoever waits for the answer is told.
    pub fn put(&self, message: Message) {
        let mut held = self.held();
        let urgent = message.is_urgent();
        let wakes = match held.writer {
            Wakefulness::Gone => return,
            Wakefulness::Awake => false,
            Wakefulness::Dozing => urgent,
            Wakefulness::Asleep => true,
        };
        held.urgent += usize::from(urgent);
        held.messages.push_back(message);
        if wakes {
            held.writer = Wakefulness::Awake;
            drop(held);
            self.arrived.notify_one();
        }
    }

    /// What there is, as soon as somebody waits for some of it, or when it has waited for a while; nothing when nothing came for so
    /// long.
    pub fn take(&self, patience: Duration) -> Batch {
        let doze = TOLD_WAIT.min(patience);
        let mut held = self.rest(self.held(), Wakefulness::Dozing, doze, |held| held.urgent == 0);
        if held.messages.is_empty() {
            held = self.rest(held, Wakefulness::Asleep, patience - doze, |held| held.messages.is_empty());
            let alone = |held: &Held| held.urgent == 0 && !held.messages.is_empty();
            held = self.rest(held, Wakefulness::Dozing, TOLD_WAIT, alone);
        }
        let mut batch = Batch::default();
        while !batch.is_full()
            && let Some(message) = held.messages.pop_front()
        {
            held.urgent -= usize::from(message.is_urgent());
            batch.add(message);
        }
        batch
    }

    /// Nothing will be taken any more. What is held is dropped.
    pub fn close(&self) {
        let mut held = self.held();
        held.writer = Wakefulness::Gone;
        held.messages.clear();
    }

    /// Rests for as long as this holds, and no longer than so long.
    fn rest<'h>(
        &self,
        mut held: MutexGuard<'h, Held>,
        how: Wakefulness,
        most: Duration,
        while_so: impl Fn(&Held) -> bool,
    ) -> MutexGuard<'h, Held> {
        held.writer = how;
        let rested = self.arrived.wait_timeout_while(held, most, |held| while_so(held));
        let (mut held, _) = rested.unwrap_or_else(PoisonError::into_inner);
        held.writer = Wakefulness::Awake;
        held
    }

    /// A message is there or not, so a panic elsewhere cannot have left half of one.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::engine::audit::event::Ending;
    use crate::engine::time::Timestamp;
    use crate::store::books::{Closing, PullNumber};

    const LONG: Duration = Duration::from_secs(30);

    fn told() -> Message {
        Message::Step(Step::Object(Vec::new()), None)
    }

    fn waited_for() -> (Message, oneshot::Receiver<Result<Answer, BooksError>>) {
        let (answer, answered) = oneshot::channel();
        (Message::Step(Step::Object(Vec::new()), Some(answer)), answered)
    }

    #[test]
    fn what_nobody_waits_for_comes_with_what_somebody_waits_for_and_before_it() {
        let inbox = Inbox::default();
        inbox.put(told());
        let (step, _answered) = waited_for();
        inbox.put(step);
        inbox.put(told());
        let batch = inbox.take(LONG);
        assert_eq!(batch.waiting.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn what_nobody_waits_for_is_taken_all_the_same() {
        let inbox = Arc::new(Inbox::default());
        let taker = Arc::clone(&inbox);
        let taken = std::thread::spawn(move || (0..3).map(|_| taker.take(LONG).steps.len()).collect::<Vec<_>>());
        // Into its doze, and into its sleep.
        for pause in [0, 300, 300] {
            std::thread::sleep(Duration::from_millis(pause));
            inbox.put(told());
        }
        assert_eq!(taken.join().unwrap(), [1, 1, 1]);
    }

    #[test]
    fn a_head_covers_what_came_before_it_and_nothing_behind() {
        let inbox = Inbox::default();
        let (head, _answered) = oneshot::channel();
        inbox.put(told());
        inbox.put(Message::Head(head));
        inbox.put(told());
        let batch = inbox.take(LONG);
        assert_eq!((batch.steps.len(), batch.heads.len()), (1, 1));
        assert_eq!(inbox.take(LONG).steps.len(), 1);
    }

    #[test]
    fn nothing_is_an_empty_batch_after_a_while() {
        let began = Instant::now();
        assert!(Inbox::default().take(Duration::from_millis(50)).steps.is_empty());
        assert!(began.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn whoever_waits_for_a_writer_that_has_gone_is_told() {
        let inbox = Inbox::default();
        let ((before, first), (behind, second)) = (waited_for(), waited_for());
        inbox.put(before);
        inbox.close();
        inbox.put(behind);
        assert!(first.blocking_recv().is_err() && second.blocking_recv().is_err());
    }

    #[test]
    fn no_message_of_many_is_lost_and_none_overtakes_another_of_its_sender() {
        const EACH: u64 = 2000;
        let inbox = Arc::new(Inbox::default());
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let inbox = Arc::clone(&inbox);
                std::thread::spawn(move || {
                    for n in 0..EACH {
                        let closing = Closing { ending: Ending::Lost, at: Timestamp::UNIX_EPOCH, records: 0, bytes: 0 };
                        let step = Step::Close(PullNumber(sender * EACH + n), Box::new(closing));
                        inbox.put(Message::Step(step, n.is_multiple_of(7).then(|| oneshot::channel().0)));
                    }
                })
            })
            .collect();
        let mut next = [0; 4];
        while next.iter().sum::<u64>() < 4 * EACH {
            let batch = inbox.take(LONG);
            assert!(!batch.steps.is_empty() && batch.steps.len() <= BATCH_STEPS_MAX);
            for step in batch.steps {
                let Step::Close(PullNumber(number), _) = step else { panic!("{step:?}") };
                let next = &mut next[usize::try_from(number / EACH).unwrap()];
                assert_eq!(number % EACH, *next);
                *next += 1;
            }
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert!(inbox.take(Duration::ZERO).steps.is_empty());
    }
}
