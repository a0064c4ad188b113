// How the SQL editor looks. Colours are the page's custom properties, so that light and dark follow by themselves.

import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.typeName, color: "var(--code-type)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.special(tags.name), color: "var(--code-number)" },
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

export const THEME = EditorView.theme({
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
  ".cm-lintRange-hint": {
    backgroundImage: "none",
    textDecoration: "underline dotted var(--text-faint)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-target": { boxShadow: "inset 3px 0 0 var(--accent)", background: "var(--accent-faint)" },
  ".cm-diagnosticAction": {
    margin: "0 0 0 12px",
    padding: "2px 8px",
    border: "1px solid var(--line-strong)",
    borderRadius: "4px",
    background: "var(--surface)",
    color: "var(--text)",
    font: "inherit",
    cursor: "pointer",
  },
  ".cm-diagnostic": { padding: "8px 12px", fontFamily: "var(--sans)", fontSize: "12px", maxWidth: "480px" },
  ".cm-diagnostic-hint": { borderLeft: "3px solid var(--line-strong)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--danger)" },
  ".cm-signature": { padding: "6px 12px", maxWidth: "480px", fontFamily: "var(--sans)", fontSize: "12px", lineHeight: "16px" },
  ".cm-signature code": { fontFamily: "var(--mono)" },
  ".cm-signature strong": { color: "var(--accent)" },
  ".cm-signature p": { margin: "4px 0 0", color: "var(--text-dim)" },
  ".cm-panels": { background: "var(--surface-2)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)" },
  ".cm-textfield": { background: "var(--surface)", color: "inherit", border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-button": { background: "var(--surface)", color: "inherit", border: "1px solid var(--line-strong)", borderRadius: "4px" },
});
