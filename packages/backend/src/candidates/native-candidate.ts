import type { Candidate } from './candidate.ts';
import { importOptional } from './import-optional.ts';
import { isNode } from './is-node.ts';

const PACKAGE = '@st/backend-native';

/** The part of `@st/backend-native` used here. Importing the package registers the back end if its native module loads. */
type NativeExports = {
  nativeAvailable(): { readonly available: true } | { readonly available: false; readonly reason: string };
};

/** The back end `@st/backend-native`, for Node on the CPU. */
export const nativeCandidate: Candidate = {
  name: 'native',
  remedy: `Install it with: npm install ${PACKAGE}`,
  ready: async () => {
    if (!isNode()) return { why: 'runs under Node only' };
    const imported = await importOptional<NativeExports>(PACKAGE);
    if ('why' in imported) return imported;
    const availability = imported.exports.nativeAvailable();
    return availability.available ? { registered: 'native' } : splitReason(availability.reason);
  },
};

/** The first sentence of a reason, and its other sentences, which say what to do. */
function splitReason(text: string): { readonly why: string; readonly advice: string } {
  const [why = '', ...others] = text.split(/(?<=\.)\s/);
  return { why: why.replace(/\.$/, ''), advice: others.join(' ') };
}
