import { startChallenge, startDialog } from "./challenge.js";
import { startController } from "./controller.js";
import { startInner } from "./inner.js";

/** What each page of a frame does: they differ in their names alone. */
const page = /([^/]*)\.html$/.exec(location.pathname)?.[1];

if (page === "controller") startController();
else if (page === "three-ds-2-challenge") startDialog();
else if (page === "challenge") startChallenge();
else startInner();
