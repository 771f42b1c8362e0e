// tus-js-client sends a file: node send.js SITE PHASE FILE; prints where it has sent it.
import { createReadStream } from "node:fs";
import process from "node:process";
import { Upload } from "tus-js-client";

const [site, phase, file] = process.argv.slice(2);

const upload = new Upload(createReadStream(file), {
  endpoint: `${site}/api/v1/uploads/`,
  headers: { Authorization: `Bearer ${process.env.LID_TOKEN}` },
  metadata: { phase, filename: "results.zip" },
  retryDelays: Array(200).fill(300),
  onSuccess: () => console.log(upload.url),
  onError: (error) => {
    console.error(String(error));
    process.exitCode = 1;
  },
});
upload.start();
