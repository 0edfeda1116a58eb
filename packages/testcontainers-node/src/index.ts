/** A container of the sandbox: where its API is, and merchants for tests. */

import { AbstractStartedContainer, GenericContainer, type StartedTestContainer, Wait } from "testcontainers";
import { randomText } from "./client/credential.js";
import { Merchant } from "./client/merchant.js";

export { ApiError, NoAnswerError, RequestError, Sandbox } from "./client/api/index.js";
export { type EventFilter, Merchant, type PaysandboxEvent } from "./client/merchant.js";

const IMAGE = "paysandbox:latest";
const PORT = 4610;
const START_MS = 120_000;

/** A sandbox in a container, started when its API is healthy. Its data is gone with the container. */
export class PaysandboxContainer extends GenericContainer {
  constructor(image = IMAGE) {
    super(image);
    this.withExposedPorts(PORT).withWaitStrategy(Wait.forHttp("/health", PORT).forStatusCode(200));
    this.withStartupTimeout(START_MS);
  }

  override async start(): Promise<StartedPaysandboxContainer> {
    return new StartedPaysandboxContainer(await super.start());
  }
}

export class StartedPaysandboxContainer extends AbstractStartedContainer {
  constructor(started: StartedTestContainer) {
    super(started);
  }

  /** The base URL of both APIs, for this machine. At the Stripe-compatible one, any test key is a merchant's. */
  get baseUrl(): string {
    return `http://${this.getHost()}:${this.getMappedPort(PORT)}`;
  }

  /**
   * Create a merchant with a key without a rate limit: by default one of a random name, for a single test.
   *
   * Rejects with what the program in the container printed.
   */
  async createMerchant(name = `test-${randomText(12)}`): Promise<Merchant> {
    const command = ["paysandbox", "keys", "create", "--merchant", name, "--plan", "load", "--json"];
    const { exitCode, output, stdout } = await this.exec(command);
    if (exitCode !== 0) throw new Error(`The merchant ${name} was not created: ${output.trim()}`);
    const { api_key: apiKey } = JSON.parse(stdout) as { api_key: string };
    return new Merchant(this.baseUrl, apiKey, name);
  }
}
