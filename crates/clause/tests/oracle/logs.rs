//! Random logs: a few facts, what was watched, up to when it is known, and when it is asked.
//!
//! Takes an agreement; gives facts of the acts that its rules speak of, close enough in time and place to meet, many of
//! them at the same instant or a millisecond apart.

use clause::{Agreement, Fact, Footing, Heard, Kernel, Watch};
use proptest::prelude::*;
use terms::{
    Act, Area, Chance, Count, Effort, EffortId, Instant, Label, Means, Outcome, Party, Place, Position, Shape,
    SourceId, Span,
};

pub(crate) const HOUR: i64 = 3_600_000;

/// What is given to the engine and to the oracle.
#[derive(Clone, PartialEq)]
pub(crate) struct Log {
    pub(crate) facts: Vec<Fact>,
    pub(crate) efforts: Vec<Effort>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) known_until: Instant,
    pub(crate) at: Instant,
}

/// Short enough to be read when a test fails.
impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "asked at {}, known until {}", self.at, self.known_until)?;
        for fact in &self.facts {
            let name = |party: &Option<Party>| party.as_ref().map_or("-".to_owned(), Party::to_string);
            let object = fact.object.as_ref().map_or("-", Label::as_str);
            let (from, until) = (fact.happened.earliest(), fact.happened.latest());
            let place = match &fact.place.shape {
                Shape::Disc { centre, radius_m } => format!("{} {radius_m}", centre.lon_e6()),
                Shape::Wedge(wedge) => format!("{wedge:?}"),
                Shape::Region(region) => region.to_string(),
                Shape::Unplaced => "nowhere".to_owned(),
            };
            let (act, by, at) = (fact.act.word(), name(&fact.by), name(&fact.at));
            let about = fact.about.as_deref().unwrap_or("-");
            let (chance, footing) = (fact.chance, fact.footing.word());
            let id = &fact.id;
            writeln!(
                f,
                "  {id} {act} {from}..{until} in {place} by {by} at {at} on {object}, {}, about {about}, {chance}, {footing}",
                fact.count
            )?;
        }
        for effort in &self.efforts {
            let acts: Vec<&str> = effort.able.iter().map(|act| act.word()).collect();
            let (from, until) = (effort.span.earliest(), effort.span.latest());
            writeln!(f, "  {} {from}..{until}: {}", effort.outcome.word(), acts.join(" "))?;
        }
        for heard in &self.heard {
            writeln!(f, "  {} until {}, silent {:?}", heard.source, heard.until, heard.silent)?;
        }
        Ok(())
    }
}

impl Log {
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch {
            efforts: &self.efforts,
            detection: None,
            known_until: self.known_until,
            sources: &[],
            heard: &self.heard,
        }
    }
}

pub(crate) fn hour(number: i64) -> Instant {
    Instant::parse("2026-04-11T00:00:00Z").expect("a time").shifted(number * HOUR)
}

/// The acts that the agreement speaks of, and some that only may be one of them.
pub(crate) fn acts(agreement: &Agreement) -> Vec<Act> {
    let mut acts = vec![Act::Explosion, Act::UnspecifiedBreach, Act::Casualties];
    for rule in &agreement.rules {
        let patterns = rule.kernel.patterns();
        let looked_back_at = rule.look_backs().map(|(_, pattern)| pattern);
        for pattern in patterns.into_iter().chain(looked_back_at) {
            // Twice, so that they outnumber the rest.
            acts.extend(pattern.acts.iter().chain(&pattern.acts).copied());
        }
        let by_state = matches!(rule.kernel, Kernel::Always { .. })
            || rule.exceptions.iter().any(|exception| exception.label.as_str() == "open");
        if by_state {
            acts.extend([Act::Opening, Act::Closing, Act::Opening, Act::Closing, Act::Arrival, Act::Departure]);
        }
    }
    if !agreement.powers.is_empty() {
        acts.extend([Act::Suspension, Act::Resumption, Act::Termination, Act::Extension, Act::Suspension]);
        acts.extend([Act::Shelling, Act::Notice]);
    }
    let quiet = |kernel: &Kernel| matches!(kernel, Kernel::Response { trigger: clause::Trigger::Quiet { .. }, .. });
    if agreement.rules.iter().any(|rule| quiet(&rule.kernel)) {
        acts.extend([Act::Verification, Act::Verification]);
    }
    acts
}

fn place() -> impl Strategy<Value = Place> {
    let disc = |lon: f64, radius_m: u32| {
        let centre = Position::from_degrees(lon, 48.5).expect("in range");
        Place { shape: Shape::Disc { centre, radius_m }, name: None }
    };
    let region = |name: &str| Place { shape: Shape::Region(Label::new(name).expect("a label")), name: None };
    prop_oneof![
        6 => Just(disc(30.2, 100)),
        4 => Just(disc(30.8, 100)),
        1 => Just(disc(30.5, 2_000)),
        1 => Just(disc(31.0, 2_000)),
        1 => Just(disc(31.0, 0)),
        1 => Just(disc(33.0, 100)),
        1 => Just(Place::unknown()),
        1 => Just(region("R-1")),
        1 => Just(region("R-2")),
    ]
}

fn somebody() -> impl Strategy<Value = Option<Party>> {
    prop_oneof![
        5 => Just(Party::new("North")),
        4 => Just(Party::new("South")),
        2 => Just(Party::new("Mission")),
        1 => Just(None),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    let jitter = prop_oneof![6 => Just(0i64), 1 => Just(1), 1 => Just(-1)];
    let long = prop_oneof![8 => Just(0i64), 1 => Just(1), 2 => Just(HOUR), 1 => Just(3 * HOUR), 1 => Just(11 * HOUR)];
    (-4i64..54, jitter, long).prop_map(|(from, jitter, long)| {
        let from = hour(from).shifted(jitter);
        Span::new(from, from.shifted(long)).expect("forwards")
    })
}

fn fact(acts: Vec<Act>) -> impl Strategy<Value = Fact> {
    let object = prop_oneof![
        6 => Just(None),
        2 => Just(Some("howitzer")),
        1 => Just(Some("depot")),
        1 => Just(Some("Guns")),
        1 => Just(Some("Stores")),
        1 => Just(Some("A")),
        1 => Just(Some("agreement")),
    ];
    let count = prop_oneof![
        4 => Just(Count::UNKNOWN),
        2 => (0u32..6).prop_map(Count::exactly),
        1 => (1u32..4).prop_map(Count::at_least),
        1 => (0u32..4, 1u32..3).prop_map(|(n, more)| Count::new(Some(n), None, Some(n + more)).expect("in order")),
        1 => (1u32..5).prop_map(|n| Count::new(None, None, Some(n)).expect("in order")),
    ];
    let about = prop_oneof![3 => Just(None), 3 => (0u8..8).prop_map(|id| Some(format!("F{id}")))];
    let chance = prop_oneof![
        6 => Just(950_000u32),
        1 => Just(800_000),
        1 => Just(799_999),
        1 => Just(600_000),
    ];
    let footing = prop_oneof![
        8 => Just(Footing::Proposed),
        2 => Just(Footing::Established),
        1 => Just(Footing::Ruled),
        1 => Just(Footing::Alleged),
    ];
    let whose = (somebody(), prop_oneof![1 => Just(None), 2 => somebody()]);
    ((0..acts.len(), span(), place(), object), whose, (count, about, chance, footing)).prop_map(
        move |((act, happened, place, object), (by, at), (count, about, chance, footing))| Fact {
            happened,
            id: String::new(),
            revision: 1,
            act: acts[act],
            object: object.and_then(Label::new),
            place,
            by,
            at,
            count,
            about,
            chance: Chance::from_ppm(chance).expect("a chance"),
            footing,
        },
    )
}

fn effort(acts: Vec<Act>) -> impl Strategy<Value = Effort> {
    let outcome = prop_oneof![5 => Just(Outcome::Looked), 1 => Just(Outcome::Obscured)];
    (-6i64..40, 1i64..60, outcome, any::<u64>()).prop_map(move |(from, hours, outcome, sees)| {
        let middle = Position::from_degrees(30.5, 48.5).expect("in range");
        let seen = acts.iter().enumerate().filter(|(nth, _)| sees >> (nth % 64) & 1 == 0 || sees % 3 > 0);
        Effort {
            id: EffortId::of(format!("{from} {hours} {sees}").as_bytes()),
            source: SourceId::new("post").expect("a name"),
            means: Means::Camera,
            span: Span::new(hour(from), hour(from + hours)).expect("forwards"),
            area: Area::disc(middle, 150_000).expect("a disc"),
            outcome,
            able: seen.map(|(_, act)| *act).collect(),
            limits: None,
        }
    })
}

fn heard() -> impl Strategy<Value = Heard> {
    let name = prop_oneof![Just("Post"), Just("Eye")];
    let silent = proptest::collection::vec((-4i64..50, 1i64..12), 0..2);
    (name, prop_oneof![2 => Just(80i64), 1 => 0i64..60], silent).prop_map(|(name, until, silent)| Heard {
        source: Label::new(name).expect("a label"),
        until: hour(until),
        silent: silent
            .into_iter()
            .map(|(from, hours)| Span::new(hour(from), hour(from + hours)).expect("forwards"))
            .collect(),
    })
}

pub(crate) fn log(agreement: &Agreement) -> impl Strategy<Value = Log> + use<> {
    let acts = acts(agreement);
    let facts = proptest::collection::vec(fact(acts.clone()), 0..12);
    let all = Effort { span: Span::new(hour(-20), hour(200)).expect("forwards"), ..whole(&acts) };
    let efforts = prop_oneof![
        3 => Just(vec![all]),
        1 => Just(Vec::new()),
        2 => proptest::collection::vec(effort(acts), 1..4),
    ];
    let heard = prop_oneof![2 => Just(Vec::new()), 1 => proptest::collection::vec(heard(), 1..3)];
    let at = prop_oneof![3 => Just((70i64, 0i64)), 2 => (-2i64..60, -1i64..2)];
    let behind = prop_oneof![4 => Just(0i64), 1 => 1i64..20];
    (facts, efforts, heard, at, behind).prop_map(|(mut facts, efforts, heard, (at, jitter), behind)| {
        for (nth, fact) in facts.iter_mut().enumerate() {
            fact.id = format!("F{nth}");
        }
        let at = hour(at).shifted(jitter);
        Log { facts, efforts, heard, known_until: at.shifted(-behind * HOUR), at }
    })
}

/// A look at everything for any of the acts.
fn whole(acts: &[Act]) -> Effort {
    Effort {
        id: EffortId::of(b"all"),
        source: SourceId::new("post").expect("a name"),
        means: Means::Camera,
        span: Span::at(hour(0)),
        area: Area::disc(Position::from_degrees(30.5, 48.5).expect("in range"), 150_000).expect("a disc"),
        outcome: Outcome::Looked,
        able: acts.to_vec(),
        limits: None,
    }
}
