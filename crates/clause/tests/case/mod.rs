//! The format of a case file: read to facts, efforts and a moment; judged; written as text.

use clause::{Agreement, AgreementFiles, Bears, Fact, Footing, Severity, Verdict, Watch};
use terms::{
    Act, Area, Chance, Count, Effort, EffortId, Instant, Label, Means, Outcome, Party, Place, Position, Shape,
    SourceId, Span,
};

type Told<T> = Result<T, String>;

/// What stands before the expected text, that text, and what stands after it.
pub(crate) fn parts(text: &str) -> Told<(&str, &str, &str)> {
    const OPEN: &str = "## Expected\n\n````text\n";
    let start = text.find(OPEN).ok_or("the case has no `## Expected` with a fence of four backticks")? + OPEN.len();
    let length = text[start..].find("````").ok_or("the expected text is not closed")?;
    Ok((&text[..start], &text[start..start + length], &text[start + length..]))
}

/// The text that a case gives: remarks, then verdicts and clocks at each moment.
pub(crate) fn outcome(case: &str) -> Told<String> {
    let mut files = AgreementFiles { text: agreement_text(case)?, ..AgreementFiles::default() };
    for (name, body) in fenced(case, "file ") {
        files.files.insert(name, body.into_bytes());
    }
    let (agreement, remarks) = clause::read(&files);
    let mut out = String::new();
    if !remarks.is_empty() {
        out.push_str(&clause::render(&remarks, &files, false));
        out.push_str("\n\n");
    }
    let facts = rows(case, "| id |").iter().map(|row| fact(&agreement, row)).collect::<Told<Vec<_>>>()?;
    let efforts = rows(case, "| look |").iter().map(|row| effort(&agreement, row)).collect::<Told<Vec<_>>>()?;
    for line in case.lines().filter_map(|line| line.strip_prefix("Show: ")) {
        show(&agreement, line.trim(), &mut out)?;
    }
    for moment in case.lines().filter_map(|line| line.strip_prefix("At: ")) {
        let (at, known) = moment.split_once(", known until ").unwrap_or((moment, moment));
        let (at, known_until) = (instant(at)?, instant(known)?);
        let watch = Watch { efforts: &efforts, known_until, sources: &[], heard: &[] };
        out.push_str(&format!("at {}\n", agreement.civil(at)));
        judged(&agreement, &facts, &watch, at, &mut out);
        alleged(&agreement, &facts, &mut out);
    }
    Ok(format!("{}\n", out.trim_end()))
}

fn judged(agreement: &Agreement, facts: &[Fact], watch: &Watch<'_>, at: Instant, out: &mut String) {
    let verdicts = clause::judge(agreement, facts, watch, at);
    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
    assert_eq!(verdicts, clause::judge(agreement, &backwards, watch, at), "the order of facts shows");
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
        "sentences" => {
            for rule in &agreement.rules {
                out.push_str(&format!("{} ({}, {}): {}\n", rule.id, rule.kind().word(), rule.anchor, rule.sentence));
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

/// The agreement in the case's fence, or one of the shipped ones by name.
fn agreement_text(case: &str) -> Told<String> {
    fenced(case, "agreement").into_iter().next().map(|(_, body)| body).ok_or("the case has no agreement".to_owned())
}

/// Bodies of the fences of four backticks whose word begins with `kind`, with the rest of that word.
fn fenced(case: &str, kind: &str) -> Vec<(String, String)> {
    let opening = format!("````{kind}");
    let mut found = Vec::new();
    let mut lines = case.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix(&opening) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("````")).collect();
            found.push((rest.trim().to_owned(), body.join("\n") + "\n"));
        }
    }
    found
}

/// The rows of the table whose header begins so, each cell by its column's name.
fn rows(case: &str, header: &str) -> Vec<Vec<(String, String)>> {
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let mut lines = case.lines().skip_while(|line| !line.starts_with(header));
    let Some(names) = lines.next().map(cells) else { return Vec::new() };
    let body = lines.skip(1).take_while(|line| line.starts_with('|'));
    body.map(|line| names.iter().cloned().zip(cells(line)).collect()).collect()
}

fn cell<'r>(row: &'r [(String, String)], name: &str) -> Option<&'r str> {
    let found = row.iter().find(|(column, _)| column == name);
    found.map(|(_, cell)| cell.as_str()).filter(|cell| !cell.is_empty())
}

fn fact(agreement: &Agreement, row: &[(String, String)]) -> Told<Fact> {
    let id = cell(row, "id").ok_or("a fact has no id")?;
    let act = cell(row, "act").ok_or(format!("`{id}` has no act"))?;
    let footing = match cell(row, "footing") {
        None | Some("proposed") => Footing::Proposed,
        Some("established") => Footing::Established,
        Some("ruled") => Footing::Ruled,
        Some("alleged") => Footing::Alleged,
        Some(other) => return Err(format!("`{other}` is no footing")),
    };
    Ok(Fact {
        happened: span(agreement, cell(row, "happened").ok_or(format!("`{id}` has no time"))?)?,
        id: id.to_owned(),
        revision: 1,
        act: Act::from_word(act).ok_or(format!("`{act}` is no act"))?,
        object: cell(row, "object").and_then(Label::new),
        place: place(cell(row, "place"))?,
        by: cell(row, "by").and_then(Party::new),
        at: cell(row, "at").and_then(Party::new),
        count: count(cell(row, "count"))?,
        about: cell(row, "about").map(str::to_owned),
        chance: chance(cell(row, "chance").unwrap_or("100"))?,
        footing,
    })
}

fn effort(agreement: &Agreement, row: &[(String, String)]) -> Told<Effort> {
    let look = cell(row, "look").ok_or("a look has no name")?;
    let word = |name: &str| cell(row, name).ok_or(format!("`{look}` has no {name}"));
    let able = word("able")?.split(' ').map(|act| Act::from_word(act).ok_or(format!("`{act}` is no act")));
    let area = match place(Some(word("where")?))?.shape {
        Shape::Disc { centre, radius_m } => Area::disc(centre, radius_m).ok_or("no such disc")?,
        Shape::Region(zone) => agreement.zones.get(&zone).ok_or(format!("`{zone}` is no zone"))?.area.clone(),
        Shape::Unplaced => return Err(format!("`{look}` has no place")),
    };
    Ok(Effort {
        id: EffortId::of(look.as_bytes()),
        source: SourceId::new(look).ok_or(format!("`{look}` is no source"))?,
        means: cell(row, "means").map_or(Some(Means::Camera), Means::from_word).ok_or("no such means")?,
        span: span(agreement, word("when")?)?,
        area,
        outcome: cell(row, "outcome").map_or(Some(Outcome::Looked), Outcome::from_word).ok_or("no such outcome")?,
        able: able.collect::<Told<_>>()?,
        limits: None,
    })
}

/// `2026-04-11` is that civil day in Kyiv; otherwise an RFC 3339 time, or two with `..` between.
fn span(_agreement: &Agreement, text: &str) -> Told<Span> {
    if let Some((from, until)) = text.split_once("..") {
        return Span::new(instant(from.trim())?, instant(until.trim())?).ok_or(format!("`{text}` runs backwards"));
    }
    if text.len() == 10 {
        let start = instant(&format!("{text}T00:00:00+03:00"))?;
        return Span::new(start, start.shifted(terms::time::DAY_MS - 1)).ok_or("no such day".to_owned());
    }
    instant(text).map(Span::at)
}

fn instant(text: &str) -> Told<Instant> {
    Instant::parse(text.trim()).ok_or(format!("`{text}` is no time"))
}

/// `30.5 48.5 1000` is a disc of that radius in metres; another word is a region; nothing is nowhere.
fn place(text: Option<&str>) -> Told<Place> {
    let Some(text) = text else { return Ok(Place::unknown()) };
    let numbers: Vec<f64> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
    let shape = match numbers.as_slice() {
        [lon, lat, radius_m] => {
            let centre = Position::from_degrees(*lon, *lat).ok_or(format!("`{text}` is no place"))?;
            Shape::Disc { centre, radius_m: *radius_m as u32 }
        }
        _ => Shape::Region(Label::new(text).ok_or(format!("`{text}` is no place"))?),
    };
    Ok(Place { shape, name: None })
}

fn chance(percent: &str) -> Told<Chance> {
    let percent: u32 = percent.parse().map_err(|_| format!("`{percent}` is no percentage"))?;
    Chance::from_ppm(percent * 10_000).ok_or("more than certain".to_owned())
}

/// `5` is exactly that, `3-9` between, `3-` at least.
fn count(text: Option<&str>) -> Told<Count> {
    let Some(text) = text else { return Ok(Count::UNKNOWN) };
    let wrong = || format!("`{text}` is no count");
    let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    match text.split_once('-') {
        None => number(text).map(Count::exactly),
        Some((least, "")) => number(least).map(Count::at_least),
        Some((least, most)) => Count::new(Some(number(least)?), None, Some(number(most)?)).ok_or_else(wrong),
    }
}
