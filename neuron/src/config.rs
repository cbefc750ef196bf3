//! The cold ring: neuron models as an experiment file names them.

use crate::{NeuronError, Population};

/// A neuron model with its parameters, named by the tag `model` in an experiment file.
///
/// A crate of your own adds a model by implementing [`NeuronModel`](crate::NeuronModel) and this trait with
/// `#[typetag::serde(name = "my_model")]`; nothing else has to be registered.
#[typetag::serde(tag = "model")]
pub trait NeuronConfig: std::fmt::Debug + Send + Sync {
    /// Builds `n` equal neurons for a step of `dt_ms`.
    ///
    /// # Errors
    /// `n` is 0 or a parameter is outside its domain; the error names it.
    fn build(&self, n: usize, dt_ms: f64) -> Result<Box<dyn Population>, NeuronError>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::dynamics::{AdExConfig, FitzHughNagumoConfig, HodgkinHuxleyConfig, IzhikevichConfig, MorrisLecarConfig};
    use crate::{AlifConfig, Glif3Config, LifConfig};

    #[test]
    fn every_registered_model_survives_a_round_trip_and_refuses_unknown_fields() {
        let all: [Box<dyn NeuronConfig>; 8] = [
            Box::new(LifConfig::default()),
            Box::new(AlifConfig::default()),
            Box::new(Glif3Config::default()),
            Box::new(MorrisLecarConfig::default()),
            Box::new(HodgkinHuxleyConfig::default()),
            Box::new(FitzHughNagumoConfig::default()),
            Box::new(IzhikevichConfig::default()),
            Box::new(AdExConfig::default()),
        ];
        for config in all {
            let text = serde_json::to_string(&config).unwrap();
            let again: Box<dyn NeuronConfig> = serde_json::from_str(&text).unwrap();
            assert_eq!(text, serde_json::to_string(&again).unwrap());
            let cells = again.build(4, 1.0).unwrap();
            assert_eq!(cells.len(), 4);
            assert!(again.build(0, 1.0).is_err() && again.build(1, f64::NAN).is_err());
            let wrong = text.replacen('{', "{\"surprise\":1,", 1);
            assert!(serde_json::from_str::<Box<dyn NeuronConfig>>(&wrong).is_err());
        }
        let unknown = serde_json::from_str::<Box<dyn NeuronConfig>>(r#"{"model":"hodgkin"}"#).unwrap_err();
        assert!(unknown.to_string().contains("hodgkin"), "{unknown}");
        let scheme = r#"{"model":"izhikevich","scheme":"leapfrog"}"#;
        let unknown = serde_json::from_str::<Box<dyn NeuronConfig>>(scheme).unwrap_err().to_string();
        assert!(unknown.contains("leapfrog") && unknown.contains("exponential_midpoint"), "{unknown}");
        let text = r#"{"model":"morris_lecar","scheme":"staggered","params":{"phi_per_ms":-1.0}}"#;
        let wrong = serde_json::from_str::<Box<dyn NeuronConfig>>(text).unwrap().build(2, 0.1).err().unwrap();
        assert_eq!(
            wrong.to_string(),
            "morris_lecar: parameter `phi_per_ms` of neuron 0 is -1, expected a positive number"
        );
    }
}
