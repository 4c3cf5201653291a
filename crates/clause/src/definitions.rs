//! What the names of an agreement mean: parties, actors, zones, lines, events, classes and readings.
//!
//! Takes parsed statements and the maps beside the text; gives tables of names. A name that cannot be defined has one
//! remark and is absent; nothing stands in for it.

use crate::agreement::{AgreementFiles, MappedLine, PlannedSource, Reading, State, Zone};
use crate::front::Front;
use crate::map;
use crate::names::did_you_mean;
use crate::remark::{Code, Remark, Remarks, remark};
use crate::resolve::{Edge, instant_of};
use crate::said::{Said, said};
use crate::syntax::{MapText, Member, Moment, Name, Time, Written};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Act, Area, Bounds, Instant, Label, Line, Party, Position};

/// Words that name somebody by their part, not by their name.
const RESERVED: [&str; 8] = ["party", "other", "anyone", "bearer", "each", "all", "agreement", "as-written"];

/// What a statement defines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Person,
    Object,
    Line,
    Zone,
    Sectors,
    Reading,
    Event,
    Class,
    State,
}

impl Kind {
    /// The kind of name that a statement with this opening word defines, of those that something else must use.
    pub(crate) fn to_be_used(opening: &str) -> Option<Kind> {
        let kinds = [
            ("zone", Kind::Zone),
            ("line", Kind::Line),
            ("sectors", Kind::Sectors),
            ("event", Kind::Event),
            ("class", Kind::Class),
            ("object", Kind::Object),
            ("state", Kind::State),
        ];
        kinds.into_iter().find(|(word, _)| *word == opening).map(|(_, kind)| kind)
    }

    pub(crate) fn said(self) -> Said {
        match self {
            Kind::Person => said!("party or actor"),
            Kind::Object => said!("object"),
            Kind::Line => said!("line"),
            Kind::Zone => said!("zone"),
            Kind::Sectors => said!("sectors"),
            Kind::Reading => said!("reading"),
            Kind::Event => said!("event"),
            Kind::Class => said!("class"),
            Kind::State => said!("state"),
        }
    }
}

/// The tables of names.
#[derive(Default)]
pub(crate) struct Definitions {
    pub(crate) parties: Vec<(Party, String)>,
    pub(crate) actors: Vec<(Party, String)>,
    pub(crate) zones: BTreeMap<Label, Zone>,
    pub(crate) lines: BTreeMap<Label, MappedLine>,
    pub(crate) events: BTreeMap<Label, BTreeSet<Act>>,
    pub(crate) classes: BTreeMap<Label, BTreeSet<Label>>,
    pub(crate) zones_of: BTreeMap<Label, BTreeMap<Party, Zone>>,
    pub(crate) sectors: BTreeMap<Label, BTreeMap<Label, Zone>>,
    pub(crate) objects: BTreeMap<Label, u32>,
    pub(crate) states: BTreeMap<Label, State>,
    pub(crate) planned: Vec<PlannedSource>,
    pub(crate) readings: Vec<Reading>,
}

/// Defines every name, in the order that lets one lean on another; returns the places of statements that failed.
pub(crate) fn define(
    written: &[(&Written, usize)],
    files: &AgreementFiles,
    front: &Front,
    remarks: &mut Remarks,
) -> (Definitions, BTreeSet<usize>) {
    let mut table = Table { made: Definitions::default(), taken: BTreeSet::new(), failed: BTreeSet::new(), remarks };
    for (written, at) in written {
        if let Written::Parties(names) | Written::Actors(names) = written {
            table.people(names, *at, matches!(written, Written::Parties(_)));
        }
        if let Written::Object { name, calibre_um } = written
            && let Some(label) = table.free(Kind::Object, name, *at)
        {
            table.made.objects.insert(label, *calibre_um);
        }
        if let Written::Line { name, map } = written {
            table.line(name, map, files, *at);
        }
    }
    for (written, at) in written {
        if let Written::ZoneMap { name, of, map } = written {
            table.zone(name, of.as_ref(), map, files, *at);
        }
        if let Written::ZoneBand { name, of, reach_m, line } = written {
            table.band(name, of.as_ref(), *reach_m, line, *at);
        }
        if let Written::Sectors { name, map } = written {
            table.sectors(name, map, files, *at);
        }
    }
    for (written, at) in written {
        if let Written::Reading { name, parameters } = written {
            table.reading(name, parameters, front, *at);
        }
    }
    table.events(written);
    table.classes(written);
    remark_swapped(&table.made, written, table.remarks);
    (table.made, table.failed)
}

struct Table<'r> {
    made: Definitions,
    /// Names already defined, each with the kind of its table.
    taken: BTreeSet<(Kind, String)>,
    failed: BTreeSet<usize>,
    remarks: &'r mut Remarks,
}

impl Table<'_> {
    /// The label, if it is free in its table.
    fn free(&mut self, kind: Kind, name: &Name, at: usize) -> Option<Label> {
        if RESERVED.contains(&name.text.as_str()) {
            let reserved = said!("`{}` has a meaning of its own and cannot name a {}", name.text, kind.said());
            return self.fail(remark(Code::Name, name.span.clone(), reserved).fix(said!("choose another name")), at);
        }
        if !self.taken.insert((kind, name.text.clone())) {
            let twice = said!("{} `{}` is defined twice; the first is kept", kind.said(), name.text);
            return self
                .fail(remark(Code::Name, name.span.clone(), twice).fix(said!("remove or rename one of them")), at);
        }
        Label::new(&name.text)
    }

    fn fail<T>(&mut self, remark: Remark, at: usize) -> Option<T> {
        self.failed.insert(at);
        self.remarks.push(remark);
        None
    }

    fn people(&mut self, names: &[(Name, Option<String>)], at: usize, parties: bool) {
        for (name, shown) in names {
            let Some(label) = self.free(Kind::Person, name, at) else { continue };
            let party = Party::new(label.as_str()).expect("invariant: a label names a party");
            let shown = shown.clone().unwrap_or_else(|| name.text.clone());
            let list = if parties { &mut self.made.parties } else { &mut self.made.actors };
            list.push((party, shown));
        }
    }

    /// The file that a map statement names.
    fn file<'f>(&mut self, map: &MapText, files: &'f AgreementFiles, at: usize) -> Option<&'f [u8]> {
        if map.as_of.is_none() {
            let undated = remark(Code::Undated, map.file.span.clone(), said!("this map is used without a date"));
            let fix = said!("write `as of 2026-04-11` after the file, so that a later version cannot slip in");
            self.remarks.push(undated.fix(fix));
        }
        if let Some(bytes) = files.files.get(&map.file.text) {
            return Some(bytes);
        }
        let missing = said!("there is no file `{}` beside the text", map.file.text.escape_debug().to_string());
        let fix = did_you_mean(&map.file.text, files.files.keys().map(String::as_str));
        let fix = fix.or(Some(said!("put the GeoJSON file into the agreement's folder")));
        self.fail(remark(Code::MapMissing, map.file.span.clone(), missing).maybe_fix(fix), at)
    }

    fn line(&mut self, name: &Name, map: &MapText, files: &AgreementFiles, at: usize) {
        let Some(label) = self.free(Kind::Line, name, at) else { return };
        let Some(bytes) = self.file(map, files, at) else { return };
        let Some(read) = map::line(&map.file.text, bytes, self.remarks) else {
            self.failed.insert(at);
            return;
        };
        let as_of = self.day(map, read.as_of.as_ref());
        let line = MappedLine { line: read.shape, version: read.version, source: read.source, as_of };
        self.made.lines.insert(label, line);
    }

    fn zone(&mut self, name: &Name, of: Option<&Name>, map: &MapText, files: &AgreementFiles, at: usize) {
        let Some(bytes) = self.file(map, files, at) else { return };
        let Some(read) = map::area(&map.file.text, bytes, self.remarks) else {
            self.failed.insert(at);
            return;
        };
        let as_of = self.day(map, read.as_of.as_ref());
        let zone =
            Zone { area: read.shape, band: None, holds: read.holds, version: read.version, source: read.source, as_of };
        self.place(name, of, zone, at);
    }

    /// Puts a zone under its name, for everybody or for one party.
    fn place(&mut self, name: &Name, of: Option<&Name>, zone: Zone, at: usize) {
        let Some(of) = of else {
            let Some(label) = self.free(Kind::Zone, name, at) else { return };
            self.made.zones.insert(label, zone);
            return;
        };
        let Some(party) = self.made.parties.iter().map(|(party, _)| party).find(|p| p.as_str() == of.text).cloned()
        else {
            let unknown = undefined(said!("party"), of, self.made.parties.iter().map(|(party, _)| party.as_str()));
            return self.fail(unknown, at).unwrap_or(());
        };
        let key = Label::new(&name.text).expect("invariant: the grammar took it as a label");
        let taken = self.taken.contains(&(Kind::Zone, name.text.clone())) && !self.made.zones_of.contains_key(&key);
        if taken || self.made.zones_of.get(&key).is_some_and(|zones| zones.contains_key(&party)) {
            let twice = said!("zone `{}` of `{}` is defined twice; the first is kept", key, party);
            let twice = remark(Code::Name, name.span.clone(), twice).fix(said!("remove or rename one of them"));
            return self.fail(twice, at).unwrap_or(());
        }
        self.taken.insert((Kind::Zone, name.text.clone()));
        self.made.zones_of.entry(key).or_default().insert(party, zone);
    }

    fn sectors(&mut self, name: &Name, map: &MapText, files: &AgreementFiles, at: usize) {
        let Some(label) = self.free(Kind::Sectors, name, at) else { return };
        let Some(bytes) = self.file(map, files, at) else { return };
        let Some(read) = map::sectors(&map.file.text, bytes, self.remarks) else {
            self.failed.insert(at);
            return;
        };
        let as_of = self.day(map, read.as_of.as_ref());
        let sector = |(name, area): (Label, Area)| {
            // A place known only by the sector's name lies in it.
            let holds = BTreeSet::from([name.clone()]);
            let (version, source, as_of) = (read.version.clone(), read.source.clone(), as_of.clone());
            (name, Zone { area, band: None, holds, version, source, as_of })
        };
        let sectors = read.shape.into_iter().map(sector).collect();
        self.made.sectors.insert(label, sectors);
    }

    /// The day that the text asks for; a map of another day is remarked upon.
    fn day(&mut self, asked: &MapText, said: Option<&String>) -> Option<String> {
        if let (Some(asked_day), Some(said_day)) = (&asked.as_of, said)
            && asked_day != said_day
        {
            let differs =
                said!("the text asks for the map as of {}, and the map says it is of {}", asked_day, said_day);
            let fix = said!("settle which day is meant");
            self.remarks.push(remark(Code::MapProvenance, asked.file.span.clone(), differs).fix(fix));
        }
        asked.as_of.clone().or_else(|| said.cloned())
    }

    fn band(&mut self, name: &Name, of: Option<&Name>, reach_m: u32, line: &Name, at: usize) {
        let known = Label::new(&line.text).and_then(|line| self.made.lines.get(&line).cloned());
        let Some(mapped) = known else {
            let unknown = undefined(said!("line"), line, self.made.lines.keys().map(Label::as_str));
            return self.fail(unknown, at).unwrap_or(());
        };
        let Some(area) = outline(&mapped.line, reach_m) else {
            let wide =
                remark(Code::MapBroken, name.span.clone(), said!("the band reaches over a pole or the date line"));
            return self.fail(wide, at).unwrap_or(());
        };
        let MappedLine { line, version, source, as_of } = mapped;
        let zone = Zone { area, band: Some((line, reach_m)), holds: BTreeSet::new(), version, source, as_of };
        self.place(name, of, zone, at);
    }

    fn reading(&mut self, name: &Name, parameters: &[(Name, Time)], front: &Front, at: usize) {
        let Some(id) = self.free(Kind::Reading, name, at) else { return };
        let own = own_moments(front);
        let mut settled = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (parameter, time) in parameters {
            let Some(label) = Label::new(&parameter.text) else { continue };
            if own.contains_key(parameter.text.as_str()) || settled.contains_key(&label) || names.contains_key(&label) {
                let twice = said!("`{}` is settled already", parameter.text);
                let fix = said!("give a disputed time a name of its own, such as `start`");
                let _: Option<()> = self.fail(remark(Code::Name, parameter.span.clone(), twice).fix(fix), at);
                continue;
            }
            let zone = match &time.moment {
                Moment::Named(zone) if time.steps.is_empty() => Label::new(&zone.text),
                Moment::Named(_) | Moment::Civil { .. } | Moment::Day { .. } => None,
            };
            if let Some(zone) = zone.filter(|zone| self.made.is_zone(zone)) {
                names.insert(label, zone);
                continue;
            }
            match instant_of(time, &front.calendar, Edge::Begin, &own) {
                Ok(instant) => _ = settled.insert(label, instant),
                Err(remark) => _ = self.fail::<()>(remark, at),
            }
        }
        let holder = Party::new(&name.text).filter(|p| self.made.parties.iter().any(|(party, _)| party == p));
        self.made.readings.push(Reading { id, holder, parameters: settled, names });
    }

    fn events(&mut self, written: &[(&Written, usize)]) {
        let mut of: BTreeMap<String, (Vec<Name>, usize)> = BTreeMap::new();
        for (written, at) in written {
            let Written::Event { name, of: parts } = written else { continue };
            if Act::from_word(&name.text).is_some() {
                let act = said!("`{}` is the name of an act", name.text);
                let _: Option<()> =
                    self.fail(remark(Code::Name, name.span.clone(), act).fix(said!("choose another name")), *at);
            } else if self.free(Kind::Event, name, *at).is_some() {
                of.insert(name.text.clone(), (parts.clone(), *at));
            }
        }
        let known: Vec<String> = of.keys().cloned().collect();
        let leaf = |name: &Name| {
            let words = Act::ALL.iter().map(|act| act.word()).chain(known.iter().map(String::as_str));
            Act::from_word(&name.text).ok_or_else(|| undefined(said!("act or event"), name, words))
        };
        self.made.events = self.expand(&of, leaf);
    }

    fn classes(&mut self, written: &[(&Written, usize)]) {
        let mut of: BTreeMap<String, (Vec<Name>, usize)> = BTreeMap::new();
        for (written, at) in written {
            let Written::Class { name, of: parts } = written else { continue };
            if self.free(Kind::Class, name, *at).is_some() {
                let objects = parts.iter().flat_map(|part| self.members(part, name)).collect();
                of.insert(name.text.clone(), (objects, *at));
            }
        }
        let leaf = |name: &Name| Ok(Label::new(&name.text).expect("invariant: the grammar took it as a label"));
        self.made.classes = self.expand(&of, leaf);
    }

    /// The objects that a member of a class names: itself, or every declared one within its bounds.
    fn members(&self, member: &Member, class: &Name) -> Vec<Name> {
        let named = |object: &Label| Name { text: object.to_string(), span: class.span.clone() };
        match member {
            Member::Object(name) => vec![name.clone()],
            Member::Calibre { least_um, most_um } => {
                let within = |um: &u32| (least_um..=most_um).contains(&um);
                self.made.objects.iter().filter(|(_, um)| within(um)).map(|(object, _)| named(object)).collect()
            }
        }
    }

    /// Named sets that may name one another, down to their leaves; a set that names itself is remarked upon.
    fn expand<T: Ord + Clone>(
        &mut self,
        of: &BTreeMap<String, (Vec<Name>, usize)>,
        leaf: impl Fn(&Name) -> Result<T, Remark>,
    ) -> BTreeMap<Label, BTreeSet<T>> {
        let mut made = BTreeMap::new();
        for (name, (parts, at)) in of {
            // Depth first without recursion; a name is entered once, so that a ring ends.
            let mut entered = BTreeSet::from([name.as_str()]);
            let mut open: Vec<&Name> = parts.iter().collect();
            let mut leaves = BTreeSet::new();
            while let Some(part) = open.pop() {
                if part.text == *name {
                    let ring = said!("`{}` is defined by itself", name);
                    let _: Option<()> = self.fail(
                        remark(Code::Name, part.span.clone(), ring).fix(said!("name what belongs to it instead")),
                        *at,
                    );
                } else if let Some((inner, _)) = of.get(&part.text) {
                    if entered.insert(&part.text) {
                        open.extend(inner);
                    }
                } else {
                    match leaf(part) {
                        Ok(one) => _ = leaves.insert(one),
                        // A wrong part is remarked upon where it is written, not in every set that names it.
                        Err(wrong) if parts.contains(part) => _ = self.fail::<()>(wrong, *at),
                        Err(_) => {}
                    }
                }
            }
            if let Some(label) = Label::new(name).filter(|_| !leaves.is_empty()) {
                made.insert(label, leaves);
            }
        }
        made
    }
}

impl Definitions {
    /// Whether a name is that of a zone, whoever's.
    pub(crate) fn is_zone(&self, name: &Label) -> bool {
        self.zones.contains_key(name) || self.zones_of.contains_key(name)
    }
}

/// The moments that the agreement itself settles.
pub(crate) fn own_moments(front: &Front) -> BTreeMap<String, Instant> {
    let own = [("in-force", front.in_force), ("ends", front.ends)];
    own.into_iter().filter_map(|(name, instant)| Some((name.to_owned(), instant?))).collect()
}

/// "there is no zone `Teatre`", with the nearest name.
pub(crate) fn undefined<'a>(kind: Said, name: &Name, known: impl IntoIterator<Item = &'a str>) -> Remark {
    let known: Vec<&str> = known.into_iter().collect();
    let fix = did_you_mean(&name.text, known.iter().copied());
    let fix = fix.or_else(|| {
        (known.len() <= 12 && !known.is_empty()).then(|| said!("known are {}", crate::advice::listed(&known)))
    });
    let fix = fix.or_else(|| known.is_empty().then(|| said!("define a {} first, in a `backstop` block", kind)));
    remark(Code::Name, name.span.clone(), said!("there is no {} `{}`", kind, name.text)).maybe_fix(fix)
}

/// The outline of a band: around every side of the line a box with round ends, overlapping.
fn outline(line: &Line, reach_m: u32) -> Option<Area> {
    let sides = line.paths().iter().flat_map(|path| path.windows(2));
    Area::new(sides.map(|side| Some(vec![capsule(side[0], side[1], reach_m)?])).collect::<Option<Vec<_>>>()?)
}

/// Eight corners round each end.
fn capsule(a: Position, b: Position, reach_m: u32) -> Option<Vec<Position>> {
    let (east, north) = a.offset_m(b);
    let heading = libm::atan2(north, east);
    let corner = |centre: Position, angle: f64| {
        let scale = libm::cos((f64::from(centre.lat_e6()) / 1e6).to_radians()).max(0.01);
        let reach = f64::from(reach_m) / terms::place::METRES_PER_E6;
        let lon = f64::from(centre.lon_e6()) + libm::cos(angle) * reach / scale;
        let lat = f64::from(centre.lat_e6()) + libm::sin(angle) * reach;
        Position::from_degrees(lon / 1e6, lat / 1e6)
    };
    let quarter = core::f64::consts::FRAC_PI_2;
    let round =
        |centre: Position, from: f64| (0..8).map(move |i| corner(centre, from + f64::from(i) * quarter * 2.0 / 7.0));
    round(b, heading - quarter).chain(round(a, heading + quarter)).collect()
}

/// Maps of one agreement lie together; one that would join the others if its axes were swapped probably has them swapped.
fn remark_swapped(made: &Definitions, written: &[(&Written, usize)], remarks: &mut Remarks) {
    const NEAR_M: f64 = 500_000.0;
    const FAR_M: f64 = 2_000_000.0;
    let line_middle = |line: &Line| middle(&Bounds::of(line.paths().iter().flatten().copied())?);
    let zones = made.zones.iter().filter(|(_, zone)| zone.band.is_none());
    let middles: BTreeMap<&str, Position> = zones
        .filter_map(|(name, zone)| Some((name.as_str(), middle(&zone.area.bounds())?)))
        .chain(made.lines.iter().filter_map(|(name, line)| Some((name.as_str(), line_middle(&line.line)?))))
        .collect();
    for (written, _) in written {
        let (Written::ZoneMap { name, map, .. } | Written::Line { name, map }) = written else { continue };
        let Some(here) = middles.get(name.text.as_str()) else { continue };
        let others = || middles.iter().filter(|(other, _)| **other != name.text).map(|(_, middle)| *middle);
        let Some(swapped) = Position::new(here.lat_e6(), here.lon_e6()) else { continue };
        let alone = others().next().is_some() && others().all(|other| here.distance_m(other) > FAR_M);
        if alone && others().any(|other| swapped.distance_m(other) < NEAR_M) {
            let message =
                said!("`{}` lies far from every other map; with its axes swapped it would lie beside them", name.text);
            let fix = said!("GeoJSON writes longitude first; check the file");
            remarks.push(remark(Code::MapSwapped, map.file.span.clone(), message).fix(fix));
        }
    }
}

fn middle(bounds: &Bounds) -> Option<Position> {
    let half = |a: i32, b: i32| a / 2 + b / 2;
    let (low, high) = (bounds.low, bounds.high);
    Position::new(half(low.lon_e6(), high.lon_e6()), half(low.lat_e6(), high.lat_e6()))
}
