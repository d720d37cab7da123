import type { Candidate } from './candidate.ts';
import { firstLine, importOptional } from './import-optional.ts';
import { isNode } from './is-node.ts';

const PACKAGE: string = '@st/backend-native';

/** What `@st/backend-native` exports for us: importing it registers the back end if its binary loads. */
type NativeExports = { nativeAvailable(): boolean };

/** Our own back end for Node on the CPU. */
export const nativeCandidate: Candidate = {
  name: 'native',
  remedy: `Install it with: npm install ${PACKAGE}`,
  ready: async () => {
    if (!isNode()) return { why: 'runs under Node only' };
    const imported = await importOptional<NativeExports>(PACKAGE, () => import(/* @vite-ignore */ PACKAGE));
    if ('why' in imported) return imported;
    try {
      return imported.exports.nativeAvailable() ? { registered: 'native' } : { why: 'no binary for this machine' };
    } catch (error) {
      return { why: firstLine(error) };
    }
  },
};
