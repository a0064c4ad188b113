// How soon the page and the engine are there, and what a second visit asks for, as Markdown and against limits.

import { median } from "../statistics.mjs";
import { held, kilobytes, seconds, setting, table, time } from "./format.mjs";

const USABLE_MILLIS = 300;
const READY_MILLIS = 700;

export function section(measured) {
  const starts = measured.links.map(({ mbit }) => {
    const { samples, usable, ready } = ofLink(measured, mbit);
    const of = (part, what) => time(samples.map((sample) => sample[part][what]));
    return [
      `${mbit} Mbit/s`, of("page", "usable"), held(usable, USABLE_MILLIS, `${Math.round(usable)} ms`), of("page", "answered"),
      of("engine", "ready"), held(ready, READY_MILLIS, `${Math.round(ready)} ms`),
    ];
  });
  const visits = measured.links.flatMap(({ mbit }) => ["first", "second", "third"].map((name, at) => {
    const own = ofLink(measured, mbit).samples.map(({ visits }) => visits[at]);
    const of = (part) => `${median(own.map((visit) => visit[part].requests))}, ${kilobytes(median(own.map((visit) => visit[part].bytes)))}`;
    return [`${mbit} Mbit/s, ${name}`, time(own.map(({ millis }) => millis)), of("program"), of("data")];
  }));
  return [
    "## Start", "",
    `${setting(measured)} The host adds ${measured.links[0].latencyMillis} ms to each answer; nothing is cached.`,
    `Limits: ${USABLE_MILLIS} ms from the page's last byte to the first key, ${READY_MILLIS} ms from the engine's last byte until it is ready.`, "",
    ...table(["link", ">can be typed in", ">after its last byte", ">shows the sample's answer", ">engine ready", ">after its last byte"], starts),
    "The same link, which asks for one key of a Parquet file, visited by three browsers with one profile, each of which stays",
    "until the program is kept. Later visits have to do without the network, but for the table's; a third finds what",
    "machine code the browser kept of the second: none after a short one.", "",
    ...table(["visit", ">shows the answer", ">the program's requests, bytes", ">the table's requests, bytes"], visits),
  ];
}

/** `{ text, pass }` of each limit. */
export function limits(measured) {
  const most = (what) => Math.max(...measured.links.map(({ mbit }) => ofLink(measured, mbit)[what]));
  const second = median(measured.samples.map(({ visits: [, { program }] }) => program.requests));
  return [
    { text: `page usable after its last byte: ${held(most("usable"), USABLE_MILLIS, seconds(most("usable")))} (limit ${seconds(USABLE_MILLIS)})`, pass: most("usable") <= USABLE_MILLIS },
    { text: `engine ready after its last byte: ${held(most("ready"), READY_MILLIS, seconds(most("ready")))} (limit ${seconds(READY_MILLIS)})`, pass: most("ready") <= READY_MILLIS },
    { text: `requests of a second visit for the program: ${held(second, 0, String(second))} (limit 0)`, pass: second === 0 },
  ];
}

function ofLink({ samples: all }, mbit) {
  const samples = all.filter((sample) => sample.mbit === mbit);
  const after = (part, what) => median(samples.map((sample) => sample[part][what] - sample[part].lastByte));
  return { samples, usable: after("page", "usable"), ready: after("engine", "ready") };
}
