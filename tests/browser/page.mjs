// The page as its users see it: by roles, labels and what stands on the screen.

import assert from "node:assert/strict";

import { openTab } from "./browser.mjs";

const TABLE = '[role="treeitem"]:has(.table-name)';

export class LimnPage {
  /** Opens the site at a link's fragment (without the #). */
  static async open(origin, fragment = "", options = {}) {
    const limn = new LimnPage();
    const { page, said, close } = await openTab(`${origin}/${fragment && `#${fragment}`}`, options);
    Object.assign(limn, { page, said, closeTab: close });
    limn.dialogs = [];
    limn.page.on("dialog", (dialog) => (limn.dialogs.push(dialog.message()), dialog.dismiss()));
    limn.result = limn.page.getByRole("region", { name: "Result" });
    limn.editor = limn.page.getByRole("textbox", { name: "SQL statement" });
    limn.location = limn.page.getByLabel("URL of a Delta table or of Parquet files");
    limn.tree = limn.page.getByRole("tree", { name: "Tables and columns" });
    limn.cancel = limn.page.getByRole("button", { name: /^Cancel/ });
    return limn;
  }

  /** Types a URL, or several, and opens it. */
  async openTable(url) {
    await this.location.fill(url);
    await this.location.press("Enter");
  }

  /** Replaces the statement, as a person does. */
  async write(sql) {
    await this.editor.click();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.insertText(sql);
  }

  async start(sql) {
    await this.write(sql);
    await this.page.keyboard.press("ControlOrMeta+Enter");
  }

  /** Runs a statement to its end and gives the rows on the screen, or throws what the page says. */
  async run(sql) {
    await this.start(sql);
    return this.answer();
  }

  /** The rows on the screen when the statement has ended: texts, null for NULL. */
  async answer() {
    const end = this.result.locator(".row-count, #panel-rows [role=alert]").first();
    await end.waitFor();
    const error = await this.error();
    if (error) throw new Error(error);
    await this.page.waitForFunction(() => !document.querySelector('[role="gridcell"][data-look="loading"]'));
    return this.rows();
  }

  rows() {
    return this.page.$$eval('[role="row"][aria-rowindex]:has([role="gridcell"])', (rows) =>
      rows
        .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
        .map((row) =>
          [...row.querySelectorAll('[role="gridcell"]')]
            .sort((a, b) => a.ariaColIndex - b.ariaColIndex)
            .map(({ dataset, textContent }) => (dataset.look === "null" ? null : dataset.look === "empty" ? "" : textContent)),
        ),
    );
  }

  columns() {
    // Elements are used again as one scrolls: where they stand in the document says nothing.
    return this.page.$$eval('[role="columnheader"]:has(.head-name)', (heads) =>
      heads
        .sort((one, other) => one.ariaColIndex - other.ariaColIndex)
        .map((head) => head.querySelector(".head-name").textContent),
    );
  }

  /** The error below the statement, "" when there is none. */
  async error() {
    const alert = this.result.getByRole("alert");
    return (await alert.count()) > 0 ? (await alert.first().innerText()) : "";
  }

  /** The line that says what it cost, or how far it is. */
  status() {
    return this.result.locator(".status").innerText();
  }

  /** Waits until the page says what the statement reads. */
  async promised() {
    await this.page.locator(".promise", { hasText: /^Reads / }).waitFor();
  }

  statement() {
    return this.editor.evaluate((content) => [...content.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n"));
  }

  /** The tables of the catalog: `{ name: text }`. */
  async tables() {
    const items = await this.tree.locator(TABLE).all();
    const texts = await Promise.all(items.map(async (item) => [await item.locator(".table-name").innerText(), await item.innerText()]));
    return Object.fromEntries(texts);
  }

  table(name) {
    return this.tree.locator(TABLE, { has: this.page.getByText(name, { exact: true }) });
  }

  /** "Copy link", one of its two ways; gives what is on the clipboard then. */
  async copyLink(way) {
    await this.page.getByRole("button", { name: "Copy link" }).click();
    await this.page.getByRole("button", { name: way }).click();
    await this.page.getByText(/^Link copied/).waitFor();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async engineIsReady() {
    await this.page.locator(".engine[data-on]").waitFor({ state: "detached" });
  }

  /** Closes the tab; nothing may have run as script or broken the policy meanwhile. */
  async close() {
    await this.closeTab();
    assert.deepEqual([this.dialogs, this.said.violations], [[], []]);
  }
}
