// What a statement, perhaps unfinished, says of its relations: which names stand for which columns at a place in it.
// For completion only: what cannot be told is left out, and nothing is ever refused.

const TOKEN = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|[\w$]+|[^\s\w]/g;
const NAME = /^["\w]/;
// What may stand where an alias would, and is none.
const NO_ALIAS = new Set(
  ("all and any as asc between by case cross desc distinct else end except exists filter for from full group having in inner " +
    "intersect is join lateral left like limit natural not null offset on or order outer over partition qualify right select " +
    "semi anti then union using values when where window with").split(" "),
);
const END_OF_FROM = new Set("where group having order limit offset union intersect except window qualify".split(" "));

/** The tokens that mean something: `{ text, word, from, to }`, `word` in lower case. */
export function tokensOf(sql) {
  const all = [...sql.matchAll(TOKEN)].map(({ 0: text, index }) => ({ text, word: text.toLowerCase(), from: index, to: index + text.length }));
  return all.filter(({ text }) => !/^(?:--|\/\*)/.test(text));
}

/** The tokens of the statement at `pos`. */
export function statementAt(sql, pos) {
  const tokens = tokensOf(sql);
  const start = tokens.findLastIndex(({ text, to }) => text === ";" && to <= pos) + 1;
  const end = tokens.findIndex(({ text, from }, index) => index >= start && text === ";" && from >= pos);
  return tokens.slice(start, end < 0 ? undefined : end);
}

/** A name as the engine sees it: quoted as written, else in lower case. */
export function plain(name) {
  return name.startsWith('"') ? name.replace(/^"|"$/g, "").replaceAll('""', '"') : name.toLowerCase();
}

/**
 * The relations that can be named at `pos`, the innermost first: `[{ alias, name, columns: [{ name, type, ... }] }]`, and
 * the names of common tables. `tables` are the open ones: `[{ name, columns }]`.
 */
export function visibleAt(tokens, pos, tables) {
  const scopes = [];
  const known = new Map(tables.map((table) => [table.name, table.columns]));
  const common = readQuery(tokens, known, scopes).common;
  const around = scopes.filter(({ from, to }) => from <= pos && pos <= to);
  around.sort((a, b) => a.to - a.from - (b.to - b.from));
  return { relations: around.flatMap(({ relations }) => relations), common };
}

function readQuery(tokens, outer, scopes) {
  const known = new Map(outer);
  const common = [];
  let at = 0;
  if (tokens[0]?.word === "with") at = readCommonTables(tokens, known, common, scopes);
  const body = tokens.slice(at);
  const scope = { from: body[0]?.from ?? 0, to: tokens.at(-1)?.to ?? 0, relations: [] };
  // A cursor behind the last word, before the parenthesis that ends it, is still inside.
  scope.to += 1;
  scopes.push(scope);
  const columns = readSelects(body, known, scope, scopes);
  return { columns, common };
}

function readCommonTables(tokens, known, common, scopes) {
  let at = tokens[1]?.word === "recursive" ? 2 : 1;
  while (NAME.test(tokens[at]?.text ?? "")) {
    const name = plain(tokens[at].text);
    at += 1;
    let named = null;
    if (tokens[at]?.text === "(") {
      const end = closing(tokens, at);
      named = tokens.slice(at + 1, end).filter(({ text }) => NAME.test(text)).map(({ text }) => ({ name: plain(text), type: "" }));
      at = end + 1;
    }
    while (["as", "not", "materialized"].includes(tokens[at]?.word)) at += 1;
    if (tokens[at]?.text !== "(") break;
    const end = closing(tokens, at);
    const { columns } = readQuery(tokens.slice(at + 1, end), known, scopes);
    known.set(name, named ?? columns);
    common.push({ name, columns: named ?? columns });
    at = end + 1;
    if (tokens[at]?.text !== ",") break;
    at += 1;
  }
  return at;
}

/** The columns of the first SELECT; relations of all of them go into the scope. */
function readSelects(tokens, known, scope, scopes) {
  let [items, item, inFrom, wanted] = [[], [], false, false];
  let list = null;
  for (let at = 0; at < tokens.length; at += 1) {
    const { text, word } = tokens[at];
    if (text === "(") {
      const end = closing(tokens, at);
      const inside = tokens.slice(at + 1, end);
      const isQuery = ["select", "with"].includes(inside[0]?.word);
      const columns = isQuery ? readQuery(inside, known, scopes).columns : null;
      if (inFrom && wanted && isQuery) {
        const { alias, next } = readAlias(tokens, end + 1);
        if (alias) scope.relations.push({ alias, name: "query", columns });
        [wanted, at] = [false, next - 1];
        continue;
      }
      if (inFrom && wanted) continue;
      if (list) item.push(...tokens.slice(at, end + 1));
      at = end;
      continue;
    }
    if (word === "select" && !list && !items.length) [list, item] = [items, []];
    else if (word === "from" && !inFrom) {
      if (list) items.push(item);
      [list, inFrom, wanted] = [null, true, true];
    } else if (inFrom && END_OF_FROM.has(word)) [inFrom, wanted] = [false, false];
    else if (inFrom && (text === "," || word === "join")) wanted = true;
    else if (inFrom && wanted && NAME.test(text) && word !== "lateral") {
      const parts = [text];
      while (tokens[at + 1]?.text === "." && NAME.test(tokens[at + 2]?.text ?? "")) parts.push(tokens[(at += 2)].text);
      wanted = false;
      if (tokens[at + 1]?.text === "(") at = closing(tokens, at + 1);
      const name = plain(parts.at(-1));
      const { alias, next } = readAlias(tokens, afterVersion(tokens, at + 1));
      const columns = known.get(name);
      if (columns) scope.relations.push({ alias: alias ?? name, name, columns });
      at = next - 1;
    } else if (list && text === ",") {
      list.push(item);
      item = [];
    } else if (list) item.push(tokens[at]);
  }
  if (list && item.length) list.push(item);
  return items.flatMap((item) => columnsOf(item, scope.relations));
}

/** Behind `for version as of 3`, which stands between a name and its alias. */
function afterVersion(tokens, at) {
  const says = (...words) => words.every((word, index) => tokens[at + index]?.word === word);
  return says("for", "version", "as", "of") || says("for", "timestamp", "as", "of") ? at + 5 : at;
}

function readAlias(tokens, at) {
  const next = tokens[at]?.word === "as" ? at + 1 : at;
  const { text = "", word } = tokens[next] ?? {};
  return NAME.test(text) && !NO_ALIAS.has(word) ? { alias: plain(text), next: next + 1 } : { alias: null, next: at };
}

/** What one item of a SELECT is called. */
function columnsOf(item, relations) {
  const words = item.filter(({ word }) => word !== "distinct");
  const last = words.at(-1);
  if (!last) return [];
  if (last.text === "*") {
    const of = words.length > 2 ? plain(words.at(-3).text) : null;
    return relations.filter(({ alias }) => of === null || alias === of).flatMap(({ columns }) => columns);
  }
  if (!NAME.test(last.text) || /^\d/.test(last.text) || last.word === "end") return [];
  const name = plain(last.text);
  const isBare = words.length === 1 || words.at(-2).text === ".";
  const source = isBare ? relations.flatMap(({ columns }) => columns).find((column) => column.name === name) : null;
  return [source ?? { name, type: "" }];
}

function closing(tokens, open) {
  for (let [at, depth] = [open, 0]; at < tokens.length; at += 1) {
    if (tokens[at].text === "(") depth += 1;
    if (tokens[at].text === ")" && --depth === 0) return at;
  }
  return tokens.length;
}

/** The fields of a type such as `struct<a: int, "B": struct<c: string>>`; of a list those of its items; else none. */
export function fieldsOf(type) {
  const [, kind, inside] = /^(struct|list)<([\s\S]*)>$/.exec(type ?? "") ?? [];
  if (kind === "list") return [];
  const parts = splitOutside(inside ?? "", ",");
  return parts.map((part) => splitOutside(part, ":")).filter((pair) => pair.length > 1).map(([name, ...rest]) => ({
    name: plainField(name.trim()),
    type: rest.join(":").trim(),
  }));
}

function plainField(name) {
  return name.startsWith('"') ? plain(name) : name;
}

/** The pieces between marks that stand in no quotes and no brackets. */
function splitOutside(text, mark) {
  const pieces = [""];
  let [depth, quoted] = [0, false];
  for (const letter of text) {
    if (letter === '"') quoted = !quoted;
    if (!quoted && "<(".includes(letter)) depth += 1;
    if (!quoted && ">)".includes(letter)) depth -= 1;
    if (letter === mark && depth === 0 && !quoted) pieces.push("");
    else pieces[pieces.length - 1] += letter;
  }
  return pieces.filter((piece) => piece.trim());
}

/** The call around `pos`: `{ name, argument }`, the argument's number from 0; null outside of calls. */
export function callAt(tokens, pos) {
  let [depth, argument] = [0, 0];
  const before = tokens.filter(({ from }) => from < pos);
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const { text } = before[at];
    if (text === ")") depth += 1;
    else if (text === "," && depth === 0) argument += 1;
    else if (text === "(" && depth-- === 0) {
      const name = before[at - 1]?.text ?? "";
      return /^[a-z_]\w*$/i.test(name) ? { name: name.toLowerCase(), argument, from: before[at - 1].from } : null;
    }
  }
  return null;
}
