/** Of these currencies, Stripe's units have other digits than those of ISO 4217. @type {Record<string, number>} */
const DIGITS = { isk: 2, mga: 0, ugx: 2 };

/**
 * A Checkout session as the page sees it (`StripeCheckoutSession`). Taxes, surcharges and subscriptions are not
 * simulated, so that what belongs to them is null or nothing.
 * @param {Json} page the session's page, with its cart
 * @param {Json} payer what the page has said of the payer
 * @param {{locale?: string, error?: {message: string}, isTyped: boolean}} more
 * @returns {Json}
 */
export function sessionOf(page, payer, { locale, error, isTyped }) {
  const { cart } = page;
  const currency = cart.currency ?? "usd";
  const format = new Intl.NumberFormat(locale === "auto" ? undefined : locale, { style: "currency", currency });
  const divisor = 10 ** (DIGITS[currency] ?? format.resolvedOptions().maximumFractionDigits ?? 2);
  const amount = (/** @type {number} */ minor) => ({ minorUnitsAmount: minor, amount: format.format(minor / divisor) });
  const email = payer.email ?? cart.customer_email ?? null;
  const options = cart.shipping_options.map((/** @type {Json} */ each) => ({
    ...amount(each.amount),
    id: each.id,
    currency,
    displayName: each.display_name,
    deliveryEstimate: null,
  }));
  const chosen = options.find((/** @type {Json} */ each) => each.id === cart.shipping_rate);
  const discount = {
    ...amount(cart.discount),
    displayName: cart.promotion_code ?? "",
    promotionCode: cart.promotion_code,
    recurring: null,
    percentOff: null,
  };
  return {
    billingAddress: payer.billingAddress ?? null,
    businessName: null,
    canConfirm: page.status === "open" && email !== null && (isTyped || cart.total === 0),
    currency,
    currencyOptions: null,
    discountAmounts: cart.discount ? [discount] : null,
    email,
    id: page.id,
    lastPaymentError: error ? { message: error.message } : null,
    lineItems: cart.line_items.map((/** @type {Json} */ item) => itemOf(item, amount)),
    livemode: false,
    minorUnitsAmountDivisor: divisor,
    optionalItems: null,
    phoneNumber: payer.phoneNumber ?? null,
    recurring: null,
    savedPaymentMethods: null,
    shipping: chosen ? { shippingOption: chosen, taxAmounts: null } : null,
    shippingAddress: payer.shippingAddress ?? null,
    shippingOptions: options,
    status: { type: page.status, ...(page.status === "complete" ? { paymentStatus: page.payment_status } : {}) },
    surcharge: null,
    tax: { status: "ready" },
    taxAmounts: null,
    taxIdInfo: null,
    total: {
      appliedBalance: amount(0),
      balanceAppliedToNextInvoice: false,
      discount: amount(cart.discount),
      shippingRate: amount(cart.shipping ?? 0),
      subtotal: amount(cart.subtotal),
      surcharge: amount(0),
      taxExclusive: amount(0),
      taxInclusive: amount(0),
      total: amount(cart.total),
    },
  };
}

/**
 * A session with numbers for amounts, in minor units, as the types of @stripe/stripe-js 5 have it.
 * @param {Json} session
 * @param {boolean} isTyped
 * @returns {Json}
 */
export function withNumbers({ minorUnitsAmountDivisor, ...session }, isTyped) {
  const total = session.total.total.minorUnitsAmount;
  return {
    ...session,
    confirmationRequirements: [
      ...(total > 0 && !isTyped ? ["paymentDetails"] : []),
      ...(session.email === null ? ["email"] : []),
    ],
    discountAmounts: session.discountAmounts?.map(asNumber) ?? null,
    lineItems: session.lineItems.map((/** @type {Json} */ item) => ({
      adjustableQuantity: item.adjustableQuantity,
      amountDiscount: item.discount.minorUnitsAmount,
      amountSubtotal: item.subtotal.minorUnitsAmount,
      amountTaxExclusive: item.taxExclusive.minorUnitsAmount,
      amountTaxInclusive: item.taxInclusive.minorUnitsAmount,
      description: item.description,
      discountAmounts: item.discountAmounts,
      id: item.id,
      images: item.images,
      name: item.name,
      quantity: item.quantity,
      recurring: item.recurring,
      taxAmounts: item.taxAmounts,
      unitAmount: item.unitAmount.minorUnitsAmount,
    })),
    shipping: session.shipping && { ...session.shipping, shippingOption: asNumber(session.shipping.shippingOption) },
    shippingOptions: session.shippingOptions.map(asNumber),
    total: Object.fromEntries(
      Object.entries(session.total).map(([name, amount]) => [name, amount.minorUnitsAmount ?? amount]),
    ),
  };
}

/**
 * @param {Json} what
 * @returns {Json}
 */
function asNumber({ minorUnitsAmount, ...others }) {
  return { ...others, amount: minorUnitsAmount };
}

/**
 * @param {Json} item
 * @param {(minor: number) => Json} amount
 * @returns {Json}
 */
function itemOf(item, amount) {
  const { enabled, minimum, maximum } = item.adjustable_quantity ?? {};
  return {
    adjustableQuantity: enabled ? { minimum: minimum ?? 0, maximum: maximum ?? 99 } : null,
    description: null,
    discount: amount(item.discount),
    discountAmounts: null,
    id: item.id,
    images: [],
    isRemovable: false,
    name: item.name,
    priceId: item.price,
    pricing: null,
    quantity: item.quantity,
    recurring: null,
    subtotal: amount(item.subtotal),
    taxAmounts: null,
    taxExclusive: amount(0),
    taxInclusive: amount(0),
    total: amount(item.total),
    transformQuantity: null,
    unitAmount: amount(Math.round(Number(item.unit_amount_decimal))),
    unitAmountDecimal: null,
    unitLabel: null,
  };
}
