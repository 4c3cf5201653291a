//! The weighing: how much likelier a report is if it tells of the happening that others tell of.
//!
//! Takes parameters, once, and makes tables; then takes the members of an incident and one more report, and gives the
//! terms of the score in 1/1024 nat. Members count in canonical order, the most precise first. Never decides.

use crate::clock::Clock;
use crate::datum::{Datum, KINDS};
use crate::fixed::{Fixed, LN_NAT, NAT, ONE};
use crate::gazetteer::{Gazetteer, Shape, Standing};
use crate::parameters::{MOST_ALIKE, MOST_SAME, Parameters, Placing, SETS};

/// ln(10 000): from densities on 100 square metres to densities on a square kilometre.
pub(crate) const LN_KM2: i32 = 9_431;
/// ln(2 pi).
const LN_2PI: i32 = 1_882;
/// ln(2 400): from a day on 100 square kilometres to an hour on one.
const LN_100_KM2_DAYS: i32 = 7_970;
/// ln(3 600).
pub(crate) const LN_HOUR: i32 = 8_385;
/// Members that are weighed with a name share of less than this are weighed with this, parts per million.
const LEAST_NAMED_PPM: i64 = 500;
/// No stated error counts for more, units of 100 square metres: some 160 km, so that products stay in range.
const WIDEST: i64 = 1 << 28;
/// What rounding may add to a term.
const ROUNDED: i32 = 8;
/// Points that stand for a bell on the plane, 1/256 of its standard deviation: each has the same weight.
const BELL: [[i64; 2]; 16] = [
    [83, 20],
    [-82, 92],
    [25, -119],
    [133, 154],
    [-217, -14],
    [232, -98],
    [-65, 257],
    [-137, -219],
    [341, 121],
    [-343, 143],
    [188, -297],
    [147, 384],
    [-419, -189],
    [547, -79],
    [-346, 447],
    [-86, -605],
];

/// The terms of one weighing, 1/1024 nat each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// How often such a source reports what these have reported.
    pub source: i32,
    /// How near the places are, for what is stated of them.
    pub place: i32,
    /// How near the times are.
    pub time: i32,
    /// How the kinds agree.
    pub kind: i32,
    /// How the counts agree.
    pub count: i32,
    /// How what was hit, and by whom, agree.
    pub said: i32,
    /// How often such a report comes about without this happening.
    pub null: i32,
}

impl Terms {
    /// The whole score.
    #[must_use]
    pub fn total(&self) -> i32 {
        self.source + self.place + self.time + self.kind + self.count + self.said - self.null
    }

    /// The terms by name, each with its part of the whole and with what it says.
    #[must_use]
    pub fn named(&self) -> [(&'static str, i32, &'static str); 7] {
        [
            ("source", self.source, "how often such a source reports what the other reported"),
            ("place", self.place, "how near the places are, for what is stated of them"),
            ("time", self.time, "how near the times are, for how such sources time things"),
            ("kind", self.kind, "how the kinds agree"),
            ("count", self.count, "how the counts agree"),
            ("said", self.said, "how what was hit and by whom agree"),
            ("otherwise", -self.null, "how rare such a report is without that happening"),
        ]
    }
}

/// Parameters made ready for weighing, with the names that reports use.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) parameters: Parameters,
    pub(crate) fixed: Fixed,
    gazetteer: Gazetteer,
    pub(crate) clock: Clock,
    tables: Vec<Tables>,
    copies: Vec<Vec<i32>>,
    passes: [i32; 3],
    /// Of what was hit and by whom: what it says that two names are the same, and that they are not.
    said: [[i32; 2]; 2],
    /// By manner: ln of the shares of sound reports and of others.
    sound: Vec<[i32; 2]>,
    /// By manner: ln of the share of which no more precise report tells.
    first: Vec<i32>,
}

/// Tables of one class, 1/1024 nat; labels as weights.
#[derive(Clone, Debug)]
struct Tables {
    labels: [[u64; KINDS + 1]; KINDS],
    label: [i32; KINDS + 1],
    after: [i32; SETS],
    again: [i32; MOST_ALIKE + 1],
    same: [i32; MOST_SAME + 1],
    siblings: i32,
}

/// What the members of an incident say together.
#[derive(Clone, Debug)]
pub(crate) struct Fused {
    pub(crate) at: [i32; 2],
    pub(crate) spread: [i64; 3],
    pub(crate) manner: u8,
    pub(crate) time_s: i64,
    kinds: [u64; KINDS],
    count: i32,
    count_variance: i64,
    /// What was hit and by whom, as the first said who said it.
    named: [u32; 2],
    set: usize,
    /// The one name that all have given so far, if they gave nothing else.
    name: Option<(Placing, u32)>,
}

impl Model {
    /// Makes the tables.
    #[must_use]
    pub fn new(parameters: Parameters, gazetteer: Gazetteer) -> Model {
        let fixed = Fixed::new();
        let ln = |ppm: i64| fixed.ln_ppm(ppm);
        let tables = parameters.classes.iter().map(|class| Tables {
            labels: class.labels_ppm.map(|row| row.map(|ppm| ppm.max(1) as u64 * ONE / 1_000_000)),
            label: class.label_ppm.map(ln),
            after: class.after_ppm.map(ln),
            again: class.again_ppm.map(ln),
            same: class.same_ppm.map(ln),
            siblings: ln(class.siblings_ppm),
        });
        let tables = tables.collect();
        let rows = parameters.copies_ppm.iter().zip(&parameters.voices_ppm);
        let copies = rows.map(|(row, voice)| row.iter().map(|ppm| ln(*ppm) - ln(*voice)).collect()).collect();
        let manners = &parameters.manners;
        Model {
            clock: Clock::new(manners.iter().map(|manner| manner.lags.as_slice()).collect::<Vec<_>>().as_slice()),
            tables,
            copies,
            passes: parameters.passes_ppm.map(ln),
            // Against names given at random, of which every second is the same.
            said: parameters.misheard_ppm.map(|ppm| [1_000_000 - ppm, ppm].map(|ppm| ln(2 * ppm))),
            sound: manners.iter().map(|m| [ln(m.sound_ppm), ln(1_000_000 - m.sound_ppm)]).collect(),
            first: manners.iter().map(|manner| ln(manner.first_ppm)).collect(),
            gazetteer,
            fixed,
            parameters,
        }
    }

    /// The same names under other parameters.
    #[must_use]
    pub fn with(&self, parameters: Parameters) -> Model {
        Model::new(parameters, self.gazetteer.clone())
    }

    /// Whether another model says the same of every report.
    #[must_use]
    pub fn is_same(&self, other: &Model) -> bool {
        self.parameters == other.parameters && self.gazetteer == other.gazetteer
    }

    /// What the model believes.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The kind of source of this name.
    pub(crate) fn class_of(&self, name: &str) -> Option<usize> {
        self.parameters.classes.iter().position(|class| class.name.as_str() == name)
    }

    /// How many reports by a kind of source are expected where a set of kinds has reported, parts per million.
    pub(crate) fn expected_ppm(&self, class: usize, set: usize) -> i64 {
        self.parameters.classes[class].after_ppm[set]
    }

    /// The name under which a report was placed, if its manner names places and the layer knows it.
    fn name(&self, o: &Datum) -> Option<(Placing, u32, Shape)> {
        let placing = self.parameters.manners[usize::from(o.manner)].placing;
        let layer = self.gazetteer.layer(placing)?;
        layer.name(o.at).map(|name| (placing, name, layer.shape(name)))
    }

    /// The number of a report's name in its layer, and the size of the ground that it stands for, units of 100 square metres.
    pub(crate) fn named(&self, o: &Datum) -> Option<(usize, u64)> {
        self.name(o).map(|(_, name, shape)| (name as usize, shape.size))
    }

    pub(crate) fn class(&self, o: &Datum) -> usize {
        usize::from(self.parameters.manners[usize::from(o.manner)].class)
    }

    pub(crate) fn rank(&self, o: &Datum) -> (u8, u64) {
        (self.parameters.manners[usize::from(o.manner)].rank, o.id)
    }

    /// The middle and covariance that a report gives by itself.
    pub(crate) fn ground(&self, o: &Datum) -> ([i32; 2], [i64; 3]) {
        if let Some((_, _, shape)) = self.name(o) {
            return (shape.at, shape.spread);
        }
        (o.at, scaled(o.spread, self.parameters.manners[usize::from(o.manner)].scale[0]))
    }

    pub(crate) fn start(&self, o: &Datum) -> Fused {
        let class = self.class(o);
        let (at, spread) = self.ground(o);
        let mut fused = Fused {
            at,
            spread,
            manner: o.manner,
            time_s: o.time_s,
            kinds: [0; KINDS],
            count: 0,
            count_variance: -1,
            named: [o.object, o.by],
            set: 1 << class,
            name: self.name(o).map(|(placing, name, _)| (placing, name)),
        };
        for (kind, weight) in fused.kinds.iter_mut().enumerate() {
            let prior = self.parameters.kinds_ppm[kind].max(1) as u64;
            *weight = (prior * self.tables[class].labels[kind][usize::from(o.kind)]) >> 20;
        }
        self.tell_count(&mut fused, class, o);
        fused
    }

    fn tell_count(&self, fused: &mut Fused, class: usize, o: &Datum) {
        if o.count == 0 {
            return;
        }
        let [bias, sd] = self.parameters.classes[class].count_bias;
        let (value, variance) = (i64::from(self.fixed.ln(u64::from(o.count))) - bias, sd * sd);
        if fused.count_variance < 0 {
            (fused.count, fused.count_variance) = (value as i32, variance);
        } else {
            let all = fused.count_variance + variance;
            fused.count += ((value - i64::from(fused.count)) * fused.count_variance / all) as i32;
            fused.count_variance = fused.count_variance * variance / all;
        }
    }

    /// Weighs one more report against members whose sum is `fused`; `null` is the rate of such reports otherwise.
    pub(crate) fn weigh(&self, fused: &Fused, members: &[&Datum], o: &Datum, null: i32) -> Terms {
        let terms = self.weigh_but_place(fused, members, o, null);
        Terms { place: self.weigh_place(fused, o), ..terms }
    }

    /// All terms but that of the place, which costs more than the others together.
    pub(crate) fn weigh_but_place(&self, fused: &Fused, members: &[&Datum], o: &Datum, null: i32) -> Terms {
        let class = self.class(o);
        Terms {
            source: self.weigh_source(fused, members, o, class),
            place: 0,
            time: self.weigh_time(fused, members, o, class),
            kind: self.weigh_kind(fused, o, class),
            count: self.weigh_count(fused, o, class),
            said: self.weigh_said(fused, o),
            null,
        }
    }

    fn weigh_said(&self, fused: &Fused, o: &Datum) -> i32 {
        let pairs = fused.named.iter().zip([o.object, o.by]).zip(self.said);
        pairs
            .filter(|((a, b), _)| **a != 0 && *b != 0)
            .map(|((a, b), [same, other])| if *a == b { same } else { other })
            .sum()
    }

    fn weigh_kind(&self, fused: &Fused, o: &Datum, class: usize) -> i32 {
        let tables = &self.tables[class];
        let (mut with, mut all) = (0u64, 0u64);
        for (kind, weight) in fused.kinds.iter().enumerate() {
            all += weight;
            with += (weight * tables.labels[kind][usize::from(o.kind)]) >> 30;
        }
        self.fixed.ln(with.max(1)) - self.fixed.ln(all.max(1)) - tables.label[usize::from(o.kind)]
    }

    fn weigh_source(&self, fused: &Fused, members: &[&Datum], o: &Datum, class: usize) -> i32 {
        if fused.set & 1 << class == 0 {
            return self.tables[class].after[fused.set];
        }
        let own = members.iter().filter(|m| m.source == o.source && self.class(m) == class).count();
        if own > 0 {
            return self.tables[class].same[own.min(MOST_SAME)];
        }
        let alike = members
            .iter()
            .enumerate()
            .filter(|(at, m)| self.class(m) == class && members[..*at].iter().all(|b| b.source != m.source))
            .count();
        self.tables[class].again[alike.min(MOST_ALIKE)]
    }

    /// No less than the term of the place against any members: the name is surely right, or what is stated the whole of the error.
    pub(crate) fn place_at_most(&self, o: &Datum) -> i32 {
        let ground = match self.name(o) {
            Some((.., shape)) => -self.fixed.ln(shape.size),
            None => self.bells(o, [0; 2], [0; 3]),
        };
        ground + LN_KM2 + ROUNDED
    }

    pub(crate) fn weigh_place(&self, fused: &Fused, o: &Datum) -> i32 {
        if let Some((placing, name, shape)) = self.name(o) {
            let misnamed = self.parameters.misnamed_ppm[usize::from(placing == Placing::District)];
            let ppm = if fused.name == Some((placing, name)) {
                (1_000_000 - misnamed) * (1_000_000 - misnamed) / 1_000_000
            } else {
                let standings = self.standings(fused, o);
                let count = |standing: Standing| standings.iter().filter(|s| **s == standing).count() as i64;
                (count(Standing::Nearest) * (1_000_000 - misnamed) + count(Standing::Next) * misnamed / 4) / 16
            };
            return self.fixed.ln_ppm(ppm.max(LEAST_NAMED_PPM)) - self.fixed.ln(shape.size) + LN_KM2;
        }
        let off = [i64::from(o.at[0] - fused.at[0]), i64::from(o.at[1] - fused.at[1])];
        self.bells(o, off, fused.spread) + LN_KM2
    }

    /// ln of the bells of a report, the narrow one and the wide, so far off and with so much added to what is stated; on 100 square metres.
    fn bells(&self, o: &Datum, off: [i64; 2], more: [i64; 3]) -> i32 {
        let manner = usize::from(o.manner);
        let bells = self.parameters.manners[manner].scale.iter().zip(self.sound[manner]).map(|(scale, share)| {
            let own = scaled(o.spread, *scale);
            share + self.bell(off, std::array::from_fn(|at| more[at] + own[at]))
        });
        bells.fold(i32::MIN / 4, |sum, bell| self.fixed.add(sum, bell))
    }

    /// ln of a bell on the plane, on 100 square metres.
    fn bell(&self, off: [i64; 2], [xx, xy, yy]: [i64; 3]) -> i32 {
        let determinant = (xx * yy - xy * xy).max(1);
        let [x, y] = off.map(|v| v.clamp(-1 << 15, 1 << 15));
        let form = yy * x * x - 2 * xy * x * y + xx * y * y;
        let z2 = if form < 1 << 52 { (form << 10) / determinant } else { form / (determinant >> 10).max(1) };
        -LN_2PI - self.fixed.ln(determinant as u64) / 2 - (z2.min(1 << 20) / 2) as i32
    }

    fn weigh_time(&self, fused: &Fused, members: &[&Datum], o: &Datum, class: usize) -> i32 {
        if self.parameters.classes[class].in_passes && fused.set & 1 << class != 0 {
            let gaps = members.iter().filter(|m| self.class(m) == class).map(|m| (m.time_s - o.time_s).abs());
            // Per hour: one pass within six hours, the next within sixteen, any within two hundred.
            return match gaps.min().unwrap_or(0) {
                ..36 => self.passes[0] - 1_835,
                36..57_600 => self.passes[1] - 2_839,
                _ => self.passes[2] - 5_425,
            };
        }
        self.clock.density(fused.manner, o.manner, o.time_s - fused.time_s)
    }

    fn weigh_count(&self, fused: &Fused, o: &Datum, class: usize) -> i32 {
        if o.count == 0 || fused.count_variance < 0 {
            return 0;
        }
        let believed = &self.parameters.classes[class];
        let told = i64::from(self.fixed.ln(u64::from(o.count)));
        let [bias, sd] = believed.count_bias;
        let variance = fused.count_variance + sd * sd;
        let off = told - bias - i64::from(fused.count);
        let [mean, wide] = believed.counts;
        let usual = told - mean;
        let score = -self.fixed.ln(variance as u64) / 2 + self.fixed.ln(wide as u64)
            - (off * off * 512 / variance) as i32
            + (usual * usual * 512 / (wide * wide)) as i32;
        score.clamp(-3 * NAT, 2 * NAT)
    }

    /// The score of one report being a copy of another that it repeats; `null` is the rate of such reports otherwise.
    pub(crate) fn copied(&self, m: &Datum, o: &Datum, null: i32) -> i32 {
        let class = self.class(o);
        let of = |v: &Datum, u: &Datum| {
            self.copies.get(usize::from(v.source)).and_then(|row| row.get(usize::from(u.source)))
        };
        // A source that the parameters do not know copies others as often as it reports, and itself as often as it repeats.
        let unknown = if m.source == o.source { self.tables[class].same[1] } else { 0 };
        let rate = of(o, m).max(of(m, o)).copied().unwrap_or(unknown);
        let manner = &self.parameters.manners[usize::from(o.manner)];
        let size = self.name(o).map_or(10_000, |(_, _, shape)| shape.size);
        let mut score = rate - (self.fixed.ln(size) - LN_KM2) - (self.fixed.ln(manner.grain_s as u64) - LN_HOUR) - null;
        let [label_kept, count_kept] = self.parameters.kept_ppm;
        score += if m.kind == o.kind {
            self.fixed.ln_ppm(label_kept) - self.tables[class].label[usize::from(o.kind)]
        } else {
            self.fixed.ln_ppm(1_000_000 - label_kept)
        };
        let [mean, wide] = self.parameters.classes[class].counts;
        score
            + match (m.count, o.count) {
                // Against the chance of naming just this number.
                (a, b) if a == b && a > 0 => {
                    let told = self.fixed.ln(u64::from(o.count));
                    let usual = i64::from(told) - mean;
                    self.fixed.ln(wide as u64) - LN_NAT
                        + LN_2PI / 2
                        + (usual * usual * 512 / (wide * wide)) as i32
                        + told
                        + self.fixed.ln_ppm(count_kept)
                }
                (0, 0) => 0,
                (0, _) | (_, 0) => self.fixed.ln_ppm(1_000_000 - count_kept),
                _ => -6 * NAT,
            }
    }

    /// Whether reports of this manner are copied from one another.
    pub(crate) fn is_copied(&self, o: &Datum) -> bool {
        self.parameters.classes[self.class(o)].is_copied
    }

    /// Takes a weighed report among the members.
    pub(crate) fn tell(&self, fused: &mut Fused, o: &Datum) {
        let class = self.class(o);
        fused.set |= 1 << class;
        let (at, spread) = self.ground(o);
        let named = self.name(o).map(|(placing, name, _)| (placing, name));
        if fused.name.is_none() || named != fused.name {
            (fused.at, fused.spread) = combine((fused.at, fused.spread), (at, spread));
            fused.name = None;
        }
        if self.clock.lag(o.manner)[1] < self.clock.lag(fused.manner)[1] {
            (fused.manner, fused.time_s) = (o.manner, o.time_s);
        }
        for (kind, weight) in fused.kinds.iter_mut().enumerate() {
            *weight = ((*weight * self.tables[class].labels[kind][usize::from(o.kind)]) >> 30).max(1);
        }
        if fused.kinds.iter().all(|weight| *weight < 1 << 20) {
            fused.kinds = fused.kinds.map(|weight| weight << 10);
        }
        for (known, told) in fused.named.iter_mut().zip([o.object, o.by]) {
            if *known == 0 {
                *known = told;
            }
        }
        self.tell_count(fused, class, o);
    }

    /// The sum of members in canonical order.
    pub(crate) fn fuse(&self, members: &[&Datum]) -> Fused {
        let mut fused = self.start(members[0]);
        for member in &members[1..] {
            self.tell(&mut fused, member);
        }
        fused
    }

    /// ln of the rate, on a square kilometre and hour, of such reports as this from happenings of the same episode.
    pub(crate) fn sibling(&self, fused: &Fused, o: &Datum) -> i32 {
        let class = self.class(o);
        let [far, short, long] = self.parameters.episode;
        let mut around = fused.clone();
        around.spread = [fused.spread[0] + far * far, fused.spread[1], fused.spread[2] + far * far];
        around.name = None;
        let place = self.weigh_place(&around, o);
        let ([mean_a, var_a], [mean_b, var_b]) = (self.clock.lag(fused.manner), self.clock.lag(o.manner));
        let gap = o.time_s - fused.time_s - mean_b + mean_a;
        let one = |width: i64| {
            let variance = var_a + var_b + width * width;
            let z2 = (gap.abs().min(1 << 24).pow(2) / (variance / 512 + 1)).min(1 << 20);
            LN_HOUR - LN_2PI / 2 - self.fixed.ln(variance as u64) / 2 - z2 as i32
        };
        let time = self.fixed.add(one(short), one(long)) - 710;
        let kind = self.weigh_kind(fused, o, class);
        let alike = self.parameters.episode_kind_ppm;
        let kind = self.fixed.add(kind + self.fixed.ln_ppm(alike), self.fixed.ln_ppm(1_000_000 - alike));
        let first = self.first[usize::from(o.manner)];
        self.tables[class].siblings + first + place + time + kind
    }

    /// ln of the rate, on a square kilometre and hour, at which a manner's reports are believed to come in that tell of nothing more
    /// precise.
    pub(crate) fn usual(&self, manner: u8) -> i32 {
        let usual = self.fixed.ln_ppm(self.parameters.manners[usize::from(manner)].usual_ppm);
        self.first(manner) + usual - LN_100_KM2_DAYS
    }

    /// ln of the share of a manner's reports of which no more precise report tells.
    pub(crate) fn first(&self, manner: u8) -> i32 {
        self.first[usize::from(manner)]
    }

    /// How the name of a report stands to places that the members allow, each as likely as the others.
    pub(crate) fn standings(&self, fused: &Fused, o: &Datum) -> [Standing; 16] {
        let (placing, name, _) = self.name(o).expect("invariant: asked of names only");
        let layer = self.gazetteer.layer(placing).expect("invariant: a name has a layer");
        let [root, slope, rest] = axes(fused.spread);
        BELL.map(|[u, v]| {
            let off = [(root * u / 256) as i32, ((slope * u + rest * v) / 256) as i32];
            layer.standing(name, o.at, [fused.at[0] + off[0], fused.at[1] + off[1]])
        })
    }
}

/// Two independent bells made one.
fn combine(
    (a, [axx, axy, ayy]): ([i32; 2], [i64; 3]),
    (b, [bxx, bxy, byy]): ([i32; 2], [i64; 3]),
) -> ([i32; 2], [i64; 3]) {
    // gain = A (A + B)^-1, in 1/1024.
    let (sxx, sxy, syy) = (axx + bxx, axy + bxy, ayy + byy);
    let determinant = ((sxx * syy - sxy * sxy) >> 10).max(1);
    let gain = [
        (axx * syy - axy * sxy) / determinant,
        (axy * sxx - axx * sxy) / determinant,
        (axy * syy - ayy * sxy) / determinant,
        (ayy * sxx - axy * sxy) / determinant,
    ];
    let off = [i64::from(b[0] - a[0]), i64::from(b[1] - a[1])];
    let at = [
        a[0] + ((gain[0] * off[0] + gain[1] * off[1]) >> 10) as i32,
        a[1] + ((gain[2] * off[0] + gain[3] * off[1]) >> 10) as i32,
    ];
    let spread = [
        (axx - ((gain[0] * axx + gain[1] * axy) >> 10)).max(4),
        axy - ((gain[0] * axy + gain[1] * ayy) >> 10),
        (ayy - ((gain[2] * axy + gain[3] * ayy) >> 10)).max(4),
    ];
    // Rounding may leave a form that is no covariance.
    let bound = square_root(spread[0] * spread[2]) - 1;
    (at, [spread[0], spread[1].clamp(-bound, bound), spread[2]])
}

/// The lower triangular root of a covariance.
fn axes([xx, xy, yy]: [i64; 3]) -> [i64; 3] {
    let root = square_root(xx).max(1);
    let slope = xy / root;
    [root, slope, square_root((yy - slope * slope).max(1))]
}

fn square_root(value: i64) -> i64 {
    value.max(0).unsigned_abs().isqrt() as i64
}

/// A stated covariance times a scale of 1/1024, kept in range.
fn scaled(spread: [i64; 3], scale: i64) -> [i64; 3] {
    let [xx, xy, yy] = spread.map(|value| value.clamp(-WIDEST, WIDEST));
    let wide = [xx * scale / 1024, yy * scale / 1024].map(|value| value.clamp(1, WIDEST));
    let mut between = (xy * scale / 1024).clamp(-WIDEST, WIDEST);
    // What was cut to the widest may be no covariance any more.
    if between * between > wide[0] * wide[1] {
        let bound = square_root(wide[0] * wide[1]);
        between = between.clamp(-bound, bound);
    }
    [wide[0], between, wide[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::array::uniform2;

    #[test]
    fn no_place_says_more_than_the_most() {
        let settlements: Vec<[i32; 2]> = (-5..5).flat_map(|x| (-5..5).map(move |y| [x * 800, y * 800])).collect();
        let model = Model::new(Parameters::believed(), Gazetteer::new(&settlements, &[[0, 0], [3_200, 0]]));
        let manners = model.parameters.manners.len();
        let one = (0..manners, uniform2(-4_000i32..4_000), 1i64..1 << 20, -1_000i64..1_000, proptest::bool::ANY);
        let mut runner = proptest::test_runner::TestRunner::default();
        let run = runner.run(&(one.clone(), one), |pair| {
            let datum = |(manner, [x, y], variance, slant, is_named): (usize, [i32; 2], i64, i64, bool)| Datum {
                id: manner as u64,
                manner: manner as u8,
                source: 1,
                kind: 0,
                count: 0,
                object: 0,
                by: 0,
                at: [x, y].map(|v| if is_named { v / 800 * 800 } else { v }),
                spread: [variance, variance * slant / 1_000, variance],
                time_s: 0,
            };
            let (told, other) = (datum(pair.0), datum(pair.1));
            let (place, most) = (model.weigh_place(&model.start(&told), &other), model.place_at_most(&other));
            proptest::prop_assert!(place <= most, "{} over {}", place, most);
            Ok(())
        });
        run.expect("a bound");
    }
}
