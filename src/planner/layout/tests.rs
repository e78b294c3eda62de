//! That numbers, places and positions lead to each other and back.

use std::collections::BTreeSet;

use super::{Layout, Node, Place};
use crate::model::{Channel, Listing, Matrix, MatrixShape, UnixSeconds, Window};
use crate::planner::Terms;

const HOUR: i64 = 3600;

fn layout(windows: i64, shape: MatrixShape) -> Layout {
    let windows =
        (0..windows).map(|hour| Window::new(UnixSeconds(hour * HOUR), UnixSeconds((hour + 1) * HOUR)).unwrap());
    let terms = Terms { channels: Listing::Every, ..Terms::new(UnixSeconds(60 * 24 * HOUR)) };
    Layout::new(Matrix::new(windows.collect(), shape), &terms)
}

/// Two services, three countries, two channels, two prefixes.
fn split() -> MatrixShape {
    MatrixShape {
        services: Some(["1", "2"].map(|last| format!("VA{last:0>32}").parse().unwrap()).to_vec()),
        countries: Some(["CO", "DE", "US"].map(|code| code.parse().unwrap()).to_vec()),
        channels: Some(vec![Channel::Call, Channel::Sms]),
        prefixes: Some(["+4915", "+5730"].map(|digits| digits.parse().unwrap()).to_vec()),
    }
}

#[test]
fn a_number_leads_to_a_place_a_slice_and_back() {
    for (windows, shape) in [(3, split()), (1, split()), (3, MatrixShape::default())] {
        let layout = layout(windows, shape);
        let range = if layout.has_range_totals() { layout.totals_of_range().collect() } else { Vec::new() };
        for node in layout.cells_and_window_totals().chain(range) {
            let back = match layout.place(node) {
                Place::Cell { window, country, lane } => layout.cell(window, country, lane),
                Place::WindowTotal { window, lane } => layout.window_total(window, lane),
                Place::RangeTotal { lane } => layout.range_total(lane),
                Place::AllChannels { group } => layout.all_channels(group),
            };
            assert_eq!(back, node);
            assert_eq!(layout.node(&layout.slice(node)), Some(node), "{}", layout.slice(node));
        }
    }
}

#[test]
fn runs_hold_the_numbers_of_their_kind() {
    let layout = layout(3, split());
    let all =
        [layout.cells_of_windows(0..3), layout.totals_of_windows(0..3), layout.range_totals(), layout.group_wholes()];
    let levels: Vec<BTreeSet<u8>> =
        all.iter().map(|run| run.clone().map(|number| layout.place(Node(number)).level()).collect()).collect();
    assert_eq!(levels, [0, 1, 2, 3].map(|level| BTreeSet::from([level])));
    assert_eq!(
        all.into_iter().flatten().collect::<Vec<_>>(),
        (0..u32::try_from(layout.node_count()).unwrap()).collect::<Vec<_>>()
    );
    let of_windows: BTreeSet<Node> = layout.windows().flat_map(|window| layout.nodes_of_window(window)).collect();
    assert_eq!(of_windows, layout.cells_and_window_totals().collect());
}

#[test]
fn a_lane_and_its_neighbours_differ_in_one_value() {
    let layout = layout(1, split());
    for lane in layout.lanes() {
        let (service, channel, prefix) = (layout.service_of(lane), layout.channel_of(lane), layout.prefix_of(lane));
        assert_eq!(layout.lane(service, channel, prefix), lane);
        let group = layout.group_of(lane);
        assert_eq!(layout.service_and_prefix(group), (service, prefix));
        assert_eq!(layout.lane_of(group, channel), lane);
        let same = |is_it: &dyn Fn(&super::Lane) -> bool| layout.lanes().filter(is_it).collect::<Vec<_>>();
        assert_eq!(layout.lanes_of(group).collect::<Vec<_>>(), same(&|it| layout.group_of(*it) == group));
        assert_eq!(layout.lanes_of_service(service).collect::<Vec<_>>(), same(&|it| layout.service_of(*it) == service));
        let across = layout.lanes_across_services(lane).collect::<Vec<_>>();
        assert_eq!(across, same(&|it| (layout.channel_of(*it), layout.prefix_of(*it)) == (channel, prefix)));
        let across = layout.lanes_across_prefixes(lane).collect::<Vec<_>>();
        assert_eq!(across, same(&|it| (layout.service_of(*it), layout.channel_of(*it)) == (service, channel)));
    }
    let first: Vec<_> = layout.lanes_of_first_prefix().map(|lane| layout.prefix_of(lane)).collect();
    assert!(first.len() == 4 && first.iter().all(|prefix| Some(*prefix) == layout.prefixes().next()), "{first:?}");
}
