//! Refusals: what they are to a question, and what they are to a run without any answer.

use super::*;
use crate::fetch::GiveUpReason;
use crate::model::{Country, FailureKind};

const SECOND: Duration = Duration::from_secs(1);

const fn refusal(status: u16) -> AskErrorKind {
    AskErrorKind::Client { status, code: Some(60_200) }
}

fn control() -> Slice {
    Slice { country: Some(Country::REMAINDER), ..day(-2) }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_refuses_everything_ends_the_run_within_what_is_in_flight() {
    for status in [400, 404, 405, 410, 422] {
        for concurrency in [1, 16] {
            // Controls count too: their refusal is no answer.
            let all = [vec![control(); 10], (2..200).map(|offset| day(-offset)).collect()].concat();
            let story = play(pace(concurrency, RETRY), [all], move |_, _| (SECOND, Err(refusal(status)))).await;
            let Ending::GaveUp(give_up) = &story.driven.ending else { panic!("{:?}", story.driven) };
            assert_eq!(give_up.end, GiveUpReason::Refused(20));
            let said = give_up.to_string();
            assert!(said.contains("refused 20 questions") && said.contains("code 60200"), "{said}");
            assert!(story.asked.len() < 20 + concurrency as usize, "{} requests", story.asked.len());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn beside_any_answer_a_refusal_concerns_its_question() {
    let story = play(pace(4, RETRY), [(2..60).map(|offset| day(-offset)).collect()], |slice, _| {
        (SECOND, if *slice == day(-10) { Ok(counted(3)) } else { Err(refusal(400)) })
    });
    let story = story.await;
    assert_eq!(story.driven.ending, Ending::Finished);
    assert_eq!((story.asked.len(), story.driven.tally.failed), (58, 57));
}

#[tokio::test(start_paused = true)]
async fn a_refused_control_is_no_answer_and_no_failure_to_tell_of() {
    for (status, kind, failed) in
        [(400, FailureKind::Refused, 0), (422, FailureKind::Refused, 0), (409, FailureKind::Rejected, 1)]
    {
        let story = play(pace(4, RETRY), [vec![control()]], move |_, _| (SECOND, Err(refusal(status)))).await;
        assert!(matches!(&story.learnt[..], [(_, Outcome::Failed(failure))] if failure.kind == kind));
        assert_eq!(story.driven.tally.failed, failed);
    }
}
