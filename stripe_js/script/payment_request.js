import { Events } from "./events.js";

/** A payment request of a browser's wallet, of which there is none: canMakePayment() resolves to null. */
export class PaymentRequest extends Events {
  async canMakePayment() {
    return null;
  }

  isShowing() {
    return false;
  }

  show() {}

  update() {}

  abort() {}
}
