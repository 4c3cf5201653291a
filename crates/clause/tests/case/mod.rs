//! The text that a case file gives: read as a scenario, judged at its moments, written as text.

#![allow(dead_code, reason = "each test takes what it needs")]

use clause::remark::AGREEMENT_FILE;
use clause::{Agreement, AgreementFiles, Asked, Bears, Fact, Footing, Remark, Scenario, Severity, Verdict, Watch};
use std::path::Path;
use terms::Instant;

type Told<T> = Result<T, String>;

/// What stands before the expected text, that text, and what stands after it.
pub(crate) fn parts(text: &str) -> Told<(&str, &str, &str)> {
    const OPEN: &str = "## Expected\n\n````text\n";
    let start = text.find(OPEN).ok_or("the case has no `## Expected` with a fence of four backticks")? + OPEN.len();
    let length = text[start..].find("````").ok_or("the expected text is not closed")?;
    Ok((&text[..start], &text[start..start + length], &text[start + length..]))
}

/// The agreement that a case carries or names, and whether it is named.
pub(crate) fn agreement_files(case: &str) -> Told<(AgreementFiles, bool)> {
    let shipped = case.lines().find_map(|line| line.strip_prefix("Agreement: "));
    match shipped {
        Some(folder) => Ok((shipped_files(folder)?, true)),
        None => Ok((clause::carried(case).ok_or("the case has no agreement")?, false)),
    }
}

/// The text that a case gives: remarks, then verdicts and clocks at each moment.
pub(crate) fn outcome(case: &str) -> Told<String> {
    if let Some(text) = guarantees(case)? {
        return played(&text, case);
    }
    let (files, shipped) = agreement_files(case)?;
    let (agreement, mut remarks) = clause::read(&files);
    let noted = case.lines().any(|line| line == "Show: notes");
    remarks.retain(|remark| noted || remark.severity() != Severity::Note);
    let mut out = String::new();
    if shipped {
        remarks.iter().for_each(|remark| out.push_str(&in_a_line(remark)));
    } else if !remarks.is_empty() {
        out.push_str(&clause::render(&remarks, &files, clause::Language::English, false));
        out.push_str("\n\n");
    }
    let Scenario { facts, efforts, heard, moments } =
        clause::scenario(case, &agreement).map_err(|fault| fault.to_string())?;
    for line in case.lines().filter_map(|line| line.strip_prefix("Show: ")) {
        show(&agreement, line.trim(), &mut out)?;
    }
    for Asked { at, known_until } in moments {
        let watch = Watch { efforts: &efforts, detection: None, known_until, sources: &[], heard: &heard };
        out.push_str(&format!("at {}\n", agreement.civil(at)));
        judged(&agreement, &facts, &watch, at, &mut out);
        alleged(&agreement, &facts, &mut out);
        proved(&agreement, &facts, &watch, at)?;
        if case.lines().any(|line| line == "Show: chances") {
            chances(&agreement, &facts, &watch, at, &mut out);
        }
        if case.lines().any(|line| line == "Show: instances") {
            instances(&agreement, &facts, &watch, at, &mut out);
        }
    }
    Ok(format!("{}\n", out.trim_end()))
}

/// The page of guarantees that a case carries or names.
fn guarantees(case: &str) -> Told<Option<String>> {
    let Some(folder) = case.lines().find_map(|line| line.strip_prefix("Guarantees: ")) else {
        return Ok(clause::guarantee::carried(case));
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder.trim());
    let path = folder.join(clause::guarantee::GUARANTEES_FILE);
    std::fs::read_to_string(&path).map(Some).map_err(|error| format!("{}: {error}", path.display()))
}

/// The remarks upon a page of guarantees, and what comes of playing the case on it.
fn played(text: &str, case: &str) -> Told<String> {
    let (package, mut remarks) = clause::guarantee::read(text);
    remarks.retain(|remark| remark.severity() != Severity::Note);
    let mut out: String = remarks
        .iter()
        .map(|remark| format!("line {}, column {}, {}", remark.line, remark.column, in_a_line(remark)))
        .collect();
    for remark in &remarks {
        out.push_str(&remark.fix.as_ref().map_or_else(String::new, |fix| format!("  line {}: {fix}\n", remark.line)));
    }
    if case.lines().any(|line| line.starts_with("Until: ")) {
        let page = clause::guarantee::tabletop(case, &package).map_err(|fault| fault.to_string())?;
        out.push_str(&clause::guarantee::play(&package, &page));
    }
    Ok(format!("{}\n", out.trim_end()))
}

/// An agreement that the project ships, by its folder.
fn shipped_files(folder: &str) -> Told<AgreementFiles> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder.trim());
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = AgreementFiles::default();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if name == AGREEMENT_FILE {
            files.text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
        } else {
            files.files.insert(name, bytes);
        }
    }
    Ok(files)
}

/// Without the place, which moves with every line added above it.
fn in_a_line(remark: &Remark) -> String {
    format!("{} {}: {}\n", remark.code.word(), remark.severity().word(), remark.message)
}

fn judged(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant, out: &mut String) {
    let verdicts = clause::judge(agreement, facts, watch, at);
    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
    assert_eq!(verdicts, clause::judge(agreement, &backwards, watch, at), "the order of facts shows");
    for rule in &agreement.rules {
        let mut alone = verdicts.iter().filter(|verdict| verdict.rule == rule.id).cloned().collect::<Vec<_>>();
        alone.iter_mut().for_each(|verdict| verdict.because.outside = 0);
        assert_eq!(alone, clause::judge_rule(agreement, rule, facts, watch, at), "a rule alone is judged otherwise");
    }
    let on_file = |footing| facts.iter().any(|fact| fact.footing == footing);
    for verdict in verdicts.iter().filter(|v| v.footing == Footing::Proposed || on_file(v.footing)) {
        write_verdict(agreement, verdict, out);
    }
    for clock in clause::clocks(agreement, facts, watch, at) {
        let bearer = clock.bearer.map_or("somebody".to_owned(), |party| party.to_string());
        let reading = clock.reading.map_or(String::new(), |reading| format!(" as {reading} reads it"));
        let by = match &clock.state {
            clause::ClockState::Discharged { by } => format!(" by {by}"),
            clause::ClockState::Pending
            | clause::ClockState::Running
            | clause::ClockState::Late
            | clause::ClockState::CannotTell => String::new(),
        };
        let (rule, state) = (&clock.rule, clock.state.word());
        out.push_str(&format!("clock {rule}{reading} of {bearer}: {state}{by}\n  {}\n", clock.arithmetic));
    }
}

/// How likely each breach is, of every verdict as proposed and every instance.
fn chances(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant, out: &mut String) {
    let checker = clause::Checker::of(agreement, facts, watch, at);
    let told = |odds: Option<clause::Odds>| odds.map_or("not reckoned".to_owned(), |odds| odds.to_string());
    for verdict in clause::judge(agreement, facts, watch, at).iter().filter(|v| v.footing == Footing::Proposed) {
        let bearer = verdict.bearer.as_ref().map_or("whoever it was", |party| agreement.display(party));
        out.push_str(&format!("chance that {} is broken, {bearer}: ", verdict.rule));
        out.push_str(&format!("{}\n", told(checker.odds_of_verdict(verdict))));
    }
    let proposed = |instance: &clause::Instance| instance.key.footing == Footing::Proposed;
    for instance in clause::instances(agreement, facts, watch, at).into_iter().filter(proposed) {
        out.push_str(&format!("  {}: {}\n", instance.key, told(checker.odds(&instance.key))));
    }
}

/// Every instance must be what the definitions make of the facts, and none may be missing.
fn proved(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant) -> Told<()> {
    let instances = clause::instances(agreement, facts, watch, at);
    let faults = clause::Checker::of(agreement, facts, watch, at).faults(&instances);
    let told: Vec<String> = faults.iter().map(|(key, checked)| format!("{key}: {checked}")).collect();
    if told.is_empty() { Ok(()) } else { Err(format!("the checker says:\n{}", told.join("\n"))) }
}

/// Every instance with its certificate.
fn instances(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant, out: &mut String) {
    for instance in clause::instances(agreement, facts, watch, at) {
        let (value, standing) = (instance.value.word(), instance.standing.word());
        let margin = instance.margin.map_or(String::new(), |margin| format!(", {margin}"));
        out.push_str(&format!("{}: {value} ({standing}){margin}\n", instance.key));
        let certificate = &instance.certificate;
        for witness in &certificate.witnesses {
            out.push_str(&format!("  {} {}\n", witness.part.word(), witness.fact));
        }
        if let Some(counted) =
            certificate.counted.filter(|counted| usize::try_from(counted.facts) != Ok(certificate.witnesses.len()))
        {
            out.push_str(&format!("  the last of {}, which count for at least {}\n", counted.facts, counted.least));
        }
        for (label, reason) in &certificate.exceptions {
            out.push_str(&format!("  exception {label}: {}\n", reason.text));
        }
        if let Some(absence) = &certificate.absence {
            let (from, until) = (agreement.civil(absence.during.earliest()), agreement.civil(absence.during.latest()));
            out.push_str(&format!("  no {} from {from} until {until}\n", absence.of));
        }
        for reason in &certificate.reasons {
            out.push_str(&format!("  because {}\n", reason.text));
        }
    }
}

fn write_verdict(agreement: &Agreement, verdict: &Verdict, out: &mut String) {
    let reading = verdict.reading.as_ref().map_or(String::new(), |reading| format!(" as {reading} reads it"));
    let bearer = verdict.bearer.as_ref().map_or("whoever it was", |party| agreement.display(party));
    let (rule, footing, value) = (&verdict.rule, verdict.footing.word(), verdict.value.word());
    let standing = verdict.standing.word();
    out.push_str(&format!("{rule}{reading}, {bearer}, as {footing}: {value} ({standing})\n"));
    out.push_str(&format!("  {}\n", verdict.because.summary));
    for note in &verdict.because.incidents {
        let margin = note.margin.map_or(String::new(), |margin| format!(", {margin}"));
        out.push_str(&format!("  {} at {}: {}{margin}\n", note.id, note.chance, answer(&note.bears)));
    }
}

fn alleged(agreement: &Agreement, facts: &[Fact], out: &mut String) {
    for fact in facts.iter().filter(|fact| fact.footing == Footing::Alleged) {
        for rule in &agreement.rules {
            for reading in agreement.readings_of(rule) {
                let answer = answer(&clause::bears(agreement, rule, reading, fact));
                out.push_str(&format!("if {} is so, {} as {}: {answer}\n", fact.id, rule.id, reading.id));
            }
        }
    }
}

fn answer(bears: &Bears) -> String {
    match bears {
        Bears::Falls => "falls under it".to_owned(),
        Bears::Outside(reason) => format!("outside: {}", reason.text),
        Bears::Undetermined(reasons) => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
            format!("undetermined: {}", reasons.join("; "))
        }
    }
}

fn show(agreement: &Agreement, what: &str, out: &mut String) -> Told<()> {
    match what {
        "instances" | "notes" | "chances" => {}
        "sentences" => {
            for rule in &agreement.rules {
                out.push_str(&format!(
                    "{} ({}, {}): {}\n",
                    rule.id,
                    rule.kind().word(),
                    rule.anchor,
                    clause::sentence(agreement, rule, clause::Language::English)
                ));
            }
        }
        "kept text" => {
            for block in agreement.articles.iter().flat_map(|article| &article.blocks) {
                if let clause::Block::NotUnderstood { text, remarks } = block {
                    let errors = remarks.iter().filter(|remark| remark.severity() == Severity::Error);
                    let codes: Vec<&str> = errors.map(|remark| remark.code.word()).collect();
                    out.push_str(&format!("not understood ({}): {text}\n", codes.join(", ")));
                }
            }
        }
        _ => return Err(format!("`Show: {what}` shows nothing")),
    }
    Ok(())
}
