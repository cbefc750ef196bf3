//! The recursion behind hypervolume and contributions, on extents: distances from the reference point, larger is better.
//!
//! With points in descending order of their last extent, point i adds the slab
//!
//! V = sum_i e_(i,m) (prod_(k < m) e_(i,k) - V_(m-1)({ min(e_j, e_i) : j < i })),
//!
//! because all points before i reach at least as far in the last objective. Points that another covers are dropped before
//! every recursion. The recursion ends with three objectives, where a sweep along the third keeps the staircase of the
//! first two: O(n log n) if few steps are removed at a time, and covered points cost nothing but a search.
//!
//! Sources: While, Bradstreet and Barone 2012, doi:10.1109/TEVC.2010.2077298 (limited sets); Beume, Fonseca, Lopez-Ibanez,
//! Paquete and Vahrenhold 2009, doi:10.1109/TEVC.2009.2015575 (the sweep).

/// One point: its extents, then zeros.
type Row<const W: usize> = [f64; W];

/// Memory of the recursion, kept between calls.
pub(super) struct Workspace<const W: usize> {
    /// Limited sets, by number of objectives.
    levels: Vec<Vec<Row<W>>>,
    /// The staircase: ascending in the first extent, descending in the second.
    steps: Vec<[f64; 2]>,
    /// Points with three objectives, descending in the third.
    sweep: Vec<[f64; 3]>,
}

impl<const W: usize> Workspace<W> {
    pub(super) fn new() -> Self {
        Self { levels: vec![Vec::new(); W + 1], steps: Vec::new(), sweep: Vec::new() }
    }

    /// Volume of the union of the boxes \[0, row\]; `rows` are put in order, and covered ones dropped.
    pub(super) fn union(&mut self, rows: &mut Vec<Row<W>>, objectives: usize) -> f64 {
        match objectives {
            0 => 0.0,
            1 => rows.iter().fold(0.0, |most, row| most.max(row[0])),
            2 => {
                self.steps.clear();
                rows.iter().map(|row| add_step(&mut self.steps, row[0], row[1])).sum()
            }
            3 => {
                self.sweep.clear();
                self.sweep.extend(rows.iter().map(|row| [row[0], row[1], row[2]]));
                self.sweep.sort_unstable_by(|a, b| b[2].total_cmp(&a[2]));
                self.sweep_volume()
            }
            _ => {
                order_and_drop_covered(rows, objectives);
                self.slabs(rows, objectives)
            }
        }
    }

    /// The sum over slabs, for rows in descending order of the last extent.
    fn slabs(&mut self, rows: &[Row<W>], objectives: usize) -> f64 {
        if objectives == 4 {
            return self.slabs_of_four(rows);
        }
        let last = objectives - 1;
        let mut limited = std::mem::take(&mut self.levels[last]);
        let mut total = 0.0;
        for (index, row) in rows.iter().enumerate() {
            limited.clear();
            limited.extend(rows[..index].iter().map(|other| minimum(other, row, last)));
            let covered = self.union(&mut limited, last);
            total += row[last] * (row[..last].iter().product::<f64>() - covered);
        }
        self.levels[last] = limited;
        total
    }

    /// The same for four objectives: sorted once by the third, every limited set is sorted as well.
    fn slabs_of_four(&mut self, rows: &[Row<W>]) -> f64 {
        let mut by_third: Vec<u32> = (0..rows.len() as u32).collect();
        by_third.sort_unstable_by(|&a, &b| rows[b as usize][2].total_cmp(&rows[a as usize][2]));
        let mut total = 0.0;
        for (index, row) in rows.iter().enumerate() {
            self.sweep.clear();
            for &other in &by_third {
                if (other as usize) < index {
                    let other = &rows[other as usize];
                    self.sweep.push([other[0].min(row[0]), other[1].min(row[1]), other[2].min(row[2])]);
                }
            }
            total += row[3] * (row[0] * row[1] * row[2] - self.sweep_volume());
        }
        total
    }

    /// Volume of the points in `sweep`.
    fn sweep_volume(&mut self) -> f64 {
        self.steps.clear();
        let (mut area, mut volume) = (0.0, 0.0);
        for (index, point) in self.sweep.iter().enumerate() {
            area += add_step(&mut self.steps, point[0], point[1]);
            let below = self.sweep.get(index + 1).map_or(0.0, |next| next[2]);
            volume += area * (point[2] - below);
        }
        volume
    }
}

/// Entry-wise minimum of the first `objectives` entries.
fn minimum<const W: usize>(a: &Row<W>, b: &Row<W>, objectives: usize) -> Row<W> {
    let mut row = [0.0; W];
    for k in 0..objectives {
        row[k] = a[k].min(b[k]);
    }
    row
}

/// Whether a reaches at least as far as b everywhere.
pub(super) fn covers<const W: usize>(a: &Row<W>, b: &Row<W>) -> bool {
    a.iter().zip(b).fold(true, |so_far, (a, b)| so_far & (a >= b))
}

/// Sorts rows by the last of so many extents, descending, and drops those that another covers.
fn order_and_drop_covered<const W: usize>(rows: &mut Vec<Row<W>>, objectives: usize) {
    // Equal last extents: the larger ones first, so that who covers comes before who is covered.
    rows.sort_unstable_by(|a, b| {
        let mut orders = (0..objectives).rev().map(|k| b[k].total_cmp(&a[k]));
        orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut kept = 0;
    for index in 0..rows.len() {
        let row = rows[index];
        if !rows[..kept].iter().any(|other| covers(other, &row)) {
            rows[kept] = row;
            kept += 1;
        }
    }
    rows.truncate(kept);
}

/// Adds the box \[0, x\] x \[0, y\] to the staircase and returns the area gained.
fn add_step(steps: &mut Vec<[f64; 2]>, x: f64, y: f64) -> f64 {
    let place = steps.partition_point(|step| step[0] < x);
    let mut floor = steps.get(place).map_or(0.0, |step| step[1]);
    if floor >= y {
        return 0.0;
    }
    let (mut first, mut right, mut gained) = (place, x, 0.0);
    loop {
        let before = first.checked_sub(1).map_or([0.0, f64::INFINITY], |index| steps[index]);
        gained += (right - before[0]) * (y - floor);
        if before[1] > y {
            break;
        }
        (right, floor) = (before[0], before[1]);
        first -= 1;
    }
    // A step that ends where the new one does is hidden behind it.
    let end = place + usize::from(steps.get(place).is_some_and(|step| step[0] == x));
    if first < end {
        steps[first] = [x, y];
        steps.drain(first + 1..end);
    } else {
        steps.insert(first, [x, y]);
    }
    gained
}

/// The extents of every point that lies below `reference` in all objectives, with its place.
pub(super) fn extents<const W: usize>(points: &[f64], reference: &[f64]) -> (Vec<usize>, Vec<Row<W>>) {
    let inside = |point: &[f64]| point.iter().zip(reference).all(|(x, r)| x.is_finite() && x < r);
    let points = points.chunks_exact(reference.len()).enumerate().filter(|(_, point)| inside(point));
    let row = |point: &[f64]| {
        let mut row = [0.0; W];
        row.iter_mut().zip(point.iter().zip(reference)).for_each(|(extent, (x, r))| *extent = r - x);
        row
    };
    points.map(|(place, point)| (place, row(point))).unzip()
}

/// Calls a function with the narrowest row that holds so many objectives.
macro_rules! with_width {
    ($objectives:expr, $function:ident($($argument:expr),*)) => {
        match $objectives {
            ..=4 => $function::<4>($($argument),*),
            5..=8 => $function::<8>($($argument),*),
            9..=16 => $function::<16>($($argument),*),
            _ => $function::<MOST_OBJECTIVES>($($argument),*),
        }
    };
}
pub(super) use with_width;

/// Objectives of the widest row.
pub(super) const MOST_OBJECTIVES: usize = 64;
