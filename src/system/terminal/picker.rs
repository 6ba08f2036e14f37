//! A list to pick from, with ticks, which can be filtered by typing.
//!
//! No crate has such a list. dialoguer's `MultiSelect` cannot filter, its `FuzzySelect`
//! has no ticks, and neither tells of the highlighted line where Enter is pressed; both
//! leave copies where a line is longer than the terminal is wide, and where its size
//! changes. inquire's `MultiSelect` filters, takes nothing at Enter where nothing is
//! ticked, and leaves copies where the size changes. Source: dialoguer 0.12.0,
//! `prompts/multi_select.rs`, `prompts/fuzzy_select.rs`; inquire 0.9.4,
//! `prompts/multiselect/prompt.rs`; tried in tmux 3.3a.

use std::io;

use super::keyboard::{Event, Key, Keyboard};
use super::screen::{self, Screen};

/// Most items that show at once.
const SHOWN: usize = 10;

/// What Enter takes where nothing is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnterTakes {
    /// The highlighted line.
    Highlighted,
    /// Nothing: what is picked is removed.
    Selected,
}

#[derive(Debug)]
struct Picker<'a> {
    items: &'a [String],
    enter: EnterTakes,
    selected: Vec<bool>,
    filter: String,
    /// The highlighted one of those that match, from 0.
    at: usize,
    /// What was selected before `a`, which the next letter turns into a filter.
    before_all: Option<Vec<bool>>,
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Continue,
    Done(Vec<usize>),
    Cancelled,
    Interrupted,
}

/// Asks which items are wanted; their indices, in order. None where it is cancelled.
///
/// # Errors
/// The system's reason.
pub(crate) fn pick(
    question: &str,
    items: &[String],
    enter: EnterTakes,
) -> io::Result<Option<Vec<usize>>> {
    let mut keyboard = Keyboard::open()?;
    let mut screen = Screen::new();
    let mut picker = Picker::new(items, enter);
    loop {
        let room = room(screen.rows());
        let prompt = format!("{question}: {}", picker.filter);
        let column = screen::width(&prompt);
        screen.draw(&[vec![prompt], picker.lines(room)].concat(), column)?;
        let step = match keyboard.next()? {
            Event::Key(key) => picker.press(key, room),
            Event::Redraw => Step::Continue,
        };
        match step {
            Step::Continue => {}
            Step::Done(indices) => {
                let picked: Vec<&str> = indices
                    .iter()
                    .filter_map(|index| items.get(*index))
                    .map(String::as_str)
                    .collect();
                let answer = match picked.as_slice() {
                    [] => "none".to_owned(),
                    [one] => (*one).to_owned(),
                    more => format!("{} selected", more.len()),
                };
                screen.print(&format!("{question}: {answer}"))?;
                return Ok(Some(indices));
            }
            Step::Interrupted => {
                screen.print(&format!("{question}: cancelled"))?;
                return Err(io::ErrorKind::Interrupted.into());
            }
            Step::Cancelled => {
                screen.print(&format!("{question}: cancelled"))?;
                return Ok(None);
            }
        }
    }
}

/// How many items show on a terminal of this height. Half of it at most: a
/// terminal that becomes half as wide then still holds all that is drawn.
fn room(rows: usize) -> usize {
    SHOWN.min(rows.saturating_sub(4)).min((rows / 2).saturating_sub(3).max(3)).max(1)
}

impl<'a> Picker<'a> {
    fn new(items: &'a [String], enter: EnterTakes) -> Self {
        let selected = vec![false; items.len()];
        Self { items, enter, selected, filter: String::new(), at: 0, before_all: None }
    }

    /// The indices of the items that hold what was typed, in whatever case.
    fn matching(&self) -> Vec<usize> {
        let wanted = self.filter.to_lowercase();
        let items = self.items.iter().enumerate();
        items
            .filter(|(_, it)| it.to_lowercase().contains(&wanted))
            .map(|(index, _)| index)
            .collect()
    }

    fn count(&self) -> usize {
        self.selected.iter().filter(|is_selected| **is_selected).count()
    }

    fn press(&mut self, key: Key, room: usize) -> Step {
        let before_all = self.before_all.take();
        let matching = self.matching();
        let last = matching.len().saturating_sub(1);
        match key {
            Key::Enter => return self.enter(&matching),
            Key::Escape | Key::EndOfInput => return Step::Cancelled,
            Key::Interrupt => return Step::Interrupted,
            Key::Up if self.at == 0 => self.at = last,
            Key::Up => self.at -= 1,
            Key::Down | Key::Tab if self.at >= last => self.at = 0,
            Key::Down | Key::Tab => self.at += 1,
            Key::PageUp | Key::Left => self.at = self.at.saturating_sub(room),
            Key::PageDown | Key::Right => self.at = (self.at + room).min(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            Key::Char(' ') => {
                let index = matching.get(self.at);
                if let Some(is_selected) = index.and_then(|index| self.selected.get_mut(*index)) {
                    *is_selected = !*is_selected;
                }
            }
            Key::Char('a') if self.filter.is_empty() && before_all.is_none() => {
                let all = self.count() < self.items.len();
                self.before_all =
                    Some(std::mem::replace(&mut self.selected, vec![all; self.items.len()]));
            }
            Key::Char(character) => {
                if let Some(before_all) = before_all {
                    self.selected = before_all;
                    self.filter.push('a');
                }
                self.filter.push(character);
                self.at = 0;
            }
            Key::Backspace => {
                self.filter.pop();
                self.at = 0;
            }
            Key::DeleteWord | Key::DeleteToStart => {
                self.filter.clear();
                self.at = 0;
            }
            _ => {}
        }
        Step::Continue
    }

    fn enter(&self, matching: &[usize]) -> Step {
        let indices = self.selected.iter().enumerate().filter(|(_, is_selected)| **is_selected);
        let indices: Vec<usize> = indices.map(|(index, _)| index).collect();
        match (indices.is_empty(), self.enter, matching.get(self.at)) {
            (true, EnterTakes::Highlighted, Some(index)) => Step::Done(vec![*index]),
            (true, EnterTakes::Highlighted, None) => Step::Continue,
            _ => Step::Done(indices),
        }
    }

    /// The items that show, and what the keys do.
    fn lines(&self, room: usize) -> Vec<String> {
        let matching = self.matching();
        let first = self.at / room * room;
        let mut lines: Vec<String> = Vec::new();
        for (number, index) in matching.iter().enumerate().skip(first).take(room) {
            let arrow = if number == self.at { '>' } else { ' ' };
            let is_selected = self.selected.get(*index).is_some_and(|is_selected| *is_selected);
            let tick = if is_selected { 'x' } else { ' ' };
            let item = self.items.get(*index).map_or("", String::as_str);
            lines.push(format!("{arrow} [{tick}] {item}"));
        }
        lines.push(self.status(&matching, first, lines.len()));
        lines.push("[space to select, a for all, type to filter, Esc to cancel]".to_owned());
        lines
    }

    fn status(&self, matching: &[usize], first: usize, shown: usize) -> String {
        let count = self.count();
        let selected = format!("{count} of {} selected", self.items.len());
        let enter = match (count, self.enter) {
            _ if matching.is_empty() => "; nothing matches the filter",
            (0, EnterTakes::Highlighted) => "; Enter takes the highlighted line",
            (0, EnterTakes::Selected) => "",
            _ => "; Enter takes the selected lines",
        };
        let page = if shown < matching.len() {
            format!(" ({}-{} of {} shown)", first + 1, first + shown, matching.len())
        } else {
            String::new()
        };
        format!("{selected}{enter}{page}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 3;

    fn items() -> Vec<String> {
        ["acme.azurecr.io", "aws.example.com", "ghcr.io", "quay.io", "世界.example.com"]
            .map(str::to_owned)
            .to_vec()
    }

    fn pressed(enter: EnterTakes, keys: &[Key]) -> (Step, Vec<String>) {
        let items = items();
        let mut picker = Picker::new(&items, enter);
        let (last, keys) = keys.split_last().unwrap();
        for key in keys {
            assert_eq!(picker.press(*key, ROOM), Step::Continue, "{key:?}");
        }
        let lines = picker.lines(ROOM);
        (picker.press(*last, ROOM), lines)
    }

    fn chars(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).chain([Key::Enter]).collect()
    }

    #[test]
    fn enter_takes_the_highlighted_line_only_where_nothing_is_selected() {
        use Key::{Char, Down, End, Enter, Up};
        let picked = |keys: &[Key]| pressed(EnterTakes::Highlighted, keys).0;
        assert_eq!(picked(&[Enter]), Step::Done(vec![0]));
        assert_eq!(picked(&[Down, Down, Enter]), Step::Done(vec![2]));
        assert_eq!(picked(&[Up, Enter]), Step::Done(vec![4]));
        assert_eq!(picked(&[Down, Char(' '), End, Char(' '), Up, Enter]), Step::Done(vec![1, 4]));
        assert_eq!(picked(&[Char(' '), Char(' '), Down, Enter]), Step::Done(vec![1]));
        assert_eq!(picked(&[Key::Escape]), Step::Cancelled);
        let removed = |keys: &[Key]| pressed(EnterTakes::Selected, keys).0;
        assert_eq!(removed(&[Enter]), Step::Done(vec![]));
        assert_eq!(removed(&[Down, Char(' '), Enter]), Step::Done(vec![1]));
    }

    #[test]
    fn typing_filters_and_a_alone_selects_all() {
        let picked = |text: &str| pressed(EnterTakes::Highlighted, &chars(text)).0;
        assert_eq!(picked("GHCR"), Step::Done(vec![2]));
        assert_eq!(picked("世"), Step::Done(vec![4]));
        assert_eq!(picked("a"), Step::Done(vec![0, 1, 2, 3, 4]));
        // The start of a word: all are not selected after all.
        assert_eq!(picked("aw"), Step::Done(vec![1]));
        assert_eq!(picked(" aw"), Step::Done(vec![0]));
        assert_eq!(picked("qua"), Step::Done(vec![3]));
        assert_eq!(picked("nothing"), Step::Continue, "there is nothing to take");
        let keys = [Key::Char('a'), Key::Down, Key::Char('a'), Key::Enter];
        assert_eq!(pressed(EnterTakes::Selected, &keys).0, Step::Done(vec![]), "a second a");
    }

    #[test]
    fn the_list_says_what_is_selected_and_what_the_keys_do() {
        let keys = [Key::Char(' '), Key::End, Key::Char(' '), Key::Enter];
        assert_eq!(
            pressed(EnterTakes::Highlighted, &keys).1,
            [
                "  [ ] quay.io",
                "> [x] 世界.example.com",
                "2 of 5 selected; Enter takes the selected lines (4-5 of 5 shown)",
                "[space to select, a for all, type to filter, Esc to cancel]",
            ]
        );
        let none = pressed(EnterTakes::Highlighted, &[Key::Enter]).1;
        assert_eq!(none[3], "0 of 5 selected; Enter takes the highlighted line (1-3 of 5 shown)");
        for line in &none {
            assert!(screen::width(line) < 80, "{line}");
        }
    }

    #[test]
    fn what_is_drawn_fits_into_half_of_the_terminal() {
        assert_eq!([1, 5, 8, 24, 50].map(room), [1, 1, 3, 9, 10]);
    }
}
