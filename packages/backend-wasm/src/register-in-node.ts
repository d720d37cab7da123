import { threadsFromEnvironment } from '@st/backend-native/kit';
import { nodePlatform } from './node-platform.ts';
import { registerWasm } from './register.ts';

registerWasm(nodePlatform, () => threadsFromEnvironment('@st/backend-wasm') ?? 0);
