/** The number in the name of the next frame: names are unique on the page. */
let next = Math.floor(Math.random() * 9000) + 1000;

/**
 * A frame of the sandbox in the shop's page. Messages go to the sandbox's origin alone, and only those from this very
 * frame are read. What is sent before it is loaded waits.
 */
export class Frame {
  /**
   * @param {string} base the sandbox's address
   * @param {string} page the name of the frame's page
   * @param {{title?: string, prefix?: string, hidden?: boolean}} options
   * @param {(type: string, data: Json) => void} onMessage
   */
  constructor(base, page, { title, prefix = "__privateStripeFrame", hidden = false }, onMessage) {
    this.name = prefix + next++;
    this.origin = new URL(base).origin;
    this.onMessage = onMessage;
    /** @type {Map<number, (answer: any) => void>} */
    this.open = new Map();
    this.asked = 0;
    /** @type {Json[] | null} */
    this.waiting = [];
    /** @type {Json | null} */
    this.greeting = null;
    this.element = document.createElement("iframe");
    this.element.name = this.name;
    this.element.src = `${base}/v3/${page}.html`;
    if (title) this.element.title = title;
    if (hidden) {
      this.element.setAttribute("aria-hidden", "true");
      this.element.tabIndex = -1;
    }
    this.element.allow = "payment *";
    const hiding = { position: "absolute", width: "1px", height: "1px", opacity: "0", pointerEvents: "none" };
    Object.assign(this.element.style, { border: "0", display: "block", colorScheme: "light" }, hidden ? hiding : {});
    this.element.addEventListener("load", () => this.flush());
    this.listener = (/** @type {MessageEvent} */ event) => this.read(event);
    window.addEventListener("message", this.listener);
  }

  /**
   * @param {string} type
   * @param {Json} [data]
   */
  post(type, data = {}) {
    const message = { sandbox: "stripe_js", type, ...data };
    if (this.waiting) this.waiting.push(message);
    else this.element.contentWindow?.postMessage(message, this.origin);
  }

  /**
   * What the frame is told first. A page that moves the frame loads it anew, and it is told again.
   * @param {Json} data
   */
  greet(data) {
    this.greeting = { sandbox: "stripe_js", type: "init", ...data };
  }

  /** Put the frame into the page, unless it is there. Some pages replace their whole body. */
  attach() {
    if (this.element.isConnected) return;
    this.waiting ??= [];
    document.body.append(this.element);
  }

  /**
   * Send a message and wait for its answer.
   * @param {string} type
   * @param {Json} [data]
   * @returns {Promise<any>}
   */
  ask(type, data = {}) {
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.open.set(id, resolve);
      this.post(type, { ...data, id });
    });
  }

  remove() {
    window.removeEventListener("message", this.listener);
    this.element.remove();
    this.waiting = [];
  }

  flush() {
    const messages = [...(this.greeting ? [this.greeting] : []), ...(this.waiting ?? [])];
    this.waiting = null;
    for (const message of messages) this.element.contentWindow?.postMessage(message, this.origin);
  }

  /** @param {MessageEvent} event */
  read(event) {
    if (event.source !== this.element.contentWindow || event.origin !== this.origin) return;
    const { type, id, answer, ...data } = event.data;
    const resolve = type === "answer" ? this.open.get(id) : undefined;
    if (resolve) {
      this.open.delete(id);
      resolve(answer);
    } else if (type !== "answer") this.onMessage(type, data);
  }
}
