// What the official TypeScript transport does with a served scenario: get, replace, start and one error.
// Arguments: the server's address, a token, a deployment's RID, an unknown RID. Prints one JSON object.
//
// The registry has no @osdk/foundry.models with live deployments (the newest is 2.38.0), and newer
// @osdk/client than 2.22.0 do not install from it. So the operations are given to the transport as that
// package would give them: method number, path, and 1 for a body plus 2 for query parameters.

import { createPlatformClient } from "@osdk/client";
import { foundryPlatformFetch } from "@osdk/shared.net.platformapi";

const [GET, POST, PUT] = [0, 1, 2];
const [BODY, QUERY] = [1, 2];
const ONE = "/v2/models/liveDeployments/{0}";

const [address, token, rid, unknown] = process.argv.slice(2);
const client = createPlatformClient(address, async () => token);
const preview = { preview: true };
const configuration = {
  minReplicas: 1, maxReplicas: 3, cpu: 1.0, memory: "256MiB", threadCount: 24,
};

const got = await foundryPlatformFetch(client, [GET, ONE, QUERY], rid, preview);
const replaced = await foundryPlatformFetch(
  client, [PUT, ONE, BODY + QUERY], rid, { runtimeConfiguration: configuration }, preview,
);
const started = await foundryPlatformFetch(client, [POST, `${ONE}/start`, QUERY], rid, preview);
let refused;
try {
  await foundryPlatformFetch(client, [GET, ONE, QUERY], unknown, preview);
} catch (error) {
  refused = {
    type: error.constructor.name,
    name: error.errorName,
    code: error.errorCode,
    status: error.statusCode,
    instance: error.errorInstanceId,
    parameters: error.parameters,
  };
}
console.log(JSON.stringify({ got, replaced, started: started ?? null, refused }));
