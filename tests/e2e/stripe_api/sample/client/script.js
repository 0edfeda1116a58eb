// The page saves a card with the setup intent of its server, and shows the intent.
"use strict";

async function main() {
  const { publicKey } = await (await fetch("/public-key")).json();
  const intent = await (await fetch("/create-setup-intent", { method: "POST" })).json();
  const stripe = Stripe(publicKey);
  const card = stripe.elements().create("card");
  card.mount("#card-element");
  document.getElementById("submit").addEventListener("click", async () => {
    const { error } = await stripe.confirmCardSetup(intent.client_secret, { payment_method: { card } });
    if (error) {
      document.getElementById("card-errors").textContent = error.message;
      return;
    }
    const { setupIntent } = await stripe.retrieveSetupIntent(intent.client_secret);
    document.querySelector("pre").textContent = JSON.stringify(setupIntent, null, 2);
  });
}

main();
