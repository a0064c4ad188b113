// Cold queries beside what they have to read at least, as Markdown and as what is held against limits.

import { FORMATS } from "../queries.mjs";
import { median } from "../statistics.mjs";
import { NAMES, held, megabytes, ratio, seconds, setting, table, time } from "./format.mjs";

const BYTES_LIMIT = 1.1;
const TIME_LIMIT = 1.25;

export function section(measured) {
  return [
    "## Cold", "",
    `${setting(measured)} The engine has run for two seconds and has read nothing. The host adds ${measured.links[0].latencyMillis} ms to each answer`,
    `and sends all answers together at the speed of the link; with nothing else to do it reached ${measured.links.map(({ mbit, reached }) => `${Math.round(reached)} of ${mbit}`).join(" and ")} Mbit/s.`, "",
    "Ideal bytes are the pages of the columns and row groups that can hold an answer by their bounds, with the footers,",
    "the indexes and the log, found by bench/ideal.py in the files themselves. Requests that are allowed: one for each of",
    "their regions that lie more than 1 MB apart, and two for each file that has to be read. So few bring at least what is",
    `told beside them, with what lies between; where that is more than ${BYTES_LIMIT} of the ideal bytes, nobody can keep both limits`,
    "(⇄), and Limn keeps that of bytes.", "",
    ...bytesTable(measured), ...rereadLines(measured),
    "The ideal time is the larger of the ideal bytes over the link, with its latency once for each answer that has to be",
    "waited for before the next can be asked (of a file that no log tells of also where it ends), and of computing alone:",
    "Limn's own time for the same query again. The browser alone is a worker that sends the requests that Limn sent, each as",
    "soon as as many answers have come, and does nothing with them: what a page waits for at least that asks so; beside it",
    "is what Limn takes to the larger of that and of computing alone.", "",
    ...measured.links.flatMap(({ mbit }) => timeTable(measured, mbit)),
  ];
}

/** `{ text, pass }` of each limit. */
export function limits(measured) {
  const bytes = worst(measured.reads, (read) => ofRead(measured, read).bytes / read.ideal.bytes);
  const both = measured.reads.filter(canKeepBoth);
  const requests = worst(both, (read) => ofRead(measured, read).requests / read.ideal.allowed);
  const times = measured.links.map(({ mbit }) => {
    const [ideal, browser] = ["toIdeal", "toBrowser"].map((to) => worst(measured.reads, (read) => timeOf(measured, read, mbit)[to]));
    return { mbit, ideal, browser };
  });
  return [
    { text: `bytes to ideal, at most: ${held(bytes.value, BYTES_LIMIT)} (limit ${BYTES_LIMIT}; ${bytes.of})`, pass: bytes.value <= BYTES_LIMIT },
    { text: `requests to those allowed, at most: ${held(requests.value, 1)} (limit 1; ${requests.of}; of the ${both.length} queries of ${measured.reads.length} that can keep both limits)`, pass: requests.value <= 1 },
    ...times.map(({ mbit, ideal, browser }) => ({
      text: `time to ideal at ${mbit} Mbit/s, at most: ${held(ideal.value, TIME_LIMIT)} (limit ${TIME_LIMIT}; ${ideal.of}); to the browser alone with the same requests: ${ratio(browser.value)} (${browser.of})`,
      pass: ideal.value <= TIME_LIMIT,
    })),
  ];
}

/** Do as few requests as are allowed bring what is wanted without too much else? */
function canKeepBoth({ ideal }) {
  return ideal.joined <= BYTES_LIMIT * ideal.bytes;
}

function worst(reads, measure) {
  const found = reads.map((read) => ({ value: measure(read), of: `${read.name} on ${FORMATS[read.format]}` }));
  return found.reduce((most, each) => (each.value > most.value ? each : most));
}

function othersOf({ engines }) {
  return engines.filter((engine) => !["limn", "browser"].includes(engine));
}

function bytesTable(measured) {
  const others = othersOf(measured);
  const rows = measured.reads.map((read) => {
    const { ideal } = read;
    const { bytes, requests } = ofRead(measured, read);
    const theirs = others.map((engine) => {
      const own = ofRead(measured, read, engine);
      return Number.isFinite(own.bytes) ? `${megabytes(own.bytes)} in ${own.requests}` : "failed";
    });
    return [
      FORMATS[read.format], read.name, megabytes(ideal.bytes), held(bytes / ideal.bytes, BYTES_LIMIT, `${megabytes(bytes)} (${ratio(bytes / ideal.bytes)})`),
      `${ideal.allowed}, ${megabytes(ideal.joined)} (${ratio(ideal.joined / ideal.bytes)})`,
      canKeepBoth(read) || requests <= ideal.allowed ? held(requests / ideal.allowed, 1, String(requests)) : `${requests} ⇄`, ...theirs,
    ];
  });
  return table(["table", "query", ">ideal bytes", ">Limn", ">allowed requests, what so many bring", ">Limn", ...others.map((name) => `>${NAMES[name]}`)], rows);
}

function rereadLines({ samples }) {
  const again = samples.filter(({ engine, state, requests }) => engine === "limn" && state === "again" && requests > 0);
  return again.length ? [`The same query again asked the host: ${[...new Set(again.map(({ name, format }) => `${name} on ${FORMATS[format]}`))].join(", ")}.`, ""] : [];
}

function timeTable(measured, mbit) {
  const others = othersOf(measured);
  const rows = measured.reads.map((read) => {
    const { cold, browser, link, compute, toIdeal, toBrowser } = timeOf(measured, read, mbit);
    return [
      FORMATS[read.format], read.name, seconds(link), seconds(compute), time(cold), held(toIdeal, TIME_LIMIT), time(browser), ratio(toBrowser),
      ...others.map((engine) => time(pick(measured, read, { engine, mbit, state: "cold" }).map(({ millis }) => millis))),
    ];
  });
  return table([`at ${mbit} Mbit/s`, "query", ">link", ">compute", ">Limn", ">to the larger", ">the browser alone", ">to it", ...others.map((name) => `>${NAMES[name]}`)], rows);
}

function timeOf(measured, read, mbit) {
  const latency = measured.links[0].latencyMillis;
  const [cold, browser] = ["limn", "browser"].map((engine) => pick(measured, read, { engine, mbit, state: "cold" }).map(({ millis }) => millis));
  const compute = median(pick(measured, read, { engine: "limn", state: "again" }).map(({ millis }) => millis));
  const link = read.ideal.rounds * latency + (read.ideal.bytes * 8) / (mbit * 1000);
  const taken = median(cold);
  return { cold, browser, link, compute, toIdeal: taken / Math.max(link, compute), toBrowser: taken / Math.max(median(browser), compute) };
}

function ofRead(measured, read, engine = "limn") {
  const samples = pick(measured, read, { engine, state: "cold" });
  return { bytes: median(samples.map(({ bytes }) => bytes)), requests: median(samples.map(({ requests }) => requests)) };
}

function pick({ samples }, { name, format }, how) {
  const wanted = Object.entries({ name, format, ...how });
  return samples.filter((sample) => !sample.error && wanted.every(([key, value]) => sample[key] === value));
}
