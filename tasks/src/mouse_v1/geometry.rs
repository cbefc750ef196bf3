//! Where the neurons of a circuit are: the innermost N neurons of the model column.
//!
//! The full model has a constant density in the horizontal plane, so its N innermost neurons fill a disc of radius
//! `sqrt(N / (pi density))`; a circuit draws N neurons with the type fractions uniformly in that disc and uniformly in
//! the depth of their layer. Preferred directions of a population are equally spaced over the circle.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>; choice of the
//! innermost neurons: Chen, Scherr, Maass 2022, Sci Adv 8:eabq7592, <https://doi.org/10.1126/sciadv.abq7592>.

use super::tables::{CELL_TYPES, CORE_RADIUS_UM, N_CORE, POPULATIONS, V1Tables, population_counts};
use evoplast_synapse::Sites;
use rand::{Rng, RngExt};
use std::f64::consts::{PI, TAU};

/// Neurons per um^2 of cortical surface, all layers together.
#[must_use]
pub fn density_per_um2() -> f64 {
    f64::from(N_CORE) / (PI * CORE_RADIUS_UM * CORE_RADIUS_UM)
}

/// Radius (um) of the disc that holds `n` neurons.
#[must_use]
pub fn radius_um(n: usize) -> f64 {
    (n as f64 / (PI * density_per_um2())).sqrt()
}

/// Who the neurons are and where; sorted by type, then population.
#[derive(Debug, Clone)]
pub struct Cells {
    /// Index into the 17 types, per neuron.
    pub type17: Vec<u16>,
    /// Index into the 21 populations, per neuron.
    pub population: Vec<u16>,
    /// Index into the models of the tables, per neuron.
    pub model: Vec<u32>,
    /// Positions and preferred directions.
    pub sites: Sites,
}

impl Cells {
    /// Draws `n` neurons; a population's models are drawn with equal probability.
    pub fn draw<R: Rng + ?Sized>(n: usize, tables: &V1Tables, rng: &mut R) -> Self {
        let mut cells = Self { type17: vec![], population: vec![], model: vec![], sites: Sites::default() };
        let radius = radius_um(n);
        for (p, &count) in population_counts(n).iter().enumerate() {
            let type17 = POPULATIONS[p].type17;
            let (top, bottom) = CELL_TYPES[type17].layer.depth_um();
            for k in 0..count {
                let (r, angle) = (radius * rng.random::<f64>().sqrt(), TAU * rng.random::<f64>());
                cells.type17.push(type17 as u16);
                cells.population.push(p as u16);
                cells.model.push(rng.random_range(tables.models_of(p)) as u32);
                cells.sites.x_um.push((r * angle.cos()) as f32);
                cells.sites.y_um.push((top + (bottom - top) * rng.random::<f64>()) as f32);
                cells.sites.z_um.push((r * angle.sin()) as f32);
                cells.sites.tuning_deg.push((360.0 * k as f64 / count as f64) as f32);
            }
        }
        cells
    }

    /// Number of neurons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.type17.len()
    }

    /// True without neurons.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.type17.is_empty()
    }

    /// The neurons of one type.
    #[must_use]
    pub fn of_type(&self, type17: usize) -> std::ops::Range<usize> {
        let start = self.type17.partition_point(|&t| usize::from(t) < type17);
        let end = self.type17.partition_point(|&t| usize::from(t) <= type17);
        start..end
    }

    /// Place of neuron `i` in the visual field (deg): the map of cortex to a field of 240 x 120 degrees.
    #[must_use]
    pub fn retinotopy_deg(&self, i: usize) -> (f64, f64) {
        let along = |um: f32, deg_per_um: f64| (deg_per_um * f64::from(um)).to_radians().tan().to_degrees();
        (120.0 + along(self.sites.x_um[i], 0.07), 60.0 + along(self.sites.z_um[i], 0.04))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::TableLevel;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn radii_are_those_of_the_spec() {
        for (n, um) in [(1000, 55.5), (3000, 96.0), (5000, 124.0)] {
            assert!((radius_um(n) - um).abs() < 0.6, "{n}: {}", radius_um(n));
        }
    }

    #[test]
    fn neurons_are_sorted_in_their_layer_and_disc() {
        let tables = V1Tables::embedded(TableLevel::Models);
        let cells = Cells::draw(1000, &tables, &mut ChaCha8Rng::seed_from_u64(3));
        assert_eq!(cells.len(), 1000);
        assert!(cells.population.is_sorted() && cells.type17.is_sorted());
        let mut far = 0.0_f64;
        for i in 0..1000 {
            let (top, bottom) = CELL_TYPES[cells.type17[i] as usize].layer.depth_um();
            assert!((top..=bottom).contains(&f64::from(cells.sites.y_um[i])));
            far = far.max(f64::from(cells.sites.x_um[i]).hypot(f64::from(cells.sites.z_um[i])));
            assert_eq!(tables.models[cells.model[i] as usize].population, usize::from(cells.population[i]));
        }
        assert!(far <= radius_um(1000) + 1e-3 && far > 0.95 * radius_um(1000));
        assert_eq!(cells.of_type(1).len(), 244);
        let (x, y) = Cells::retinotopy_deg(&cells, 0);
        assert!((x - 120.0).abs() < 4.0 && (y - 60.0).abs() < 2.3);
    }
}
