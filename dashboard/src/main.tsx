import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { loadConfig } from "./api/config";
import { askTabs, followSignInLink, joinTabs, tokenOf } from "./api/session";
import { App } from "./app/App";
import { reloadForNewBuild } from "./app/reload";
import { messages } from "./messages";
import { Button } from "./parts/Button";
import { Empty, Loading } from "./parts/states";
import "./styles.css";

const element = document.getElementById("root");
if (!element) throw new Error("index.html has no #root.");
const root = createRoot(element);

async function start(): Promise<void> {
  root.render(<Loading />);
  // First of all, since the link's token must leave the address bar.
  joinTabs();
  const signedIn = tokenOf(location.hash) === null ? askTabs() : followSignInLink();
  try {
    const config = await loadConfig();
    await signedIn;
    root.render(
      <StrictMode>
        <App config={config} />
      </StrictMode>,
    );
  } catch {
    const { title, text } = messages.app.unconfigured;
    const retry = <Button onClick={() => void start()}>{messages.parts.retry}</Button>;
    root.render(
      <Empty title={title} icon="warning" actions={retry}>
        {text}
      </Empty>,
    );
  }
}

// A second sign-in link in the same tab changes only the fragment.
window.addEventListener("hashchange", () => void followSignInLink());
reloadForNewBuild(import.meta.url, () => window.location.reload());
void start();
