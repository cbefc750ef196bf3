//! One HTML page with everything worth looking at. It stands alone: figures are inside, there are no scripts and no
//! links to style sheets or fonts.

use std::fs;

use crate::canvas::SavedFigure;
use crate::error::{Error, Result};
use crate::html::{base64, escape};
use crate::run_folder::Run;
use crate::table::Table;

/// Figures up to this many bytes stay vectors in the page; larger ones go in as PNG.
const LARGEST_SVG: u64 = 600_000;

/// A number for the head of the page.
#[derive(Debug, Clone)]
struct Headline {
    /// What it is.
    label: String,
    /// The number, with unit and spread.
    value: String,
    /// What to compare it with, or where it comes from.
    note: String,
}

/// A formula in two forms.
#[derive(Debug, Clone)]
struct Formula {
    /// Name of the rule.
    name: String,
    /// Plain text.
    text: String,
    /// LaTeX source.
    latex: String,
}

/// A source.
#[derive(Debug, Clone)]
struct Citation {
    /// Authors, year, title, journal.
    text: String,
    /// DOI without the resolver, such as `10.1016/j.neuron.2020.01.040`; may be empty.
    doi: String,
}

#[derive(Debug, Clone)]
enum Block {
    Heading(String),
    Text(String),
    List(Vec<String>),
    Table(Table),
    Figure { figure: SavedFigure, caption: String },
    Formula(Formula),
    Code { title: String, text: String },
}

/// A page under construction. All text is plain text and is escaped.
#[derive(Debug, Clone)]
pub struct Report {
    title: String,
    question: String,
    headlines: Vec<Headline>,
    blocks: Vec<Block>,
    caveats: Vec<String>,
    citations: Vec<Citation>,
}

impl Report {
    /// A page with a title and the question that the experiment asks.
    pub fn new(title: &str, question: &str) -> Self {
        Self {
            title: title.into(),
            question: question.into(),
            headlines: Vec::new(),
            blocks: Vec::new(),
            caveats: Vec::new(),
            citations: Vec::new(),
        }
    }

    /// Adds a number to the head of the page.
    pub fn headline(&mut self, label: &str, value: impl Into<String>, note: &str) -> &mut Self {
        self.headlines.push(Headline { label: label.into(), value: value.into(), note: note.into() });
        self
    }

    /// Starts a section.
    pub fn heading(&mut self, text: &str) -> &mut Self {
        self.blocks.push(Block::Heading(text.into()));
        self
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.blocks.push(Block::Text(text.into()));
        self
    }

    /// Adds a list.
    pub fn list<S: Into<String>>(&mut self, items: impl IntoIterator<Item = S>) -> &mut Self {
        self.blocks.push(Block::List(items.into_iter().map(Into::into).collect()));
        self
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.blocks.push(Block::Table(table));
        self
    }

    /// Adds a figure that was saved before.
    pub fn figure(&mut self, figure: SavedFigure, caption: impl Into<String>) -> &mut Self {
        self.blocks.push(Block::Figure { figure, caption: caption.into() });
        self
    }

    /// Adds a formula: the text is shown, the LaTeX source can be unfolded.
    pub fn formula(&mut self, name: &str, text: impl Into<String>, latex: impl Into<String>) -> &mut Self {
        self.blocks.push(Block::Formula(Formula { name: name.into(), text: text.into(), latex: latex.into() }));
        self
    }

    /// Adds text in fixed pitch that can be unfolded.
    pub fn code(&mut self, title: &str, text: impl Into<String>) -> &mut Self {
        self.blocks.push(Block::Code { title: title.into(), text: text.into() });
        self
    }

    /// Adds something the reader must know before believing the numbers.
    pub fn caveat(&mut self, text: impl Into<String>) -> &mut Self {
        self.caveats.push(text.into());
        self
    }

    /// Adds a source. The DOI is without the resolver and may be empty.
    pub fn citation(&mut self, text: &str, doi: &str) -> &mut Self {
        self.citations.push(Citation { text: text.into(), doi: doi.into() });
        self
    }

    /// The page, with what identifies the run and its configuration (empty: left out) at the end.
    ///
    /// # Errors
    /// [`Error::Io`] when a figure cannot be read.
    pub fn html(&self, run: &Run, config: &str) -> Result<String> {
        let title = escape(&self.title);
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        if !self.question.is_empty() {
            page.push_str(&format!("<p class=\"question\">{}</p>\n", escape(&self.question)));
        }
        page.push_str(&format!(
            "<p class=\"run\">{} · revision {} · seed {}</p>\n",
            escape(&run.experiment),
            escape(&run.revision),
            run.seed
        ));
        if !self.headlines.is_empty() {
            page.push_str("<dl class=\"headlines\">\n");
            for Headline { label, value, note } in &self.headlines {
                let (label, value, note) = (escape(label), escape(value), escape(note));
                page.push_str(&format!(
                    "<div><dt>{label}</dt><dd class=\"value\">{value}</dd><dd class=\"note\">{note}</dd></div>\n"
                ));
            }
            page.push_str("</dl>\n");
        }
        for block in &self.blocks {
            page.push_str(&block.html()?);
        }
        if !self.caveats.is_empty() {
            page.push_str("<h2>Limits and caveats</h2>\n");
            page.push_str(&list(&self.caveats));
        }
        page.push_str(&run_section(run, config));
        if !self.citations.is_empty() {
            page.push_str("<h2>Sources</h2>\n<ol>\n");
            for citation in &self.citations {
                page.push_str(&citation.html());
            }
            page.push_str("</ol>\n");
        }
        page.push_str("</main>\n</body>\n</html>\n");
        Ok(page)
    }
}

impl Block {
    fn html(&self) -> Result<String> {
        Ok(match self {
            Self::Heading(text) => format!("<h2>{}</h2>\n", escape(text)),
            Self::Text(text) => format!("<p>{}</p>\n", escape(text)),
            Self::List(items) => list(items),
            Self::Table(table) => table.html(),
            Self::Figure { figure, caption } => {
                let (drawing, caption) = (inline(figure, caption)?, escape(caption));
                format!("<figure>{drawing}<figcaption>{caption}</figcaption></figure>\n")
            }
            Self::Formula(Formula { name, text, latex }) => format!(
                "<div class=\"formula\"><strong>{}</strong><pre>{}</pre>{}</div>\n",
                escape(name),
                escape(text),
                details("LaTeX", latex)
            ),
            Self::Code { title, text } => details(title, text),
        })
    }
}

impl Citation {
    fn html(&self) -> String {
        let (text, doi) = (escape(&self.text), escape(&self.doi));
        if doi.is_empty() {
            format!("<li>{text}</li>\n")
        } else {
            format!("<li>{text} <a href=\"https://doi.org/{doi}\">doi:{doi}</a></li>\n")
        }
    }
}

fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
    format!("<ul>\n{items}</ul>\n")
}

fn details(title: &str, text: &str) -> String {
    format!("<details><summary>{}</summary><pre>{}</pre></details>\n", escape(title), escape(text))
}

fn run_section(run: &Run, config: &str) -> String {
    let mut html = String::from("<h2>Run</h2>\n<div class=\"wide\"><table>\n<tbody>\n");
    let seed = run.seed.to_string();
    for (name, value) in [("experiment", &run.experiment), ("revision", &run.revision), ("seed", &seed)] {
        html.push_str(&format!("<tr><th scope=\"row\">{name}</th><td>{}</td></tr>\n", escape(value)));
    }
    html.push_str("</tbody></table></div>\n");
    if !config.is_empty() {
        html.push_str(&details("Configuration", config));
    }
    html
}

/// The figure as a vector drawing, or as a picture when the drawing is large.
fn inline(figure: &SavedFigure, caption: &str) -> Result<String> {
    let size = fs::metadata(&figure.svg).map_err(Error::io("read", &figure.svg))?.len();
    if size <= LARGEST_SVG {
        let svg = fs::read_to_string(&figure.svg).map_err(Error::io("read", &figure.svg))?;
        let drawing = svg.find("<svg").map_or(svg.as_str(), |start| &svg[start..]);
        return Ok(drawing.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", escape(caption)), 1));
    }
    let png = fs::read(&figure.png).map_err(Error::io("read", &figure.png))?;
    Ok(format!("<img alt=\"{}\" src=\"data:image/png;base64,{}\">", escape(caption), base64(&png)))
}

const STYLE: &str = "\
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1f2328; font: 16px/1.55 system-ui, 'Segoe UI', Roboto, Ubuntu, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 20px; margin: 40px 0 12px; padding-bottom: 4px; border-bottom: 1px solid #d8dee4; }
p, ul, ol { max-width: 760px; }
.question { font-size: 18px; margin: 0 0 4px; }
.run { color: #59636e; font-size: 14px; margin: 0 0 24px; overflow-wrap: anywhere; }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; margin: 0 0 16px; }
.headlines div { border: 1px solid #d8dee4; border-radius: 6px; padding: 12px 16px; }
.headlines dt { color: #59636e; font-size: 14px; }
.headlines dd { margin: 0; }
.headlines .value { font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.headlines .note { color: #59636e; font-size: 13px; }
.wide { overflow-x: auto; margin: 16px 0; }
table { border-collapse: collapse; font-size: 14px; }
caption { text-align: left; font-weight: 600; padding: 0 0 6px; }
th, td { padding: 5px 14px 5px 0; text-align: left; border-bottom: 1px solid #e6eaee; vertical-align: top; }
thead th { border-bottom: 1px solid #818b98; white-space: nowrap; }
th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 20px 0 28px; }
figure svg, figure img { display: block; width: 100%; height: auto; }
figcaption { color: #414a54; font-size: 14px; max-width: 860px; margin-top: 6px; }
.formula { margin: 16px 0; }
pre { background: #f6f8fa; border-radius: 6px; padding: 10px 14px; margin: 6px 0; overflow-x: auto;
  font: 14px/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
details { margin: 6px 0; }
summary { cursor: pointer; color: #414a54; font-size: 14px; }
a { color: #0b5cad; }
@media print { main { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } }
";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::table::{left, right};

    fn run() -> Run {
        Run { experiment: "mouse <v1>".into(), revision: "abc".into(), seed: 7 }
    }

    #[test]
    fn every_text_is_escaped() {
        let mut table = Table::new("<caption>", vec![left("<th>"), right("n")]);
        table.push(["<td>", "1"]).unwrap();
        let mut report = Report::new("<title> & \"more\"", "<question>");
        report
            .headline("<label>", "<value>", "<note>")
            .heading("<heading>")
            .text("<text>")
            .list(["<item>"])
            .table(table)
            .formula("<rule>", "S_pre < X_post", "\\Delta w < 0")
            .code("<code>", "if a < b && c")
            .caveat("<caveat>")
            .citation("<authors>", "10.1/a\"b");
        let page = report.html(&run(), "[config]\nname = \"<x>\"").unwrap();
        let body = page.split_once("<body>").unwrap().1;
        for raw in [
            "<title>",
            "<question>",
            "<label>",
            "<value>",
            "<note>",
            "<heading>",
            "<text>",
            "<item>",
            "<rule>",
            "<caveat>",
            "<authors>",
            "<v1>",
            "<x>",
            "a\"b",
            "&& c",
            "< X_post",
        ] {
            assert!(!body.contains(raw), "{raw} is not escaped");
        }
        for word in ["&lt;caption&gt;", "S_pre &lt; X_post", "\\Delta w &lt; 0", "https://doi.org/10.1/a&quot;b"] {
            assert!(body.contains(word), "{word} is missing");
        }
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let mut report = Report::new("t", "q");
        report.text("x");
        let page = report.html(&run(), "").unwrap();
        for outside in ["<script", "<link", "src=\"http", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(!page.contains("Configuration"));
    }

    #[test]
    fn a_figure_that_is_gone_is_named() {
        let mut report = Report::new("t", "q");
        report.figure(SavedFigure { svg: "/nowhere/a.svg".into(), png: "/nowhere/a.png".into() }, "c");
        assert!(report.html(&run(), "").unwrap_err().to_string().contains("/nowhere/a.svg"));
    }

    #[test]
    fn large_drawings_become_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let figure = SavedFigure { svg: folder.path().join("a.svg"), png: folder.path().join("a.png") };
        fs::write(&figure.png, [1, 2, 3]).unwrap();
        fs::write(&figure.svg, "<svg width=\"1\"></svg>").unwrap();
        let mut report = Report::new("t", "q");
        report.figure(figure.clone(), "a \"b\"");
        let page = report.html(&run(), "").unwrap();
        assert!(page.contains("<svg role=\"img\" aria-label=\"a &quot;b&quot;\" width=\"1\">"));
        fs::write(&figure.svg, format!("<svg>{}</svg>", " ".repeat(LARGEST_SVG as usize))).unwrap();
        assert!(report.html(&run(), "").unwrap().contains("data:image/png;base64,AQID"));
    }
}
