// The keyboard in Chromium: the palette reaches everything, the sheet tells the keys; times and numbers as the person reads them.

import assert from "node:assert/strict";

import { test } from "./browser.mjs";
import { limn, openPage } from "./stage.mjs";

async function open(sql, options) {
  await openPage(sql && `q=${encodeURIComponent(sql)}`, options);
  return limn;
}

const palette = () => limn.page.getByRole("dialog", { name: "Commands" });
const options = () => palette().getByRole("option").allInnerTexts();
const focused = () => limn.page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.id);

/** Types words into the palette and chooses the first command that has them. */
async function command(words) {
  await limn.page.keyboard.press("ControlOrMeta+k");
  await palette().waitFor();
  await limn.page.keyboard.type(words);
  await limn.page.keyboard.press("Enter");
  await palette().waitFor({ state: "detached" });
}

test("the keyboard alone runs a statement, shows its plan, its chart and a table's pages", async () => {
  await open("");
  await limn.answer();
  await command("plan show");
  await limn.result.getByRole("region", { name: "Plan" }).waitFor();
  await command("chart");
  await limn.result.getByRole("img", { name: /./ }).locator("canvas").first().waitFor();
  await command("parts: files");
  await limn.page.getByRole("tab", { name: "Files", selected: true }).waitFor();
  await limn.page.getByRole("heading", { name: "Findings" }).waitFor();
  await command("back to the statement");
  await limn.page.waitForFunction(() => document.activeElement.id === "editor");
  await command("show the rows");
  await limn.result.getByRole("grid").waitFor();
  await command("export");
  await limn.page.getByRole("dialog", { name: "Save rows as a file" }).waitFor();
});

test("the palette finds by words, walks by arrows, and gives the focus back", async () => {
  await open("select 1 as one");
  assert.deepEqual(await limn.answer(), [["1"]]);
  await limn.location.focus();
  await limn.page.keyboard.press("ControlOrMeta+k");
  await palette().waitFor();
  assert.equal(await focused(), "Command");
  await limn.page.keyboard.type("query");
  const found = await options();
  assert.ok(found.length > 3 && found.every((label) => /query|queries/i.test(label)), found.join());
  const chosen = () => palette().getByRole("option", { selected: true }).innerText();
  assert.equal(await chosen(), found[0]);
  await limn.page.keyboard.press("ArrowDown");
  assert.equal(await chosen(), found[1]);
  await limn.page.keyboard.press("ArrowUp");
  await limn.page.keyboard.press("ArrowUp");
  assert.equal(await chosen(), found.at(-1));
  await limn.page.keyboard.type(" nowhere to be found");
  await palette().getByText("Nothing that can be done has these words.").waitFor();
  await limn.page.keyboard.press("Enter");
  await limn.page.keyboard.press("Escape");
  await palette().waitFor({ state: "detached" });
  assert.equal(await focused(), "URL of a Delta table or of Parquet files");
});

test("a question mark outside of text shows the keys; within text it is one", async () => {
  await open("select 1 as one");
  await limn.answer();
  await limn.editor.click();
  await limn.page.keyboard.press("End");
  await limn.page.keyboard.type("?");
  assert.equal(await limn.statement(), "select 1 as one?");
  await limn.result.getByRole("tab", { name: "Rows" }).focus();
  await limn.page.keyboard.press("Shift+?");
  const sheet = limn.page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await sheet.getByText("runs the selection, or the statement at the cursor").waitFor();
  await limn.page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
});

test("times are read in UTC, or where the person is, to the last digit, and the choice is kept", async () => {
  const sql = "select arrow_cast('2026-01-31T20:30:00.123456789Z', 'Timestamp(Nanosecond, Some(\"UTC\"))') as t, timestamp '2026-01-31 20:30:00' as wall";
  await open(sql, { timezoneId: "Asia/Kolkata" });
  assert.deepEqual(await limn.answer(), [["2026-01-31T20:30:00.123456789Z", "2026-01-31T20:30:00"]]);
  await command("times where");
  const local = "2026-02-01T02:00:00.123456789+05:30";
  await limn.result.getByText(local, { exact: true }).waitFor();
  assert.deepEqual(await limn.rows(), [[local, "2026-01-31T20:30:00"]]);
  await limn.page.reload();
  assert.deepEqual(await limn.answer(), [[local, "2026-01-31T20:30:00"]]);
  await command("times utc");
  await limn.result.getByText("2026-01-31T20:30:00.123456789Z", { exact: true }).waitFor();
});

test("numbers are written as the browser's language does", async () => {
  await open("select value as n from range(0, 12345)", { locale: "de-DE" });
  await limn.answer();
  assert.equal(await limn.result.locator(".row-count").innerText(), "12.345 rows");
});
