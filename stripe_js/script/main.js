import { Stripe } from "./stripe.js";

// A script that is loaded twice, or beside another train, leaves the first one as it is, as Stripe's does.
if (!window.Stripe) window.Stripe = Stripe;
