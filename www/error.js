// The one error of the JavaScript API.

/** `kind` is named for what you can do next (NotFound, Denied, Blocked, Sql, TooBig, Cancelled ...; see the README). */
export class LimnError extends Error {
  constructor({ kind, subject, detail, span }) {
    super(`${subject}: ${detail}`);
    this.name = "LimnError";
    this.kind = kind;
    this.subject = subject;
    this.detail = detail;
    if (span) this.span = span;
  }
}

export function cancelled() {
  return new LimnError({ kind: "Cancelled", subject: "query", detail: "Stopped by the page." });
}
