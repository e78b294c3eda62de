//! Many tests at once: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", J. R. Stat. Soc. B 57
//! (1995). Cells of one table depend on each other positively, if at all, which the method allows (Benjamini and
//! Yekutieli 2001).

/// For each p-value the least false-discovery rate at which it would be a discovery; in the given order.
pub(in crate::report) fn q_values(p_values: &[f64]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "numbers of cells")]
    let mut found = weighted_q_values(p_values, p_values.len() as f64);
    // Rounding must not make a test surer than it was alone.
    found.iter_mut().zip(p_values).for_each(|(q, p)| *q = q.max(*p));
    found
}

/// The same of p-values that were each divided by its weight, where the weights of all tests sum to `tests`; tests that
/// are no candidates may be left out, which finds less, never more.
pub(in crate::report) fn weighted_q_values(p_values: &[f64], tests: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let mut found = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (above, &index) in order.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "numbers of cells")]
        let rank = (p_values.len() - above) as f64;
        least = least.min(p_values[index] * tests / rank);
        found[index] = least;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The fifteen p-values of the paper's section 3.2: at 5 % the first four are discoveries.
    #[test]
    fn the_papers_example_has_four_discoveries() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let q = q_values(&p);
        assert_eq!(q.iter().filter(|q| **q <= 0.05).count(), 4);
        assert!((q[3] - 0.035_625).abs() < 1e-12, "{}", q[3]);
        assert!((q[0] - 0.0015).abs() < 1e-12 && (q[14] - 1.0).abs() < 1e-12);
        assert!(q_values(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn they_keep_the_order_and_are_no_smaller(p in prop::collection::vec(0.0..1.0f64, 1..40)) {
            let q = q_values(&p);
            for (i, one) in p.iter().enumerate() {
                prop_assert!(q[i] >= *one && q[i] <= 1.0);
                for (j, other) in p.iter().enumerate() {
                    prop_assert!(one > other || q[i] <= q[j], "{one} {other}");
                }
            }
        }
    }
}
