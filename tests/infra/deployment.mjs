// Drives the CDK CLI's own class WorkGraph over deployments whose stacks only take time (see deployment.py).
//
// Stdin: {"module": the source of the CLI's module, "deployments": [{"after": {stack: [stacks]}, "seconds": {stack: n},
// "at_once": n, "fails": a stack or null, "fails_after_s": n}]}. Stdout: for each deployment, in this order,
// {"started": {stack: second}, "deployed": [stacks], "seconds": n, "error": its text or null}.

import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { createContext, runInContext } from "node:vm";

/** The class, from its module's source: a piece of a bundle, which refers to other modules by functions that run them. */
function workGraph(source) {
  const others = source.match(/\binit_\w+(?=\(\);)/g) ?? [];
  const bundle = {
    ...Object.fromEntries(others.map((name) => [name, () => {}])),
    __esm: (modules) => Object.values(modules)[0],
    __name: (target) => target,
    ToolkitError: class extends Error {
      constructor(_code, message) {
        super(message);
      }
    },
  };
  return runInContext(`${source}\ninit_work_graph();\nWorkGraph;`, createContext(bundle));
}

/** Deploy in virtual time. It passes when nothing else can happen, to the next end of a stack's deployment. */
async function deploy(WorkGraph, { after, seconds, at_once, fails, fails_after_s }) {
  let now = 0;
  const ends = [];
  const started = {};
  const graph = new WorkGraph({}, { defaults: { trace: async () => {} } });
  for (const [id, others] of Object.entries(after)) {
    graph.addNodes({ type: "stack", id, dependencies: new Set(others), deploymentState: "pending", priority: 5 });
  }
  const deployStack = ({ id }) =>
    new Promise((succeed, fail) => {
      started[id] = now;
      ends.push(
        id === fails
          ? { at: now + fails_after_s, end: () => fail(new Error(id)) }
          : { at: now + seconds[id], end: succeed },
      );
    });

  let result = null;
  const most = { stack: at_once, "asset-build": 1, "asset-publish": 8, marker: 1 };
  graph.doParallel(most, { deployStack }).then(
    () => (result = { error: null }),
    (error) => (result = { error: error.message }),
  );
  for (await setImmediate(); result === null; await setImmediate()) {
    if (ends.length === 0) {
      throw new Error(`The CLI deploys nothing and does not end, after ${JSON.stringify(started)}.`);
    }
    ends.sort((a, b) => a.at - b.at);
    const next = ends.shift();
    now = next.at;
    next.end();
  }
  const deployed = Object.values(graph.nodes).filter((node) => node.deploymentState === "completed");
  return { ...result, started, deployed: deployed.map((node) => node.id), seconds: now };
}

const { module: source, deployments } = JSON.parse(readFileSync(0, "utf8"));
const WorkGraph = workGraph(source);
const results = [];
for (const deployment of deployments) {
  results.push(await deploy(WorkGraph, deployment));
}
process.stdout.write(JSON.stringify(results));
