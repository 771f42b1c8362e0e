// Checks an archive beside the page, which stays free. Told: {scripts, facts, file, manifest, others}.
"use strict";

const SHOWN = 20; // groups of problems, and files in all of them
const PAUSE = 100; // milliseconds between two reports of progress

// Waits for the answer, which only a worker may do.
function load(address) {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.send();
  if (request.status !== 200) throw new Unknown(`status ${request.status} for ${address}`);
  return JSON.parse(request.responseText);
}

// Problems that differ only in their file are told once; one file of each group first.
function grouped(problems) {
  const groups = new Map();
  for (const { file, ...told } of problems) {
    const key = JSON.stringify(told);
    if (!groups.has(key)) groups.set(key, { ...told, files: [] });
    groups.get(key).files.push(file);
  }
  const first = [...groups.values()].slice(0, SHOWN);
  let left = SHOWN - first.length;
  return first.map((group) => {
    const further = Math.min(left, group.files.length - 1);
    left -= further;
    return { ...group, files: group.files.slice(0, 1 + further), more: group.files.length - 1 - further };
  });
}

function reporter() {
  let last = 0;
  return (done, total) => {
    if (performance.now() - last < PAUSE && done < total) return;
    last = performance.now();
    postMessage({ done, total });
  };
}

function outcome({ file, manifest, others }) {
  try {
    const split = load(manifest);
    const loadOthers = () =>
      others.map(({ title, address }) => ({ title, ids: load(address).images.map((image) => image.id) }));
    const warnings = inspect(file, split, loadOthers, reporter());
    return { outcome: "fine", images: split.images.length, warnings };
  } catch (error) {
    if (error instanceof Rejected) {
      return { outcome: "faulty", count: error.problems.length, groups: grouped(error.problems) };
    }
    return { outcome: "unknown", why: String(error) };
  }
}

addEventListener("message", ({ data }) => {
  if (!globalThis.inspect) importScripts(...data.scripts);
  learn(data.facts);
  postMessage(outcome(data));
});
