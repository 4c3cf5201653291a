//! Which lanes a fact may concern.
//!
//! Takes the rules once; gives, for a fact, the lanes that it has to be shown to, and where in their sectors it lies. Never
//! leaves out a lane that the fact may concern.

use crate::agreement::{Agreement, Zone};
use crate::bears::{could_be, subject};
use crate::fact::Fact;
use crate::rule::Rule;
use std::ops::Range;
use terms::{Act, Label, Shape, Side, Stripes};

/// Which lanes a fact goes to.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    groups: Vec<Group>,
    grounds: Vec<Ground<'a>>,
    /// By the number of an act: the groups whose rules ask about it, and whether they ask about it in one sector only.
    by_act: Vec<Vec<(usize, bool)>>,
}

/// The lanes of one rule under one reading.
struct Group {
    lanes: Range<usize>,
    /// Which of the grounds its sectors are.
    ground: Option<usize>,
    /// No act of record has an instance of the rule: without other facts there is nothing to do.
    may_sleep: bool,
}

/// The sectors of a division.
struct Ground<'a> {
    name: &'a Label,
    zones: Vec<&'a Zone>,
    stripes: Stripes,
    /// Whether some of them are bands along a line, which no box holds exactly.
    bands: bool,
}

/// The lanes of one fact, with where it lies in the sector of each that asks about its own sector only. The room is used
/// again for the next.
#[derive(Default)]
pub(crate) struct Course {
    pub(crate) lanes: Vec<(usize, Option<Side>)>,
    /// The ground that was last looked at for this fact, and the sectors of it in which it may lie.
    looked_at: Option<usize>,
    here: Vec<(usize, Side)>,
    near: Vec<u32>,
}

impl<'a> Ground<'a> {
    fn of(agreement: &'a Agreement, name: &'a Label) -> Ground<'a> {
        let zones: Vec<&Zone> = agreement.sectors[name].values().collect();
        let stripes = Stripes::of(zones.iter().map(|zone| zone.area.bounds()).collect());
        Ground { name, stripes, bands: zones.iter().any(|zone| zone.band.is_some()), zones }
    }

    /// Every sector in which a place may lie.
    fn locate(&self, shape: &Shape, near: &mut Vec<u32>, here: &mut Vec<(usize, Side)>) {
        here.clear();
        let mut look = |nth: usize| {
            let side = self.zones[nth].locate(shape);
            if side != Side::Outside {
                here.push((nth, side));
            }
        };
        match shape.disc() {
            Some((centre, radius_m)) if !self.bands => {
                self.stripes.near(centre, radius_m, near);
                near.iter().for_each(|nth| look(*nth as usize));
            }
            Some(_) | None => (0..self.zones.len()).for_each(look),
        }
    }
}

impl<'a> Plan<'a> {
    /// Plans for a rule whose lanes are these.
    pub(crate) fn add(&mut self, agreement: &'a Agreement, rule: &'a Rule, lanes: Range<usize>) {
        let division = subject(rule).and_then(|pattern| pattern.sectors.as_ref());
        let looked_back = rule.look_backs().map(|(_, pattern)| pattern);
        let patterns: Vec<_> = rule.kernel.patterns().into_iter().chain(looked_back).collect();
        self.by_act.resize(Act::ALL.len(), Vec::new());
        for act in Act::ALL {
            let mut asking = patterns.iter().filter(|pattern| could_be(pattern, act)).peekable();
            if asking.peek().is_some() {
                let in_sector = asking.all(|pattern| pattern.there || pattern.sectors.as_ref() == division);
                self.by_act[act as usize].push((self.groups.len(), in_sector && division.is_some()));
            }
        }
        let ground = division.map(|division| {
            self.grounds.iter().position(|ground| ground.name == division).unwrap_or_else(|| {
                self.grounds.push(Ground::of(agreement, division));
                self.grounds.len() - 1
            })
        });
        let of_record = |act: &Act| act.of_record() && subject(rule).is_some_and(|pattern| could_be(pattern, *act));
        let may_sleep = !Act::ALL.iter().any(of_record);
        self.groups.push(Group { lanes, ground, may_sleep });
    }

    /// Writes the lanes that a fact may concern over a course: those that sleep, or those that do not, or both.
    pub(crate) fn lay(&self, fact: &Fact, course: &mut Course, of: impl Fn(bool) -> bool) {
        course.lanes.clear();
        course.looked_at = None;
        for (group, in_sector) in self.by_act.get(fact.act as usize).into_iter().flatten() {
            let group = &self.groups[*group];
            if !of(group.may_sleep) {
                continue;
            }
            let Some(nth) = group.ground.filter(|_| *in_sector) else {
                course.lanes.extend(group.lanes.clone().map(|lane| (lane, None)));
                continue;
            };
            let ground = &self.grounds[nth];
            if course.looked_at != Some(nth) {
                ground.locate(&fact.place.shape, &mut course.near, &mut course.here);
                course.looked_at = Some(nth);
            }
            for (sector, side) in &course.here {
                let lanes = group.lanes.clone().skip(*sector).step_by(ground.zones.len());
                course.lanes.extend(lanes.map(|lane| (lane, Some(*side))));
            }
        }
    }
}
