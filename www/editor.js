// The SQL editor: CodeMirror 6 behind the few calls that the page needs (src/ui/editor.rs).
// It lives in a shadow root, where its style sheets are adopted instead of written into <style>, which the page's
// security policy forbids. Colours are the page's custom properties, so that light and dark follow by themselves.

import {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { SQLDialect } from "@codemirror/lang-sql";
import { bracketMatching, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightSpecialChars, keymap, placeholder, showTooltip, tooltips } from "@codemirror/view";

import { HIGHLIGHT, THEME } from "./editor-theme.js";
import { callAt, fieldsOf, plain, statementAt, visibleAt } from "./relations.js";

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
  specialVar: "$",
});

/** The part of the text that would be run, marked by its lines; nothing while that is all of it. */
const setTarget = StateEffect.define();
const TARGET = StateField.define({
  create: () => Decoration.none,
  update(marked, { changes, effects, state }) {
    const set = effects.find((effect) => effect.is(setTarget));
    return set ? linesOf(state.doc, set.value) : marked.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
const TARGET_LINE = Decoration.line({ class: "cm-target" });

function linesOf(doc, range) {
  if (!range) return Decoration.none;
  const [first, last] = [range.from, range.to].map((at) => doc.lineAt(Math.min(at, doc.length)).number);
  const lines = Array.from({ length: last - first + 1 }, (_, i) => TARGET_LINE.range(doc.line(first + i).from));
  return Decoration.set(lines);
}

export class SqlEditor {
  #view;
  #extensions;
  #tab = null;
  #states = new Map(); // tab -> its state, with what can be undone
  #tables = [];
  #functions = [];

  /**
   * `on` has the functions `change(text, from, to)`, also for a new selection, `run()`, `plan()`, `format()` and `escape()`,
   * the last telling whether it did something.
   */
  constructor(host, label, hint, on) {
    const root = host.attachShadow({ mode: "open" });
    const act = (what) => (view) => {
      // What was typed is run, and not what might be meant: a list would lie over it.
      if (what !== "escape") closeCompletion(view);
      const done = on[what]();
      return done !== false;
    };
    const keys = [
      { key: "Mod-Enter", run: act("run") },
      { key: "Mod-Shift-Enter", run: act("plan") },
      { key: "Mod-Shift-f", run: act("format"), preventDefault: true },
      { key: "Alt-Shift-f", run: act("format"), preventDefault: true },
      { key: "F8", run: nextDiagnostic },
      { key: "Tab", run: acceptCompletion },
    ];
    const tell = ({ state, docChanged, selectionSet }) => {
      const { from, to } = state.selection.main;
      if (docChanged || selectionSet) on.change(state.doc.toString(), from, to);
    };
    this.#extensions = [
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
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
      EditorView.updateListener.of(tell),
      TARGET,
      this.#signatures(),
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...historyKeymap,
        ...searchKeymap,
        ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
        { key: "Escape", run: act("escape") },
      ]),
      THEME,
    ];
    this.#view = new EditorView({ parent: root, root, state: this.#stateOf("") });
  }

  #stateOf(text) {
    return EditorState.create({ doc: text, extensions: this.#extensions });
  }

  /** Shows a tab's text, with what can be undone in it. */
  show(tab, text) {
    if (tab === this.#tab) return this.setText(text);
    if (this.#tab !== null) this.#states.set(this.#tab, this.#view.state);
    this.#tab = tab;
    const known = this.#states.get(tab);
    this.#view.setState(known?.doc.toString() === text ? known : this.#stateOf(text));
  }

  forget(tab) {
    this.#states.delete(tab);
    if (tab === this.#tab) this.#tab = null;
  }

  /** Marks the lines of what would be run when it is a part of the text. */
  setTarget(from, to, isPart) {
    this.#view.dispatch({ effects: setTarget.of(isPart && to > from ? { from, to } : null) });
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

  /** Puts a text in the place of a range. */
  replace(from, to, insert) {
    this.#view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input" });
    this.focus();
  }

  focus() {
    this.#view.focus();
  }

  /** Underlines a range of UTF-16 units; `fix`, if any, is offered in its place. */
  mark(from, to, message, fix) {
    this.#diagnose("error", from, to, message, fix);
    this.#view.dispatch({ effects: EditorView.scrollIntoView(Math.min(from, this.#view.state.doc.length)) });
  }

  /** The same, softly: nothing was run yet. */
  hint(from, to, message, fix) {
    this.#diagnose("hint", from, to, message, fix);
  }

  #diagnose(severity, from, to, message, fix) {
    const end = this.#view.state.doc.length;
    const apply = (view, from, to) => {
      view.dispatch({ changes: { from, to, insert: fix }, userEvent: "input.fix" });
      view.focus();
    };
    const actions = fix ? [{ name: `Write ${fix}`, apply }] : [];
    const diagnostic = { from: Math.min(from, end), to: Math.min(to, end), severity, message, actions };
    this.#view.dispatch(setDiagnostics(this.#view.state, [diagnostic]));
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
      syntax: one.syntax,
      description: one.description,
      boost: -10,
      apply: call,
    }));
  }

  #complete(context) {
    const { state, pos } = context;
    const field = context.matchBefore(/(?:"(?:[^"]|"")*"|\w)[\w."]*\['\w*/);
    const inside = syntaxTree(state).resolveInner(pos, -1).name;
    if (!field && /Comment|^String$/.test(inside)) return null;
    const visible = visibleAt(statementAt(state.doc.toString(), pos), pos, this.#tables);
    if (field) return this.#keys(field.text, pos, visible);
    const typed = context.matchBefore(/(?:(?:"(?:[^"]|"")*"|\w+)\.)*"?\w*/)?.text ?? "";
    const word = /"?\w*$/.exec(typed)[0];
    const chain = names(typed.slice(0, typed.length - word.length));
    if (!word && !chain.length && !context.explicit) return null;
    const options = chain.length ? inChain(chain, visible, this.#tables).map(column) : this.#names(visible);
    return { from: pos - word.length, options, validFor: /^"?\w*$/ };
  }

  /** The fields of a struct that is asked as `column['`. */
  #keys(text, pos, visible) {
    const [, chain, key] = /^(.*)\['(\w*)$/s.exec(text);
    const options = inChain(names(chain), visible, this.#tables).map(({ name, type }) => ({
      label: name,
      detail: type,
      type: "property",
      apply: closeKey(`${name.replaceAll("'", "''")}']`),
    }));
    return { from: pos - key.length, options, validFor: /^\w*$/ };
  }

  #names({ relations, common }) {
    const seen = new Map();
    for (const { columns } of relations) for (const one of columns) if (!seen.has(one.name)) seen.set(one.name, column(one));
    const aliases = relations.filter(({ alias, name }) => alias !== name);
    return [
      ...seen.values(),
      ...aliases.map(({ alias, name }) => ({ label: alias, type: "variable", detail: name, boost: 15 })),
      ...common.map(({ name }) => ({ label: name, type: "class", detail: "named above", boost: 12 })),
      ...this.#tables.map(({ name, insert }) => ({ label: name, apply: insert, type: "class", detail: "table", boost: 10 })),
      ...KEYWORDS_OFFERED,
      ...this.#functions,
    ];
  }

  /** How the function is called in whose parentheses the cursor stands. */
  #signatures() {
    const find = (state) => {
      const { head, empty } = state.selection.main;
      const call = empty ? callAt(statementAt(state.doc.toString(), head), head) : null;
      const known = call && this.#functions.find(({ label, syntax }) => label === call.name && syntax);
      return known ? { pos: call.from, above: true, create: () => ({ dom: signature(known, call.argument) }) } : null;
    };
    return StateField.define({
      create: () => null,
      update: (shown, { docChanged, selection, state }) => (docChanged || selection ? find(state) : shown),
      provide: (field) => showTooltip.from(field),
    });
  }
}

const KEYWORDS_OFFERED = KEYWORDS.split(" ").map((label) => ({ label, type: "keyword" }));

function column({ name, insert, type, comment }) {
  return { label: name, apply: insert ?? written(name), type: "property", detail: type, info: comment ?? undefined, boost: 20 };
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

/** A name as it must be written: columns of tables come with that, those of queries and structs do not. */
function written(name) {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The names of `a."B".`, as the engine sees them. */
function names(chain) {
  return (chain.match(/"(?:[^"]|"")*"|\w+/g) ?? []).map(plain);
}

/** What can follow a chain of names: the columns of a relation, or the fields of a struct. */
function inChain([first, ...rest], { relations }, tables) {
  const relation = relations.find(({ alias }) => alias === first) ?? tables.find(({ name }) => name === first);
  const column = relations.flatMap(({ columns }) => columns).find(({ name }) => name === first);
  const start = relation ? relation.columns : fieldsOf(column?.type);
  return rest.reduce((found, name) => fieldsOf(found.find((one) => one.name === name)?.type), start);
}

/** Writes a key up to its bracket, over those marks that are there already. */
function closeKey(text) {
  return (view, _, from, to) => {
    const after = /^'?\]?/.exec(view.state.sliceDoc(to, to + 2))[0].length;
    view.dispatch({ changes: { from, to: to + after, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.complete" });
  };
}

/** A function's syntax with the argument that is written now, and what it does. */
function signature({ syntax, description }, argument) {
  const dom = document.createElement("div");
  dom.className = "cm-signature";
  const code = dom.appendChild(document.createElement("code"));
  const [, head, inside, tail] = /^([^(]*\()([\s\S]*)(\)[^)]*)$/.exec(syntax) ?? [null, syntax, "", ""];
  const parts = inside.split(",");
  code.append(head);
  parts.forEach((part, index) => {
    const isNow = index === Math.min(argument, parts.length - 1) && part.trim();
    const piece = isNow ? Object.assign(document.createElement("strong"), { textContent: part }) : part;
    code.append(...(index ? [",", piece] : [piece]));
  });
  code.append(tail);
  const [first] = (description ?? "").split(/(?<=\.)\s/);
  if (first) dom.appendChild(Object.assign(document.createElement("p"), { textContent: first }));
  return dom;
}
