/** What `layers/stripe_js.py` puts in front of a built script. */

/**
 * A train of Stripe.js as `trains.json` has it: its functions that are `refused` here, with spaces between them, and the
 * trains of those that are `elsewhere`, with commas.
 *
 * `init_checkout` is how its initCheckout() is, by the types of @stripe/stripe-js: the option with the client secret,
 * where results have the session, whether amounts are numbers, and whether it resolves to a checkout that is loaded,
 * with the actions beside the elements.
 */
declare const TRAIN: {
  name: string;
  version: number | string;
  init_checkout: {
    secret: "clientSecret" | "fetchClientSecret";
    result: "success" | "session";
    amounts: "numbers" | "texts";
    resolves: boolean;
  } | null;
  refused: string;
  elsewhere: { [name: string]: string };
};

/** What is said of an argument, with names in braces. Without a `source`, the words are the sandbox's. */
type Sentence = { name?: string; text: string; source: string | null | boolean; warns?: boolean };

/** An option by its name, if it takes any value, or with what it takes. `says` is the sentence for another value. */
type OptionRow =
  | string
  | {
      name: string;
      values?: string[];
      check?: string;
      says?: string;
      options?: OptionRow[];
      since?: string;
      until?: string;
    };

/** `arguments.json`, for the console of the page's hidden frame. */
type ArgumentsTable = { sentences: Sentence[]; elements: OptionRow[]; types: { name: string; options: OptionRow[] }[] };
declare const ARGUMENTS_TABLE: ArgumentsTable;
declare const TRAIN_NAMES: string[];

/** What a script has of it: the sentences of errors, options whose values are checked, and events by type of element,
 * with commas between them. */
type Arguments = {
  sentences: { [name: string]: Sentence };
  elements: { name: string; values?: string[]; check?: string }[];
  events: { [type: string]: string };
  needIntents: string[];
};
declare const ARGUMENTS: Arguments;

/** Card brands and published test cards, from the layer's tables (`brand.py`, `test_cards.py`). */
declare const CARDS: {
  ranges: [first: string, last: string, brand: string][];
  formats: { [brand: string]: { lengths: number[]; cvc: number } };
  tests: string[];
};

/** The form of a key of the sandbox's own, as a regular expression (`http/keys/credential.py`). */
declare const OWN_KEY: string;

type Json = { [name: string]: any };

/** An error in the shape of Stripe's types. */
type StripeError = { type: string; code?: string; message: string } & Json;

/** What an API call of the controller comes to. */
type Answer = { ok: boolean; body: Json };

/** Where a card is typed: the names of the frames with its fields, and the place of its parameters in a request. */
type CardSource = { frames: string[]; at: string[]; address?: string[] };

/** A request that the controller sends for the page. */
type ApiCall = { method: "GET" | "POST"; path: string; params: Json; card?: CardSource };

interface Window {
  Stripe?: any;
  /** In a frame with fields of a card: the card as typed. Frames of the sandbox's own origin alone can call it. */
  typedCard?: () => { error?: StripeError; card: Json; address: Json };
}
