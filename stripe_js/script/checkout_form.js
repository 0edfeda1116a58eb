import { CheckoutElements, methodsOf } from "./checkout_elements.js";

/** The actions that a form has in its own fields. */
const WITHOUT = /^update(Email|PhoneNumber|IndividualName|BusinessName|ShippingAddress|BillingAddress|TaxIdInfo)$/;

/**
 * initCheckoutFormSdk: a Checkout session with one form in the shop's page, which asks for the e-mail address and the
 * card. Its button emits `confirm`, upon which the page confirms.
 * @param {import("./stripe.js").StripeInstance} stripe
 * @param {Json} options
 * @returns {Json}
 */
export function initCheckoutForm(stripe, options) {
  const { clientSecret, appearance, defaultValues } = options ?? {};
  const given = { clientSecret, defaultValues, elementsOptions: { appearance } };
  const checkout = new CheckoutElements(stripe, "initCheckoutFormSdk", given, "form");
  const { on, changeAppearance, loadFonts, createCurrencySelectorElement, getCurrencySelectorElement } =
    methodsOf(checkout);
  return {
    on,
    changeAppearance,
    loadFonts,
    createCurrencySelectorElement,
    getCurrencySelectorElement,
    loadActions: async () => {
      const loaded = await checkout.loadActions();
      if (!loaded.actions) return loaded;
      const kept = Object.entries(loaded.actions).filter(([name]) => !WITHOUT.test(name));
      return { ...loaded, actions: Object.fromEntries(kept) };
    },
    createForm: (/** @type {Json} */ options) => {
      const email = defaultValues?.email;
      const form = checkout._elements.create("checkoutForm", { ...options, email, session: checkout._facts() });
      form.on("change", (/** @type {Json} */ { value }) => {
        checkout._payer.email = value.customerDetails.email || null;
        checkout._tell();
      });
      return form;
    },
    getForm: () => checkout._elements.getElement("checkoutForm"),
  };
}
