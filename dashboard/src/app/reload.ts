const RELOADED = "paysandbox.reloaded";

/**
 * Reloads the page when a file of its build is gone, since another build has replaced it: the page then loads that one.
 * Once for each build: if a file is missing after that, too, the page shows its failure.
 */
export function reloadForNewBuild(build: string, reload: () => void): void {
  window.addEventListener("vite:preloadError", () => {
    try {
      if (sessionStorage.getItem(RELOADED) === build) return;
      sessionStorage.setItem(RELOADED, build);
    } catch {
      return; // Storage is blocked, so the page could reload for ever.
    }
    reload();
  });
}
