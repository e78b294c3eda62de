//! Looking up what was listed, wherever it is kept: what was read so far, and what is to be read next (pure).

use super::margins::{Kept, Margins, Readings, total};
use super::stock::{Piece, Stock};
use crate::model::{Answer, Proof, Question, Reuse, Split, Tally, TallyRow, Window};

/// What came of a look at what was read.
#[derive(Debug)]
pub(in crate::ledger) enum Seen {
    /// All that there is to say.
    Done(Option<Answer>),
    /// The stock around this range is to be read first.
    NoStock(Window),
    /// The rows of this window are.
    NoRows(Window),
}

/// What was read of other runs' tallies.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Listed {
    /// How the job splits; `None`: nothing listed is looked for.
    split: Option<Split>,
    /// With the range that it holds all of.
    stock: Option<(Window, Stock)>,
    kept: Kept,
}

/// The prefixes of a split, as they are kept with what is split by them.
pub(in crate::ledger) fn prefixes(split: Option<&Split>) -> String {
    let mut digits: Vec<u64> = split.into_iter().flat_map(|split| &split.prefixes).map(|it| it.digits()).collect();
    digits.sort_unstable();
    digits.dedup();
    digits.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

impl Listed {
    /// Of a job that splits so. What was read for another is forgotten.
    pub fn split_by(split: Option<Split>) -> Self {
        Self { split, ..Self::default() }
    }

    pub const fn split(&self) -> Option<&Split> {
        self.split.as_ref()
    }

    /// The stock for a range, if it was read.
    fn stock(&self, range: Window) -> Option<&Stock> {
        self.stock.as_ref().filter(|(held, _)| held.contains(range)).map(|(_, stock)| stock)
    }

    /// What a question may be answered with, given what Summary's answers say of it: a window that was confirmed under the
    /// job's split, and a slice of it that the list has as Summary has it. Summary's word stands where it is younger;
    /// where a confirmed list counts the same, whatever its split, the list's is taken, as it knows what that cost. A
    /// slice that cannot occur tells about the API alone, so that nothing stands for it, nor for prefixes by which
    /// nothing was counted.
    pub fn look(&mut self, question: &Question, known: Option<Answer>) -> Seen {
        let slice = &question.slice;
        let Some(split) = self.split.as_ref().filter(|_| question.reuse == Reuse::SettledOnly) else {
            return Seen::Done(known);
        };
        let Some(stock) = self.stock(slice.range) else { return Seen::NoStock(slice.range) };
        let is_counted = slice.prefix.is_none_or(|prefix| split.prefixes.contains(&prefix)) && !slice.is_control();
        let ours = stock.ours(slice.range);
        let may_tell = match ours {
            Some(ours) => ours.admits(slice),
            // What passed no checks may still have to be proved.
            None => known.is_some_and(|known| known.proof == Proof::Proved),
        };
        if !is_counted || !may_tell {
            return Seen::Done(known);
        }
        let is_ours = ours.is_some();
        let Some(readings) = self.kept.get(slice.range) else { return Seen::NoRows(slice.range) };
        let own = readings.own.as_mut().filter(|_| is_ours).map(|own| own.answer(slice));
        let stands = match (own, known) {
            (Some(own), Some(known)) if own.counts == known.counts || own.asked_at > known.asked_at => own,
            (_, Some(known)) => known,
            (Some(own), None) => own,
            (None, None) => return Seen::Done(None),
        };
        let proof = stands.proof;
        let told = readings.best(slice, stands.counts).map(|listed| Answer { proof, ..listed });
        Seen::Done(Some(told.unwrap_or(stands)))
    }

    /// Whether the stock for a range is to be read before [`Listed::tally`].
    pub fn lacks_stock(&self, range: Window) -> bool {
        self.stock(range).is_none()
    }

    pub fn put_stock(&mut self, holds: Window, stock: Stock) {
        self.stock = Some((holds, stock));
    }

    /// Reads the rows of a confirmed window, so that it can be asked for: those that were confirmed under the job's split,
    /// and those that were read last.
    pub fn load<E>(
        &mut self,
        window: Window,
        mut read: impl FnMut(&Piece) -> Result<Vec<TallyRow>, E>,
    ) -> Result<(), E> {
        let stock = self.stock(window);
        let latest = stock.and_then(|stock| stock.pieces(window)).unwrap_or_default();
        let own = stock.and_then(|stock| stock.pieces_of(stock.ours(window)?)).unwrap_or_default();
        let latest = if latest == own { Vec::new() } else { latest };
        let mut margins = |pieces: &[Piece]| {
            let tally = self.gather(window, pieces, &mut read)?;
            Ok(tally.and_then(|Tally { rows, answer }| Margins::of(&rows, answer)))
        };
        let readings = Readings { own: margins(&own)?, latest: margins(&latest)? };
        self.kept.put(window, readings);
        Ok(())
    }

    /// What other runs' confirmed windows tell of a range.
    pub fn tally<E>(
        &self,
        range: Window,
        read: impl FnMut(&Piece) -> Result<Vec<TallyRow>, E>,
    ) -> Result<Option<Tally>, E> {
        let pieces = self.stock(range).and_then(|stock| stock.pieces(range)).unwrap_or_default();
        self.gather(range, &pieces, read)
    }

    /// `None` of no pieces, and beyond 64 bits.
    fn gather<E>(
        &self,
        range: Window,
        pieces: &[Piece],
        mut read: impl FnMut(&Piece) -> Result<Vec<TallyRow>, E>,
    ) -> Result<Option<Tally>, E> {
        let mut rows = Vec::new();
        for piece in pieces {
            rows.extend(read(piece)?);
        }
        let told = |stock: &Stock| stock.answer(range, pieces, total(&rows)?);
        let answer = self.stock(range).and_then(told);
        Ok(answer.map(|answer| Tally { rows, answer }))
    }
}
