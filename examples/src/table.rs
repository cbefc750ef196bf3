//! One table for the terminal and for the report.

use crate::statistics::moments;
use std::fmt;

use crate::error::{Error, Result};
use crate::html::escape;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Names and words.
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Header, with the unit where there is one.
    pub header: String,
    /// Where the text stands.
    pub align: Align,
}

/// A column of words.
pub fn left(header: &str) -> Column {
    Column { header: header.into(), align: Align::Left }
}

/// A column of numbers.
pub fn right(header: &str) -> Column {
    Column { header: header.into(), align: Align::Right }
}

/// A table: a caption, columns, rows of text.
///
/// `Display` prints it aligned for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(caption: &str, columns: Vec<Column>) -> Self {
        Self { caption: caption.into(), columns, rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Length`] unless there is one cell a column.
    pub fn push<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) -> Result<()> {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        if cells.len() != self.columns.len() {
            let what = format!("row {} of table {:?}", self.rows.len(), self.caption);
            return Err(Error::Length { what, expected: self.columns.len(), found: cells.len() });
        }
        self.rows.push(cells);
        Ok(())
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table as HTML.
    pub fn html(&self) -> String {
        let class = |column: usize| match self.columns[column].align {
            Align::Left => "",
            Align::Right => " class=\"number\"",
        };
        let mut html = String::from("<div class=\"wide\"><table>\n");
        if !self.caption.is_empty() {
            html.push_str(&format!("<caption>{}</caption>\n", escape(&self.caption)));
        }
        html.push_str("<thead><tr>");
        for (i, column) in self.columns.iter().enumerate() {
            html.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(i), escape(&column.header)));
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for (i, cell) in row.iter().enumerate() {
                html.push_str(&format!("<td{}>{}</td>", class(i), escape(cell)));
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table></div>\n");
        html
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| {
                let cells = self.rows.iter().map(|row| width(&row[i]));
                cells.chain([width(&self.columns[i].header)]).max().unwrap_or(0)
            })
            .collect();
        if !self.caption.is_empty() {
            writeln!(f, "{}", self.caption)?;
        }
        let headers: Vec<&str> = self.columns.iter().map(|column| column.header.as_str()).collect();
        self.line(f, &headers, &widths)?;
        let rule: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        writeln!(f, "{}", "─".repeat(rule))?;
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            self.line(f, &cells, &widths)?;
        }
        Ok(())
    }
}

impl Table {
    fn line(&self, f: &mut fmt::Formatter<'_>, cells: &[&str], widths: &[usize]) -> fmt::Result {
        let mut line = String::new();
        for ((cell, column), &wide) in cells.iter().zip(&self.columns).zip(widths) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let padding = " ".repeat(wide.saturating_sub(width(cell)));
            match column.align {
                Align::Left => line.extend([*cell, &padding]),
                Align::Right => line.extend([&padding, *cell]),
            }
        }
        writeln!(f, "{}", line.trim_end())
    }
}

/// Columns that a text takes in a terminal: combining marks take none, East Asian wide characters two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x300..=0x36f | 0x200b..=0x200f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xff60 => 2,
            0x1f300..=0x1faff => 2,
            _ => 1,
        })
        .sum()
}

/// A number with `decimals` digits and a true minus sign; `–` when it is not finite.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !zero { format!("−{text}") } else { text }
}

/// A mean with its spread: `0.652 ± 0.013`.
pub fn spread(mean: f64, sd: f64, decimals: usize) -> String {
    format!("{} ± {}", number(mean, decimals), number(sd, decimals))
}

/// Mean and sample standard deviation: `0.652 ± 0.013`. One value has no spread, and no value is a dash.
pub fn mean_sd(values: &[f64], decimals: usize) -> String {
    match values.len() {
        0 => "–".into(),
        1 => number(values[0], decimals),
        _ => {
            let (mean, sd) = moments(values);
            spread(mean, sd, decimals)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new("Rules", vec![left("rule"), right("accuracy"), left("note")]);
        table.push(["Δw = S·X", &number(-0.5, 3), "a < b"]).unwrap();
        table.push(["x̄", &spread(12.25, 0.5, 1), ""]).unwrap();
        table
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let expected = "Rules\n\
            rule        accuracy  note\n\
            ──────────────────────────\n\
            Δw = S·X      −0.500  a < b\n\
            x̄         12.2 ± 0.5\n";
        // The last column is five wide, so the rule is one longer than the header line.
        assert_eq!(sample().to_string(), expected.replace("──\n", "───\n"));
    }

    #[test]
    fn html_is_escaped_and_numbers_stand_right() {
        let html = sample().html();
        assert!(html.contains("<td>a &lt; b</td>"));
        assert!(html.contains("<th scope=\"col\" class=\"number\">accuracy</th>"));
        assert!(html.contains("<td class=\"number\">−0.500</td>"));
        assert_eq!(html.matches("<tr>").count(), 3);
    }

    #[test]
    fn a_row_of_another_length_is_refused() {
        let message = sample().push(["one", "two"]).unwrap_err().to_string();
        assert_eq!(message, "row 2 of table \"Rules\": expected 3 values, found 2");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(-0.0004, 3), "0.000");
        assert_eq!(number(-1.5, 0), "−2");
        assert_eq!(number(f64::NAN, 3), "–");
        assert_eq!(mean_sd(&[], 2), "–");
        assert_eq!(mean_sd(&[0.5], 2), "0.50");
        assert_eq!(mean_sd(&[1.0, 2.0, 3.0], 2), "2.00 ± 1.00");
    }

    #[test]
    fn an_empty_table_prints_its_header() {
        assert_eq!(Table::new("", vec![left("a"), right("b")]).to_string(), "a  b\n────\n");
        assert_eq!(Table::new("", vec![]).to_string(), "\n\n");
    }
}
