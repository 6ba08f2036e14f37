//! Reads the paths that a source file names, without a compiler: `use` trees
//! with groups over several lines, and paths within code, also behind an alias.
//! Comments, texts and what is compiled for tests only do not count.

use std::collections::{BTreeMap, BTreeSet};

/// A path as the file means it: aliases and `super` are resolved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// From 1.
    pub line: usize,
    /// `crate::system::files::read`.
    pub path: String,
}

/// What one file names.
#[derive(Debug, Default)]
pub struct File {
    pub paths: BTreeSet<Named>,
    /// Modules that are declared for tests only: `#[cfg(test)] mod fake;`.
    pub test_modules: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`.
    Separator,
    Sign(char),
}

/// Reads a source file; `module` is its own path: `[system, files]` for
/// `src/system/files.rs`.
pub fn read(source: &str, module: &[&str]) -> File {
    let mut file = File::default();
    let tokens = without_tests(&tokens(source), &mut file.test_modules);
    let mut found = vec![];
    let mut aliases = BTreeMap::new();
    let mut at = 0;
    while at < tokens.len() {
        let (_, token) = &tokens[at];
        let before = at.checked_sub(1).map(|before| &tokens[before].1);
        if *token == Token::Word("use".into()) {
            at = tree(&tokens, at + 1, &[], &mut found, &mut Some(&mut aliases));
        } else if matches!(token, Token::Word(_)) && before != Some(&Token::Sign('.')) {
            at = tree(&tokens, at, &[], &mut found, &mut None);
        } else {
            at += 1;
        }
    }
    for (line, path) in found {
        let path = resolve(path, module, &aliases);
        if path.len() > 1 {
            file.paths.insert(Named { line, path: path.join("::") });
        }
    }
    file
}

type Aliases = BTreeMap<String, Vec<String>>;

/// Reads the path at `at`, with its groups; returns where it ends.
fn tree(
    tokens: &[(usize, Token)],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<(usize, Vec<String>)>,
    aliases: &mut Option<&mut Aliases>,
) -> usize {
    let sign =
        |at: usize, sign: char| matches!(tokens.get(at), Some((_, Token::Sign(c))) if *c == sign);
    let mut path = prefix.to_vec();
    if matches!(tokens.get(at), Some((_, Token::Separator))) {
        at += 1;
    }
    let line = tokens.get(at).map_or(0, |(line, _)| *line);
    loop {
        match tokens.get(at) {
            Some((_, Token::Word(word))) => path.push(word.clone()),
            Some((_, Token::Sign('*'))) => path.push("*".into()),
            Some((_, Token::Sign('{'))) => {
                at += 1;
                while at < tokens.len() && !sign(at, '}') {
                    let next = tree(tokens, at, &path, found, aliases);
                    at = next.max(at + 1);
                    at += usize::from(sign(at, ','));
                }
                return at + 1;
            }
            // What follows `::` are generics.
            _ if path.len() > prefix.len() => break,
            _ => return at,
        }
        at += 1;
        if !matches!(tokens.get(at), Some((_, Token::Separator))) {
            break;
        }
        at += 1;
    }
    if path.last().is_some_and(|word| word == "self") {
        path.pop();
    }
    let mut name = path.last().cloned();
    let renamed = Token::Word("as".into());
    if let (Some((_, word)), Some((_, Token::Word(new)))) = (tokens.get(at), tokens.get(at + 1))
        && *word == renamed
        && aliases.is_some()
    {
        name = Some(new.clone());
        at += 2;
    }
    if let (Some(aliases), Some(name)) = (aliases, name) {
        aliases.insert(name, path.clone());
    }
    found.push((line, path));
    at
}

/// The path from the root of its crate.
fn resolve(mut path: Vec<String>, module: &[&str], aliases: &Aliases) -> Vec<String> {
    if let Some(target) = path.first().and_then(|first| aliases.get(first))
        && path.len() > 1
        && *target != path
    {
        path = [target.as_slice(), &path[1..]].concat();
    }
    let climbs = path.iter().take_while(|word| *word == "super").count();
    if climbs == 0 {
        return path;
    }
    let own = module.iter().take(module.len().saturating_sub(climbs));
    let root = std::iter::once("crate").chain(own.copied()).map(str::to_owned);
    root.chain(path.into_iter().skip(climbs)).collect()
}

/// The tokens without items under `#[cfg(test)]`.
fn without_tests(tokens: &[(usize, Token)], modules: &mut Vec<String>) -> Vec<(usize, Token)> {
    let mut kept = vec![];
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].1 != Token::Sign('#') {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = closing(tokens, at + 1);
        if is_for_tests(&tokens[at..end]) {
            at = skip_item(tokens, end, modules);
        } else {
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
        }
    }
    kept
}

fn is_for_tests(attribute: &[(usize, Token)]) -> bool {
    let has = |name: &str| attribute.iter().any(|(_, token)| *token == Token::Word(name.into()));
    has("cfg") && has("test") && !has("not")
}

/// Where the item at `at` ends, after its other attributes.
fn skip_item(tokens: &[(usize, Token)], mut at: usize, modules: &mut Vec<String>) -> usize {
    while matches!(tokens.get(at), Some((_, Token::Sign('#')))) {
        at = closing(tokens, at + 1);
    }
    let words: Vec<&Token> = tokens[at..].iter().take(8).map(|(_, token)| token).collect();
    if let Some(place) = words.iter().position(|token| **token == Token::Word("mod".into()))
        && let Some(Token::Word(name)) = words.get(place + 1)
        && words.get(place + 2) == Some(&&Token::Sign(';'))
        && !words[..place].contains(&&Token::Sign(';'))
    {
        modules.push(name.clone());
    }
    while at < tokens.len() {
        match tokens[at].1 {
            Token::Sign(';') => return at + 1,
            Token::Sign('{') => return closing(tokens, at),
            Token::Sign('(' | '[') => at = closing(tokens, at),
            Token::Sign('}' | ')' | ']') => return at,
            _ => at += 1,
        }
    }
    at
}

/// The place after the bracket that closes the first one from `at`.
fn closing(tokens: &[(usize, Token)], at: usize) -> usize {
    let mut depth = 0;
    for (place, (_, token)) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

fn tokens(source: &str) -> Vec<(usize, Token)> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = vec![];
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end > at {
            line += chars[at..end].iter().filter(|c| **c == '\n').count();
            at = end;
            continue;
        }
        let c = chars[at];
        if c.is_alphanumeric() || c == '_' {
            let length = word_length(&chars[at..]);
            tokens.push((line, Token::Word(chars[at..at + length].iter().collect())));
            at += length;
        } else if chars[at..].starts_with(&[':', ':']) {
            tokens.push((line, Token::Separator));
            at += 2;
        } else {
            line += usize::from(c == '\n');
            if !c.is_whitespace() {
                tokens.push((line, Token::Sign(c)));
            }
            at += 1;
        }
    }
    tokens
}

fn word_length(chars: &[char]) -> usize {
    chars.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

/// Where the comment, text or character at `at` ends; `at` where there is none.
fn skipped(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let follows_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if rest.starts_with(&['/', '/']) {
        return at + rest.iter().take_while(|c| **c != '\n').count();
    }
    if rest.starts_with(&['/', '*']) {
        return at + comment_length(rest);
    }
    let prefix = rest.iter().take_while(|c| matches!(c, 'b' | 'r' | 'c')).count().min(2);
    let body = &rest[if follows_word { 0 } else { prefix }..];
    let start = chars.len() - body.len();
    let hashes = body.iter().take_while(|c| **c == '#').count();
    if start > at && rest[..prefix].contains(&'r') && body.get(hashes) == Some(&'"') {
        let close: Vec<char> =
            std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        let inner = &body[hashes + 1..];
        let length = inner.windows(close.len()).position(|part| part == close);
        return start + hashes + 1 + length.map_or(inner.len(), |length| length + close.len());
    }
    match body.first() {
        Some('"') => start + quoted_length(body, '"'),
        // A lifetime has no second quote, and is a word like others.
        Some('\'') if body.get(1) == Some(&'\\') || body.get(2) == Some(&'\'') => {
            start + quoted_length(body, '\'')
        }
        _ => at,
    }
}

fn quoted_length(body: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < body.len() && body[at] != quote {
        at += if body[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(body.len())
}

/// Comments nest.
fn comment_length(rest: &[char]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}
