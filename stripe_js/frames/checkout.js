const PAGE = /\/c\/pay\/[\w./-]+$/;

/**
 * What a Checkout session's page shows, in another frame of the shop's page. It has no script that could tell, and it is
 * of this origin. Of any other page, nothing is read.
 * @param {string} name of the frame
 * @returns {Json}
 */
export function shownCheckout(name) {
  try {
    const { document, location } = /** @type {any} */ (window.parent)[name];
    if (!PAGE.test(location.pathname)) return {};
    return {
      status: document.querySelector("main")?.dataset.status,
      height: document.documentElement.scrollHeight,
      challenge: document.querySelector("[data-testid=authenticate]")?.href,
      leadsOn: document.querySelector("[data-testid=leads-on]")?.href,
    };
  } catch {
    return {}; // a page of another origin
  }
}
