/**
 * One way through the house:
 * http -> usecases -> (vault | store | durable-objects | clients other than fly) -> domain.
 * Every rule is an error; none has an exception list.
 * @type {import("dependency-cruiser").IConfiguration}
 */
const product = "^(worker|durable-objects)/";

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      // Types may point back (the environment knows its objects, the objects know their environment).
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "domain-is-pure",
      comment:
        "The domain knows itself, the platform's small words, what is agreed with the agent, zod and ulid.",
      severity: "error",
      from: { path: "^worker/domain/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: "^worker/(domain|platform)/|^images/agent/contract/|^node_modules/(zod|ulid)/" },
    },
    {
      name: "platform-stands-alone",
      severity: "error",
      from: { path: "^worker/platform/" },
      to: { path: product, pathNot: "^worker/platform/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "http-asks-use-cases",
      comment: "Routes parse and answer; what happens is a use-case's matter.",
      severity: "error",
      from: { path: "^worker/http/", pathNot: "^worker/http/middleware/deps\\.ts$" },
      to: { path: "^worker/(store|vault|clients/(fly|mail))/|^durable-objects/" },
    },
    {
      name: "contract-is-schemas",
      severity: "error",
      from: { path: "^worker/contract/" },
      to: { path: product, pathNot: "^worker/(contract|domain|platform)/" },
    },
    {
      name: "store-stores",
      severity: "error",
      from: { path: "^worker/store/" },
      to: { path: product, pathNot: "^worker/(store|domain|platform)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "vault-seals",
      comment: "Seals, opens and stores; whoever asks is let in before.",
      severity: "error",
      from: { path: "^worker/vault/" },
      to: {
        path: product,
        pathNot: "^worker/(vault|store|domain|platform)/",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "clients-know-the-domain-alone",
      severity: "error",
      from: { path: "^worker/clients/" },
      to: { path: product, pathNot: "^worker/(clients|domain|platform)/" },
    },
    {
      name: "use-cases-know-no-http",
      severity: "error",
      from: { path: "^worker/usecases/" },
      to: { path: "^worker/(http|contract)/" },
    },
    {
      name: "only-objects-touch-fly",
      comment:
        "The request path never calls Fly: it records a wish, the alarm acts. What is nobody's has no object: the reaper.",
      severity: "error",
      from: { path: "^worker/", pathNot: "^worker/(clients/fly/|usecases/whole-fleet\\.ts)" },
      to: { path: "^worker/clients/fly/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "one-writer-of-lifecycle-rows",
      severity: "error",
      from: { pathNot: "^(durable-objects/deployment/|test/)" },
      to: { path: "^worker/store/projection\\.repo\\.ts$" },
    },
    {
      name: "objects-know-no-http",
      severity: "error",
      from: { path: "^durable-objects/" },
      to: { path: "^worker/(http|usecases|contract)/" },
    },
    {
      name: "agent-stands-alone",
      comment:
        "It runs in customers' machines: what it shares with the control plane is its contract folder.",
      severity: "error",
      from: { path: "^images/agent/" },
      to: { path: "^(worker|durable-objects|web|local|test|scripts)/" },
    },
    {
      name: "product-knows-the-agent-by-its-contract",
      severity: "error",
      from: { path: product, pathNot: "\\.test\\.ts$" },
      to: { path: "^images/", pathNot: "^images/agent/contract/" },
    },
    {
      name: "contract-with-the-agent-is-data",
      severity: "error",
      from: { path: "^images/agent/contract/" },
      to: { pathNot: "^images/agent/contract/" },
    },
    {
      name: "dashboard-knows-the-contract-alone",
      severity: "error",
      from: { path: "^web/" },
      to: { path: "^(worker|durable-objects|local|test|images)/", pathNot: "^worker/contract/" },
    },
    {
      name: "product-knows-no-local-cloud",
      severity: "error",
      from: { path: "^(worker|durable-objects|web)/" },
      to: { path: "^(local|test|scripts)/" },
    },
    {
      name: "stand-ins-are-nobodys-twins",
      comment:
        "They are written from the vendors' facts, not from our clients: sharing code would hide our mistakes.",
      severity: "error",
      from: { path: "^local/(fly|stripe)/" },
      to: { path: product },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|\\.cache)/" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
      conditionNames: ["import", "types"],
    },
  },
};
