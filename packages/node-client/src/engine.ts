/** The running sandbox: creates and revokes the keys of merchants and operators. */

import { RequestError } from "./api/index.js";
import { keyDigest, newApiKey, newOperatorKey, publishableKeyOf, randomText } from "./credential.js";
import { askAws, type Connection } from "./local-aws.js";
import { Merchant } from "./merchant.js";

// Names in the local environment. The plans have no rate limit: of the native API, and of the Stripe-compatible one.
const PREFIX = "paysandbox-local-";
const PLANS = { native: `${PREFIX}load`, v1: `${PREFIX}v1-load`, operator: `${PREFIX}operator` };
const KEYS_TABLE = `${PREFIX}ApiKeys`;

interface ApiKey {
  id: string;
  name: string;
  value: string;
}

type PlanIds = Record<keyof typeof PLANS, string>;

export class Engine {
  readonly #connection: Connection;
  readonly #planIds: PlanIds;

  private constructor(connection: Connection, planIds: PlanIds) {
    this.#connection = connection;
    this.#planIds = planIds;
  }

  /** Return the sandbox at this connection. Rejects with RequestError without a response, or if it lacks a usage plan. */
  static async connect(connection: Connection): Promise<Engine> {
    const plans = await askAws(connection, "GET", "/usageplans?limit=500");
    const listed = (plans["item"] ?? []) as { id: string; name: string }[];
    const idOf = (name: string): string => {
      const found = listed.find((plan) => plan.name === name);
      if (found === undefined) throw new RequestError(`The sandbox at ${connection.baseUrl} has no usage plan ${name}.`);
      return found.id;
    };
    return new Engine(connection, { native: idOf(PLANS.native), v1: idOf(PLANS.v1), operator: idOf(PLANS.operator) });
  }

  /** Create an API key for the merchant; returns it with the key ID that revokes it. */
  async create(name: string): Promise<{ merchant: Merchant; keyId: string }> {
    const merchant = new Merchant(this.#connection.baseUrl, newApiKey(name), name);
    const keyName = `${PREFIX}${name}-load-${randomText(8)}`;
    const keyId = await this.#make(keyName, merchant.apiKey);
    try {
      await this.#add(await this.#make(`${keyName}-publishable`, merchant.publishableKey), this.#planIds.v1);
      await this.#add(keyId, this.#planIds.v1);
      await this.#keepDigests(merchant, keyId);
      await this.#add(keyId, this.#planIds.native);
    } catch (error) {
      await this.revoke(keyId);
      throw error;
    }
    return { merchant, keyId };
  }

  /** Revoke the key. The merchant's payments are kept. */
  async revoke(keyId: string): Promise<void> {
    const { name, value } = (await this.#ask("GET", `/apikeys/${keyId}?includeValue=true`)) as unknown as ApiKey;
    for (const key of [value, publishableKeyOf(value)]) {
      await this.#dynamodb("DeleteItem", { Key: { key_digest: { S: keyDigest(key) } } });
    }
    const found = await this.#ask("GET", `/apikeys?includeValues=true&limit=500&name=${name}-publishable`);
    for (const { id } of (found["item"] ?? []) as ApiKey[]) await this.#ask("DELETE", `/apikeys/${id}`);
    await this.#ask("DELETE", `/apikeys/${keyId}`);
  }

  /** Create an operator's key; returns it with the key ID that revokes it. */
  async createOperatorKey(): Promise<{ operatorKey: string; keyId: string }> {
    const operatorKey = newOperatorKey();
    const keyId = await this.#make(`${PLANS.operator}-${randomText(8)}`, operatorKey);
    try {
      await this.#add(keyId, this.#planIds.operator);
    } catch (error) {
      await this.revokeOperatorKey(keyId);
      throw error;
    }
    return { operatorKey, keyId };
  }

  /** Revoke an operator's key. */
  async revokeOperatorKey(keyId: string): Promise<void> {
    await this.#ask("DELETE", `/apikeys/${keyId}`);
  }

  async #make(name: string, value: string): Promise<string> {
    const made = await this.#ask("POST", "/apikeys", { name, value, enabled: true });
    return made["id"] as string;
  }

  async #add(keyId: string, planId: string): Promise<void> {
    await this.#ask("POST", `/usageplans/${planId}/keys`, { keyId, keyType: "API_KEY" });
  }

  async #keepDigests(merchant: Merchant, keyId: string): Promise<void> {
    const createdAt = new Date().toISOString().replace("Z", "000Z"); // the sandbox's timestamps have microseconds
    const keys = { secret: merchant.apiKey, publishable: merchant.publishableKey };
    for (const [kind, key] of Object.entries(keys)) {
      const item = { merchant: merchant.merchant, key_id: keyId, created_at: createdAt, key_digest: keyDigest(key), kind };
      const attributes = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }]));
      await this.#dynamodb("PutItem", { Item: attributes });
    }
  }

  async #dynamodb(operation: string, request: Record<string, unknown>): Promise<void> {
    const target = { "x-amz-target": `DynamoDB_20120810.${operation}`, "content-type": "application/x-amz-json-1.0" };
    await askAws(this.#connection, "POST", "/", { TableName: KEYS_TABLE, ...request }, target);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    return askAws(this.#connection, method, path, body);
  }
}
