/** A button for the browser's wallets, of which there is none: an element without a frame, which pages may create. */
export const NO_WALLET = { title: "", page: "" };

/**
 * The types of elements that work here: the title of the frame, as suites look for it, whether more than one of a
 * group may be created, one for each mode, and whether Checkout alone creates it.
 * @type {Record<string, {
 *   title: string, page: string, byMode?: boolean, loads?: boolean, styled?: boolean, ofCheckout?: boolean,
 * }>}
 */
export const ELEMENT_TYPES = {
  payment: { title: "Secure payment input frame", page: "elements-inner-payment", loads: true },
  card: { title: "Secure card payment input frame", page: "elements-inner-card", styled: true },
  cardNumber: { title: "Secure card number input frame", page: "elements-inner-card-number", styled: true },
  cardExpiry: { title: "Secure expiration date input frame", page: "elements-inner-card-expiry", styled: true },
  cardCvc: { title: "Secure CVC input frame", page: "elements-inner-card-cvc", styled: true },
  address: { title: "Secure address input frame", page: "elements-inner-address", byMode: true, loads: true },
  linkAuthentication: { title: "Secure email input frame", page: "elements-inner-link-authentication", loads: true },
  checkoutForm: { title: "Secure checkout form", page: "elements-inner-checkout-form", loads: true, ofCheckout: true },
  currencySelector: { title: "Secure currency selector", page: "elements-inner-currency-selector", ofCheckout: true },
  expressCheckout: NO_WALLET,
  paymentRequestButton: NO_WALLET,
};

/** The parts of a card that is typed into three elements. */
export const SPLIT = ["cardNumber", "cardExpiry", "cardCvc"];
