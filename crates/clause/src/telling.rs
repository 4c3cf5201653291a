//! A simulation in words: what a drafter reads in a terminal.
//!
//! Takes a simulation; gives text, a block for each moment. Never says more than the simulation holds.

use crate::agreement::Agreement;
use crate::clock::{Clock, ClockState};
use crate::fact::{Bears, Fact};
use crate::simulate::{Change, Pace, Silence, Simulation, Step, Voice};
use crate::verdict::Verdict;
use std::fmt::Write;
use terms::{Label, Party, Shape};

/// A simulation as text.
#[must_use]
pub fn tell(simulation: &Simulation, agreement: &Agreement) -> String {
    let mut out = String::new();
    if let Pace::Days(days) = simulation.pace {
        let apart = if days == 1 { "once a day".to_owned() } else { format!("once in {days} days") };
        let _ = writeln!(out, "Too much happens for every moment to be judged; it is judged {apart}.\n");
    }
    for step in &simulation.steps {
        tell_step(step, agreement, &mut out);
    }
    let _ = writeln!(out, "At the end, {}", agreement.civil(simulation.until));
    for verdict in &simulation.verdicts {
        let _ = writeln!(out, "  {}", verdict_line(verdict, agreement));
    }
    out.push_str("\nWhere the text fell silent\n");
    if simulation.silences.is_empty() {
        out.push_str("  nowhere: every fact fell under a clause or might, and every clause was touched\n");
    }
    for silence in &simulation.silences {
        let _ = writeln!(out, "  {}", silence_line(silence));
    }
    out
}

fn tell_step(step: &Step, agreement: &Agreement, out: &mut String) {
    let _ = writeln!(out, "{}", agreement.civil(step.at));
    for (fact, voices) in &step.facts {
        let _ = writeln!(out, "  {}", fact_line(fact));
        for voice in voices {
            let _ = writeln!(out, "    {}", voice_line(voice));
        }
        if voices.is_empty() {
            out.push_str("    no clause speaks of it\n");
        }
    }
    for clock in &step.clocks {
        let _ = writeln!(out, "  {}", clock_line(clock, agreement));
    }
    for change in &step.changes {
        let _ = writeln!(out, "  {}", change_line(change, agreement));
    }
    out.push('\n');
}

/// A fact in one line.
pub(crate) fn fact_line(fact: &Fact) -> String {
    let by = fact.by.as_ref().map_or("by nobody known".to_owned(), |by| format!("by {by}"));
    let at = fact.at.as_ref().map_or(String::new(), |at| format!(" at {at}"));
    let object = fact.object.as_ref().map_or(String::new(), |object| format!(" on {object}"));
    let place = match &fact.place.shape {
        Shape::Disc { centre, radius_m } => {
            let degrees = |e6: i32| f64::from(e6) / 1e6;
            let within = if *radius_m == 0 { String::new() } else { format!(" within {radius_m} m") };
            format!("at {} {}{within}", degrees(centre.lon_e6()), degrees(centre.lat_e6()))
        }
        Shape::Wedge(wedge) => {
            let (degrees, [least_m, most_m]) = (|e6: i32| f64::from(e6) / 1e6, wedge.range_m());
            let (post, bearing) = (wedge.post(), |mdeg: u32| f64::from(mdeg) / 1e3);
            let (towards, error) = (bearing(wedge.bearing_mdeg()), bearing(wedge.error_mdeg()));
            let (lon, lat) = (degrees(post.lon_e6()), degrees(post.lat_e6()));
            format!("{least_m} to {most_m} m from {lon} {lat} at {towards} ± {error} degrees")
        }
        Shape::Region(region) => format!("somewhere in {region}"),
        Shape::Unplaced => "at no known place".to_owned(),
    };
    let (act, footing) = (fact.act.word(), fact.footing.word());
    format!("{}: {act}{object} {by}{at}, {place}, {footing} at {}", fact.id, fact.chance)
}

fn voice_line(voice: &Voice) -> String {
    let reading = match voice.readings.as_slice() {
        [] => String::new(),
        readings => format!(" as {} reads it", names(readings)),
    };
    match &voice.bears {
        Bears::Falls => format!("{}{reading} speaks: it falls under it", voice.rule),
        Bears::Outside(reason) => format!("{}{reading} lets it pass: {}", voice.rule, reason.text),
        Bears::Undetermined(reasons) => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
            format!("{}{reading} cannot tell: {}", voice.rule, reasons.join("; "))
        }
    }
}

fn clock_line(clock: &Clock, agreement: &Agreement) -> String {
    let bearer = clock.bearer.as_ref().map_or("somebody", |party| agreement.display(party));
    let reading = clock.reading.as_ref().map_or(String::new(), |reading| format!(" as {reading} reads it"));
    let (rule, arithmetic) = (&clock.rule, &clock.arithmetic);
    match &clock.state {
        ClockState::Pending => format!("{rule}{reading}: a clock of {bearer} waits: {arithmetic}"),
        ClockState::Running => format!("{rule}{reading}: a clock of {bearer} runs: {arithmetic}"),
        ClockState::Discharged { by } => {
            format!("{rule}{reading}: the clock of {bearer} is stopped by {by}: {arithmetic}")
        }
        ClockState::Late => format!("{rule}{reading}: the clock of {bearer} has run out: {arithmetic}"),
        ClockState::CannotTell => format!("{rule}{reading}: of the clock of {bearer} it cannot be told: {arithmetic}"),
    }
}

fn change_line(change: &Change, agreement: &Agreement) -> String {
    let of: Vec<&str> = change.bearers.iter().map(|bearer| whom(bearer.as_ref(), agreement)).collect();
    let reading = change.reading.as_ref().map_or(String::new(), |reading| format!(" as {reading} reads it"));
    let (rule, was, is) = (&change.rule, change.was.word(), change.is.word());
    let of = of.join(", ");
    format!("{rule}{reading}, {of}, as {}: {was} -> {is}: {}", change.footing.word(), change.summary)
}

fn verdict_line(verdict: &Verdict, agreement: &Agreement) -> String {
    let reading = verdict.reading.as_ref().map_or(String::new(), |reading| format!(" as {reading} reads it"));
    let (rule, of) = (&verdict.rule, whom(verdict.bearer.as_ref(), agreement));
    let (footing, value, standing) = (verdict.footing.word(), verdict.value.word(), verdict.standing.word());
    format!("{rule}{reading}, {of}, as {footing}: {value} ({standing}): {}", verdict.because.summary)
}

fn silence_line(silence: &Silence) -> String {
    match silence {
        Silence::Fact { id, nearest } if nearest.is_empty() => format!("{id}: no clause is about such an act"),
        Silence::Fact { id, nearest } => {
            let nearest: Vec<String> = nearest.iter().map(|(rule, why)| format!("{rule}: {why}")).collect();
            format!("{id}: {}", nearest.join("; "))
        }
        Silence::Untouched(rule) => format!("{rule}: nothing that happened touched it"),
        Silence::TextOnly { rule, because } => format!("{rule}: nothing observable decides it: {because}"),
    }
}

/// Whom a verdict is about.
pub(crate) fn whom<'a>(bearer: Option<&'a Party>, agreement: &'a Agreement) -> &'a str {
    bearer.map_or("whoever it was", |party| agreement.display(party))
}

fn names(labels: &[Label]) -> String {
    labels.iter().map(Label::as_str).collect::<Vec<_>>().join(" and ")
}
