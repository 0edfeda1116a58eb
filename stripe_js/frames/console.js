import { warningsOf } from "./options.js";
import { hear } from "./parent.js";

// The console of the page's hidden frame, in which Stripe.js says what it does not recognize
// (react-stripe-elements#546). It is a script of its own, since the table is as long as a frame's fields are.
hear(({ type, train, call, options, sentence, values }) => {
  if (type !== "said") return;
  for (const warning of warningsOf(ARGUMENTS_TABLE, TRAIN_NAMES, train, { call, options, sentence, values }))
    console.warn(warning);
});
