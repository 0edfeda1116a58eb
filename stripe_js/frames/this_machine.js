/**
 * Whether this machine serves a page, by its host as a URL has it. A name that merely ends in these letters
 * (`evil-localhost`) can be anybody's, as in `core/this_machine.py`.
 * @param {string} host
 */
export function isThisMachine(host) {
  return ["localhost", "127.0.0.1", "[::1]"].includes(host) || host.endsWith(".localhost");
}
