//! The bridge to the search: a rule's six metrics as a noisy objective function of its genome.

use super::domain::Domain;
use super::early_stop::{EarlyStop, StopKind, Stopped};
use super::learning::{Learning, LearningConfig};
use super::metrics::{Evidence, METRICS, rates_hz};
use super::pool::Pool;
use super::session::{DomainResult, ReadoutConfig, Session, ThresholdKind};
use super::trials::{TrialConfig, TrialSet};
use crate::error::TaskError;
use crate::genes::variable;
use crate::latest::Latest;
use crate::mouse_v1::tables::CELL_TYPES;
use crate::mouse_v1::{DT_MS, V1Circuit, V1Network};
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::{TaylorBounds, TaylorRule, TaylorSpace};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything of the task that is not the circuit or the images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeDetectionConfig {
    /// Numbers and timing of trials.
    pub trials: TrialConfig,
    /// Learning rates and bounds.
    pub learning: LearningConfig,
    /// Decision and reward.
    pub readout: ReadoutConfig,
    /// When a hopeless candidate is given up.
    pub early_stop: EarlyStop,
    /// Bounds of the genes.
    pub space: TaylorBounds,
}

impl Default for ChangeDetectionConfig {
    /// The threshold is searched in -1..1 standard deviations of the usual response.
    fn default() -> Self {
        Self {
            trials: TrialConfig::default(),
            learning: LearningConfig::default(),
            readout: ReadoutConfig::default(),
            early_stop: EarlyStop::default(),
            space: TaylorBounds { threshold: [-1.0, 1.0], threshold_unit: "sd".to_owned(), ..TaylorBounds::default() },
        }
    }
}

/// Change detection by a circuit whose recurrent weights follow a rule of the Taylor space.
///
/// All candidates of a generation see the same trials, so differences between them are the rules' own; each generation
/// draws new ones. Connections and trials exist once; as many networks exist as evaluations run at the same time, and
/// an evaluation takes one over with its rule replaced.
pub struct ChangeDetection {
    circuit: Arc<V1Circuit>,
    domains: Vec<Arc<dyn Domain>>,
    config: ChangeDetectionConfig,
    learning: Learning,
    session: Session,
    rules: TaylorSpace,
    space: SearchSpace,
    info: Vec<ObjectiveInfo>,
    metric_names: Vec<String>,
    failure_kinds: Vec<String>,
    drawn: Latest<Address, Vec<TrialSet>>,
    networks: Pool,
}

/// One evaluation in full.
#[derive(Debug, Clone)]
pub struct Report {
    /// One result per domain.
    pub domains: Vec<DomainResult>,
    /// The six objectives, in the order of [`METRICS`].
    pub objectives: Vec<f64>,
    /// Mean rate per type over the validation trials (Hz); `None` where the circuit has no neuron of a type.
    pub type_rates_hz: Vec<Option<f64>>,
}

impl ChangeDetection {
    /// The task on `circuit` with the given domains.
    ///
    /// # Errors
    /// No domain, or a configuration that is out of range; the error names the field.
    pub fn new(
        circuit: Arc<V1Circuit>,
        domains: Vec<Arc<dyn Domain>>,
        config: ChangeDetectionConfig,
    ) -> Result<Self, TaskError> {
        config.trials.check()?;
        if config.trials.training == 0 && config.readout.threshold == ThresholdKind::Standardised {
            let why = "at least 1: a standardised threshold needs the usual response";
            return Err(TaskError::parameter("trials.training", 0, why));
        }
        if domains.is_empty() {
            return Err(TaskError::parameter("domains", 0, "at least 1"));
        }
        if circuit.filters.pulse_ms() != config.trials.timing.image_ms as usize {
            return Err(TaskError::parameter(
                "trials.timing.image_ms",
                config.trials.timing.image_ms,
                &format!("{}, for which the circuit was built", circuit.filters.pulse_ms()),
            ));
        }
        check_space(&config.space)?;
        let names: Vec<String> = CELL_TYPES.iter().map(|t| t.name.to_owned()).collect();
        let rules = TaylorSpace::new(names, config.space.clone())?;
        let space = SearchSpace::new(rules.genes().iter().map(variable).collect())
            .map_err(|e| TaskError::parameter("space", e, "a search space"))?;
        let info = METRICS
            .iter()
            .map(|m| ObjectiveInfo { name: m.name.to_owned(), unit: m.unit.to_owned(), noisy: m.noisy })
            .collect();
        let mut metric_names: Vec<String> = Vec::new();
        for d in &domains {
            metric_names.push(format!("accuracy {}", d.name()));
            metric_names.push(format!("auc {}", d.name()));
        }
        metric_names.push("mean_rate_hz".to_owned());
        Ok(Self {
            learning: Learning::new(&circuit.recurrent, &config.learning)?,
            session: Session::new(&circuit, config.readout, config.early_stop)?,
            rules,
            space,
            info,
            metric_names,
            failure_kinds: StopKind::ALL.iter().map(|k| k.label().to_owned()).collect(),
            circuit,
            domains,
            config,
            drawn: Latest::new(),
            networks: Pool::default(),
        })
    }

    /// The circuit.
    #[must_use]
    pub fn circuit(&self) -> &V1Circuit {
        &self.circuit
    }

    /// The domains.
    #[must_use]
    pub fn domains(&self) -> &[Arc<dyn Domain>] {
        &self.domains
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &ChangeDetectionConfig {
        &self.config
    }

    /// The space of rules.
    #[must_use]
    pub fn rules(&self) -> &TaylorSpace {
        &self.rules
    }

    /// The readout.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Learning rates and bounds.
    #[must_use]
    pub fn learning(&self) -> &Learning {
        &self.learning
    }

    /// Seconds of biological time that one evaluation simulates, unless it stops early.
    #[must_use]
    pub fn simulated_s(&self) -> f64 {
        (self.config.trials.steps() * self.domains.len()) as f64 * DT_MS * 1e-3
    }

    /// The trials at an address, one set per domain; those of the last address are kept. Threads that ask for the same
    /// trials at once wait until one of them has drawn them.
    ///
    /// # Errors
    /// A configuration that is out of range.
    pub fn trials(&self, at: &Address) -> Result<Arc<Vec<TrialSet>>, TaskError> {
        let at = at.common();
        let draw = |k: usize, d: &dyn Domain| TrialSet::draw(self.config.trials, &self.circuit, d, &at, k as u64);
        self.drawn.get(at, || {
            std::thread::scope(|scope| {
                let drawn: Vec<_> =
                    self.domains.iter().enumerate().map(|(k, d)| scope.spawn(move || draw(k, &**d))).collect();
                drawn.into_iter().map(|t| t.join().expect("drawing trials does not panic")).collect()
            })
        })
    }

    /// Tries a rule on the trials at `at`; `observe(domain, trial, step, spikes)` sees every step of a trial.
    ///
    /// # Errors
    /// A rule for other types, or activity that passes a limit of [`EarlyStop`]: then the failure says why, when and at
    /// which rate, its kind is [`StopKind::label`], and it knows how much of the simulation was spent.
    pub fn report(
        &self,
        rule: &TaylorRule,
        at: &Address,
        mut observe: impl FnMut(usize, usize, u32, &[u32]),
    ) -> Result<Report, Failure> {
        let fail = |e: TaskError| Failure::new(e.to_string());
        let sets = self.trials(at).map_err(fail)?;
        let sessions = |net: &mut V1Network| {
            let session = |(k, set): (usize, &TrialSet)| {
                let result = self.session.run(net, set, rule.threshold(), |trial, step, s| observe(k, trial, step, s));
                result.map_err(|stopped| self.gave_up(k, stopped))
            };
            sets.iter().enumerate().map(session).collect::<Result<Vec<_>, _>>()
        };
        let domains = self.networks.with_rule(&self.circuit, &self.learning, rule, sessions).map_err(fail)??;
        let type17 = &self.circuit.cells.type17;
        let rates = rates_hz(&domains);
        let evidence = Evidence { domains: &domains, complexity: rule.complexity(), type17, rates_hz: &rates };
        let objectives = METRICS.iter().map(|m| (m.value)(&evidence)).collect();
        let type_rates_hz = (0..CELL_TYPES.len())
            .map(|t| {
                let own = &rates[self.circuit.cells.of_type(t)];
                (!own.is_empty()).then(|| own.iter().sum::<f64>() / own.len() as f64)
            })
            .collect();
        Ok(Report { domains, objectives, type_rates_hz })
    }

    /// The failure of a candidate whose session on domain `k` was stopped.
    fn gave_up(&self, k: usize, stopped: Stopped) -> Failure {
        let before = k * self.config.trials.steps();
        let (simulated_s, whole_s) =
            (1e-3 * DT_MS * (before + stopped.simulated_ms as usize) as f64, self.simulated_s());
        let name = self.domains[k].name();
        let reason = format!("{stopped} of {name}, {simulated_s:.1} of {whole_s:.1} s simulated");
        Failure::new(reason).of_kind(stopped.kind.label()).after(simulated_s / whole_s)
    }
}

/// Names the field that is wrong, where the spaces themselves would name the first gene that it bounds.
fn check_space(space: &TaylorBounds) -> Result<(), TaskError> {
    let any = (f64::NEG_INFINITY, "two finite numbers, the first below the second");
    let positive = (0.0, "two finite positive numbers, the first below the second");
    for (name, [lower, upper], (above, expected)) in [
        ("space.coefficient", space.coefficient, any),
        ("space.tau_e_ms", space.tau_e_ms, positive),
        ("space.tau_r_ms", space.tau_r_ms, positive),
        ("space.threshold", space.threshold, any),
    ] {
        if !(lower.is_finite() && upper.is_finite() && above < lower && lower < upper) {
            return Err(TaskError::parameter(name, format!("[{lower}, {upper}]"), expected));
        }
    }
    Ok(())
}

impl Objective for ChangeDetection {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.info
    }

    fn metrics(&self) -> &[String] {
        &self.metric_names
    }

    fn failure_kinds(&self) -> &[String] {
        &self.failure_kinds
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        let rule = self.rules.decode(genome).map_err(|e| Failure::new(e.to_string()))?;
        let report = self.report(&rule, at, |_, _, _, _| {})?;
        let rates = rates_hz(&report.domains);
        let mut metrics: Vec<f64> = report.domains.iter().flat_map(|d| [d.accuracy(), d.auc()]).collect();
        metrics.push(rates.iter().sum::<f64>() / rates.len() as f64);
        Ok(Evaluation::new(report.objectives).with_metrics(metrics))
    }
}
