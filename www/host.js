// Host: the engine's worker as its clients see it, never lost. It downloads and compiles the engine once, queues
// requests until a worker is ready, answers the tickets of a worker that died, and starts the next one.
// Texts in and out are src/protocol.rs: Envelope in, Message out.

import { suited } from "./device.js";
import { beside, loadEngine, loadRest, restAtHand, takeRest } from "./download.js";
import { Renewal } from "./renewal.js";
import { spawn } from "./spawn.js";

// Clients choose tickets below 2^31; these are the host's own.
const FIRST_RESERVED = 2 ** 31;
const START = FIRST_RESERVED;
const CANCEL = FIRST_RESERVED + 1;
const PING = FIRST_RESERVED + 2;
const OWN = FIRST_RESERVED + 3; // of which the renewal waits for the answer

// A person who cancels waits a quarter of a second at most; the rest of it is for the answer's way.
const CANCEL_MILLIS = 200;
// What first answers do without is loaded when there has been nothing to do for so long.
const QUIET_MILLIS = 1_000;
// Silence is counted in ticks, not read off a clock, which jumps when a laptop wakes.
const TICK_MILLIS = 5_000;
const SILENT_TICKS = 6;
// More deaths than this within a minute have one cause that a restart does not cure.
const DEATHS = 3;
const DEATHS_MILLIS = 60_000;
// Linear memory ends at 4 GiB; an allocation that fails leaves it close below.
const MEMORY_FULL_BYTES = 3.5 * 2 ** 30;

// How every Message begins: it saves parsing megabytes of rows twice.
const HEAD = /^\{"ticket":(\d+),"(event|reply|error)":/;

export class Host {
  #onMessage;
  #onState;
  #options = "{}";
  #state = "idle";
  #module = null;
  #quiet = null;
  #renewal = new Renewal({
    ask: (request) => this.#send(`{"ticket":${OWN},"request":${request}}`),
    setting: () => ({ module: this.#module, rest: restAtHand(), options: this.#options }),
    adopt: (worker) => this.#adopt(worker),
  });
  #isWhole = false; // has the worker all of the engine?
  #isLoading = false; // does it wait for what it lacks, deaf until that comes?
  #worker = null;
  #isUp = false; // does the worker wait for the engine?
  #open = new Map(); // ticket -> its envelope while it waits for a worker, null once sent
  #deaths = [];
  #silentTicks = 0;
  #ticker = null;
  #failure = null;

  /**
   * `onMessage(json, buffers)` gets every Message of the client's tickets; `onState(json)` gets
   * `{ state, loaded, total, detail }`, state one of loading, starting, ready, crashed, failed (that with a `kind`).
   * Neither is called from inside a call to the host.
   */
  constructor(onMessage, onState) {
    this.#onMessage = onMessage;
    this.#onState = onState;
  }

  /** Begins, or begins again after `failed`. `optionsJson` is the protocol's Options. */
  start(optionsJson) {
    if (this.#state !== "idle" && this.#state !== "failed") return;
    this.#options = JSON.stringify({ ...suited(), ...JSON.parse(optionsJson || "{}") });
    this.#deaths = [];
    this.#failure = null;
    this.#state = "loading";
    const isAwaited = () => !this.#module && !this.#failure;
    const progress = (loaded, total) => isAwaited() && this.#tell("loading", "", loaded, total);
    loadEngine(progress).then(
      (module) => {
        if (!isAwaited()) return;
        this.#module = module;
        this.#tell("starting");
        this.#hand();
      },
      (error) => isAwaited() && this.#fail("Blocked", `The engine could not be loaded: ${error.message}`),
    );
    // The worker fetches its own files while the engine comes.
    this.#launch();
  }

  /** Sends an Envelope, now or when a worker is ready. Every ticket is answered. */
  post(envelopeJson) {
    const { ticket } = JSON.parse(envelopeJson);
    if (this.#failure) return this.#refuse(ticket, this.#failure.kind, this.#failure.detail);
    clearTimeout(this.#quiet);
    this.#renewal.stay();
    const ready = this.#state === "ready";
    this.#open.set(ticket, ready ? null : envelopeJson);
    if (ready) this.#send(envelopeJson);
  }

  /** Stops a ticket: by asking, and if the engine is too busy to listen, by ending the worker. */
  cancel(ticket) {
    const waiting = this.#open.get(ticket);
    if (waiting === undefined) return;
    if (waiting !== null) return this.#answer(ticket, "Cancelled", "Stopped before it began.");
    const worker = this.#worker;
    this.#send(JSON.stringify({ ticket: CANCEL, request: { type: "cancel", target: ticket } }));
    const check = () => this.#worker === worker && this.#open.has(ticket) && this.#kill(ticket);
    // The second, empty wait lets an answer in that came while this thread was busy.
    setTimeout(() => setTimeout(check), CANCEL_MILLIS);
  }

  /** Ends the worker for good. Open tickets are answered as cancelled. */
  stop() {
    this.#release();
    this.#state = "idle";
    this.#failure = { kind: "Cancelled", detail: "The engine was closed." };
    for (const ticket of this.#open.keys()) this.#answer(ticket, "Cancelled", this.#failure.detail);
  }

  #launch() {
    if (this.#module) this.#tell("starting");
    this.#isUp = false;
    this.#isLoading = false;
    let worker;
    try {
      worker = spawn("limn");
    } catch (error) {
      return this.#fail("Blocked", `The engine's worker could not be started: ${error.message}`);
    }
    this.#listen(worker);
    this.#ticker = setInterval(() => this.#tick(), TICK_MILLIS);
  }

  #listen(worker) {
    this.#worker = worker;
    this.#silentTicks = 0;
    // What a worker that was given up still says is not heard.
    const died = (detail) => this.#worker === worker && this.#died(detail);
    worker.onmessage = ({ data }) => this.#worker === worker && this.#hear(data);
    worker.onmessageerror = () => died("A message of the engine could not be read.");
    worker.onerror = (event) => {
      event.preventDefault();
      died(`The engine's worker failed: ${event.message || `it could not be loaded from ${beside("./worker.js")}`}.`);
    };
  }

  #hear({ json, buffers, state, ...last }) {
    this.#silentTicks = 0;
    if (json !== undefined) this.#receive(json, buffers);
    else if (state === "up") {
      this.#isUp = true;
      this.#hand();
    } else if (state === "waiting") this.#isLoading = true;
    else if (state === "whole") {
      this.#isLoading = false;
      this.#isWhole = true;
      takeRest(last.rest);
      this.#whenQuiet();
    } else if (state === "ready") this.#send(`{"ticket":${START},"request":{"type":"start","options":${this.#options}}}`);
    else this.#died(causeOfDeath(last), last.isMissing);
  }

  /** Gives the engine to a worker that is up, whichever of the two comes last. */
  #hand() {
    if (!this.#isUp || !this.#module) return;
    const rest = restAtHand();
    this.#isWhole = rest !== null;
    this.#worker.postMessage({ module: this.#module, rest });
  }

  #receive(json, buffers) {
    const head = HEAD.exec(json);
    const { ticket, kind } = head ? { ticket: Number(head[1]), kind: head[2] } : readHead(json);
    if (ticket === START) return this.#started(json, kind);
    if (ticket === OWN) return this.#renewal.hear({ json, buffers });
    if (ticket >= FIRST_RESERVED) return;
    if (!this.#open.has(ticket)) return;
    if (kind !== "event") this.#open.delete(ticket);
    this.#whenQuiet();
    this.#onMessage(json, buffers);
  }

  #started(json, kind) {
    if (kind === "error") return this.#fail("Bug", `The engine did not start: ${JSON.parse(json).error.detail}`);
    this.#state = "ready";
    this.#tell("ready");
    for (const [ticket, envelope] of this.#open) {
      this.#open.set(ticket, null);
      this.#send(envelope);
    }
    this.#whenQuiet();
  }

  /** What has time until nobody waits for anything. */
  #whenQuiet() {
    clearTimeout(this.#quiet);
    this.#renewal.stay();
    if (this.#open.size > 0) return;
    this.#renewal.wait();
    if (!this.#isWhole) this.#complete();
  }

  /** Loads the rest of the engine; a worker that needs it before loads it by itself. */
  #complete() {
    const complete = (rest) => {
      this.#isWhole = this.#state === "ready";
      if (!this.#isWhole) return;
      this.#worker.postMessage({ rest });
      this.#whenQuiet();
    };
    // Who cannot have it now has it when it is needed, or an error that says why not.
    this.#quiet = setTimeout(() => loadRest().then(complete, () => {}), QUIET_MILLIS);
  }

  /** Another engine has all that this one had. */
  #adopt(worker) {
    this.#worker.terminate();
    this.#listen(worker);
  }

  #send(envelopeJson) {
    this.#worker.postMessage(envelopeJson);
  }

  /** While someone waits, a worker that says nothing is asked; one that stays silent is given up. */
  #tick() {
    const waiting = this.#open.size > 0 && this.#state === "ready" && !this.#isLoading;
    this.#silentTicks = waiting ? this.#silentTicks + 1 : 0;
    if (this.#silentTicks > SILENT_TICKS) return this.#died("The engine stopped answering.");
    if (this.#silentTicks === 1) this.#send(`{"ticket":${PING},"request":{"type":"ping"}}`);
  }

  /**
   * What a statement missed may be there for the next one: that alone is never what an engine is given up for. One that
   * misses it when nobody asked for anything would do so again and again.
   */
  #died(detail, isMissing = false) {
    if (isMissing && this.#state === "ready" && this.#open.size > 0) {
      this.#bury(detail, "Incomplete");
      return this.#launch();
    }
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((then) => now - then < DEATHS_MILLIS), now];
    if (this.#deaths.length > DEATHS) return this.#fail("Crashed", `${detail} It did so ${DEATHS + 1} times in a minute.`);
    this.#bury(`${detail} It is started again.`);
    this.#launch();
  }

  #kill(ticket) {
    this.#answer(ticket, "Cancelled", "Stopped.");
    this.#bury("The engine was restarted to stop a statement that it could not interrupt.");
    this.#launch();
  }

  #bury(detail, kind = "Crashed") {
    this.#release();
    this.#tell("crashed", detail);
    for (const ticket of this.#open.keys()) this.#answer(ticket, kind, detail);
  }

  #fail(kind, detail) {
    this.#release();
    this.#failure = { kind, detail };
    this.#tell("failed", detail, 0, 0, kind);
    for (const ticket of this.#open.keys()) this.#answer(ticket, kind, detail);
  }

  #release() {
    clearInterval(this.#ticker);
    clearTimeout(this.#quiet);
    this.#renewal.stay();
    this.#worker?.terminate();
    this.#worker = null;
  }

  #answer(ticket, kind, detail) {
    this.#open.delete(ticket);
    this.#refuse(ticket, kind, detail);
  }

  #refuse(ticket, kind, detail) {
    const json = JSON.stringify({ ticket, error: { kind, subject: "engine", detail } });
    queueMicrotask(() => this.#onMessage(json, []));
  }

  #tell(state, detail = "", loaded = 0, total = 0, kind = undefined) {
    this.#state = state;
    queueMicrotask(() => this.#onState(JSON.stringify({ state, loaded, total, detail, kind })));
  }
}

function readHead(json) {
  const message = JSON.parse(json);
  return { ticket: message.ticket, kind: "event" in message ? "event" : "error" in message ? "error" : "reply" };
}

function causeOfDeath({ detail, isMissing, memoryBytes }) {
  if (isMissing) return detail;
  if (memoryBytes < MEMORY_FULL_BYTES && !detail.includes("memory allocation of")) return `The engine crashed: ${detail}.`;
  const gib = (memoryBytes / 2 ** 30).toFixed(1);
  return `The engine ran out of memory at ${gib} GiB. Ask for fewer rows or columns, or add a filter.`;
}
