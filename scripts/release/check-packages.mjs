// Checks every tarball: contents and manifest, and by publint and attw that its entries and types resolve.
import { checkContents } from './check-contents.mjs';
import { binary, runCommand } from './run-command.mjs';
import { waitForAll } from './wait-for-all.mjs';

/** Throws at the first package that must not be published; returns `{ name, version, packed, unpacked, files }` of each. */
export function checkPackages(packed, scratch) {
  return waitForAll(
    packed.map(async (found) => {
      await checkEntries(found);
      return checkContents(found, scratch);
    }),
  );
}

/** The package of a platform has no entries: `@st/backend-native` finds the module's file. */
async function checkEntries({ manifest, tarball }) {
  await runCommand(binary('publint'), ['--strict', tarball]);
  if (manifest.exports) await runCommand(binary('attw'), [tarball, '--profile', 'esm-only']);
}
