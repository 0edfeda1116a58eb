import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { DonatePage } from "./DonatePage";
import "./donate.css";
import { readFacts } from "./facts";
import { configureSignIn } from "./signIn";

const element = document.getElementById("root");
if (!element) throw new Error("The page has no #root.");
const facts = readFacts(element);
configureSignIn(facts);
// The script of Stripe comes before this one (lambdas/donations/page/index.html).
const stripe = facts.publishableKey ? (window.Stripe?.(facts.publishableKey) ?? null) : null;

createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <DonatePage facts={facts} stripe={stripe} />
    </QueryClientProvider>
  </StrictMode>,
);
