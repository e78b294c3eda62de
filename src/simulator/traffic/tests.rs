use super::*;

/// Totals rest on tallies alone, and prefixes on those of some countries; nothing else may come of them than of the
/// attempts.
#[test]
fn tallies_are_those_of_the_attempts() {
    let small = Origin::of(5, "AC00000000000000000000000000000001".parse().unwrap());
    let all = [Incidents::Nothing, Incidents::Attacks, Incidents::AttacksAndOutages];
    for (origin, incidents) in
        [Origin::one(5), small].iter().flat_map(|origin| all.map(|incidents| (origin, incidents)))
    {
        let changes = |day: i64| incidents::change(incidents, origin.seed, day);
        for day in (20_000..20_070).filter(|day| day % 7 == 0 || changes(*day)) {
            let attempts = unordered(origin, day, incidents);
            let (mut of_all, mut told) = (BTreeMap::<u32, Tally>::new(), BTreeMap::<u32, Tally>::new());
            for attempt in &attempts {
                let leaf = leaf(attempt.service, attempt.place, attempt.channel);
                of_all.entry(leaf).or_default().count(attempt.delay.is_some());
            }
            for (leaf, Tally { attempts, converted }) in tallies(origin, day, incidents) {
                let tally = told.entry(leaf).or_default();
                (tally.attempts, tally.converted) = (tally.attempts + attempts, tally.converted + converted);
            }
            assert_eq!(told, of_all, "{day}");
            for digit in 1..=9 {
                let numbered = attempts.iter().filter_map(|attempt| Some((Outcome::from(attempt), attempt.number?)));
                let of_digit: Vec<_> = numbered.filter(|(_, number)| number.first_digit() == digit).collect();
                assert_eq!(numbers(origin, day, incidents, digit), of_digit, "{day} +{digit}");
            }
        }
        assert!(incidents != Incidents::AttacksAndOutages || (20_000..20_070).any(changes));
    }
}
