//! Two samples, and whether they can be told apart.

use crate::table::{median, percentile};

/// What 95 % of a normal distribution lies within, in standard deviations.
const Z95: f64 = 1.959_964;

/// What two samples say of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Compared {
    /// The middle of each.
    pub(crate) medians: [f64; 2],
    /// By how much the mean of the first is larger, and within what that lies with 95 % certainty (Welch).
    pub(crate) difference: f64,
    pub(crate) within: [f64; 2],
    /// How often a figure of the first is larger than one of the second, 0.5 when nothing tells them apart, and within
    /// what that lies (Mann-Whitney; the interval by Hanley and `McNeil`).
    pub(crate) larger: f64,
    pub(crate) larger_within: [f64; 2],
    /// How often samples of the same origin would differ as much (Mann-Whitney, normal approximation with ties).
    pub(crate) p: f64,
}

#[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^52")]
pub(crate) fn compare(first: &[f64], second: &[f64]) -> Compared {
    let (n, m) = (first.len() as f64, second.len() as f64);
    let ([mean_a, mean_b], [var_a, var_b]) = ([mean(first), mean(second)], [variance(first), variance(second)]);
    let difference = mean_a - mean_b;
    // Hundreds of figures: Student's distribution is the normal one.
    let reach = Z95 * (var_a / n + var_b / m).sqrt();

    let mut wins = 0.0;
    for a in first {
        for b in second {
            wins += if a > b {
                1.0
            } else if a < b {
                0.0
            } else {
                0.5
            };
        }
    }
    let larger = wins / (n * m);
    let (q1, q2) = (larger / (2.0 - larger), 2.0 * larger * larger / (1.0 + larger));
    let spread = larger * (1.0 - larger) + (n - 1.0) * (q1 - larger * larger) + (m - 1.0) * (q2 - larger * larger);
    let larger_reach = Z95 * (spread.max(0.0) / (n * m)).sqrt();
    let sigma = (n * m / 12.0 * (n + m + 1.0 - ties(first, second) / ((n + m) * (n + m - 1.0)))).sqrt();
    let z = (wins - n * m / 2.0).abs() / sigma;
    Compared {
        medians: [median(first.to_vec()), median(second.to_vec())],
        difference,
        within: [difference - reach, difference + reach],
        larger,
        larger_within: [(larger - larger_reach).max(0.0), (larger + larger_reach).min(1.0)],
        p: if z.is_finite() { 2.0 * (1.0 - normal(z)) } else { 1.0 },
    }
}

/// The figures without the largest hundredth: what else the machine did.
pub(crate) fn without_outliers(figures: &[f64]) -> Vec<f64> {
    let most = percentile(&mut figures.to_vec(), 0.99);
    figures.iter().copied().filter(|figure| *figure <= most).collect()
}

#[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^52")]
fn mean(figures: &[f64]) -> f64 {
    figures.iter().sum::<f64>() / figures.len() as f64
}

#[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^52")]
fn variance(figures: &[f64]) -> f64 {
    let mean = mean(figures);
    figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / (figures.len() as f64 - 1.0)
}

/// The sum of `t³ - t` over all groups of equal figures.
#[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^52")]
fn ties(first: &[f64], second: &[f64]) -> f64 {
    let mut all = [first, second].concat();
    all.sort_by(f64::total_cmp);
    let groups = all.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|group| group.len() as f64);
    groups.map(|size| size.powi(3) - size).sum()
}

/// The share of a normal distribution below some standard deviations (Abramowitz and Stegun, 26.2.17).
fn normal(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    1.0 - (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn the_normal_distribution_is_the_one_of_the_tables() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.841_345), (Z95, 0.975), (3.0, 0.998_650)] {
            assert!(near(normal(z), share), "{z}: {}", normal(z));
        }
    }

    #[test]
    fn samples_of_one_origin_are_not_told_apart_and_others_are() {
        // A sequence that looks like chance and is the same each time.
        let mut state = 1_u64;
        let mut chance = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 33).unwrap_or(0)) / f64::from(u32::MAX >> 1)
        };
        let first: Vec<_> = (0..300).map(|_| 10.0 + chance()).collect();
        let same: Vec<_> = (0..300).map(|_| 10.0 + chance()).collect();
        let slower: Vec<_> = (0..300).map(|_| 10.3 + chance()).collect();
        let alike = compare(&first, &same);
        assert!(alike.p > 0.05 && alike.larger_within[0] < 0.5 && alike.larger_within[1] > 0.5, "{alike:?}");
        assert!(alike.within[0] < 0.0 && alike.within[1] > 0.0, "{alike:?}");
        let apart = compare(&slower, &first);
        assert!(apart.p < 1e-6 && apart.larger_within[0] > 0.6, "{apart:?}");
        assert!(apart.within[0] < 0.3 && apart.within[1] > 0.3 && apart.within[0] > 0.2, "{apart:?}");
    }

    #[test]
    fn a_small_sample_is_as_reckoned_by_hand() {
        let compared = compare(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]);
        assert!(near(compared.larger, 1.5 / 9.0), "{compared:?}");
        assert!(near(compared.difference, -2.0));
        let equal = compare(&[1.0, 1.0], &[1.0, 1.0]);
        assert!(near(equal.p, 1.0) && near(equal.larger, 0.5));
    }
}
