// Runs @st/backend-wasm in Chromium: bundles the page of conformance/src/browser with Vite, serves it with and without the headers that threads
// need, with a Content-Security-Policy and without some of its files, and checks what each page reports.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { findChromium } from './find-chromium.mjs';
import { root } from './install.mjs';
import { serveBrowserPages } from './serve-browser-pages.mjs';

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];
/** A network that left its weights or a step's activations behind would take more, 45 times over. */
const MOST_GROWTH = 4 * 2 ** 20;

/** Until then a page has reported, even on a slow machine. */
const MOST_MS = 300_000;

/** Bounds of the differences from `cpu`: rounding, and for the attack the share of pixels whose gradient is so near 0 that rounding decides its sign. */
const BOUNDS = { loss: 1e-5, weights: 1e-6, adversarial: 0.001 };

let server;

async function check(page) {
  const digest = await checkThreads(page);
  await checkReload(page, digest);
  await checkWorker(page, digest);
  await checkOneThread(page, digest);
  await checkPolicies(page, digest);
  await checkMissingFiles(page);
  await checkNumbers(page);
  await checkMemory(page);
  await checkConformance(page);
}

/** Opens a page and returns what it found, and what it and its workers wrote to the console. Any error that nothing catches fails. */
async function visit(page, site, run) {
  const lines = [];
  const errors = [];
  const listeners = { console: (message) => lines.push(message.text()), pageerror: (error) => errors.push(error) };
  for (const [event, listener] of Object.entries(listeners)) page.on(event, listener);
  const report = server.nextReport();
  const tooLate = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${site}, ${run}: no report. Console: ${lines.join('\n')}`)), MOST_MS).unref();
  });
  await page.goto(server.address(site, run));
  const { found, error } = await Promise.race([report, tooLate]);
  for (const [event, listener] of Object.entries(listeners)) page.off(event, listener);
  assert.equal(error, undefined, `${site}, ${run}: ${error}`);
  assert.deepEqual(errors, [], `${site}, ${run}`);
  return { ...found, console: lines };
}

function holds(claim) {
  console.log(`ok  ${claim}`);
}

/** Lines that name the headers that give a page threads. */
const headerLines = ({ line, console: lines }) =>
  [line, ...lines].filter((text) => /Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/.test(text));

/** Returns the digest of what the page computed, which all other pages must reproduce. */
async function checkThreads(page) {
  const found = await visit(page, 'isolated', 'training');
  const { name, status, digests, cores } = found;
  assert.equal(found.isIsolated, true);
  assert.equal(name, 'st-wasm', found.line);
  assert.equal(status.threads, Math.min(cores, 64));
  assert.equal(status.whyOneThread, undefined);
  assert.equal(status.instructionSet, 'relaxed-simd');
  assert.deepEqual(headerLines(found), []);
  const [digest, ...others] = digests;
  assert.deepEqual(others, [digest, digest], 'the digests of all threads, one and two');
  holds(`isolated page: ${found.line}; ${status.threads} threads, ${status.instructionSet}; same bits on 1 and 2`);
  return digest;
}

async function checkReload(page, digest) {
  for (let i = 0; i < 2; i++) {
    const { status, digests } = await visit(page, 'isolated', 'training');
    assert.equal(digests[0], digest);
    await waitForWorkers(page, Math.max(status.threads, 2) - 1);
  }
  await page.goto('about:blank');
  await waitForWorkers(page, 0);
  holds('reloaded page: same bits, and the workers of the page before it are gone');
}

/** Waits until the browser has exactly `count` workers: it ends those of a page that is left a moment later. */
async function waitForWorkers(page, count) {
  const session = await page.context().browser().newBrowserCDPSession();
  const countNow = async () => {
    const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'worker' }] });
    return targetInfos.length;
  };
  for (let tries = 0; tries < 50 && (await countNow()) !== count; tries++) await page.waitForTimeout(100);
  assert.equal(await countNow(), count, 'workers of the browser');
  await session.detach();
}

async function checkWorker(page, digest) {
  const { name, status, digests } = await visit(page, 'isolated', 'training&worker');
  assert.equal(name, 'st-wasm');
  assert.ok(status.threads > 1 || status.cores === 1, `${status.threads} threads`);
  assert.deepEqual(digests, [digest, digest, digest]);
  holds(`Web Worker: ${status.threads} threads, same bits`);
}

async function checkOneThread(page, digest) {
  const found = await visit(page, 'plain', 'training');
  assert.equal(found.isIsolated, false);
  assert.equal(found.name, 'st-wasm');
  assert.equal(found.status.threads, 1);
  assert.deepEqual(found.digests, [digest, digest, digest]);
  assert.equal(headerLines(found).length, 1);
  holds(`page without headers: ${found.line}; same bits`);
}

async function checkPolicies(page, digest) {
  const strict = await visit(page, 'strict', 'training');
  assert.equal(strict.status.threads, Math.min(strict.cores, 64));
  assert.deepEqual(strict.digests, [digest, digest, digest]);
  holds("page with script-src 'self' 'wasm-unsafe-eval': threads, same bits");

  const none = await visit(page, 'no-webassembly', 'choice');
  checkSkipped(none, /^the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval'/);
  holds(`page whose policy forbids WebAssembly: ${none.line}`);
}

async function checkMissingFiles(page) {
  const modules = await visit(page, 'without-modules', 'choice');
  checkSkipped(modules, /\/without-modules\/.*\.wasm is not served: 404 Not Found$/);
  holds(`page without the modules: ${modules.line}`);

  const script = await visit(page, 'without-thread-script', 'training');
  assert.equal(script.status.threads, 1);
  assert.match(script.status.whyOneThread, /thread-worker\.js, cannot be loaded/);
  holds(`page without the script of the threads: ${script.line}`);
}

/** The page computes on another back end, and says why st-wasm was skipped. */
function checkSkipped({ name, skipped, sum }, why) {
  assert.notEqual(name, 'st-wasm');
  assert.match(skipped.find((other) => other.name === 'st-wasm').why, why);
  assert.equal(sum, 14);
}

async function checkNumbers(page) {
  const found = await visit(page, 'isolated', 'beside-cpu');
  assert.equal(found.isFinite, true);
  for (const [what, bound] of Object.entries(BOUNDS)) {
    assert.ok(found[what] <= bound, `${what} differs by ${found[what]} from cpu's, more than ${bound}`);
  }
  holds(`numbers beside cpu's: loss ${found.loss}, weights ${found.weights}, attacked pixels ${found.adversarial}`);
}

async function checkMemory(page) {
  const { first, last } = await visit(page, 'isolated', 'memory');
  assert.equal(last.tensors, first.tensors);
  const growth = last.bytes - first.bytes;
  assert.ok(growth < MOST_GROWTH, `45 more networks made the memory grow by ${growth} bytes`);
  holds(`memory: ${first.bytes / 2 ** 20} MiB after 5 networks, ${last.bytes / 2 ** 20} MiB after 50`);
}

async function checkConformance(page) {
  const { cases, failures, lines } = await visit(page, 'isolated', 'conformance');
  if (failures > 0) console.error(lines.filter((line) => line.includes('FAIL')).join('\n'));
  assert.equal(failures, 0);
  assert.ok(cases > 0);
  holds(`conformance: ${cases} cases of the fixtures`);
}

const executablePath = findChromium();
if (executablePath === undefined) {
  console.error('There is no Chromium: install one, or name it by CHROMIUM_PATH.');
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'st-browsers-'));
let browser;
try {
  const bundle = join(scratch, 'bundle');
  await build({ configFile: join(root, 'conformance', 'vite.config.ts'), build: { outDir: bundle } });
  server = await serveBrowserPages({ bundle, fixtures: join(root, 'conformance', 'fixtures') });
  browser = await chromium.launch({ executablePath, args: FLAGS });
  await check(await browser.newPage());
  console.log(`All hold in Chromium ${browser.version()}.`);
} finally {
  await browser?.close();
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
}
