//! Pages come in order, and count as one once they are durable, whenever the process ends.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_pages_of_a_segment_come_in_order_and_count_once_durable() {
    let played = read(Setting::of([segment(-2, 3)]), |day, number, _| Ok(page(day, number, 3))).await;
    assert_eq!(played.driven.ending, Ending::Finished);
    assert_eq!(
        played.asked.iter().map(|(at, _, number)| (*at, *number)).collect::<Vec<_>>(),
        [(Duration::ZERO, 1), (LATENCY, 2), (2 * LATENCY, 3)]
    );
    let [(learnt, _, ListOutcome::Listed(tally))] = &played.listed[..] else { panic!("{:?}", played.listed) };
    assert_eq!(*learnt, 3 * LATENCY + DISK, "not before it is on the disk");
    assert_eq!(tally.answer.counts, Counts::new(6, 3).unwrap(), "what lies a second before does not count");
    assert_eq!((tally.rows.len(), tally.rows[0].counts), (1, tally.answer.counts));
    assert_eq!(tally.answer.asked_at, NOW.to_micros(), "when the first page was asked for");
    assert_eq!(tally.answer.server_at, Some(NOW.plus_seconds(1)), "what the first page said");
    assert_eq!((tally.answer.as_of, tally.answer.source), (NOW, AnswerSource::ThisRun));
    assert_eq!((played.driven.tally.sent, played.driven.tally.answered, played.driven.tally.pages), (3, 3, 3));
    assert_eq!(played.driven.server_now, Some(NOW.plus_seconds(3)));
}

#[tokio::test(start_paused = true)]
async fn several_segments_are_read_side_by_side_and_one_page_of_each_at_a_time() {
    let segments: Vec<_> = (2..8).map(|ago| segment(-ago, 5)).collect();
    let played =
        read(Setting { questions: 10, ..Setting::of(segments) }, |day, number, _| Ok(page(day, number, 5))).await;
    assert_eq!(played.counts(), (-7..-1).map(|day| (day, Some(10))).collect());
    for day in -7..-1 {
        assert_eq!(played.pages(day), [1, 2, 3, 4, 5]);
    }
    let at = |time: Duration| played.asked.iter().filter(move |(at, ..)| *at == time).map(|(_, day, _)| *day);
    assert_eq!(at(LATENCY).collect::<BTreeSet<_>>().len(), 4, "as many as the planner wants");
    assert_eq!((played.answered.len(), played.driven.tally.answered, played.driven.tally.pages), (10, 40, 30));
}

#[tokio::test(start_paused = true)]
async fn progress_counts_pages() {
    let played = read(Setting::of([segment(-2, 20)]), |day, number, _| Ok(page(day, number, 20))).await;
    let snapshots = &played.snapshots;
    assert!(snapshots.iter().all(|it| it.done + it.wanted == 20 || it.done + it.wanted == 0), "{snapshots:?}");
    assert!(snapshots.is_sorted_by_key(|it| it.done));
    assert_eq!((snapshots.last().unwrap().done, snapshots.last().unwrap().wanted), (20, 0));
    // More, and fewer, than expected.
    for (expected, last) in [(2, 9), (9, 2)] {
        let played =
            read(Setting::of([segment(-2, expected)]), move |day, number, _| Ok(page(day, number, last))).await;
        let end = played.snapshots.last().unwrap();
        assert_eq!((end.done, end.wanted), (last, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_signal_no_page_is_asked_for_and_a_segment_without_its_end_is_lost() {
    let segments = [segment(-2, 5), segment(-3, 1)];
    let stop = Some((LATENCY / 2, Stop::Drain));
    let disk = Disk::default();
    let setting = Setting { stop, disk: Arc::clone(&disk), ..Setting::of(segments) };
    let played = read(setting, |day, number, _| Ok(page(day, number, if day == -2 { 5 } else { 1 }))).await;
    assert_eq!(played.driven.ending, Ending::Stopped);
    assert_eq!(played.asked.len(), 2, "{:?}", played.asked);
    assert_eq!(played.counts(), [(-3, Some(2))].into(), "what was in flight is awaited, and kept if it was the last");
    assert_eq!(disk.lock().unwrap().len(), 1);

    // The run that takes it up reads what was lost from its first page on.
    let again = Setting { disk: Arc::clone(&disk), ..Setting::of(segments) };
    let played = read(again, |day, number, _| Ok(page(day, number, if day == -2 { 5 } else { 1 }))).await;
    assert_eq!((played.pages(-2), played.pages(-3)), (vec![1, 2, 3, 4, 5], vec![]));
    assert_eq!(played.counts(), [(-2, Some(10)), (-3, Some(2))].into());
    assert_eq!((played.driven.tally.from_ledger, played.driven.tally.sent), (1, 5));
}

/// At whatever moment the process dies: no segment counts that is not on the disk, and none that is there is read again.
#[tokio::test(start_paused = true)]
async fn a_process_may_die_at_any_moment() {
    for died in 0..40 {
        let segments: Vec<_> = (2..6).map(|ago| segment(-ago, ago)).collect();
        let pages = |day: i64, number, _| Ok(page(day, number, day.unsigned_abs()));
        let disk = Disk::default();
        let stop = Some((died * Duration::from_millis(100) + SECOND / 100, Stop::Abort));
        let killed =
            read(Setting { stop, at_once: 2, disk: Arc::clone(&disk), ..Setting::of(segments.clone()) }, pages);
        let killed = killed.await;
        let kept: BTreeSet<Window> = disk.lock().unwrap().keys().copied().collect();
        assert!(killed.listed.iter().all(|(_, segment, _)| kept.contains(&segment.range)), "{died}");
        let taken_up = read(Setting { disk: Arc::clone(&disk), ..Setting::of(segments) }, pages).await;
        assert_eq!(taken_up.counts(), (-5..-1).map(|day: i64| (day, Some(2 * day.abs()))).collect(), "{died}");
        let read_again =
            (-5..-1).filter(|offset| kept.contains(&day(*offset).range) && !taken_up.pages(*offset).is_empty());
        assert_eq!(read_again.count(), 0, "{died}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_segment_that_may_only_be_looked_up_reads_no_page() {
    let known = segment(-2, 3);
    let disk = Disk::default();
    read(Setting { disk: Arc::clone(&disk), ..Setting::of([known]) }, |day, number, _| Ok(page(day, number, 3))).await;
    let only = |offset| Segment { reuse: Reuse::SettledOnly, ..segment(offset, 3) };
    let setting = Setting { disk, ..Setting::of([only(-2), only(-3)]) };
    let played = read(setting, |_, _, _| unreachable!("no page may be asked for")).await;
    let outcomes: Vec<_> = played.listed.iter().map(|(_, _, outcome)| outcome).collect();
    assert!(matches!(outcomes[..], [ListOutcome::Listed(_), ListOutcome::NotRecorded]), "{outcomes:?}");
}
