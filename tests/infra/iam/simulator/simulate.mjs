// Reads {policies, requests} as JSON, and prints for each request whether it is allowed, and which grants of the role
// match it: a statement's place in its policy, an action and a resource of it.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const { policies, requests } = JSON.parse(readFileSync(0, 'utf8'))

const simulation = ({ resourcePolicy, principal, action, resource, account, context }, statements) => ({
  identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement: statements } }],
  serviceControlPolicies: [],
  resourceControlPolicies: [],
  resourcePolicy: resourcePolicy && { Version: '2012-10-17', Statement: policies[resourcePolicy] },
  request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
})

const matching = (parts, key) => [parts].flat().filter(({ matches }) => matches).map((part) => part[key])

async function decide(request) {
  const response = await runSimulation(simulation(request, policies[request.policy]), {})
  if (response.resultType === 'error') throw new Error(JSON.stringify([request, response.errors]))
  const [{ analysis }] = response.resultType === 'single' ? [response.result] : response.results
  const grants = (analysis.identityAnalysis?.allowStatements ?? []).flatMap(({ explain }) =>
    matching(explain.actions, 'action').flatMap((action) =>
      matching(explain.resources, 'resource').map((resource) => [Number(explain.identifier) - 1, action, resource]),
    ),
  )
  return { allowed: response.overallResult === 'Allowed', grants }
}

const results = []
for (const request of requests) results.push(await decide(request))
process.stdout.write(JSON.stringify(results))
