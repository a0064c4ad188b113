// The SQL editor: CodeMirror 6 behind the few calls that the page needs (src/ui/editor.rs).
// It lives in a shadow root, where its style sheets are adopted instead of written into <style>, which the page's
// security policy forbids. Colours are the page's custom properties, so that light and dark follow by themselves.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { SQLDialect } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, placeholder, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const KEYWORDS =
  "all and any as asc between by case cast cross current_date current_timestamp describe desc distinct else end " +
  "escape except exists explain extract filter following for from full group grouping having ilike in inner intersect " +
  "interval is join lateral left like limit natural not nulls offset on or order outer over partition preceding qualify " +
  "range recursive right rollup row rows select semi anti set sets show similar tables then try_cast unbounded union " +
  "unnest using values when where window with within analyze verbose columns cube first last";
const TYPES =
  "array bigint binary boolean bytea char date decimal double float int integer numeric real smallint string struct " +
  "text time timestamp timestamptz tinyint varchar";

const DIALECT = SQLDialect.define({
  keywords: KEYWORDS + " true false null",
  types: TYPES,
  caseInsensitiveIdentifiers: false,
});

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.typeName, color: "var(--code-type)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.operator, color: "var(--code-operator)" },
]);

const POPUP = {
  background: "var(--surface)",
  color: "var(--text)",
  border: "1px solid var(--line-strong)",
  borderRadius: "6px",
  boxShadow: "var(--shadow)",
};

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", background: "transparent", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { padding: "12px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 16px" },
  ".cm-placeholder": { color: "var(--text-faint)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "var(--select)",
  },
  ".cm-selectionMatch": { background: "var(--accent-faint)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { background: "var(--accent-faint)", outline: "1px solid var(--line-strong)" },
  ".cm-specialChar": { color: "var(--danger)" },
  ".cm-tooltip": POPUP,
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px", maxHeight: "240px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", lineHeight: "20px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "var(--text-faint)", fontStyle: "normal", marginLeft: "12px" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionIcon": { display: "none" },
  ".cm-completionInfo": { fontFamily: "var(--sans)", fontSize: "12px", padding: "8px 12px", maxWidth: "320px", whiteSpace: "pre-wrap" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--danger)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-diagnostic": { padding: "8px 12px", fontFamily: "var(--sans)", fontSize: "12px", maxWidth: "480px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--danger)" },
  ".cm-panels": { background: "var(--surface-2)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)" },
  ".cm-textfield": { background: "var(--surface)", color: "inherit", border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-button": { background: "var(--surface)", color: "inherit", border: "1px solid var(--line-strong)", borderRadius: "4px" },
});

export class SqlEditor {
  #view;
  #tables = [];
  #functions = [];

  /** `on` has the functions `change(text)`, `run()`, `plan()` and `escape()`, the last telling whether it did something. */
  constructor(host, label, hint, on) {
    const root = host.attachShadow({ mode: "open" });
    const act = (what) => () => {
      const done = on[what]();
      return done !== false;
    };
    const keys = [
      { key: "Mod-Enter", run: act("run") },
      { key: "Mod-Shift-Enter", run: act("plan") },
      { key: "Tab", run: acceptCompletion },
    ];
    this.#view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: [
          Prec.highest(keymap.of(keys)),
          history(),
          drawSelection(),
          highlightSpecialChars(),
          highlightSelectionMatches(),
          bracketMatching(),
          closeBrackets(),
          DIALECT.extension,
          syntaxHighlighting(HIGHLIGHT),
          autocompletion({ override: [(context) => this.#complete(context)], icons: false }),
          tooltips({ position: "fixed" }),
          placeholder(hint),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
          EditorView.updateListener.of((update) => update.docChanged && on.change(this.text())),
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...searchKeymap,
            ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
            { key: "Escape", run: act("escape") },
          ]),
          THEME,
        ],
      }),
    });
  }

  text() {
    return this.#view.state.doc.toString();
  }

  /** Replaces the statement in one step that can be undone. */
  setText(text) {
    if (text === this.text()) return;
    this.#view.dispatch({
      changes: { from: 0, to: this.#view.state.doc.length, insert: text },
      selection: { anchor: 0 },
      annotations: isolateHistory.of("full"),
    });
  }

  /** Writes at the cursor, apart from the words around it. */
  insert(text) {
    const { state } = this.#view;
    const { from, to } = state.selection.main;
    const before = /[\w"]$/.test(state.sliceDoc(Math.max(0, from - 1), from)) ? " " : "";
    const after = /^[\w"]/.test(state.sliceDoc(to, to + 1)) ? " " : "";
    const insert = before + text + after;
    this.#view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + before.length + text.length },
      userEvent: "input",
      scrollIntoView: true,
    });
    this.focus();
  }

  focus() {
    this.#view.focus();
  }

  /** Underlines a range of UTF-16 units. */
  mark(from, to, message) {
    const end = this.#view.state.doc.length;
    const diagnostic = { from: Math.min(from, end), to: Math.min(to, end), severity: "error", message };
    this.#view.dispatch(setDiagnostics(this.#view.state, [diagnostic]));
    this.#view.dispatch({ effects: EditorView.scrollIntoView(diagnostic.from) });
  }

  unmark() {
    this.#view.dispatch(setDiagnostics(this.#view.state, []));
  }

  /** `[{ name, insert, columns: [{ name, insert, type, comment }] }]` as JSON. */
  setTables(json) {
    this.#tables = JSON.parse(json);
  }

  /** The protocol's functions as JSON. */
  setFunctions(json) {
    const describe = ({ syntax, description }) => [syntax, description].filter(Boolean).join("\n\n") || undefined;
    this.#functions = JSON.parse(json).map((one) => ({
      label: one.name,
      type: "function",
      detail: one.kind,
      info: describe(one),
      boost: -10,
      apply: call,
    }));
  }

  #complete(context) {
    const inside = syntaxTree(context.state).resolveInner(context.pos, -1).name;
    if (/Comment|^String$/.test(inside)) return null;
    const typed = context.matchBefore(/(?:(?:"(?:[^"]|"")*"|\w+)\.)?"?\w*/);
    const [, qualifier, word] = /^(?:("(?:[^"]|"")*"|\w+)\.)?(.*)$/s.exec(typed?.text ?? "");
    if (!word && !qualifier && !context.explicit) return null;
    const mentioned = mentions(context.state.doc.toString(), this.#tables);
    const options = qualifier ? this.#columnsOf(plain(qualifier), mentioned) : this.#names(mentioned);
    return { from: context.pos - word.length, options, validFor: /^"?\w*$/ };
  }

  #columnsOf(qualifier, mentioned) {
    const table = mentioned.find(({ alias }) => alias === qualifier)?.table ?? this.#tables.find(({ name }) => name === qualifier);
    return table ? table.columns.map(column) : [];
  }

  #names(mentioned) {
    const seen = new Map();
    for (const { table } of mentioned) for (const one of table.columns) if (!seen.has(one.name)) seen.set(one.name, column(one));
    const aliases = mentioned.filter(({ alias, table }) => alias !== table.name);
    return [
      ...seen.values(),
      ...aliases.map(({ alias, table }) => ({ label: alias, type: "variable", detail: table.name, boost: 15 })),
      ...this.#tables.map(({ name, insert }) => ({ label: name, apply: insert, type: "class", detail: "table", boost: 10 })),
      ...KEYWORDS_OFFERED,
      ...this.#functions,
    ];
  }
}

const KEYWORDS_OFFERED = KEYWORDS.split(" ").map((label) => ({ label, type: "keyword" }));

function column({ name, insert, type, comment }) {
  return { label: name, apply: insert, type: "property", detail: type, info: comment ?? undefined, boost: 20 };
}

/** Writes a function with its parentheses and the cursor between them. */
function call(view, { label }, from, to) {
  const called = view.state.sliceDoc(to, to + 1) === "(";
  view.dispatch({
    changes: { from, to, insert: called ? label : `${label}()` },
    selection: { anchor: from + label.length + 1 },
    userEvent: "input.complete",
  });
}

/** A name as the engine sees it: quoted as written, else in lower case. */
function plain(name) {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}

const TOKEN = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*"|\w+|[^\s\w]/g;
const RESERVED = new Set(KEYWORDS.split(" "));

/** The tables that a statement names, each under its alias or its own name. */
function mentions(sql, tables) {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const words = (sql.match(TOKEN) ?? []).filter((token) => !/^(?:--|\/\*|')/.test(token));
  const found = [];
  words.forEach((word, index) => {
    const table = /^["\w]/.test(word) && words[index + 1] !== "." ? byName.get(plain(word)) : undefined;
    if (!table) return;
    const next = words[index + 1]?.toLowerCase() === "as" ? words[index + 2] : words[index + 1];
    const alias = next && /^["\w]/.test(next) && !RESERVED.has(next.toLowerCase()) ? plain(next) : table.name;
    found.push({ table, alias });
  });
  return found;
}
