//! "Address rules".

use super::{Broken, Sections, holds, range};

/// How many rules there are, when all of them hold.
pub fn check(sections: &Sections<'_>) -> Result<usize, Broken> {
    let starts = sections.words("rule_starts");
    let first = starts.first().ok_or("rule_starts: one record more for the ends")?;
    holds(*first == [0, 0], "rule_starts: the first rule begins with the sections")?;
    let v4: Vec<u128> = sections.words("v4_starts").iter().map(|word| word[0].into()).collect();
    let chunks = sections.bytes("v6_starts").chunks(16);
    let v6: Vec<u128> =
        chunks.map(|start| u128::from_le_bytes(start.try_into().unwrap())).collect();
    for (column, addresses, outcomes) in
        [(0, v4, sections.bytes("v4_outcomes")), (1, v6, sections.bytes("v6_outcomes"))]
    {
        let count = addresses.len();
        holds(count == outcomes.len(), "an outcome for each interval")?;
        holds(starts.last().unwrap()[column] as usize == count, "rules fill both in order")?;
        for pair in starts.windows(2) {
            let rule = range(pair[0][column], pair[1][column], count, "intervals of a rule")?;
            let (addresses, outcomes) = (&addresses[rule.clone()], &outcomes[rule]);
            holds(addresses.first() == Some(&0), "intervals start at address 0")?;
            holds(addresses.windows(2).all(|pair| pair[0] < pair[1]), "starts rise")?;
            holds(outcomes.windows(2).all(|pair| pair[0] != pair[1]), "outcomes differ")?;
            holds(outcomes.iter().all(|outcome| *outcome <= 2), "outcomes are 0, 1 or 2")?;
        }
    }
    Ok(starts.len() - 1)
}
