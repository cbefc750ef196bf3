//! Ctrl-C asks a run to stop after the current generation; a second Ctrl-C ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::error::Result;

/// Exit status of a process ended by the second Ctrl-C: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

static FLAG: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// Installs the handler and returns the flag that becomes true at the first Ctrl-C.
///
/// A process has one handler: later calls return the same flag.
///
/// # Errors
/// [`crate::Error::Interrupt`] when another handler is installed or the system refuses.
pub fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let mut installed = FLAG.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(flag) = &*installed {
        return Ok(Arc::clone(flag));
    }
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED);
        }
        eprintln!("\nstopping after this generation; press Ctrl-C again to stop at once");
    })?;
    *installed = Some(Arc::clone(&flag));
    Ok(flag)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_second_call_returns_the_same_flag() {
        let (a, b) = (stop_on_ctrl_c().unwrap(), stop_on_ctrl_c().unwrap());
        assert!(Arc::ptr_eq(&a, &b));
        assert!(!a.load(Ordering::SeqCst));
    }
}
