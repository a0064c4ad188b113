//! Lays a text out in lines: clauses under each other, long lists and conditions one item a line. Only blanks change:
//! every other token stays as it was written, and a text that would not is given back untouched.

use super::tokens::{Kind, Token, tokens};

/// Characters of a line beyond which a clause is broken.
const WIDTH: usize = 80;
/// Blanks of one step.
const STEP: usize = 2;

/// Words that begin a clause, where more than one is wanted with a blank between.
const CLAUSES: &str = "select|from|where|group by|having|order by|limit|offset|union|intersect|except|window|qualify|\
    values|with|join|left join|right join|full join|inner join|cross join|left outer join|right outer join|\
    full outer join|natural join|left semi join|left anti join|right semi join|right anti join";

/// The text in lines.
#[must_use]
pub fn laid_out(sql: &str) -> String {
    let all: Vec<Token> = tokens(sql);
    let parts = parts(sql, &all);
    let mut lines: Vec<String> = vec![];
    for statement in split(&parts, |part| part.text == ";", true) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(block(statement, 0));
    }
    let text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    if says_the_same(sql, &text) {
        text
    } else {
        sql.to_owned()
    }
}

fn says_the_same(before: &str, after: &str) -> bool {
    let all = |sql: &str| {
        let kept = tokens(sql).into_iter().filter(|token| token.kind != Kind::Blank);
        kept.map(|token| (token.kind, token.text(sql).trim_end().to_owned()))
            .collect::<Vec<_>>()
    };
    all(before) == all(after)
}

/// A token, or all between two parentheses.
#[derive(Debug)]
struct Part<'a> {
    kind: Kind,
    text: &'a str,
    /// Was there a blank before it?
    apart: bool,
    /// Did it begin a line?
    first: bool,
    /// What is between this parenthesis and its end, and whether that is there.
    inside: Option<(Vec<Part<'a>>, bool)>,
}

fn parts<'a>(sql: &'a str, all: &[Token]) -> Vec<Part<'a>> {
    let mut open: Vec<Vec<Part<'a>>> = vec![vec![]];
    let (mut apart, mut first) = (false, false);
    for token in all {
        let text = token.text(sql);
        if token.kind == Kind::Blank {
            (apart, first) = (true, text.contains('\n'));
            continue;
        }
        if text == ")" && open.len() > 1 {
            close(&mut open, true);
        } else {
            let inside = (text == "(").then(|| (vec![], false));
            let is_open = inside.is_some();
            let part = Part {
                kind: token.kind,
                text,
                apart,
                first,
                inside,
            };
            open.last_mut()
                .into_iter()
                .for_each(|level| level.push(part_again(&part)));
            if is_open {
                open.push(vec![]);
            }
        }
        (apart, first) = (false, false);
    }
    while open.len() > 1 {
        close(&mut open, false);
    }
    open.pop().unwrap_or_default()
}

fn part_again<'a>(part: &Part<'a>) -> Part<'a> {
    Part {
        kind: part.kind,
        text: part.text,
        apart: part.apart,
        first: part.first,
        inside: part.inside.as_ref().map(|(_, is_closed)| (vec![], *is_closed)),
    }
}

fn close(open: &mut Vec<Vec<Part<'_>>>, is_closed: bool) {
    let inside = open.pop().unwrap_or_default();
    let group = open.last_mut().and_then(|level| level.last_mut());
    if let Some(group) = group {
        group.inside = Some((inside, is_closed));
    }
}

/// The pieces between the parts that are `ends`, which go with what is before them when `kept`, else with what is after.
fn split<'a, 'b>(parts: &'b [Part<'a>], ends: impl Fn(&Part<'a>) -> bool, kept: bool) -> Vec<&'b [Part<'a>]> {
    let mut pieces = vec![];
    let mut rest = parts;
    while let Some(at) = rest.iter().skip(usize::from(!kept)).position(&ends) {
        let (piece, after) = rest.split_at(at + 1);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A statement, or a query in parentheses.
fn block(parts: &[Part<'_>], indent: usize) -> Vec<String> {
    let mut lines = vec![];
    let mut rest = parts;
    while !rest.is_empty() {
        let head = clause(rest).max(1);
        let next = (head..rest.len()).find(|at| rest.get(*at..).is_some_and(|rest| clause(rest) > 0));
        let (now, after) = rest.split_at(next.unwrap_or(rest.len()));
        lines.extend(one_clause(now, head, indent));
        rest = after;
    }
    lines
}

/// How many parts are the words that begin a clause here; 0 when none begins.
fn clause(parts: &[Part<'_>]) -> usize {
    let words: Vec<String> = parts
        .iter()
        .take(3)
        .take_while(|part| part.kind == Kind::Word)
        .map(|part| part.text.to_lowercase())
        .collect();
    let begins = |count: &usize| {
        let all = words.get(..*count).map(|words| words.join(" "));
        all.is_some_and(|all| CLAUSES.split('|').any(|known| known == all))
    };
    (1..=words.len()).rev().find(begins).unwrap_or(0)
}

fn one_clause(parts: &[Part<'_>], head: usize, indent: usize) -> Vec<String> {
    let blanks = " ".repeat(indent);
    let inline = run(parts, indent);
    if inline.len() == 1 && indent + inline.concat().chars().count() <= WIDTH {
        return vec![format!("{blanks}{}", inline.concat())];
    }
    let (words, body) = parts.split_at(head.min(parts.len()));
    let first = words.first().map_or(String::new(), |part| part.text.to_lowercase());
    let is_condition = matches!(first.as_str(), "where" | "having" | "qualify");
    let items = if is_condition {
        conditions(body)
    } else {
        split(body, |part| part.text == ",", true)
    };
    if items.len() < 2 && !matches!(first.as_str(), "with") {
        let mut lines = run(parts, indent);
        if let Some(first) = lines.first_mut() {
            first.insert_str(0, &blanks);
        }
        return lines;
    }
    let mut lines = vec![format!("{blanks}{}", run(words, indent).concat())];
    for item in items {
        let mut own = run(item, indent + STEP);
        if let Some(first) = own.first_mut() {
            first.insert_str(0, &" ".repeat(indent + STEP));
        }
        lines.extend(own);
    }
    lines
}

/// Conditions, each with its AND or OR; the AND of a BETWEEN is its own.
fn conditions<'a, 'b>(parts: &'b [Part<'a>]) -> Vec<&'b [Part<'a>]> {
    let (mut pieces, mut start, mut between) = (vec![], 0, false);
    for (at, part) in parts.iter().enumerate() {
        let word = match part.kind {
            Kind::Word => part.text.to_lowercase(),
            _ => continue,
        };
        match word.as_str() {
            "between" => between = true,
            "and" if between => between = false,
            "and" | "or" => {
                pieces.extend(parts.get(start..at));
                start = at;
            }
            _ => {}
        }
    }
    pieces.extend(parts.get(start..));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Parts one after the other; what is in the first line is not indented. Queries in parentheses and comments to the
/// end of the line begin new ones.
fn run(parts: &[Part<'_>], indent: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let (mut before, mut ended): (Option<&Part<'_>>, bool) = (None, false);
    for part in parts {
        if ended || (part.kind == Kind::Comment && part.first && before.is_some()) {
            lines.push(" ".repeat(indent + STEP));
        } else if before.is_some_and(|before| is_apart(before, part)) {
            add(&mut lines, " ");
        }
        ended = part.kind == Kind::Comment && part.text.starts_with("--");
        add(&mut lines, part.text);
        if let Some((inside, is_closed)) = &part.inside {
            let end = if *is_closed { ")" } else { "" };
            if clause(inside) > 0 {
                lines.extend(block(inside, indent + STEP));
                lines.push(format!("{}{end}", " ".repeat(indent)));
            } else {
                let mut own = run(inside, indent + STEP).into_iter();
                add(&mut lines, &own.next().unwrap_or_default());
                lines.extend(own);
                if inside.last().is_some_and(|last| last.text.starts_with("--")) {
                    lines.push(" ".repeat(indent));
                }
                add(&mut lines, end);
            }
        }
        before = Some(part);
    }
    lines
}

fn add(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

fn is_apart(before: &Part<'_>, part: &Part<'_>) -> bool {
    match part.text {
        "," | ";" => false,
        _ if before.text == "," => true,
        _ => part.apart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_stand_under_each_other() {
        let sql =
            "select a,b ,count( * )  from t  where x=1 and y between 2 and 3 group by a,b order by 3 desc limit 5";
        assert_eq!(
            laid_out(sql),
            "select a, b, count(*)\nfrom t\nwhere x=1 and y between 2 and 3\ngroup by a, b\norder by 3 desc\nlimit 5"
        );
    }

    #[test]
    fn long_lists_and_conditions_are_broken() {
        let name = "a_rather_long_name_of_a_column";
        let sql =
            format!("select {name}, {name}, {name} from t where {name} between 1 and 2 and {name} = 2 or {name} = 3");
        assert_eq!(
            laid_out(&sql),
            format!(
                "select\n  {name},\n  {name},\n  {name}\nfrom t\nwhere\n  {name} between 1 and 2\n  and {name} = 2\n  or {name} = 3"
            )
        );
    }

    #[test]
    fn queries_inside_are_indented() {
        assert_eq!(
            laid_out(
                "with a as (select 1 as x), b as (select 2) select * from a left join (select 3) c on true; select 4"
            ),
            "with\n  a as (\n    select 1 as x\n  ),\n  b as (\n    select 2\n  )\nselect *\nfrom a\nleft join (\n  select 3\n) c on true;\n\nselect 4"
        );
    }

    #[test]
    fn nothing_but_blanks_changes() {
        for sql in [
            "",
            "  ",
            "select - -1, 1 - - 1, a->'x', $a ,$b",
            "select '--  ;', \"Odd  Name\", $$ a  b $$ -- the end",
            "select 1 -- one\n, 2 /* two\n  lines */ from t -- last\n",
            "-- first\nselect max(coalesce(a, ( b ))) from t where (a = 1 or b in (select x from (values (1), (2)) v(x)))",
            "select (1, 2",
            "select 1) from (t",
            "select a from t for version as of 3 where a = 'it''s'",
            "explain select case when a then b else c end from \"T\" as t(a, b, c) union all select 1",
            "select (a -- why\n) from t",
        ] {
            let text = laid_out(sql);
            assert!(says_the_same(sql, &text), "{sql}");
            assert_eq!(laid_out(&text), text, "{sql}");
        }
    }
}
