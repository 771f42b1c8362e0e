// Submit an archive, wait and print the outcome, by the types that are generated from docs/openapi.yaml.

import { openAsBlob } from "node:fs";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [server, token, phase, file] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl: server, headers: { Authorization: `Bearer ${token}` } });
const archive = await openAsBlob(file);

const submitted = await client.POST("/api/v1/submissions/", {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: { phase: Number(phase), archive: file, method: "Tiny", parameters: "25.6M", rules_kept: true },
  bodySerializer: (body) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(body)) form.append(name, String(value));
    form.set("archive", archive, "results.zip");
    return form;
  },
});
if (submitted.error) throw new Error(`${submitted.error.code}: ${submitted.error.detail}`);

let { id, state, scores } = submitted.data;
while (state === "queued" || state === "running") {
  await setTimeout(200);
  const asked = await client.GET("/api/v1/submissions/{submission}/", { params: { path: { submission: id } } });
  if (asked.error) throw new Error(`${asked.error.code}: ${asked.error.detail}`);
  ({ state, scores } = asked.data);
}
console.log(JSON.stringify({ state, scores }));
