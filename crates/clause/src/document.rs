//! The Markdown around the clauses: front matter, headings, prose and fenced blocks, each with its place.
//!
//! Takes the text; gives byte ranges into it. Never interprets a clause, never lets HTML through.

use crate::remark::{Code, Remarks, remark};
use crate::said::said;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// No agreement's text is longer.
pub(crate) const TEXT_MOST_BYTES: usize = 1 << 20;

/// The text's parts.
pub(crate) struct Document {
    /// Between the two `---` lines.
    pub(crate) front: Option<Range<usize>>,
    pub(crate) sections: Vec<Section>,
}

/// A heading and what stands under it.
pub(crate) struct Section {
    pub(crate) heading: String,
    pub(crate) level: u8,
    pub(crate) span: Range<usize>,
    pub(crate) pieces: Vec<Piece>,
}

/// A piece of a section.
pub(crate) enum Piece {
    /// Markdown; the places of raw HTML in it are to be escaped.
    Prose { span: Range<usize>, html: Vec<Range<usize>> },
    /// The lines between the fences of a `backstop` block.
    Block { inner: Range<usize> },
}

/// The document of a text.
pub(crate) fn document(text: &str, remarks: &mut Remarks) -> Document {
    let (front, body_at) = front_matter(text, remarks);
    let body = &text[body_at..];
    let mut outline = Outline { sections: Vec::new(), prose: None, html: Vec::new() };
    let mut depth = 0usize;
    let mut heading: Option<(String, u8)> = None;
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES).into_offset_iter() {
        let range = range.start + body_at..range.end + body_at;
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                outline.end_prose();
                heading = Some((String::new(), level as u8));
                depth += 1;
            }
            Event::End(TagEnd::Heading(_)) if depth == 1 && heading.is_some() => {
                let (heading, level) = heading.take().expect("invariant: tested by the guard");
                outline.sections.push(Section { heading, level, span: range, pieces: Vec::new() });
                depth -= 1;
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if kind.trim() == "backstop" => {
                let inner = inner_lines(text, &range, remarks);
                outline.block(&range, inner, remarks);
                depth += 1;
            }
            Event::Start(_) => {
                if depth == 0 {
                    outline.begin_prose(range);
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Html(_) | Event::InlineHtml(_) => outline.html(range, remarks),
            Event::Text(words) | Event::Code(words) => {
                if let Some((heading, _)) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }
    outline.end_prose();
    Document { front, sections: outline.sections }
}

/// The front matter's lines and where the rest begins.
fn front_matter(text: &str, remarks: &mut Remarks) -> (Option<Range<usize>>, usize) {
    let mut at = 0;
    let mut opened = None;
    for line in text.split_inclusive('\n') {
        let fence = line.trim_end() == "---";
        match opened {
            None if fence => opened = Some(at + line.len()),
            None if line.trim().is_empty() || line.trim() == "\u{feff}" => {}
            None => break,
            Some(start) if fence => return (Some(start..at), at + line.len()),
            Some(_) => {}
        }
        at += line.len();
    }
    let first = 0..text.lines().next().map_or(0, str::len);
    let wrong = match opened {
        Some(_) => said!("the front matter is opened with `---` and not closed"),
        None => said!("the text does not open with front matter"),
    };
    let fix = said!("open the file with `---`, the lines `agreement:`, `title:`, `in-force:` ..., and `---` again");
    remarks.push(remark(Code::FrontMatter, first, wrong).fix(fix));
    (None, opened.unwrap_or(0))
}

/// The lines between a block's fences.
fn inner_lines(text: &str, range: &Range<usize>, remarks: &mut Remarks) -> Range<usize> {
    let block = &text[range.clone()];
    let start = block.find('\n').map_or(block.len(), |newline| newline + 1);
    let last_line = block.trim_end().rfind('\n').map_or(0, |newline| newline + 1);
    let closed = last_line >= start && block[last_line..].trim_start().starts_with(['`', '~']);
    if !closed {
        let opening = range.start..range.start + block.find('\n').unwrap_or(block.len());
        let open =
            remark(Code::Misplaced, opening, said!("this block is not closed, so all that follows is read as clauses"));
        remarks.push(open.fix(said!("close it with a line of three backticks")));
    }
    let end = if closed { last_line } else { block.len() };
    range.start + start..range.start + end.max(start)
}

struct Outline {
    sections: Vec<Section>,
    prose: Option<Range<usize>>,
    html: Vec<Range<usize>>,
}

impl Outline {
    /// The pieces of the last section; text before the first heading stands under a nameless one.
    fn pieces(&mut self) -> &mut Vec<Piece> {
        if self.sections.is_empty() {
            self.sections.push(Section { heading: String::new(), level: 1, span: 0..0, pieces: Vec::new() });
        }
        &mut self.sections.last_mut().expect("invariant: pushed above").pieces
    }

    fn begin_prose(&mut self, range: Range<usize>) {
        self.end_prose();
        self.prose = Some(range);
    }

    fn end_prose(&mut self) {
        let html = std::mem::take(&mut self.html);
        if let Some(span) = self.prose.take().filter(|span| !span.is_empty()) {
            self.pieces().push(Piece::Prose { span, html });
        }
    }

    /// A block cuts the prose around it, as in a numbered list with a block under each number.
    fn block(&mut self, range: &Range<usize>, inner: Range<usize>, remarks: &mut Remarks) {
        let around = self.prose.take();
        if let Some(around) = &around {
            let html = std::mem::take(&mut self.html);
            let span = around.start..range.start;
            if !span.is_empty() {
                self.pieces().push(Piece::Prose { span, html });
            }
        }
        if self.sections.is_empty() {
            let stray = remark(Code::Misplaced, range.clone(), said!("this block stands under no heading"));
            remarks.push(stray.fix(said!("put it under the article that it encodes")));
        }
        self.pieces().push(Piece::Block { inner });
        self.prose = around.filter(|around| range.end < around.end).map(|around| range.end..around.end);
    }

    fn html(&mut self, range: Range<usize>, remarks: &mut Remarks) {
        let found = remark(Code::Html, range.clone(), said!("HTML in the text is shown as text"));
        remarks.push(found.fix(said!("write it in Markdown")));
        if self.prose.is_none() {
            self.prose = Some(range.clone());
        }
        self.html.push(range);
    }
}
