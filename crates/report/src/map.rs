//! The bulletin's map, as SVG.
//!
//! Takes the incidents and coverage of a view and a basemap; gives a picture in which a place is a disc of its true
//! radius and never a pin, ground that nobody watched is hatched, and what cannot be drawn is counted in words.

use crate::day::Day;
use mission::{SeenIncident, View};
use std::fmt::Write;
use terms::{Area, Bounds, Label, Line, Position, Span};

/// What lies under the incidents: given by the rim, never by the record.
#[derive(Clone, Debug, Default)]
pub struct Basemap {
    /// What the map must say of its boundaries.
    pub disclaimer: String,
    /// Whose data it is.
    pub attribution: String,
    /// Land.
    pub land: Vec<Area>,
    /// Lakes and rivers wide enough to be areas.
    pub water: Vec<Area>,
    /// First-level regions.
    pub regions: Vec<MapRegion>,
    /// Lines, such as a contact line or a river.
    pub lines: Vec<Line>,
    /// Places with a label.
    pub places: Vec<MapPlace>,
}

/// A region of the basemap.
#[derive(Clone, Debug)]
pub struct MapRegion {
    /// Its id, by which an observation may name it.
    pub id: Label,
    /// Its name.
    pub name: String,
    /// Its ground.
    pub area: Area,
    /// Whether the map is cut to it.
    pub home: bool,
}

/// A labelled place of the basemap.
#[derive(Clone, Debug)]
pub struct MapPlace {
    /// Its name.
    pub name: String,
    /// 1 for the largest.
    pub class: u8,
    /// Where it is.
    pub position: Position,
}

const WIDTH: f64 = 960.0;
const MARGIN: f64 = 12.0;
/// A disc that would be smaller than this is drawn as a small hollow ring.
const LEAST_RADIUS: f64 = 3.0;

pub(crate) fn map(view: &View, day: &Day, basemap: &Basemap) -> String {
    let today = |seen: &&SeenIncident| day.span().holds(Span::at(seen.incident.happened.earliest()));
    let incidents: Vec<&SeenIncident> = view.incidents.iter().filter(today).collect();
    let sectors = view.coverage(day.span());
    let Some(frame) = frame(basemap, sectors.iter().map(|sector| &sector.area), &incidents) else {
        return String::new();
    };
    let mut svg = Svg { frame, out: String::new() };
    svg.open();
    for area in &basemap.land {
        svg.area(area, "land");
    }
    for region in &basemap.regions {
        svg.area(&region.area, if region.home { "home" } else { "land" });
    }
    for area in &basemap.water {
        svg.area(area, "water");
    }
    let threshold = view.adopted.as_ref().map(|held| held.what.agreement.keep_threshold);
    for sector in &sectors {
        let seen = sector.seen.unwrap_or(sector.coverage.watched);
        let blind = threshold.is_some_and(|threshold| seen < threshold);
        svg.area(&sector.area, if blind { "zone blind" } else { "zone" });
    }
    for line in basemap.lines.iter().chain(agreement_lines(view)) {
        svg.line(line);
    }
    for place in basemap.places.iter().filter(|place| place.class <= 2) {
        svg.place(place);
    }
    for seen in &incidents {
        svg.incident(seen);
    }
    svg.close(&incidents, basemap);
    svg.out
}

fn agreement_lines(view: &View) -> impl Iterator<Item = &Line> {
    let lines = view.adopted.as_ref().map(|held| held.what.agreement.lines.values());
    lines.into_iter().flatten().map(|mapped| &mapped.line)
}

/// The ground that the map shows, and the scale that fits it.
struct Frame {
    west_e6: f64,
    north_e6: f64,
    /// Pixels per microdegree of longitude and of latitude.
    x_scale: f64,
    y_scale: f64,
    height: f64,
}

fn frame<'a>(basemap: &Basemap, zones: impl Iterator<Item = &'a Area>, incidents: &[&SeenIncident]) -> Option<Frame> {
    let homes = basemap.regions.iter().filter(|region| region.home).map(|region| region.area.bounds());
    let corners: Vec<Position> = homes.chain(zones.map(Area::bounds)).flat_map(|b| [b.low, b.high]).collect();
    let discs = incidents.iter().filter_map(|seen| seen.incident.place.disc()).map(|(centre, _)| centre);
    let bounds = if corners.is_empty() { Bounds::of(discs)? } else { Bounds::of(corners)? };
    let (west_e6, south_e6) = (f64::from(bounds.low.lon_e6()), f64::from(bounds.low.lat_e6()));
    let (east_e6, north_e6) = (f64::from(bounds.high.lon_e6()), f64::from(bounds.high.lat_e6()));
    let x_scale = (WIDTH - 2.0 * MARGIN) / (east_e6 - west_e6).max(10_000.0);
    let y_scale = x_scale / libm::cos(((south_e6 + north_e6) / 2e6).to_radians()).max(0.05);
    let height = (north_e6 - south_e6).max(10_000.0) * y_scale + 2.0 * MARGIN;
    Some(Frame { west_e6, north_e6, x_scale, y_scale, height })
}

struct Svg {
    frame: Frame,
    out: String,
}

impl Svg {
    fn open(&mut self) {
        let _ = write!(
            self.out,
            "<svg class=\"map\" viewBox=\"0 0 {WIDTH:.0} {:.0}\" role=\"img\" aria-labelledby=\"map-title\">\
             <title id=\"map-title\">Incidents of the day and how well each zone was watched</title>\
             <defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><path d=\"M0 0V6\" class=\"hatching\"/></pattern></defs>",
            self.frame.height
        );
    }

    fn at(&self, position: Position) -> (f64, f64) {
        let x = MARGIN + (f64::from(position.lon_e6()) - self.frame.west_e6) * self.frame.x_scale;
        let y = MARGIN + (self.frame.north_e6 - f64::from(position.lat_e6())) * self.frame.y_scale;
        (x, y)
    }

    fn path(&self, positions: &[Position]) -> String {
        let mut path = String::new();
        let mut last = None;
        for position in positions {
            let (x, y) = self.at(*position);
            let step = (format!("{x:.1}"), format!("{y:.1}"));
            // Positions that fall on one pixel are drawn once.
            if last.as_ref() != Some(&step) {
                let _ = write!(path, "{}{} {}", if last.is_none() { 'M' } else { 'L' }, step.0, step.1);
                last = Some(step);
            }
        }
        path
    }

    fn area(&mut self, area: &Area, class: &str) {
        let rings = area.polygons().iter().flatten().map(|ring| self.path(ring) + "Z");
        let path: String = rings.collect();
        let _ = write!(self.out, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    fn line(&mut self, line: &Line) {
        let path: String = line.paths().iter().map(|path| self.path(path)).collect();
        let _ = write!(self.out, "<path class=\"casing\" d=\"{path}\"/><path class=\"line\" d=\"{path}\"/>");
    }

    fn place(&mut self, place: &MapPlace) {
        let (x, y) = self.at(place.position);
        let _ = write!(
            self.out,
            "<circle class=\"town\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.5\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 4.0,
            y + 3.5,
            crate::html::escaped(&place.name)
        );
    }

    fn incident(&mut self, seen: &SeenIncident) {
        let Some((centre, radius_m)) = seen.incident.place.disc() else { return };
        let (x, y) = self.at(centre);
        let radius = f64::from(radius_m) / terms::place::METRES_PER_E6 * self.frame.y_scale;
        let class = if seen.finding().is_some() { "incident decided" } else { "incident" };
        let _ = write!(
            self.out,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"><title>{} {}</title></circle>",
            radius.max(LEAST_RADIUS),
            seen.incident.id,
            seen.incident.act.word()
        );
    }

    fn close(&mut self, incidents: &[&SeenIncident], basemap: &Basemap) {
        let discs = incidents.iter().filter(|s| s.incident.place.disc().is_some()).count();
        let _ = write!(
            self.out,
            "</svg><p class=\"legend\">{discs} incidents drawn as discs of the radius to which their place is known \
             (dashed: proposed, solid: decided by people); {} not drawn. Hatched: zone watched too little to say \
             complied. {} {}</p>",
            incidents.len() - discs,
            crate::html::escaped(&basemap.disclaimer),
            crate::html::escaped(&basemap.attribution)
        );
    }
}
