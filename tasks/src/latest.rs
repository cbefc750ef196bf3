//! The last of many values that are costly to make and that many threads ask for at once.

use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the value of the last key.
///
/// Threads that ask for the same key wait for the one that makes its value; threads that ask for another one do not
/// wait for it. The old value is let go before the new one is made.
pub(crate) struct Latest<K, V> {
    slot: Mutex<Option<(K, Arc<Slot<V>>)>>,
}

type Slot<V> = Mutex<Option<Arc<V>>>;

impl<K: PartialEq, V> Latest<K, V> {
    pub fn new() -> Self {
        Self { slot: Mutex::new(None) }
    }

    /// The value of `key`, by `make` unless it is there. An error of `make` is returned to the caller alone.
    pub fn get<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        let slot = {
            let mut last = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
            match &*last {
                Some((known, slot)) if *known == key => Arc::clone(slot),
                _ => Arc::clone(&last.insert((key, Arc::default())).1),
            }
        };
        // A panic in `make` leaves the slot empty: the next one makes the value.
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*value {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(make()?);
        *value = Some(Arc::clone(&made));
        Ok(made)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    fn made<V>(value: V) -> Result<V, ()> {
        Ok(value)
    }

    #[test]
    fn threads_that_ask_at_once_share_one_value() {
        let latest = Latest::new();
        let (calls, start) = (AtomicUsize::new(0), Barrier::new(4));
        let ask = || {
            start.wait();
            latest.get(7, || made(calls.fetch_add(1, Ordering::Relaxed))).unwrap()
        };
        let all: Vec<Arc<usize>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(all.iter().all(|v| Arc::ptr_eq(v, &all[0])));
    }

    /// The first value is not ready before the second is: if the second had to wait, neither would ever be.
    #[test]
    fn another_key_does_not_wait() {
        let latest = Latest::new();
        let (started, wait_for_start) = channel();
        let (finish, wait_for_finish) = channel::<()>();
        let cache = &latest;
        std::thread::scope(|scope| {
            let slow = scope.spawn(move || {
                cache.get(1, || {
                    started.send(()).unwrap();
                    wait_for_finish.recv_timeout(Duration::from_secs(60)).map(|()| "slow")
                })
            });
            wait_for_start.recv().unwrap();
            assert_eq!(*latest.get(2, || made("fast")).unwrap(), "fast");
            finish.send(()).unwrap();
            assert_eq!(*slow.join().unwrap().unwrap(), "slow");
        });
        assert_eq!(*latest.get(2, || made("again")).unwrap(), "fast", "the last key is the one that is kept");
    }

    #[test]
    fn errors_and_panics_are_not_kept_and_old_values_are_let_go_first() {
        let latest = Latest::new();
        assert_eq!(latest.get(1, || Err::<u32, _>("no")), Err("no"));
        let panic = || latest.get(1, || -> Result<u32, ()> { panic!("in the middle") });
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panic)).is_err());
        let first = Arc::downgrade(&latest.get(1, || made(5)).unwrap());
        assert!(first.upgrade().is_some());
        let freed = || Ok::<u32, ()>(u32::from(first.upgrade().is_none()));
        assert_eq!(*latest.get(2, freed).unwrap(), 1);
    }
}
