// Finds the Chromium in which `check-browsers.mjs` runs.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const VARIABLES = ['CHROMIUM_PATH', 'CHROME_PATH'];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of the browser that CHROMIUM_PATH or CHROME_PATH names, else of one in PATH; undefined if there is none. */
export function findChromium() {
  const named = VARIABLES.map((name) => process.env[name]).find(Boolean);
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
