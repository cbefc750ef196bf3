//! Networks that evaluations take turns with: as many as run at once, and none is built twice.
//!
//! An evaluation takes an idle network, or builds one if all are in use, replaces its rule in place and gives it back.
//! What a candidate left behind cannot reach the next: a new rule starts from rest, every session resets the network
//! first, and a network whose candidate panicked is dropped with the panic. Which evaluation gets which network depends
//! on the order of threads, results do not, as all are equal after a reset.

use super::learning::Learning;
use crate::error::TaskError;
use crate::mouse_v1::{V1Circuit, V1Network};
use evoplast_plasticity::{EventDriven, taylor::TaylorRule};
use evoplast_synapse::CsrProjection;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<V1Network>>,
}

impl Pool {
    /// Runs `work` on a network whose recurrent weights follow `rule`.
    pub fn with_rule<T>(
        &self,
        circuit: &V1Circuit,
        learning: &Learning,
        rule: &TaylorRule,
        work: impl FnOnce(&mut V1Network) -> T,
    ) -> Result<T, TaskError> {
        let idle = self.lock().pop();
        let mut net = match idle {
            Some(mut net) => {
                let recurrent = net.network.projection_as::<CsrProjection<EventDriven<f32>>>(net.recurrent);
                let taken = recurrent.expect("all networks of the pool are built below").rule_mut().set_rule(rule);
                if let Err(error) = taken {
                    self.lock().push(net);
                    return Err(error.into());
                }
                net
            }
            None => circuit.network(learning.event_driven(rule)?)?,
        };
        let result = work(&mut net);
        self.lock().push(net);
        Ok(result)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<V1Network>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
